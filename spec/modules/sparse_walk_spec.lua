-- Walks over the records that exist, and records that are forgotten.

local helpers = require "helpers"
local kit = require "sparse_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size
local CELL, collect = kit.CELL, kit.collect

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
