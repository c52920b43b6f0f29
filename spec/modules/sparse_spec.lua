-- Arrays of records over reserved space: which records exist, what they cost, and what is given back.

local helpers = require "helpers"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size
local raises = helpers.raises

--- A record of a page less five bytes, as the documents' cells are.
local CELL = P - 5

--- All results of an iterator, a table for each step.
local function collect(iterator, state, control)
  local list = {}
  for a, b, c in iterator, state, control do list[#list + 1] = { a, b, c } end
  return list
end

describe("sparse.new", function()
  helpers.no_regions_left()

  it("reserves and commits nothing", function()
    local cells <close> = assert(sparse.new(4091, 10))
    assert.equal(10, #cells)
    assert.equal(4091, cells.record_size)
    assert.equal(4091, cells.type)
    assert.equal(0, cells.region.committed)
    assert.is_true(cells.region.size >= 40910 and cells.region.size - 40910 < P)
  end)

  it("hands options on to vmem.reserve", function()
    local cells <close> = assert(sparse.new("u8", 10, { name = "cells", protection = "rwx" }))
    assert.equal("cells", cells.region.name)
    assert.equal("rwx", cells.region.protection)
  end)

  for _, case in ipairs {
    { "of 64 KiB or more", 65536, {}, true },
    { "of less than 64 KiB", 65535, {}, false },
    { "that is small, where options say so", 1, { sparse = true }, true },
    { "that is large, unless options say otherwise", 1 << 40, { sparse = false }, false },
    { "that has other options", 1 << 40, { name = "cells" }, true },
  } do
    local run = case[2] > 65536 and helpers.vast_it or it
    run(("chooses the kind of region for an array %s"):format(case[1]), function()
      local before = next(case[3])
      local cells <close> = assert(sparse.new("u8", case[2], case[3]))
      local region <close> = assert(vmem.reserve(case[2], { sparse = case[4] })) -- sparse if supported
      assert.equal(region.sparse, cells.region.sparse)
      assert.equal(case[3].name, cells.region.name)
      assert.equal(before, next(case[3]))
    end)
  end

  it("gives nil, message and code where the system says no", function()
    local cells, message, code = sparse.new("f64", 1 << 59)
    assert.is_nil(cells)
    assert.matches("^cannot reserve 4611686018427387904 bytes", message)
    assert.equal("out_of_memory", code)
  end)

  for _, case in ipairs {
    { "no type", {}, "#1 to 'new' (type must be a number of bytes, a view's type or a string.pack format" },
    { "a string of no bytes", { 0, 1 }, "#1 to 'new' (a string must have at least 1 byte, not 0)" },
    { "a fraction of a byte", { 1.5, 1 }, "#1 to 'new' (type must be" },
    { "an unknown type", { "u9", 1 }, "#1 to 'new' (\"u9\" is no view's type, and no string.pack format" },
    { "a format of no fixed size", { "i4 z", 1 }, "fixed size: variable-length format" },
    { "a format without values", { "xx", 1 }, "there is no value in it" },
    { "no count", { "u8" }, "#2 to 'new' (count must be an integer of 1 or more, not nil)" },
    { "no records", { "u8", 0 }, "#2 to 'new' (count must be" },
    { "more bytes than a size can say", { "f64", 1 << 60 }, "of 1152921504606846975 or less" },
    { "options that are none", { "u8", 1, 5 }, "#3 to 'new' (options must be a table" },
    { "an unknown option", { "u8", 1, { colour = 1 } }, "#3 to 'new' (option 'colour' is unknown" },
  } do
    it("refuses " .. case[1], function()
      raises(case[3], sparse.new, table.unpack(case[2], 1, 3))
    end)
  end
end)

--- type, a value, another value that reads differently, one that does not fit, the message for it.
local kinds = {
  { "i8", -128, 127, 128, "128 does not fit i8" },
  { "u8", 255, 1, -1, "-1 does not fit u8" },
  { "i16", -32768, 5, 40000, "40000 does not fit i16" },
  { "u16", 65535, 5, 65536, "65536 does not fit u16" },
  { "i32", -5, 7, 1 << 31, "2147483648 does not fit i32" },
  { "u32", 5, 7, 1.5, "1.5 does not fit u32" },
  { "i64", math.mininteger, 7, "7", "a number is wanted, not string" },
  { "u64", -1, 7, {}, "a number is wanted, not table" },
  { "f32", 0.5, 7, true, "a number is wanted, not boolean" },
  { "f64", 0.1, 7, "x", "a number is wanted, not string" },
  { "u16be", 65535, 5, 65536, "65536 does not fit u16be" },
  { "i32le", -5, 7, 1 << 31, "2147483648 does not fit i32le" },
  { "f32be", 0.5, 7, 1e300, "1e+300 does not fit f32be" },
  { "f64le", 0.1, 7, "x", "a number is wanted, not string" },
  { 1, "x", "", "xy", "2 bytes are too many, a record has 1" },
  { 16, "sixteen bytes ok", "a\0b", ("x"):rep(17), "17 bytes are too many, a record has 16" },
  { CELL, ("A"):rep(CELL), "hello", 5, "a string is wanted, not number" },
  { 3 * P + 1, ("B"):rep(3 * P + 1), "hello", ("x"):rep(3 * P + 2), "a record has " .. 3 * P + 1 },
  { "=i8", 1 << 40, -1, "x", "number expected" },
  { "c5", "hello", "world", "worlds", "longer than" },
  { ">I3", 0x10203, 1, 1 << 24, "overflow" },
  { "i4 i4 d", { 1, 2, 3.5 }, { 0, -1, 0.0 }, { 1, 2 }, "3 values are wanted, not 2" },
  { "!8 b d", { 1, 2.5 }, { -1, 0.0 }, 5, "a list of values is wanted, not 5" },
  { "b b b b b b", { 1, 2, 3, 4, 5, 6 }, { 0, 0, 0, 0, 0, 1 }, { 1, 2, 3, 4, 5, 600 }, "overflow" },
}

for _, kind in ipairs(kinds) do
  local type, value, other, bad, complaint = table.unpack(kind)

  describe(("records of %s"):format(type), function()
    helpers.no_regions_left()
    local cells

    before_each(function() cells = assert(sparse.new(type, 10 * P)) end)
    after_each(function() cells:close() end)

    it("read as they were stored", function()
      cells[1], cells[7] = value, other
      cells[10 * P] = value
      assert.same({ value, other, value }, { cells[1], cells[7], cells[10 * P] })
    end)

    it("can be stored again", function()
      cells[3] = value
      cells[3] = other
      assert.same(other, cells[3])
    end)

    it("are nil before anybody has stored one, and nothing is committed", function()
      assert.is_nil(cells[1])
      assert.is_nil(cells:get(1))
      assert.is_nil(cells:bytes(1))
      assert.equal(0, cells.region.committed)
    end)

    it("are stored and read by set and get as well", function()
      local values = _G.type(value) == "table" and value or { value }
      assert.equal(cells, cells:set(5, table.unpack(values)))
      assert.same(values, { cells:get(5) })
      assert.same(value, cells[5])
    end)

    it("give all their bytes", function()
      cells[2] = value
      assert.equal(cells.region:read(cells.record_size, cells.record_size), cells:bytes(2))
    end)

    it("refuse what does not fit, say so, and change nothing", function()
      raises("record 2: ", function() cells[2] = bad end)
      raises(complaint, function() cells[2] = bad end)
      assert.equal(0, cells.region.committed)
      cells[2] = value
      raises(complaint, function() cells[2] = bad end)
      assert.same(value, cells[2])
    end)

    it("are met by each, pairs and filled", function()
      cells[10 * P - 1] = value
      local met, pairs_met
      for i, first in cells:each() do
        if i == 10 * P - 1 then met = first end
      end
      for i, all in pairs(cells) do
        if i == 10 * P - 1 then pairs_met = all end
      end
      assert.same(_G.type(value) == "table" and value[1] or value, met)
      assert.same(value, pairs_met)
      local filled = collect(cells:filled())
      assert.equal(1, #filled)
      assert.equal(10 * P - 1, filled[1][1])
    end)

    it("are gone once forgotten, with their pages", function()
      cells[5] = value
      cells[5] = nil
      assert.is_nil(cells[5])
      assert.equal(0, cells.region.committed)
    end)
  end)
end

describe("a sparse array's index", function()
  helpers.no_regions_left()
  local cells

  before_each(function() cells = assert(sparse.new("u16", 100)) end)
  after_each(function() cells:close() end)

  it("reads as nil where there is no record", function()
    cells[1] = 1
    for _, i in ipairs { 0, -1, 101, 1.5, math.mininteger, math.maxinteger, 1e300 } do
      assert.is_nil(cells[i])
      assert.is_nil(cells:get(i))
      assert.is_nil(cells:bytes(i))
    end
    assert.is_nil(cells.colour)
  end)

  it("may be a float with an integer's value", function()
    cells[2.0] = 5
    assert.equal(5, cells[2])
    assert.equal(5, cells[2.0])
  end)

  for _, case in ipairs {
    { 0, "record 0 is outside the array, which has 100 records" },
    { 101, "record 101 is outside the array, which has 100 records" },
    { math.mininteger, "record -9223372036854775808 is outside" },
    { 1.5, "a record's index must be an integer, not 1.5" },
    { "colour", "a record's index must be an integer, not 'colour'" },
  } do
    it(("of %s is an error to store, forget and assign nil to"):format(case[1]), function()
      raises(case[2], function() cells[case[1]] = 1 end)
      raises(case[2], function() cells[case[1]] = nil end)
      raises(case[2], cells.set, cells, case[1], 1)
      raises(case[2], cells.forget, cells, case[1])
      raises(case[2], cells.forget, cells, 1, case[1])
      assert.equal(0, cells.region.committed)
    end)
  end

  it("is blamed on the line that gave it", function()
    local line = debug.getinfo(1, "l").currentline
    raises(("sparse_spec.lua:%d: record 101"):format(line + 2), function()
      cells[101] = 1
    end)
    raises(("sparse_spec.lua:%d: record 1: 70000"):format(line + 5), function()
      cells:set(1, 70000)
    end)
    raises(("sparse_spec.lua:%d: record 101"):format(line + 8), function()
      cells:forget(101)
    end)
  end)

  it("goes through ipairs as far as records exist", function()
    local records <close> = assert(sparse.new(CELL, 10))
    records[1], records[2], records[4] = "a", "b", "d"
    local read = {}
    for i, text in ipairs(records) do read[i] = text end
    assert.same({ "a", "b", "", "d" }, read) -- both pages of the third record are committed then
  end)
end)

describe("strings", function()
  helpers.no_regions_left()

  it("end with their last byte that is not zero, and bytes gives the zeros back", function()
    local cells <close> = assert(sparse.new(8, 10))
    cells[1] = "a\0b\0\0"
    assert.equal("a\0b", cells[1])
    assert.equal("a\0b\0\0\0\0\0", cells:bytes(1))
  end)

  it("leave nothing of a longer one behind", function()
    local cells <close> = assert(sparse.new(3 * P, 4))
    cells[2] = ("x"):rep(3 * P)
    cells[2] = "y"
    assert.equal("y" .. ("\0"):rep(3 * P - 1), cells:bytes(2))
  end)

  it("change nothing when a page of the record refuses", function()
    local cells <close> = assert(sparse.new(CELL, 4))
    cells[2] = ("x"):rep(CELL) -- five bytes of it are on the first page
    cells.region:protect(P, P, "r")
    assert.equal("write", helpers.fault(function() cells[2] = "y" end).access)
    assert.equal(("x"):rep(CELL), cells[2])
  end)

  helpers.linux_it("need no RAM for the zeros behind them", function()
    local cells <close> = assert(sparse.new(64 * P, 4))
    cells[1] = "hello"
    local written = 0
    for i = 1, 64 do
      local frame = cells.region[i].frame -- pages that were only read share the page of zeros
      if frame and frame ~= cells.region[64].frame then written = written + 1 end
    end
    assert.is_true(written <= 1)
    assert.equal("hello", cells[1])
  end)
end)

describe("what exists of a sparse array", function()
  helpers.no_regions_left()

  it("is what has all its pages, so a short neighbour exists as well", function()
    local cells <close> = assert(sparse.new(CELL, 10))
    cells[1] = "hello"
    assert.is_nil(cells[2]) -- it has 5 bytes on the first page
    cells[2] = "world"
    assert.equal(2 * P, cells.region.committed)
    local small <close> = assert(sparse.new(8, 10))
    small[1] = "hello"
    assert.equal("", small[2])
  end)

  it("is both pages of a record that straddles two", function()
    local cells <close> = assert(sparse.new(CELL, 10))
    cells[3] = "hello"
    assert.equal(2 * P, cells.region.committed)
    assert.equal("reserved rw rw", helpers.pages(cells.region):sub(1, 14))
  end)

  it("includes pages committed by hand, and excludes those decommitted by hand", function()
    local cells <close> = assert(sparse.new("u32", P))
    cells.region:commit(P, P)
    assert.equal(0, cells[P // 4 + 1])
    cells.region:decommit()
    assert.is_nil(cells[P // 4 + 1])
  end)

  it("may be protected: that is a fault, and nobody takes it for missing", function()
    local cells <close> = assert(sparse.new("u32", P))
    cells[1] = 5
    cells.region:protect(0, P, "r")
    assert.equal(5, cells[1])
    assert.equal("write", helpers.fault(function() cells[1] = 6 end).access)
    cells.region:protect(0, P, "none")
    assert.equal("read", helpers.fault(function() return cells[1] end).access)
    assert.equal("write", helpers.fault(cells.set, cells, 1, 6).access)
    cells.region:protect(0, P, "rw")
    assert.equal(5, cells[1])
  end)

  it("is no matter of faults: reading what is missing asks no handler", function()
    local cells <close> = assert(sparse.new("u32", P))
    local asked = 0
    cells.region:on_fault(function() asked = asked + 1 end)
    vmem.on_fault(function() asked = asked + 1 end)
    local read = cells[1]
    cells[1] = 1
    vmem.on_fault(nil)
    assert.is_nil(read)
    assert.equal(0, asked)
  end)

  it("asks handlers when a page is protected, and they may yield", function()
    local cells <close> = assert(sparse.new("u32", P))
    cells[1] = 5
    cells.region:protect(0, P, "none")
    cells.region:on_fault(function(fault)
      coroutine.yield "waiting"
      return fault.region:protect(0, P, "rw")
    end)
    local reader = coroutine.wrap(function() return cells[1] end)
    assert.equal("waiting", reader())
    assert.equal(5, reader())
    cells.region:protect(0, P, "none")
    local writer = coroutine.wrap(function() cells[1] = 6 return cells[1] end)
    assert.equal("waiting", writer())
    assert.equal(6, writer())
  end)
end)

describe("an access to a sparse array that a handler mends", function()
  helpers.no_regions_left()

  for _, case in ipairs {
    { "u32", 5, 6 }, { 12, "five", "six" }, { "<i4", -5, -6 },
  } do
    local kind, old, new = table.unpack(case)
    it(("starts over: %s"):format(kind), function()
      local cells <close> = assert(sparse.new(kind, P))
      local asked = 0
      cells[1] = old
      cells.region:on_fault(function(fault)
        asked = asked + 1
        return fault.region:protect(0, P, "rw")
      end)
      cells.region:protect(0, P, "none")
      assert.equal(old, cells[1])
      cells.region:protect(0, P, "r")
      cells[1] = new
      cells.region:protect(0, P, "none")
      assert.same({ { 1, new } }, { collect(cells:filled())[1] })
      assert.equal(new, cells[1])
      assert.equal(3, asked)
    end)
  end
end)

describe("a region that is reserved as a sparse one", function()
  helpers.no_regions_left()

  -- If the system does not support it, the array is as any other.
  it("commits, forgets and gives back as any other", function()
    local region <close> = assert(vmem.reserve(1 << 30, { sparse = true }))
    for offset = 0, region.size - 1, region.size // 8 do
      region:commit(offset, P):write(offset, "here")
    end
    assert.equal(8 * P, region.committed)
    assert.equal("here", region:read(region.size // 2, 4))
    helpers.fault(region.read, region, P, 1)
    region:decommit():commit(0, P)
    assert.equal(("\0"):rep(P), region:read(0, P))
  end)
end)

describe("walking a sparse array", function()
  helpers.no_regions_left()

  helpers.vast_it("meets far-apart records, ascending, and skips what is reserved", function()
    local cells <close> = assert(sparse.new(P, 1 << 28)) -- a record a page, 1 TiB
    for _, i in ipairs { 1 << 28, 77, 1, 1 << 20, 78 } do cells[i] = "record " .. i end
    local expected = {}
    for n, i in ipairs { 1, 77, 78, 1 << 20, 1 << 28 } do expected[n] = { i, "record " .. i } end
    assert.same(expected, collect(cells:each()))
    assert.same(expected, collect(cells:filled()))
    assert.same(expected, collect(pairs(cells)))
  end)

  it("leaves out records that miss a page at either end of a stretch", function()
    local cells <close> = assert(sparse.new(CELL, 10))
    cells.region:commit(P, 2 * P) -- pages 2 and 3: of cells 1, 2, 3, 4, and only cell 3 is whole
    assert.same({ { 3, "" } }, collect(cells:each()))
    cells.region:write(2 * P - 20, ("x"):rep(10)) -- of cell 2
    assert.same({}, collect(cells:filled()))
  end)

  it("gives all values of a format", function()
    local points <close> = assert(sparse.new("i4 i4", 1000))
    points[900] = { 3, 4 }
    assert.same({ { 900, 3, 4 } }, collect(points:filled()))
    for i, point in pairs(points) do assert.same(i == 900 and { 3, 4 } or { 0, 0 }, point) end
  end)

  it("goes through stretches that differ in protection, and ends with the last record", function()
    local cells <close> = assert(sparse.new(CELL, 3))
    cells[1], cells[2], cells[3] = "a", "b", "c"
    cells.region:protect(P, P, "r")
    assert.same({ { 1, "a" }, { 2, "b" }, { 3, "c" } }, collect(cells:each()))
  end)

  helpers.vast_it("may forget what it meets, and what is ahead", function()
    local cells <close> = assert(sparse.new("u32", 1 << 36))
    local places = {}
    for n = 1, 50 do
      places[n] = n << 29
      cells[places[n]] = n
    end
    local met = 0
    for i in cells:filled() do
      met = met + 1
      cells:forget(i)
    end
    assert.equal(50, met)
    assert.equal(0, cells.region.committed)
    cells:set(1, 1)
    cells.region:commit(0, 64 << 20)
    met = 0
    for _ in cells:each() do
      met = met + 1
      cells:forget(1, #cells)
    end
    assert.equal(1, met)
  end)

  it("passes over what the loop gives back, wherever", function()
    local bytes <close> = assert(sparse.new("u8", 9 * P))
    bytes.region:commit()
    local places = { 1, P + 7, 3 * P, 3 * P + 1, 5 * P + 9, 6 * P + 1, 9 * P }
    for _, i in ipairs(places) do bytes[i] = 1 end
    local met = {}
    for i in bytes:filled() do
      met[#met + 1] = i
      if i == P + 7 then bytes.region:decommit(2 * P, P):decommit(4 * P, P) end
      if i == 3 * P + 1 then bytes:forget(5 * P + 1, 6 * P) end
      if i == 6 * P + 1 then bytes.region:decommit(7 * P, P) end
    end
    assert.same({ 1, P + 7, 3 * P + 1, 6 * P + 1, 9 * P }, met)
  end)

  helpers.vast_it("of nothing ends at once", function()
    local cells <close> = assert(sparse.new("u8", 1 << 40))
    assert.same({}, collect(cells:each()))
    assert.same({}, collect(cells:filled()))
  end)
end)

describe("forgetting records", function()
  helpers.no_regions_left()

  it("leaves the page that two share while the other has something", function()
    local cells <close> = assert(sparse.new(CELL, 10))
    cells[1], cells[2] = "one", "two"
    cells:forget(2)
    assert.equal("one", cells[1])
    assert.is_nil(cells[2])
    assert.equal("rw reserved", helpers.pages(cells.region):sub(1, 11))
    cells[2] = "two"
    cells:forget(1) -- page 1 has the first 5 bytes of cell 2
    assert.equal("", cells[1])
    assert.equal("two", cells[2])
    cells:forget(2)
    assert.equal(0, cells.region.committed)
  end)

  it("leaves nothing of them behind", function()
    local cells <close> = assert(sparse.new(16, P))
    cells[1], cells[2] = ("x"):rep(16), "y"
    cells:forget(1)
    assert.equal(("\0"):rep(16), cells:bytes(1))
    assert.equal("y", cells[2])
  end)

  helpers.vast_it("can be done to several at once, over what is not there", function()
    local cells <close> = assert(sparse.new(CELL, 1 << 28))
    for i = 1, 9 do cells[i] = ("x"):rep(CELL) end
    cells[1 << 27] = "far"
    cells:forget(2, (1 << 28) - 1)
    assert.equal(("x"):rep(CELL), cells[1])
    assert.is_nil(cells[2])
    assert.equal(P, cells.region.committed)
    cells:forget(5, 4)
    assert.equal(P, cells.region.committed)
    cells:forget(1, #cells)
    assert.equal(0, cells.region.committed)
  end)

  it("is fine where nothing exists", function()
    local cells <close> = assert(sparse.new(CELL, 10))
    assert.equal(cells, cells:forget(3))
    cells[1] = "x"
    cells:forget(2) -- one of its pages is committed
    assert.equal("x", cells[1])
  end)

  for name, range in pairs {
    ["at a page's start"] = { 1, 2 }, ["in its middle"] = { 3, 4 }, ["at its end"] = { 63, 64 },
    ["over its edge"] = { 60, 70 }, ["that fill pages"] = { 65, 192 },
  } do
    it("gives back what nobody else has anything on, of records " .. name, function()
      local size = P // 64
      local cells <close> = assert(sparse.new(size, 64 * 10))
      for i = range[1], range[2] do cells[i] = ("x"):rep(size) end
      cells:forget(range[1], range[2])
      assert.equal(0, cells.region.committed)
    end)
  end
end)

describe("what a sparse array costs", function()
  helpers.no_regions_left()

  helpers.vast_it("is nothing at first", function()
    local cells <close> = assert(sparse.new("f64", 1 << 37))
    local cost = cells:cost()
    assert.equal(0, cost.committed)
    assert.equal(0, cost.wasted)
    assert.is_true(cost.resident == 0 or cost.resident == nil)
  end)

  it("is pages, of which what no record with something uses is wasted", function()
    local cells <close> = assert(sparse.new(CELL, 10))
    cells[1], cells[2], cells[5] = "one", "two", "five"
    local cost = cells:cost()
    assert.equal(4 * P, cost.committed)
    assert.equal(4 * P - 3 * CELL, cost.wasted)
    cells[3] = "" -- a string without anything but zeros
    assert.equal(5 * P - 3 * CELL, cells:cost().wasted)
  end)

  it("counts numbers one by one, and a part of a record that is there", function()
    local numbers <close> = assert(sparse.new("u16", 10 * P))
    numbers[1], numbers[2], numbers[4], numbers[P] = 1, 256, 3, 65535
    assert.equal(2 * P - 4 * 2, numbers:cost().wasted)
    local cells <close> = assert(sparse.new(CELL, 10))
    cells.region:commit(P, P)
    cells.region:write(P + 10, "x") -- of cell 2, whose first page is missing
    assert.equal(P - (2 * CELL - P), cells:cost().wasted)
  end)

  it("takes pages that nobody may read for used, and asks no handler", function()
    local cells <close> = assert(sparse.new("u8", 4 * P))
    cells.region:commit(0, 2 * P)
    cells.region:protect(0, P, "none")
    cells.region:protect(P, P, "rw+guard")
    assert.equal(0, cells:cost().wasted)
    assert.equal("none rw+guard reserved reserved", helpers.pages(cells.region))
  end)

  helpers.linux_it("tells what is in RAM, before it has looked itself", function()
    local cells <close> = assert(sparse.new("u8", 64 * P))
    cells.region:commit()
    cells[1] = 1
    local cost = cells:cost()
    assert.equal(64 * P, cost.committed)
    assert.equal(helpers.zeros_are_shared(cells.region) and P or 64 * P, cost.resident)
  end)

  it("prints as a sentence", function()
    local cells <close> = assert(sparse.new("u8", 64 * P))
    cells[1] = 1
    assert.matches(("^%d bytes committed.*, %d wasted$"):format(P, P - 1), tostring(cells:cost()))
  end)
end)

describe("a terabyte", function()
  helpers.no_regions_left()

  helpers.vast_it("is usable from one end to the other", function()
    local big <close> = assert(sparse.new("f64", 1 << 37))
    assert.equal(1 << 40, big.region.size)
    big[1], big[1 << 36], big[1 << 37] = 1.5, 2.5, 3.5
    assert.same({ { 1, 1.5 }, { 1 << 36, 2.5 }, { 1 << 37, 3.5 } }, collect(big:filled()))
    assert.equal(3 * P, big:cost().committed)
    big:forget(1, 1 << 37)
    assert.equal(0, big.region.committed)
  end)

  --- For how many records there is memory: two pages for each, two of the system's page tables, and as much
  --- again.
  local function room()
    local file <close> = io.open("/proc/meminfo")
    local kib = file and file:read("a"):match("MemAvailable:%s*(%d+)")
    return kib and kib * 1024 // (8 * P) or 30000
  end

  -- Unless the region is sparse, how many mappings a system allows decides how many pages can lie apart.
  local function most_records()
    local cells <close> = sparse.new("f64", 1 << 37)
    return math.min(room(), cells and cells.region.sparse and 100000 or 30000)
  end

  -- Resident memory is that of the pages and vmem's own page table, which adds up to 5 %. The system's page
  -- tables are not in it. Plain C that touches the same pages of a writable mapping needs a page of table for
  -- each stretch that one table can map: as many pages as addresses fit into a page.
  local script = [[
    local vmem = require "vmem"
    local sparse = require "vmem.sparse"
    local TYPE, RECORDS, TABLES_ARE_PAGES <const> = %q, %d, %s
    local P <const> = vmem.page_size
    local function status(key)
      local file <close> = io.open("/proc/self/status") -- not every Unix tells
      return file and file:read("a"):match(key .. ":%%s*(%%d+)") * 1024
    end
    local size = math.type(TYPE) and TYPE or string.packsize("d")
    local cells = assert(sparse.new(TYPE, (1 << 40) // size))
    local value = size == 8 and 1.5 or ("x"):rep(size)
    collectgarbage()
    local rss, tables = status "VmRSS", status "VmPTE"
    math.randomseed(24)
    for _ = 1, RECORDS do cells[math.random(#cells)] = value end
    collectgarbage()
    local grown, grown_tables = rss and status "VmRSS" - rss, tables and status "VmPTE" - tables
    math.randomseed(24)
    local seen, pages, stretches = {}, 0, 0
    local function count(key)
      if seen[key] then return 0 end
      seen[key] = true
      return 1
    end
    for _ = 1, RECORDS do
      local i = math.random(#cells)
      for page = (i - 1) * size // P, (i * size - 1) // P do
        pages, stretches = pages + count(page), stretches + count(-1 - page // (P // 8))
      end
    end
    local function within_a_tenth(bytes, expected)
      local ratio = bytes and bytes / expected or 1
      return math.abs(ratio - 1) < 0.1 or ratio
    end
    print(cells.region.committed // P - pages, within_a_tenth(grown, pages * P),
      not TABLES_ARE_PAGES or within_a_tenth(grown_tables, stretches * P))
  ]]

  local RECORDS <const> = most_records()
  local TABLES_ARE_PAGES <const> = helpers.on_linux and helpers.tables_are_pages()
  for _, case in ipairs { { "f64", "one page each" }, { P - 5, "two pages each" } } do
    helpers.vast_it(
      ("commits and has in RAM what its pages cost, within 10 %%, with %d random records of %s"):format(
        RECORDS, case[2]), function()
        local text = script:format(case[1], RECORDS, TABLES_ARE_PAGES)
        assert.equal("0\ttrue\ttrue\n", (helpers.run_script(text)))
      end, helpers.no_sanitizer_it)
  end
end)

describe("a commit that is refused", function()
  helpers.no_regions_left()

  helpers.no_sanitizer_it("is an error that loses nothing, and set gives it instead", function()
    local output = helpers.run_script([[
      local sparse = require "vmem.sparse"
      local cells = assert(sparse.new(64 << 20, 16))
      local stored, problem = 0
      repeat
        local ok
        ok, problem = pcall(function() cells[stored + 1] = "record " .. stored + 1 end)
        if ok then stored = stored + 1 end
      until not ok
      print(problem:find("record " .. stored + 1 .. ": cannot commit", 1, true) ~= nil)
      local done, message, code = cells:set(stored + 1, "x")
      print(done, message:find("ulimit", 1, true) ~= nil, code, cells[stored + 1])
      for i = 1, stored do assert(cells[i] == "record " .. i) end
      print(cells.region.committed == stored * (64 << 20))
      cells:forget(1)
      cells[stored + 1] = "room again"
      print(cells[stored + 1], cells[1])
    ]], "ulimit -d 262144;")
    assert.equal("true\nnil\ttrue\tout_of_memory\tnil\ntrue\nroom again\tnil\n", output)
  end)
end)

describe("a sparse array's life", function()
  helpers.no_regions_left()

  it("ends with its block, and when nobody holds it", function()
    local region
    do
      local cells <close> = assert(sparse.new("u8", 1))
      region = cells.region
    end
    raises("region is released", function() return region.size end)
    assert(sparse.new("u8", 1))[1] = 1 -- no_regions_left looks
  end)

  it("can be closed twice, and after its region", function()
    local cells = assert(sparse.new("u8", 1))
    cells:close()
    cells:close()
    local other = assert(sparse.new("u8", 1))
    other.region:release()
    other:close()
  end)

  for _, type in ipairs { "u8", 8, "i4 i4" } do
    it(("is over once closed: every use of %s raises"):format(type), function()
      local cells = assert(sparse.new(type, 10))
      cells:close()
      for name, use in pairs {
        read = function() return cells[1] end,
        write = function() cells[1] = ({ u8 = 1, [8] = "x" })[type] or { 1, 2 } end,
        forget = function() cells[1] = nil end,
        length = function() return #cells end,
        get = function() return cells:get(1) end,
        bytes = function() return cells:bytes(1) end,
        each = function() return cells:each()() end,
        filled = function() return cells:filled()() end,
        pairs = function() return pairs(cells) end,
        cost = function() return cells:cost() end,
      } do
        raises("region is released", use, name)
      end
      assert.matches("^vmem%.sparse of 10 .* %(closed%)$", tostring(cells))
    end)
  end

  it("shows in a line what it is", function()
    local cells <close> = assert(sparse.new(4091, 10))
    assert.matches("^vmem%.sparse of 10 strings of 4091 at 0x%x+: %d+ bytes, 0 committed$", tostring(cells))
    local points <close> = assert(sparse.new("i4 d", 10))
    assert.matches('^vmem%.sparse of 10 "i4 d" at', tostring(points))
    assert.equal("vmem.sparse", getmetatable(cells).__name)
  end)

  it("is no matter of any other object's", function()
    local cells <close> = assert(sparse.new("u8", 10))
    for name, method in pairs { get = cells.get, set = cells.set, forget = cells.forget, each = cells.each,
      bytes = cells.bytes, cost = cells.cost, close = cells.close, filled = cells.filled } do
      raises(("bad argument #1 to '%s' (vmem.sparse expected, got table)"):format(name), method, {}, 1)
    end
  end)
end)
