-- Many elements of a pager's array at once: pages, fill, sum, minmax, copy. The same as of a view, whatever
-- is in frames.

local file = require "vmem.pager.file"
local helpers = require "helpers"
local kit = require "pager_kit"
local pager = require "vmem.pager"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P <const> = vmem.page_size
local U32 <const> = P // 4 -- on a page
local first = kit.first

--- The spec's store, which says what it has.
local function telling()
  local store = kit.store()
  function store:pages(from)
    local pages, k = {}, 0
    for page in pairs(self.kept) do
      if page >= from then pages[#pages + 1] = page end
    end
    table.sort(pages)
    return function()
      k = k + 1
      return pages[k]
    end
  end
  return store
end

local function listed(array)
  local words = {}
  for from, count in array:pages() do words[#words + 1] = from .. "+" .. count end
  return table.concat(words, " ")
end

describe("array:pages()", function()
  helpers.no_regions_left()

  it("walks the pages that were saved or will be, in order, and no others", function()
    local array <close>, store = kit.array { store = telling(), frames = 2 }
    assert.equal("", listed(array))
    for _, page in ipairs { 5, 2, 7 } do array[first(page)] = page end
    local _ = array[first(3)] -- only looked at
    assert.same({ [5] = store.kept[5], [2] = store.kept[2] }, store.kept)
    assert.equal(("%d+%d %d+%d %d+%d"):format(first(2), P, first(5), P, first(7), P), listed(array))
    assert(array:flush())
    assert.equal(("%d+%d %d+%d %d+%d"):format(first(2), P, first(5), P, first(7), P), listed(array))
  end)

  it("counts in elements, and ends with the array's last one", function()
    local array <close> = kit.array { store = telling(), type = "u32", count = 2 * U32 + 3 }
    array[2 * U32 + 1] = 1
    array[1] = 1
    assert.equal(("1+%d %d+3"):format(U32, 2 * U32 + 1), listed(array))
  end)

  it("lets the loop read and write what it is at, with one frame", function()
    local array <close> = kit.array { store = telling(), frames = 1, type = "u32", count = 8 * U32 }
    for page = 2, 8, 2 do array[(page - 1) * U32 + 1] = page end
    local sum = 0
    for from, count in array:pages() do
      local values = { array:get(from, from + count - 1) }
      sum = sum + values[1]
      array[from] = values[1] * 10
    end
    assert.equal(20, sum)
    assert.equal(200, array:sum())
  end)

  it("is an error where the store cannot tell", function()
    local array <close> = kit.array()
    helpers.raises("the spec's store does not say which pages it has", array.pages, array)
  end)

  for name, case in pairs {
    ["raises"] = { function() error "no list" end, "no list" },
    ["fails"] = { function() return nil, "no list today", "EIO" end, "no list today" },
    ["gives an iterator that fails"] = { function() return function() return nil, "disk" end end, "disk" },
    ["gives an iterator that raises"] = { function() return function() error "half" end end, "half" },
    ["names a page twice"] = { function() return function() return 1 end end, "after page 1" },
    ["names what is no page"] = { function() return function() return "x" end end, "after page 0" },
  } do
    it("says so where the store " .. name, function()
      local store = kit.store()
      store.pages = case[1]
      local array <close> = kit.array { store = store }
      helpers.raises(case[2], listed, array)
      helpers.raises("cannot say which pages it has", array.sum, array)
    end)
  end

  it("refuses a store whose list of pages is no method", function()
    local store = kit.store()
    store.pages = {}
    helpers.raises("with pages as a method", kit.array, { store = store })
  end)
end)

describe("a file store's pages", function()
  helpers.no_regions_left()

  local function opened(path, options)
    local store = assert(file.open(path, options))
    finally(function()
      store:close()
      os.remove(path)
    end)
    return store
  end

  local function pages_of(store, from)
    local pages = {}
    for page in assert(store:pages(from)) do pages[#pages + 1] = page end
    return pages
  end

  it("are those that were saved, near and far, also in another process", function()
    local path = kit.temporary()
    local store, some = opened(path), { 1, 3, 256, 257, 70000, 1 << 24, (1 << 24) + 1 }
    assert.same({}, pages_of(store))
    for k = #some, 1, -1 do assert(store:save(some[k], ("x"):rep(P))) end
    assert.same(some, pages_of(store))
    assert.same({ table.unpack(some, 4) }, pages_of(store, 257))
    assert.same({ table.unpack(some, 6) }, pages_of(store, 70001))
    assert.same({}, pages_of(store, (1 << 24) + 2))
    local again <close> = assert(file.open(path))
    assert.same(some, pages_of(again))
  end)

  it("are in the walk when a killed process has saved them, and no table knows", function()
    local store = opened(kit.temporary())
    assert(store:save(1, ("x"):rep(P)))
    function store.versions.tables.enter() error "killed" end
    assert.is_false(pcall(store.save, store, 7, ("y"):rep(P)))
    store.versions.tables.enter = nil
    assert.same({ 1, 7 }, pages_of(store))
  end)

  it("end with damaged where a table is damaged", function()
    local path = kit.temporary()
    local store = opened(path)
    assert(store:save(300, ("x"):rep(P)))
    local handle <close> = assert(io.open(path, "r+b"))
    handle:seek("set", 64 + 16) -- in the one table of level 4
    handle:write(("z"):rep(16))
    handle:close()
    local _, message, code = assert(store:pages(1 << 33))()
    assert.equal("damaged", code)
    assert.matches("damaged", message)
  end)

  it("take arguments as its other methods do", function()
    local store = opened(kit.temporary())
    helpers.raises("page must be an integer of 1 or more, not 0", store.pages, store, 0)
    store:close()
    helpers.raises("file store is closed", store.pages, store)
  end)
end)

--- Arrays of 8 pages, in as many frames as said, each beside a view of the same contents; and with elements
--- that begin and end at all kinds of places.
local function beside(type, frames, store)
  local size = #string.pack(({ u8 = "B", u32 = "I4", u32be = "I4", f64 = "d", u64 = "j" })[type], 0)
  local count = 8 * P // size - 3
  local array = assert(pager.new { store = store, type = type, count = count, frames = frames })
  local region = assert(vmem.allocate(8 * P))
  local view = region:view(type, 0, count)
  for k = 1, count, 97 do
    local value = k % 251
    array[k], view[k] = value, value
  end
  return array, view
end

local function ranges(count, size)
  local page = P // size
  return {
    { 1, count }, { 2, count - 1 }, { 1, page }, { page + 1, 3 * page }, { page, page + 1 }, { 5, 4 },
    { 7, 7 }, { count, count }, { count + 1, count }, { page // 2, 5 * page + 3 },
  }
end

local function all_of(any)
  return any.offset and any.region:read(0, #any * any.stride) or any:read()
end

for _, type in ipairs { "u8", "u32", "u32be", "f64", "u64" } do
  for _, frames in ipairs { 1, 3, 8 } do
    for _, make in ipairs { kit.store, telling } do
      local known = make == telling and ", of known pages" or ""
      local name = ("an array of %s in %d frames%s"):format(type, frames, known)
      describe(name, function()
        helpers.no_regions_left()

        it("has sums and extremes as a view has them", function()
          local array <close>, view = beside(type, frames, make())
          local own <close> = view.region -- luacheck: ignore 211
          for _, range in ipairs(ranges(#array, view.stride)) do
            local slice = view:slice(range[1], range[2])
            assert.equal(slice:sum(), array:sum(range[1], range[2]))
            assert.equal(math.type(slice:sum()), math.type(array:sum(range[1], range[2])))
            assert.same({ slice:minmax() }, { array:minmax(range[1], range[2]) })
          end
          assert.equal(view:sum(), array:sum())
          assert.same({ view:minmax() }, { array:minmax() })
        end)

        it("is filled as a view is", function()
          local array <close>, view = beside(type, frames, make())
          local own <close> = view.region -- luacheck: ignore 211
          for k, range in ipairs(ranges(#array, view.stride)) do
            view:slice(range[1], range[2]):fill(k % 3)
            assert.equal(array, array:fill(k % 3, range[1], range[2]))
            assert.equal(all_of(view), all_of(array))
          end
          assert.equal(0, array:fill(0):sum())
          view:fill(9)
          assert.equal(all_of(view), all_of(array:fill(9)))
          assert.equal(array.frames >= array.resident, true)
        end)

        it("is copied from views, from other arrays, and within itself, as a view is", function()
          local array <close>, view = beside(type, frames, make())
          local own <close> = view.region -- luacheck: ignore 211
          local native = type:gsub("be$", "")
          local other <close>, theirs = beside(native, frames, make())
          local their_region <close> = theirs.region -- luacheck: ignore 211
          theirs[3], other[3] = 77, 77
          for _, range in ipairs(ranges(#array, view.stride)) do
            local i, j = range[1], range[2]
            for _, to in ipairs { i, 1, #array - (j - i), math.max(1, i - 5) } do
              local target = view:slice(to, to + j - i)
              target:copy(theirs:slice(i, j))
              assert.equal(array, array:copy(other, to, i, j))
              assert.equal(all_of(view), all_of(array))
              target:copy(view:slice(i, j))
              array:copy(array, to, i, j)
              assert.equal(all_of(view), all_of(array))
              target:copy(theirs:slice(i, j))
              array:copy(theirs, to, i, j)
              assert.equal(all_of(view), all_of(array))
            end
          end
        end)
      end)
    end
  end
end

describe("many elements of an array at once", function()
  helpers.no_regions_left()

  it("are not loaded where a page is set as a whole", function()
    local array <close>, store = kit.array { type = "u32", count = 4 * U32, frames = 2 }
    for page = 1, 4 do store.kept[page] = ("\7"):rep(P) end
    array:fill(1)
    assert.same({ "save 1", "save 2" }, store.asked)
    array:write(0, ("\2"):rep(2 * P))
    assert.same({ "save 1", "save 2", "save 3", "save 4" }, store.asked)
    assert.equal(0, array.loads)
    assert.equal(6, array.faults)
    array:fill(3, 2, U32) -- all but one
    assert.equal(0x02020202, array[1])
  end)

  it("read no page that was never saved, where the store can tell", function()
    local array <close>, store = kit.array { store = telling(), type = "i32", count = 1 << 40, frames = 2 }
    array[1 << 39] = -5
    array[1 << 35] = 7
    assert.equal(2, array:sum())
    assert.same({ -5, 7 }, { array:minmax() })
    assert.equal(7, array:sum(1, 1 << 38))
    assert.same({ 0, 0 }, { array:minmax(1, 10) })
    array:fill(0)
    assert.same({ 0, 0 }, { array:minmax() })
    assert.is_true(#store.asked < 20)
  end)

  it("count one access for each page", function()
    local array <close> = kit.array { type = "u32", count = 4 * U32, frames = 4 }
    array:sum()
    assert.equal("0 4 0 0", kit.counts(array))
    array:sum()
    assert.equal("4 4 0 0", kit.counts(array))
    array:fill(1, 1, 2 * U32)
    assert.equal("6 4 0 0", kit.counts(array))
  end)

  it("have no sum of what the store cannot load, and lose nothing", function()
    local array <close>, store = kit.array { type = "u32", count = 4 * U32, frames = 1 }
    array:fill(2)
    function store.fails(method) return method == "load" and "the disk is away" or nil end
    helpers.raises("the disk is away", array.sum, array)
    store.fails = nil
    assert.equal(8 * U32, array:sum())
    function store.fails(method) return method == "save" and "the disk is full" or nil end
    helpers.raises("the disk is full", array.fill, array, 3)
    store.fails = nil
    assert.equal(9 * U32, array:sum()) -- page by page: it has come to the second one
  end)

  it("wait in coroutines where the store does", function()
    local array <close>, store = kit.array { type = "u32", count = 6 * U32, frames = 1 }
    function store.wait() if coroutine.isyieldable() then coroutine.yield() end end
    local sums, threads = {}, {}
    for k = 1, 3 do
      threads[k] = coroutine.wrap(function()
        array:fill(k, (k - 1) * 2 * U32 + 1, k * 2 * U32)
        sums[k] = array:sum((k - 1) * 2 * U32 + 1, k * 2 * U32)
        return true
      end)
    end
    local left = { 1, 2, 3 }
    while #left > 0 do
      for at = #left, 1, -1 do
        if threads[left[at]]() then table.remove(left, at) end
      end
    end
    assert.same({ 2 * U32, 4 * U32, 6 * U32 }, sums)
    store.wait = nil
  end)

  it("pass over NaN, and order u64 as unsigned", function()
    local array <close> = kit.array { type = "f64", count = P, frames = 2 }
    array:fill(0 / 0)
    assert.same({}, { array:minmax() })
    array[P] = 2
    assert.same({ 2.0, 2.0 }, { array:minmax() })
    local wide <close> = kit.array { type = "u64", count = P, frames = 1 }
    wide[P], wide[1] = -1, 5
    assert.same({ 0, -1 }, { wide:minmax() })
  end)

  it("come from sparse arrays too, where what was never stored is zeros", function()
    local array <close> = kit.array { type = "u32", count = 4 * U32, frames = 2 }
    local cells <close> = assert(sparse.new("u32", 4 * U32))
    cells[2 * U32 + 1] = 5
    array:fill(1):copy(cells)
    assert.equal(5, array:sum())
  end)

  for name, case in pairs {
    ["a range past the end"] = { "sum", { 1, 101 },
      "#1 to 'sum' (elements 1 to 101 are not all in the array, which has 1 to 100)" },
    ["a range that ends before it begins"] = { "minmax", { 5, 3 }, "elements 5 to 3 are not all in" },
    ["an index that is none"] = { "sum", { 0 }, "elements 0 to 100 are not all" },
    ["half an index"] = { "fill", { 1, 1.5 }, "#2 to 'fill' (index must be an integer, not 1.5)" },
    ["a last index that is none"] = { "fill", { 1, 1, "x" }, "#3 to 'fill' (last index must be an integer" },
    ["a value that does not fit"] = { "fill", { 256 }, "value 256 does not fit u8" },
    ["a value that is none"] = { "fill", { "x" }, "value must be an integer, not string" },
    ["a copy of nothing"] = { "copy", {}, "#1 to 'copy' (a view or an array of numbers expected, got nil)" },
    ["a copy of a table"] = { "copy", { {} }, "a view or an array of numbers expected, got table" },
  } do
    it(("refuse %s, and nothing has changed"):format(name), function()
      local array <close> = kit.array { count = 100 }
      array[7] = 9
      helpers.raises(case[3], array[case[1]], array, table.unpack(case[2]))
      assert.equal(9, array:sum())
    end)
  end

  it("refuse copies of another type, of too much, and of a closed array", function()
    local array <close> = kit.array { count = 10 }
    local other <close> = kit.array { count = 20 }
    local wide <close> = kit.array { count = 5, type = "i8" }
    helpers.raises("cannot copy elements of i8 into an array of u8", array.copy, array, wide)
    helpers.raises("20 elements from 1 on are not all in the array, which has 10", array.copy, array, other)
    helpers.raises("#2 to 'copy' (5 elements from 7 on", array.copy, array, other, 7, 1, 5)
    helpers.raises("#3 to 'copy' (elements 5 to 30", array.copy, array, other, 1, 5, 30)
    other:close()
    helpers.raises("array is closed", array.copy, array, other, 1, 1, 5)
    array:close()
    for _, method in ipairs { "sum", "minmax", "pages", "fill" } do
      helpers.raises("array is closed", array[method], array, 1)
    end
  end)
end)
