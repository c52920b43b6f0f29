local element_types = require "element_types"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

-- Values that must come back as they are, by type of number.
local VALUES = {
  i8 = { -128, -1, 0, 1, 127 },
  u8 = { 0, 1, 127, 128, 255 },
  i16 = { -32768, -1, 0, 258, 32767 },
  u16 = { 0, 258, 32768, 65535 },
  i32 = { -2147483648, -1, 0, 16909060, 2147483647 },
  u32 = { 0, 16909060, 2147483648, 4294967295 },
  i64 = { math.mininteger, -1, 0, 72623859790382856, math.maxinteger },
  u64 = { math.mininteger, -1, 0, 72623859790382856, math.maxinteger },
  f32 = { -1.5, 0.0, -0.0, 1e10, 2.0 ^ -149, math.huge, -math.huge },
  f64 = { -1.5, 0.0, -0.0, 1e300, 0.1, 5e-324, math.huge, -math.huge },
}

local REFUSED = {
  i8 = { -129, 128 }, u8 = { -1, 256 }, i16 = { -32769, 32768 }, u16 = { -1, 65536 },
  i32 = { -2147483649, 2147483648 }, u32 = { -1, 4294967296, math.mininteger },
}

for _, type in ipairs(element_types) do
  local name, format, size, values = type.name, type.format, type.size, VALUES[type.number]

  describe("a view of " .. name, function()
    helpers.no_regions_left()

    it("keeps its values, as string.pack lays them out", function()
      local region <close> = vmem.allocate(P)
      local view = region:view(name)
      for i, value in ipairs(values) do
        view[i] = value
        assert.equal(format:pack(value), region:read((i - 1) * size, size))
        assert.equal(format:pack(value), format:pack(view[i]))
        assert.equal(math.type(value), math.type(view[i]))
      end
      assert.same(values, { view:get(1, #values) })
    end)

    it("reads what string.pack wrote", function()
      local region <close> = vmem.allocate(P)
      for i, value in ipairs(values) do region:pack((i - 1) * size + 3, format, value) end
      assert.same(values, { table.unpack(region:view(name, 3), 1, #values) })
    end)

    it("has elements over the border of two pages", function()
      local region <close> = vmem.allocate(2 * P)
      for shift = 0, size do
        local view = region:view(name, P - shift)
        view[1] = values[1]
        assert.equal(format:pack(values[1]), region:read(P - shift, size))
        assert.equal(values[1], view[1])
      end
    end)

    it("has as many elements as fit, and no others", function()
      local region <close> = vmem.allocate(P)
      for _, offset in ipairs { 0, 1, size, P - size, P - size + 1, P } do
        local count = (P - offset) // size
        local view = region:view(name, offset)
        assert.equal(count, #view)
        if count > 0 then view[count] = values[1] end
        assert.is_nil(view[count + 1])
        assert.has_error(function() view[count + 1] = values[1] end)
      end
      assert.equal(2, #region:view(name, 5, 2))
      assert.equal(0, #region:view(name, 5, 0))
      assert.has_error(function() region:view(name, size, P // size) end)
    end)

    it("can be set and filled", function()
      local region <close> = vmem.allocate(P)
      local view = region:view(name, 1, 5)
      assert.equal(view, view:fill(values[1]))
      assert.equal("\0" .. format:pack(values[1]):rep(5) .. "\0", region:read(0, 5 * size + 2))
      assert.equal(view, view:set(2, values[2], values[3]))
      assert.same({ values[1], values[2], values[3], values[1], values[1] }, { view:get(1, 5) })
    end)

    it("tells its type, offset and region, and becomes one line of text", function()
      local region <close> = vmem.allocate(P)
      local view = region:view(name, 16, 3)
      assert.same({ name, 16, region }, { view.type, view.offset, view.region })
      assert.equal(("vmem.view of 3 %s at 0x%x"):format(name, region.base + 16), tostring(view))
    end)

    for _, value in ipairs(REFUSED[type.number] or {}) do
      it("refuses " .. value, function()
        local region <close> = vmem.allocate(P)
        local view = region:view(name)
        local message = ("value %d does not fit %s"):format(value, name)
        helpers.raises(message, function() view[1] = value end)
        helpers.raises(message, function() view:set(1, 0, value) end)
        helpers.raises(message, function() view:fill(value) end)
        assert.equal(("\0"):rep(P), region:read())
      end)
    end
  end)
end

describe("a view", function()
  helpers.no_regions_left()
  local region, view

  before_each(function()
    region = vmem.allocate(4 * P)
    view = region:view("i32", 0, 10)
    for i = 1, 10 do view[i] = i * i end
  end)

  after_each(function() region:release() end)

  it("is a sequence for Lua: #, ipairs, unpack, move, concat, sort", function()
    local seen = {}
    for i, value in ipairs(view) do seen[i] = value end
    assert.same({ 1, 4, 9, 16, 25, 36, 49, 64, 81, 100 }, seen)
    assert.equal("1,4,9,16,25,36,49,64,81,100", table.concat(view, ","))
    assert.same({ 9, 16, 25 }, { table.unpack(view, 3, 5) })
    assert.equal(10, select("#", table.unpack(view)))
    assert.same({ 1, 4, 9 }, table.move(view, 1, 3, 1, {}))
    table.move({ 7, 5, 6 }, 1, 3, 8, view)
    table.move(view, 1, 3, 2)
    assert.same({ 1, 1, 4, 9, 25, 36, 49, 7, 5, 6 }, { view:get(1, 10) })
    table.sort(view)
    assert.same({ 1, 1, 4, 5, 6, 7, 9, 25, 36, 49 }, { view:get(1, 10) })
  end)

  it("gives nil for whatever is not in it", function()
    for _, index in ipairs { 0, -1, 11, 12, math.maxinteger, math.mininteger, 1 << 62, 1 << 61 } do
      assert.is_nil(view[index])
      local message = ("index %d is outside the view, which has 10 elements"):format(index)
      helpers.raises(message, function() view[index] = 1 end)
    end
    assert.is_nil(view.nothing)
    assert.is_nil(view[true])
    helpers.raises("index must be an integer, not string", function() view.nothing = 1 end)
  end)

  it("takes whole floats for integers, and nothing else", function()
    view[2.0] = 7.0
    assert.equal(7, view[2])
    assert.equal("integer", math.type(view[2]))
    for _, value in ipairs { 7.5, "7", 0 / 0, math.huge, true, {} } do
      helpers.raises("value must be an integer, not ", function() view[2] = value end)
    end
    helpers.raises("value must be an integer, not nil", function() view[2] = nil end)
    assert.equal(7, view[2])
  end)

  it("of floats takes integers, and rounds to what it can hold", function()
    local floats, doubles = region:view("f32"), region:view("f64", P)
    floats[1], doubles[1] = 3, 1 << 53
    assert.equal("float", math.type(floats[1]))
    assert.equal(2.0 ^ 53, doubles[1])
    floats[1] = 0.1
    assert.equal(("f"):unpack(("f"):pack(0.1)), floats[1])
    floats[1], doubles[1] = 0 / 0, 0 / 0
    assert.is_true(floats[1] ~= floats[1] and doubles[1] ~= doubles[1])
    helpers.raises("value must be a number, not string", function() doubles[1] = "1" end)
  end)

  it("gets no, one or many elements", function()
    assert.equal(1, view:get(1))
    assert.equal(10, select("#", view:get(1, 10)))
    assert.equal(0, select("#", view:get(5, 4)))
    assert.equal(0, select("#", view:get(1, -5)))
    assert.equal(P, select("#", region:view("u8"):get(1, P)))
  end)

  it("without elements gets none, as table.unpack does", function()
    local empty = region:view("i32", 4 * P)
    assert.equal(0, select("#", table.unpack(empty)))
    assert.equal(0, select("#", empty:get(1, #empty)))
    assert.equal(empty, empty:fill(1))
  end)

  it("says so when there is no room to return so many", function()
    local large <close> = vmem.allocate(1 << 21)
    local bytes = large:view("u8")
    for _, range in ipairs { { 1, #bytes }, { 1, math.maxinteger }, { math.mininteger, math.maxinteger } } do
      local message = ("too many elements to return: %d to %d"):format(table.unpack(range))
      helpers.raises(message, bytes.get, bytes, table.unpack(range))
    end
  end)

  it("sets all of the values or none", function()
    assert.equal(view, view:set(9, -1, -2))
    helpers.raises("3 values from index 9 on run past the view's end", view.set, view, 9, 1, 2, 3)
    helpers.raises("value must be an integer, not string", view.set, view, 8, 1, "2")
    helpers.raises("value 2147483648 does not fit i32", view.set, view, 8, 1, 2, 1 << 31)
    assert.same({ 64, -1, -2 }, { view:get(8, 10) })
  end)

  it("may overlap others of the same bytes", function()
    local bytes = region:view("u8")
    view[1] = 0x01020304
    assert.same({ ("=i4"):pack(0x01020304):byte(1, -1) }, { bytes:get(1, 4) })
    bytes:set(1, 255, 255, 255, 255)
    assert.equal(-1, view[1])
  end)

  it("works the same in a coroutine", function()
    local task = coroutine.wrap(function()
      for i = 1, #view do
        view[i] = view[i] + 1
        coroutine.yield(view[i])
      end
    end)
    for i = 1, 10 do assert.equal(i * i + 1, task()) end
  end)

  it("notices every change of its pages at once", function()
    local changes = {
      { "protect", 0, P, "none" }, { "protect", 0, P, "r" }, { "protect", 0, P, "rw+guard" },
      { "commit", 0, P, "r" }, { "commit", 0, P, "none" }, { "decommit", 0, P }, { "decommit" },
    }
    for _, change in ipairs(changes) do
      view[1] = view[2]
      region[change[1]](region, table.unpack(change, 2))
      helpers.fault(function() view[1] = 1 end)
      region:commit(0, 4 * P, "rw")
      view[1] = 1
    end
  end)

  it("sees each page as it is, in a region of many runs", function()
    math.randomseed(7)
    local ways = { "rw", "rw", "r", "none", false }
    local many <close> = vmem.reserve(200 * P, { watch = true })
    local now, bytes, wide = {}, many:view("u8", { from = 0 }), many:view("u32", { from = 0, stride = 1 })
    local function change(page)
      now[page] = ways[math.random(#ways)]
      if now[page] then many:commit((page - 1) * P, P, now[page]) else many:decommit((page - 1) * P, P) end
      many:rearm((page - 1) * P, P)
    end
    for page = 1, 200 do change(page) end
    local wrong = 0
    local function check(page, may, ...)
      local is_good = may and select("#", pcall(...)) == 2 or not may and helpers.fault(...).page == page
      if not is_good then wrong = wrong + 1 end
    end
    for _ = 1, 3000 do
      local page = math.random(199)
      local offset, border = (page - 1) * P + math.random(0, P - 1), page * P - math.random(3)
      local reads, writes = now[page] == "rw" or now[page] == "r", now[page] == "rw"
      local next_reads = now[page + 1] == "rw" or now[page + 1] == "r"
      check(page, reads, function() return bytes[offset] end)
      check(page, writes, function() bytes[offset] = 1 return true end)
      check(reads and page + 1 or page, reads and next_reads, function() return wide[border] end)
      if writes and many:written((page - 1) * P, P)() ~= (page - 1) * P then wrong = wrong + 1 end
      if math.random(5) == 1 then change(page) end
    end
    assert.equal(0, wrong)
  end)

  it("touches every page of an element", function()
    region:decommit(P, P)
    local wide = region:view("u64", P - 4)
    view[1] = 1 -- the last page that was looked up is the first
    assert.equal(2, helpers.fault(function() return wide[1] end).page)
    assert.equal(2, helpers.fault(function() wide[1] = -1 end).page)
    assert.equal("\0\0\0\0", region:read(P - 4, 4))
  end)
end)
