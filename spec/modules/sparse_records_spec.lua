-- The records of sparse arrays: of each type, at each index, as strings.

local helpers = require "helpers"
local kit = require "sparse_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size
local CELL, collect = kit.CELL, kit.collect
local raises = helpers.raises

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
    raises(("sparse_records_spec.lua:%d: record 101"):format(line + 2), function()
      cells[101] = 1
    end)
    raises(("sparse_records_spec.lua:%d: record 1: 70000"):format(line + 5), function()
      cells:set(1, 70000)
    end)
    raises(("sparse_records_spec.lua:%d: record 101"):format(line + 8), function()
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
