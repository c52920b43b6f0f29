local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- The rows of a map's text: { ["0x0"] = "ww..", ... }, and their number.
local function rows_of(text)
  local rows, count = {}, 0
  for offset, cells in text:gmatch("\n *(0x%x+)  ([^\n]+)") do
    rows[offset], count = cells, count + 1
  end
  return rows, count
end

--- Whether the system reports which pages are in RAM.
local tells = (function()
  local region <close> = vmem.reserve(P)
  return region:commit():resident() ~= nil
end)()

describe("region:map", function()
  helpers.no_regions_left()

  it("shows each page by a character", function()
    local region <close> = vmem.reserve(9 * P)
    region:commit(P, P, "rw"):commit(2 * P, P, "r"):commit(3 * P, P, "rx"):commit(4 * P, P, "rwx")
    region:commit(5 * P, P, "none"):commit(6 * P, P, "rw+guard"):commit(7 * P, P, "x")
    assert.equal(".wrxxngx.", rows_of(tostring(region:map()))["0x0"])
  end)

  it("has a mark for devices, and one for memory with a trap", function()
    local region <close> = vmem.reserve(9 * P)
    local function nothing() end
    region:commit(0, 3 * P):protect(P, P, "r")
    region:trap(P, P, { write = nothing }):trap(4 * P, 2 * P, { read = nothing })
    region:trap(6 * P, P, { read = nothing, write = nothing }):trap(8 * P, P, { write = nothing })
    local text = tostring(region:map())
    assert.equal("wmw.ttt.t", rows_of(text)["0x0"])
    for _, words in ipairs { "t trap: a device", "m memory, writes trapped" } do
      assert.truthy(text:find(words, 1, true), text)
    end
    local svg = region:map():svg()
    assert.truthy(svg:find(("0x%x to 0x%x: trap: a device<"):format(4 * P, 7 * P - 1), 1, true), svg)
    assert.truthy(svg:find("memory, writes trapped, not in RAM<", 1, true) or not tells, svg)
    assert.equal("++t+t", rows_of(tostring(region:map { cells = 8 }))["0x0"])
  end)

  helpers.section_it("has a mark for pages of a section, and one for copies of them", function()
    local U <const> = helpers.attach_unit
    local region <close> = assert(vmem.reserve(10 * U))
    local section <close> = assert(vmem.section(2 * U))
    assert(region:attach(section, U))
    assert(region:attach(section, 3 * U, 0, 2 * U, "r"))
    assert(region:attach(section, 6 * U, U, U, "rw+copy"))
    assert(region:attach(section, 7 * U, 0, 2 * U, "none"))
    region:commit(0, U) -- last, for Windows
    region:protect(2 * U, U, "rw+guard")
    region:trap(4 * U, U, { write = print })
    local map = region:map { cells = 10 * U // P }
    local row = tostring(map:text { all = true, width = 1000 }):match "\n *0x0  ([^\n]+)"
    local letters = row:gsub(" ", ""):lower():sub(1, 10 * U // P)
    local units = letters:gsub(("."):rep(U // P), function(cells)
      assert.equal(cells:sub(1, 1):rep(#cells), cells)
      return cells:sub(1, 1)
    end)
    assert.equal("wsgsm.cnn.", units)
    for _, words in ipairs { "s of a section", "c copy of a section" } do
      assert.truthy(tostring(map):find(words, 1, true), tostring(map))
    end
    assert.truthy(map:svg():find(": of a section", 1, true))
    assert(region:decommit())
    assert.is_nil(tostring(region:map()):find("section", 1, true))
  end)

  it("has capitals for pages in RAM", function()
    if not tells then return end
    local region <close> = vmem.reserve(6 * P)
    region:commit(0, 5 * P):write(P, "A"):write(3 * P, "B")
    region:protect(3 * P, P, "r")
    assert.equal("wWwRw.", rows_of(tostring(region:map()))["0x0"])
    assert.matches("W the same, in RAM", tostring(region:map()))
  end)

  it("begins each row with the offset, and explains what occurs and nothing else", function()
    local region <close> = vmem.reserve(200 * P, { name = "cells" })
    region:commit(70 * P, P)
    local text = region:map():text { width = 80, all = true, colour = false }
    local rows, count = rows_of(text)
    assert.equal(4, count)
    assert.equal(("......w........."):rep(1), rows[("0x%x"):format(64 * P)]:sub(1, 16))
    assert.truthy(text:find(". reserved   w committed, read and write", 1, true), text)
    assert.is_nil(text:find("guard", 1, true))
    assert.truthy(text:find(" cells\n", 1, true))
  end)

  it("keeps to the width", function()
    local region <close> = vmem.allocate(300 * P)
    for _, width in ipairs { 40, 80, 200 } do
      for line in region:map():text({ width = width }):gmatch("[^\n]+") do
        assert.is_true(utf8.len(line) <= math.max(width, 70), line)
      end
    end
  end)

  it("folds a large region: a cell for many pages, a mark for those that are not alike", function()
    local region <close> = vmem.reserve(10000 * P)
    region:commit(0, 40 * P):commit(41 * P, P)
    local map = region:map()
    assert.equal(4, map.cell_pages)
    assert.equal(2500, #map.cells)
    assert.equal("wwwwwwwwww+.....", rows_of(tostring(map))["0x0"]:sub(1, 16))
    assert.truthy(tostring(map):find("10,000 pages of", 1, true))
    assert.truthy(tostring(map):find("+ not alike", 1, true))
  end)

  it("says of rows that look the same how many there are", function()
    local region <close> = vmem.reserve(4096 * P)
    local text = region:map():text { width = 80 }
    local _, count = rows_of(text)
    assert.equal(1, count)
    assert.truthy(text:find("63 rows more like this", 1, true), text)
    assert.equal(64, select(2, rows_of(region:map():text { width = 80, all = true })))
  end)

  it("takes as many cells as it is told", function()
    local region <close> = vmem.reserve(64 * P)
    assert.equal(16, #region:map({ cells = 16 }).cells)
    assert.equal(4, region:map({ cells = 16 }).cell_pages)
  end)

  helpers.vast_it("takes no more steps for the largest region than for a small one", function()
    local function steps(size)
      local region <close> = vmem.reserve(size) or assert(vmem.reserve(size >> 8))
      region:commit(region.size // 2, P)
      return helpers.steps(function() assert.truthy(tostring(region:map()):find("+", 1, true)) end)
    end
    assert.is_true(steps(helpers.vast_size) < 3 * steps(1 << 30))
  end)

  it("does not change when the region does", function()
    local region = vmem.allocate(4 * P)
    local map = region:map()
    local before = tostring(map)
    region:release()
    assert.equal(before, tostring(map))
    helpers.raises("region is released", region.map, region)
  end)

  it("says what is wrong with what it is given", function()
    local region <close> = vmem.allocate(P)
    local fields = "bad argument #1 to 'map' (vmem.region expected, got %s)"
    for _, wrong in ipairs { 7, "x", {}, print, region[1] } do
      helpers.raises(fields:format(type(wrong)), region.map, wrong)
    end
    helpers.raises(fields:format("nil"), region.map)
    helpers.raises("bad argument #1 to 'map' (options must be a table, not 80)", region.map, region, 80)
    for _, cells in ipairs { 0, -1, 1.5, "8", 0 / 0 } do
      helpers.raises("(option cells must be an integer of 1 or", region.map, region, { cells = cells })
    end
  end)

  it("does not tell what is in RAM where the system does not", function()
    local region <close> = vmem.allocate(P)
    local map = region:map()
    assert.equal(tells, map.resident ~= nil)
    assert.equal(not tells, tostring(map):find("the system does not tell", 1, true) ~= nil)
  end)
end)
