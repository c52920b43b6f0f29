-- Many records of a sparse array at once: what exists is as in a table, and the rest is passed over.

local helpers = require "helpers"
local kit = require "pager_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P <const> = vmem.page_size
local U32 <const> = P // 4 -- on a page
local raises = helpers.raises

local function listed(cells)
  local words = {}
  for first, count in cells:pages() do words[#words + 1] = first .. "+" .. count end
  return table.concat(words, " ")
end

describe("cells:pages()", function()
  helpers.no_regions_left()

  it("walks the pages that exist, in order", function()
    local cells <close> = assert(sparse.new("u32", 1 << 20))
    assert.equal("", listed(cells))
    for _, page in ipairs { 5, 2, 3 } do cells[(page - 1) * U32 + 7] = 1 end
    local expected = {}
    for k, page in ipairs { 2, 3, 5 } do expected[k] = (page - 1) * U32 + 1 .. "+" .. U32 end
    assert.equal(table.concat(expected, " "), listed(cells))
    cells:forget(U32 + 1, 2 * U32)
    assert.equal(table.concat(expected, " ", 2), listed(cells))
  end)

  it("ends with the last record", function()
    local cells <close> = assert(sparse.new("u8", P + 3))
    cells[P + 1] = 1
    assert.equal(P + 1 .. "+3", listed(cells))
  end)

  it("counts records where they begin, and only those of which all is there", function()
    local cells <close> = assert(sparse.new(P - 5, 10)) -- record 2 begins on page 1
    cells[1] = "one"
    assert.equal("1+1", listed(cells))
    cells[2] = "two"
    assert.equal("1+2", listed(cells))
    local long <close> = assert(sparse.new(3 * P, 10))
    long[2] = "two"
    assert.equal("2+1", listed(long))
  end)

  it("lets the loop forget what it is at", function()
    local cells <close> = assert(sparse.new("u32", 8 * U32))
    cells:fill(1)
    local sum = 0
    for first, count in cells:pages() do
      sum = sum + cells:sum(first, first + count - 1)
      cells:forget(first, first + count - 1)
    end
    assert.equal(8 * U32, sum)
    assert.equal(0, cells.region.committed)
  end)
end)

describe("many records at once", function()
  helpers.no_regions_left()

  it("are read and stored as one call", function()
    for _, case in ipairs { { "u16", { 1, 2, 3 } }, { 20, { "a", "b", "c" } }, { "i4", { 1, 2, 3 } },
      { "=i4", { -1, -2, -3 } } } do
      local cells <close> = assert(sparse.new(case[1], 100))
      assert.equal(cells, cells:set(50, table.unpack(case[2])))
      assert.same(case[2], { cells:get(50, 52) })
      assert.equal(5, select("#", cells:get(98, 102)))
      assert.is_nil((select(4, cells:get(98, 102))))
      assert.equal(0, select("#", cells:get(5, 4)))
    end
  end)

  it("are nil where none exists", function()
    local cells <close> = assert(sparse.new("u32", 4 * U32))
    cells[2 * U32 + 1] = 5
    assert.same({ n = 2, [2] = 5 }, table.pack(cells:get(2 * U32, 2 * U32 + 1)))
    assert.same({ n = 2, [1] = 0 }, table.pack(cells:get(3 * U32, 3 * U32 + 1)))
  end)

  it("are all stored, or none, where a value does not fit", function()
    local cells <close> = assert(sparse.new("u8", 4 * P))
    raises("record 8: 256 does not fit u8", cells.set, cells, 7, 1, 256)
    raises("record 8: a number is wanted, not nil", cells.set, cells, 7, 1, nil)
    raises("2 records from " .. 4 * P .. " on are not all in the array", cells.set, cells, 4 * P, 1, 2)
    assert.equal(0, cells.region.committed)
    local words <close> = assert(sparse.new(3, 10))
    raises("record 2: 4 bytes are too many, a record has 3", words.set, words, 1, "abc", "abcd")
    local lists <close> = assert(sparse.new("i4 i4", 10))
    raises("have several values: get them one by one", lists.get, lists, 1, 2)
  end)

  it("have the sum and the extremes of those that exist", function()
    local cells <close> = assert(sparse.new("i32", 1 << 40))
    assert.equal(0, cells:sum())
    assert.same({}, { cells:minmax() })
    cells:set(1 << 39, 5, 6)
    cells:fill(7, 1, U32)
    assert.equal(11 + 7 * U32, cells:sum())
    assert.same({ 0, 7 }, { cells:minmax() }) -- a neighbour exists, too
    assert.same({ 7, 7 }, { cells:minmax(1, 1 << 30) })
    assert.equal(5, cells:sum(1 << 39, 1 << 39))
    local floats <close> = assert(sparse.new("f64", 100))
    assert.equal("float", math.type(floats:sum()))
  end)

  it("are filled, and exist from then on", function()
    local cells <close> = assert(sparse.new("u32", 8 * U32))
    assert.equal(cells, cells:fill(3, U32, 3 * U32))
    assert.equal(3 * (2 * U32 + 1), cells:sum())
    assert.equal(3 * P, cells.region.committed)
    cells:fill(4, 5, 4)
    assert.equal(3 * P, cells.region.committed)
    raises("#1 to 'fill' (-1 does not fit u32)", cells.fill, cells, -1)
    raises("#2 to 'fill' (elements 0 to 5", cells.fill, cells, 1, 0, 5)
  end)

  it("give nil, message and code where a page is refused, and nothing has changed", function()
    local cells <close> = assert(sparse.new("u32", 8 * U32))
    assert(cells.region:trap(3 * P, P, { read = function() return 0 end })) -- a device cannot be committed
    local view = cells.region:view "u32"
    for _, call in ipairs { function() return cells:fill(1) end,
      function() return cells:set(3 * U32, 1, 2) end, function() return cells:copy(view) end } do
      local done, message, code = call()
      assert.is_nil(done)
      assert.equal("string", type(message))
      assert.equal("in_use", code)
      assert.equal(0, cells.region.committed)
    end
  end)

  it("are copied with what does not exist, from sparse arrays", function()
    local from <close> = assert(sparse.new("u32", 8 * U32))
    local cells <close> = assert(sparse.new("u32", 8 * U32))
    from:fill(1, 1, U32)
    from:fill(2, 4 * U32 + 1, 5 * U32)
    cells:fill(9)
    assert.equal(cells, cells:copy(from))
    assert.equal(listed(from), listed(cells))
    assert.equal(3 * U32, cells:sum())
    cells:copy(cells, 2 * U32 + 1, 1, 6 * U32) -- within itself, in both directions
    assert.equal(6 * U32 - 2 * U32, cells:sum())
    assert.is_nil(cells[3 * U32 + 1])
    cells:copy(cells, 1, 2 * U32 + 1, 8 * U32)
    assert.same({ 1, nil, 2 }, { cells[1], cells[U32 + 1], cells[4 * U32 + 1] })
  end)

  it("are copied from views and pagers' arrays", function()
    local cells <close> = assert(sparse.new("u32", 8 * U32))
    local region <close> = assert(vmem.allocate(4 * P))
    local view = region:view("u32be", 0, 10, 9, { from = 3 })
    for k = 3, 12 do view[k] = k end
    cells:copy(view, 5)
    assert.same({ 3, 4, 12 }, { cells[5], cells[6], cells[14] })
    cells:copy(view, 1, 4, 5)
    assert.same({ 4, 5, 0 }, { cells:get(1, 3) })
    local array <close> = kit.array { type = "u32", count = 3 * U32, frames = 1 }
    array:fill(6)
    cells:copy(array, 2 * U32)
    assert.equal(6 * 3 * U32, cells:sum(2 * U32, 5 * U32))
  end)

  it("are numbers, or have none of this", function()
    local cells <close> = assert(sparse.new(10, 10))
    local region <close> = assert(vmem.allocate(P))
    for _, method in ipairs { "sum", "minmax", "fill", "copy" } do
      raises(("calling '%s' on an array of strings of 10, which are no numbers"):format(method),
        cells[method], cells, region:view "u8")
    end
    local numbers <close> = assert(sparse.new("u8", 10))
    raises("a view or an array of numbers expected, got table", numbers.copy, numbers, cells)
    raises("cannot copy elements of i8 into an array of u8", numbers.copy, numbers, region:view "i8")
    raises("vmem.sparse expected, got table", numbers.pages, {})
  end)
end)
