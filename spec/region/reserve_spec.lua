local helpers = require "helpers"
local vmem = require "vmem"

local P, G = vmem.page_size, vmem.allocation_granularity

--- An address with room for a few regions side by side; the region that found it is released.
local function free_place(pages)
  local region = assert(vmem.reserve(pages * P))
  local base = region.base
  region:release()
  return base
end

describe("vmem", function()
  it("says what a page and the allocation granularity are, and where it runs", function()
    assert.equal(0, P & (P - 1))
    assert.equal(math.max(65536, P), G)
    local systems = { linux = true, posix = true, windows = true, simulated = true }
    assert.is_true(systems[vmem.system])
    assert.matches("^vmem %d+%.%d+%.%d+$", vmem._VERSION)
  end)
end)

describe("vmem.reserve", function()
  helpers.no_regions_left()

  it("takes address space only", function()
    local region <close> = vmem.reserve(3 * P)
    assert.equal("reserved reserved reserved", helpers.pages(region))
    assert.equal(0, region.committed)
    assert.equal("reserved", helpers.fault(region.read, region, 0, 1).state)
  end)

  for size, pages in pairs { [1] = 1, [P - 1] = 1, [P] = 1, [P + 1] = 2, [10 * P] = 10 } do
    it(("rounds %s bytes up to %d pages"):format(size, pages), function()
      local region <close> = vmem.reserve(size)
      assert.equal(pages * P, region.size)
      assert.equal(pages, #region)
    end)
  end

  it("starts on a multiple of the allocation granularity, and never overlaps", function()
    local regions, last = {}, 0
    for i = 1, 100 do
      regions[i] = vmem.reserve(G - P + i * P)
      assert.equal(0, regions[i].base % G)
    end
    for region in vmem.regions() do
      assert.is_true(region.base >= last)
      last = region.base + region.size
    end
  end)

  it("takes the default protection for commit, and a name", function()
    local plain <close> = vmem.reserve(P)
    local special <close> = vmem.reserve(P, { protection = "rx", name = "special" })
    assert.equal("rw", plain.protection)
    assert.is_nil(plain.name)
    assert.equal("rx", special.protection)
    assert.equal("special", special.name)
    assert.equal("rx", special:commit()[1].protection)
  end)

  helpers.proc_it("shows the name in the system's map", function()
    local region <close> = vmem.allocate(P, { name = "vmem spec" })
    local line -- the mapping of the first page; without names it may have other pages, too
    for text in io.lines("/proc/self/maps") do
      local from, to = text:match("^(%x+)-(%x+)")
      if tonumber(from, 16) <= region.base and region.base < tonumber(to, 16) then line = text end
    end
    if not line:find("[anon", 1, true) then return pending("this kernel shows no names") end
    assert.matches("[anon:vmem spec]", line, 1, true)
  end)

  it("refuses more than there is", function()
    for _, size in ipairs { 1 << 60, math.maxinteger } do
      local region, message, code = vmem.reserve(size)
      assert.is_nil(region)
      assert.equal("out_of_memory", code)
      assert.matches("^cannot reserve " .. size .. " bytes: ", message)
    end
  end)
end)

describe("a wanted address", function()
  helpers.no_regions_left()

  it("is rounded down to the granularity, and the end up to a page", function()
    local region <close> = assert(vmem.reserve(10 << 20, { address = 0x56781234 }))
    assert.equal(0x56781234 // G * G, region.base)
    assert.equal((0x56781234 + (10 << 20) + P - 1) // P * P, region.base + region.size)
    if P == 4096 then
      assert.equal(0x56780000, region.base)
      assert.equal(0xa02000, region.size)
    end
  end)

  it("is taken exactly when it is a multiple of the granularity", function()
    local address = free_place(2)
    local region <close> = assert(vmem.reserve(2 * P, { address = address }))
    assert.equal(address, region.base)
    assert.equal(2 * P, region.size)
  end)

  it("may lie right behind another region", function()
    local first <close> = assert(vmem.allocate(G, { address = 0x56780000 }))
    local second <close> = assert(vmem.allocate(G, { address = first.base + G }))
    second:fill(0, G, 1)
    assert.equal(first.base + G, second.base)
    assert.is_nil(first:find("\1"))
  end)

  -- A script may try many addresses, and a collection takes long: only a lack of room is worth one.
  it("is in use by a dropped region until that is collected", function()
    collectgarbage "stop"
    finally(function() collectgarbage "restart" end)
    local address = assert(vmem.reserve(G)).base
    assert.equal("address_in_use", select(3, vmem.reserve(G, { address = address })))
    collectgarbage()
    local region <close> = assert(vmem.reserve(G, { address = address }))
    assert.equal(address, region.base)
  end)

  local overlaps = {
    ["the same place"] = { 0, 4 * G },
    ["the first page"] = { -G, G + 1 },
    ["the last page"] = { 3 * G, 2 * G },
    ["a piece in the middle"] = { G, G },
    ["all and more"] = { -G, 8 * G },
    ["an address that only rounding moves into it"] = { 4 * G - 1, 1 },
  }
  for what, case in pairs(overlaps) do
    it("is refused when it overlaps " .. what .. " of a region, which stays as it is", function()
      local there <close> = assert(vmem.allocate(4 * G, { address = 0x56780000 }))
      there:fill(0, 4 * G, 7)
      local address = there.base + case[1]
      local region, message, code = vmem.reserve(case[2], { address = address })
      assert.is_nil(region)
      assert.equal("address_in_use", code)
      local asked = ("cannot reserve %d bytes at 0x%x: "):format(case[2], address)
      assert.equal(asked, message:sub(1, #asked))
      assert.equal(4 * G, there.committed)
      assert.equal(("\7"):rep(4 * G), there:read())
    end)
  end

  helpers.proc_it("is refused where the program itself lives", function()
    for area in vmem.areas() do
      if area.name == "[heap]" then
        assert.equal("address_in_use", select(3, vmem.reserve(P, { address = area.address })))
      end
    end
  end)

  for _, address in ipairs { 0, 1, 4096, 65535 } do
    it(("is refused below 64 KiB, at %d"):format(address), function()
      local region, message, code = vmem.reserve(P, { address = address })
      assert.is_nil(region)
      assert.equal("invalid_address", code)
      assert.matches(("at 0x%x: "):format(address), message, 1, true)
    end)
  end

  helpers.areas_it("is refused beyond what the processor can address", function()
    for _, address in ipairs { 1 << 57, 1 << 62, math.maxinteger - P, math.maxinteger } do
      assert.equal("invalid_address", select(3, vmem.reserve(P, { address = address })))
    end
    assert.equal("invalid_address", select(3, vmem.reserve(math.maxinteger, { address = 1 << 40 })))
  end)
end)

describe("top_down", function()
  helpers.no_regions_left()

  helpers.areas_it("takes the highest free place", function()
    local first <close> = vmem.reserve(P, { top_down = true })
    local second <close> = vmem.reserve(P, { top_down = true })
    local usual <close> = vmem.reserve(P)
    assert.is_true(first.base > second.base)
    assert.is_true(second.base > usual.base)
  end)

  -- Five levels of page tables on x86-64, arm64 with 52 bits.
  helpers.areas_it("stays below the addresses that are only given where one of them is asked for", function()
    local highest <const>, above = vmem.highest_address, nil
    for bits = 32, 62 do
      if 1 << bits > highest then above = above or vmem.reserve(P, { address = 1 << bits }) end
    end
    local top <close> = vmem.reserve(P, { top_down = true })
    assert.is_true(top.base + top.size - 1 <= highest)
    if not above then return pending("this system gives no address above vmem.highest_address") end
    assert.is_true(above.base > highest)
    assert.equal("kept", above:commit():write(0, "kept"):read(0, 4))
    assert.equal(above.base, vmem.query(above.base).allocation_base)
    local last
    for area in vmem.areas() do last = area end
    assert.equal(above.base, last.address)
    above:release()
    for _, place in ipairs { false, true } do
      local region, message, code = vmem.reserve(highest + 1, { top_down = place })
      assert.is_nil(region)
      assert.equal("out_of_memory", code)
      assert.matches("of 2^%d+ addresses the system itself places things only in 2^%d+; ask", message)
    end
  end)

  it("gives a region like any other", function()
    local region <close> = assert(vmem.reserve(3 * P, { top_down = true, name = "high" }))
    assert.equal(0, region.base % G)
    assert.equal("kept", region:commit():write(2 * P, "kept"):read(2 * P, 4))
  end)

  it("is ignored with an address", function()
    local region <close> = assert(vmem.reserve(P, { top_down = true, address = 0x56780000 }))
    assert.equal(0x56780000, region.base)
  end)
end)

describe("vmem.allocate", function()
  helpers.no_regions_left()

  it("reserves and commits in one step", function()
    local region <close> = vmem.allocate(2 * P + 1, { protection = "r", name = "all" })
    assert.equal("r r r", helpers.pages(region))
    assert.equal(3 * P, region.committed)
    assert.equal(("\0"):rep(3 * P), region:read())
    assert.equal("all", region.name)
  end)

  helpers.vast_it("leaves nothing behind when the commit is refused", function()
    local size = helpers.vast_size
    local region, message, code = vmem.allocate(size)
    if region then
      region:release()
      return pending("this system promises any amount of memory")
    end
    assert.equal("out_of_memory", code)
    assert.matches(size .. " bytes: ", message, 1, true)
  end)
end)

describe("a region", function()
  helpers.no_regions_left()

  it("tells what it is", function()
    local region <close> = vmem.reserve(4 * P)
    region:commit(0, 2 * P)
    assert.equal(4, #region)
    assert.equal(2 * P, region.committed)
    assert.is_nil(region.no_such_field)
    assert.is_nil(region[0])
    assert.is_nil(region[5])
  end)

  it("gives a bare pointer to other C libraries", function()
    local region <close> = vmem.reserve(P)
    for _, offset in ipairs { 0, 5, P } do
      local pointer = region:pointer(offset)
      assert.is_nil(debug.getmetatable(pointer))
      assert.equal(region.base + offset, tonumber((("%p"):format(pointer):gsub("^0x", "")), 16))
    end
  end)

  it("becomes one line of text, without its contents", function()
    local region <close> = vmem.allocate(4 * P)
    region:decommit(0, P):fill(P, P, 65)
    local line = ("vmem.region 0x%x: %d bytes, %d committed"):format(region.base, 4 * P, 3 * P)
    assert.equal(line, tostring(region))
  end)

  it("has pages and fields that cannot be assigned to", function()
    local region <close> = vmem.reserve(P)
    for _, key in ipairs { "base", "size", "anything", 1, 2 } do
      helpers.raises("cannot be assigned to", function() region[key] = 1 end)
    end
  end)
end)
