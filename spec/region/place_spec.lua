-- vmem.reserve with alignment, lowest and highest: where a region may be.

local helpers = require "helpers"
local vmem = require "vmem"

local P, G = vmem.page_size, vmem.allocation_granularity
local M <const> = 1 << 20

--- A free part of the address space of so many bytes, on a multiple of it, as a region has found it.
local function free_part(size)
  local region = assert(vmem.reserve(2 * size))
  local from = (region.base + size - 1) // size * size
  region:release()
  return from
end

local function is_inside(region, lowest, highest)
  return lowest <= region.base and region.base + region.size - 1 <= highest
end

local function assert_no_place(...)
  local region, message, code = ...
  assert.is_nil(region)
  assert.equal("out_of_memory", code)
  assert.matches("there is no room of that size from 0x%x+ to ", message)
  return message
end

describe("alignment", function()
  helpers.no_regions_left()

  for _, alignment in ipairs { 1, P, G, 2 * G, 2 * M, 64 * M, 1 << 30 } do
    for _, top_down in ipairs { false, true } do
      it(("of 0x%x gives a multiple of it%s"):format(alignment, top_down and ", top down" or ""), function()
        local options = { alignment = alignment, top_down = top_down, name = "aligned" }
        local first <close> = assert(vmem.reserve(3 * P, options))
        local second <close> = assert(vmem.allocate(alignment + 1, options))
        for _, region in ipairs { first, second } do
          assert.equal(0, region.base % math.max(alignment, G))
          assert.equal("aligned", region.name)
        end
        assert.equal(3 * P, first.size)
        assert.equal((alignment + P) // P * P, second.size)
      end)
    end
  end

  helpers.vast_it("leaves nothing behind of what it took to find the place", function()
    local function count()
      local regions = {}
      for i = 1, 300 do regions[i] = assert(vmem.reserve(P, { alignment = 1 << 32 })) end
      for _, region in ipairs(regions) do region:release() end
    end
    for _ = 1, 10 do count() end -- 3,000 times 4 GiB, of the 128 TiB that most processes have
  end)

  it("is kept in a region of every other kind", function()
    for _, option in ipairs { "sparse", "watch", "wipe", "top_down" } do
      local region <close> = assert(vmem.reserve(64 * P, { alignment = 2 * M, [option] = true }))
      assert.equal(0, region.base % (2 * M))
      region:commit(P, P):write(P, "kept")
      assert.equal("kept", region:read(P, 4))
    end
    local touched <close> = assert(vmem.reserve(64 * P, { alignment = 2 * M, touch = "commit", around = 4 }))
    assert.equal(0, touched.base % (2 * M))
    assert.equal("kept", touched:write(9 * P, "kept"):read(9 * P, 4))
    assert.equal(4 * P, touched.committed)
  end)

  helpers.areas_it("that no address has is refused, and nothing changes", function()
    local message = assert_no_place(vmem.reserve(P, { alignment = 1 << 62 }))
    assert.matches("at a multiple of 0x4000000000000000; vmem.areas() lists what is in use", message, 1, true)
  end)
end)

describe("lowest and highest", function()
  helpers.no_regions_left()

  for _, top_down in ipairs { false, true } do
    local options <const> = { top_down = top_down }
    it("are kept" .. (top_down and ", top down" or ""), function()
      local from = free_part(64 * G)
      options.lowest, options.highest = from, from + 64 * G - 1
      local regions = {}
      for i = 1, 16 do
        regions[i] = assert(vmem.reserve(4 * G, options))
        assert.is_true(is_inside(regions[i], options.lowest, options.highest))
      end
      assert_no_place(vmem.reserve(1, options))
      regions[7]:release()
      local again = assert(vmem.reserve(3 * G + 1, options)) -- there is one place left
      assert.is_true(is_inside(again, options.lowest, options.highest))
      assert_no_place(vmem.reserve(1 + G, options))
      again:release()
      for i, region in ipairs(regions) do
        if i ~= 7 then region:release() end
      end
    end)
  end

  it("find the only place that fits exactly", function()
    local from = free_part(64 * G)
    local region <close> = assert(vmem.reserve(64 * G, { lowest = from, highest = from + 64 * G - 1 }))
    assert.equal(from, region.base)
    assert_no_place(vmem.reserve(64 * G, { lowest = from, highest = from + 64 * G - 1 }))
  end)

  it("need not be multiples of anything", function()
    local from = free_part(64 * G)
    local options = { lowest = from + 1, highest = from + 3 * G - 2 }
    local region <close> = assert(vmem.reserve(G, options))
    assert.equal(from + G, region.base)
    assert_no_place(vmem.reserve(G, { lowest = from + 1, highest = from + 2 * G - 2 }))
  end)

  it("go with an alignment", function()
    local from = free_part(64 * M)
    local options = { lowest = from + 1, highest = from + 64 * M - 1, alignment = 16 * M }
    local first <close> = assert(vmem.reserve(M, options))
    local second <close> = assert(vmem.reserve(M, options))
    local third <close> = assert(vmem.reserve(M, options))
    for _, region in ipairs { first, second, third } do
      assert.is_true(is_inside(region, options.lowest, options.highest))
      assert.equal(0, region.base % (16 * M))
    end
    local message = assert_no_place(vmem.reserve(M, options))
    assert.matches(("from 0x%x to 0x%x at a multiple of 0x1000000;"):format(options.lowest, options.highest),
      message, 1, true)
  end)

  it("each go alone", function()
    local from = free_part(64 * G)
    local above <close> = assert(vmem.reserve(P, { lowest = from }))
    local below <close> = assert(vmem.reserve(P, { highest = from }))
    assert.is_true(above.base >= from)
    assert.is_true(below.base + below.size - 1 <= from)
  end)

  helpers.areas_it("give the highest place of all that they allow, with top_down", function()
    local from = free_part(64 * G)
    local options = { lowest = from, highest = from + 64 * G - 1, top_down = true }
    local first <close> = assert(vmem.reserve(P, options))
    local second <close> = assert(vmem.reserve(P, options))
    assert.equal(from + 63 * G, first.base)
    assert.equal(from + 62 * G, second.base)
  end)

  it("take a place that only dropped regions have had", function()
    local from = free_part(64 * G)
    local options = { lowest = from, highest = from + 64 * G - 1 }
    do
      local dropped = assert(vmem.reserve(64 * G, options))
      assert.equal(from, dropped.base)
    end
    local region <close> = assert(vmem.reserve(64 * G, options))
    assert.equal(from, region.base)
  end)

  it("that leave no place are refused, and nothing changes", function()
    for _, options in ipairs { { highest = 1 }, { highest = G - 1 }, { lowest = math.maxinteger },
      { lowest = 1 << 30, highest = 1 << 30 }, { lowest = 1 << 30, highest = (1 << 30) + P - 2 },
      { lowest = (1 << 30) + 1, highest = (1 << 30) + G - 1 } } do
      assert_no_place(vmem.reserve(P, options))
      assert_no_place(vmem.allocate(P, options))
    end
  end)
end)
