-- Arrays of records over reserved space: how they are made, which records exist, and how they end.

local helpers = require "helpers"
local kit = require "sparse_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size
local CELL, collect = kit.CELL, kit.collect
local raises = helpers.raises

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
