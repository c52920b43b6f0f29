-- What sparse arrays cost, also those of a terabyte.

local helpers = require "helpers"
local kit = require "sparse_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size
local CELL, collect = kit.CELL, kit.collect

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
