local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

local mixed <const> = helpers.mixed_region

describe("region:query", function()
  helpers.no_regions_left()

  it("answers with the run of like pages", function()
    local region <close> = mixed()
    assert.same({
      address = region.base + P,
      offset = P,
      size = 2 * P,
      state = "committed",
      protection = "rw",
      allocation_base = region.base,
      allocation_size = 5 * P,
      allocation_protection = "rwx",
      type = "private",
    }, region:query(P))
  end)

  it("knows no protection of reserved pages", function()
    local region <close> = mixed()
    local run = region:query()
    assert.equal("reserved", run.state)
    assert.is_nil(run.protection)
    assert.equal(P, run.size)
  end)

  it("starts at the page that holds the offset, in the middle of a run too", function()
    local region <close> = mixed()
    for offset, expected in pairs {
      [0] = { 0, 1 }, [P - 1] = { 0, 1 }, [P] = { 1, 2 }, [2 * P - 1] = { 1, 2 }, [2 * P] = { 2, 1 },
      [3 * P + 7] = { 3, 1 }, [5 * P - 1] = { 4, 1 },
    } do
      local run = region:query(offset)
      assert.same(expected, { run.offset // P, run.size // P }, "at offset " .. offset)
      assert.equal(region.base + run.offset, run.address)
    end
  end)

  it("joins pages that have become alike, however they did", function()
    local region <close> = vmem.reserve(2000 * P)
    for i = 0, 1999 do region[(i * 7) % 2000 + 1]:commit(i % 2 == 0 and "r" or "rw") end
    region:protect(0, 2000 * P, "rw")
    assert.equal(2000 * P, region:query().size)
    region:decommit(600 * P, P)
    assert.equal(600 * P, region:query().size)
    assert.equal(1399 * P, region:query(601 * P).size)
  end)

  it("tells no locked page from others", function()
    local region <close> = vmem.allocate(3 * P)
    if not region:lock(P, P) then return pending("this process may lock nothing") end
    assert.equal(3 * P, region:query().size)
  end)
end)

describe("region:is_committed", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = mixed() end)
  after_each(function() region:release() end)

  for _, case in ipairs {
    { "a byte of a reserved page", { 0, 1 }, false },
    { "a byte of a committed page", { P, 1 }, true },
    { "whole committed pages, alike or not", { P, 3 * P }, true },
    { "a byte on each side of a border", { P - 1, 2 }, false },
    { "a byte too many", { 3 * P, P + 1 }, false },
    { "the rest", { 3 * P }, false },
    { "all", {}, false },
    { "no bytes, in a reserved page", { 5, 0 }, true },
    { "no bytes, at the region's end", { 5 * P, 0 }, true },
  } do
    it("answers for " .. case[1], function()
      for _ = 1, 2 do assert.equal(case[3], region:is_committed(table.unpack(case[2]))) end
    end)
  end

  it("is no access: guards stay, and nobody is asked", function()
    vmem.on_fault(function() error("asked") end)
    assert.is_true(region:is_committed(3 * P, P))
    assert.is_false(region:is_committed())
    region:protect(P, P, "none")
    assert.is_true(region:is_committed(P, P))
    vmem.on_fault(nil)
    assert.equal("reserved none rw r+guard reserved", helpers.pages(region))
  end)

  it("goes by what has just changed", function()
    region:commit()
    assert.is_true(region:is_committed())
    assert.is_true(region:is_committed(2 * P, 1))
    region:decommit(2 * P, 1)
    assert.is_false(region:is_committed(2 * P, 1))
    assert.is_false(region:is_committed())
  end)

  helpers.vast_it("is as quick for what is large", function()
    local large <close> = vmem.reserve(1 << 40)
    assert(large:commit(0, 1 << 34, "r")) -- what cannot be written is promised by every system
    assert.is_true(large:is_committed(0, 1 << 34))
    assert.is_false(large:is_committed(0, (1 << 34) + 1))
    assert.is_false(large:is_committed())
  end)
end)

-- The kernel is asked of one address, or its text is read. Usually vmem chooses; VMEM_AREAS does here.
describe("vmem.query of what is outside of regions", function()
  helpers.no_regions_left()

  for _, way in ipairs { "query", "text" } do
    helpers.proc_it("tells what vmem.areas tells, with VMEM_AREAS=" .. way, function()
      local output = helpers.run_script(helpers.knows_malloc .. [[
        local vmem = require "vmem"
        collectgarbage "stop"
        local regions = { vmem.reserve(1 << 20), vmem.allocate(1 << 20, { top_down = true }) }
        -- What grows all the time: the heap, or malloc's memory without a name.
        local list, heap = {}, nil
        for area in vmem.areas() do
          if area.name == "[heap]" then heap = area.address + area.size end
          list[#list + 1] = area
        end
        for _, area in ipairs(list) do
          if area.address ~= heap and area.name ~= "[heap]" and (area.name or not mapped) then
            local last = area.address + area.size - 1
            local whole, piece = vmem.query(area.address), vmem.query(last)
            for key, value in pairs(area) do assert(whole[key] == value, key) end
            for key in pairs(whole) do assert(area[key] ~= nil, key) end
            assert(piece.address == last - last % vmem.page_size)
            assert(piece.address + piece.size == last + 1)
            assert(piece.name == area.name and piece.protection == area.protection)
            assert(piece.state == area.state and piece.allocation_base == area.allocation_base)
          end
        end
        assert(#regions == 2)
        io.write("all")
      ]], "export VMEM_AREAS=" .. way .. ";")
      assert.equal("all", output)
    end)
  end
end)

describe("region:runs", function()
  helpers.no_regions_left()

  it("walks the whole region, run by run", function()
    local region <close> = mixed()
    local seen = {}
    for offset, size, state, protection in region:runs() do
      seen[#seen + 1] = { offset // P, size // P, state, protection }
    end
    assert.same({
      { 0, 1, "reserved" },
      { 1, 2, "committed", "rw" },
      { 3, 1, "committed", "r+guard" },
      { 4, 1, "reserved" },
    }, seen)
  end)

  it("says the same as query and as the pages", function()
    local region <close> = mixed()
    for offset, size, state, protection in region:runs() do
      local run = region:query(offset)
      assert.same({ offset, size, state, protection }, { run.offset, run.size, run.state, run.protection })
      for i = offset // P + 1, (offset + size) // P do
        assert.same({ state, protection }, { region[i].state, region[i].protection })
      end
    end
  end)

  it("goes on from where it is when pages change under way", function()
    local region <close> = vmem.reserve(6 * P)
    local seen = {}
    for offset, size in region:runs() do
      seen[#seen + 1] = offset // P .. "+" .. size // P
      if offset == 0 then region:commit(0, P) end
      region:commit(offset + size - 1, 1)
      if #seen == 1 then region:decommit(3 * P, P) end
    end
    assert.same({ "0+6" }, seen)
  end)

  it("makes no table", function()
    local region <close> = mixed()
    collectgarbage()
    collectgarbage("stop")
    local before = collectgarbage("count")
    for _ = 1, 100 do
      for _ in region:runs() do end -- luacheck: ignore 542
    end
    local each = (collectgarbage("count") - before) * 1024 / 100
    collectgarbage("restart")
    assert.is_true(each < 120, "a walk costs " .. each .. " bytes")
  end)

  it("can be walked twice at once", function()
    local region <close> = mixed()
    local count = 0
    for outer in region:runs() do
      for inner in region:runs() do count = count + (outer == inner and 1 or 0) end
    end
    assert.equal(4, count)
  end)
end)
