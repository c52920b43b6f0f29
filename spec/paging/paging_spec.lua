local helpers = require "helpers"
local paging = require "vmem.paging"
local vmem = require "vmem"

--- An MMU as simple as possible: everything in one list, which is searched from start to end.
local function naive(options)
  local self = { pages = {}, tlb = {}, seen = {},
    counts = { accesses = 0, writes = 0, tlb_hits = 0, walks = 0, faults = 0, cold = 0, evictions = 0,
      write_backs = 0 } }
  local c = self.counts
  local function drop(list, page)
    for i, each in ipairs(list) do
      if each.page == page then return table.remove(list, i) end
    end
  end
  local function load(page)
    c.faults = c.faults + 1
    if not self.seen[page] then c.cold = c.cold + 1 end
    self.seen[page] = true
    if #self.pages == options.frames then
      local victim = table.remove(self.pages, 1)
      c.evictions, c.write_backs = c.evictions + 1, c.write_backs + (victim.dirty and 1 or 0)
      drop(self.tlb, victim.page)
    end
    return { page = page }
  end
  function self.access(address, write)
    local page = address // options.page_size
    c.accesses, c.writes = c.accesses + 1, c.writes + (write and 1 or 0)
    local entry = drop(self.tlb, page)
    if entry then c.tlb_hits = c.tlb_hits + 1 else c.walks = c.walks + 1 end
    table.insert(self.tlb, { page = page })
    if #self.tlb > options.tlb then table.remove(self.tlb, 1) end
    local at = drop(self.pages, page) or load(page) -- both lists by recency: LRU
    at.dirty = at.dirty or write
    table.insert(self.pages, at)
  end
  return self
end

describe("a simulated MMU", function()
  helpers.no_regions_left()

  it("faults first, then hits the TLB, and walks when that has forgotten", function()
    local mmu = paging.new { tlb = 1 }
    assert.equal("fault", mmu:write(0x56781234))
    assert.equal("hit", mmu:read(0x56781fff))
    assert.equal("fault", mmu:read(0x56782000))
    assert.equal("walk", mmu:access(0x56781000))
    assert.equal("walk", mmu:flush():access(0x56781000, "write"))
  end)

  it("counts as one does that keeps all in lists", function()
    math.randomseed(29)
    for _ = 1, 10 do
      local options = { page_size = 1 << math.random(6, 12), frames = math.random(20), tlb = math.random(8),
        policy = "lru", address_bits = 20 }
      options.tlb = math.min(options.tlb, options.frames)
      local mmu, other = paging.new(options), naive(options)
      for _ = 1, 500 do
        local address, write = math.random(0, 40 * options.page_size - 1) & 0xfffff, math.random() < 0.3
        mmu:access(address, write and "write" or "read")
        other.access(address, write)
      end
      local counts = mmu:counts()
      for name, count in pairs(other.counts) do assert.equal(count, counts[name], name) end
      assert.equal(counts.accesses, counts.tlb_hits + counts.walks)
    end
  end)

  it("reads an entry a level on a walk, down to the one that is missing", function()
    local mmu = paging.new { tlb = 0 }
    mmu:read(0)
    assert.equal(1, mmu:counts().references) -- the root has no entry for it
    mmu:read(0)
    assert.equal(1 + 4, mmu:counts().references)
    mmu:read(4096)
    assert.equal(1 + 4 + 4, mmu:counts().references) -- the entry of the last level is empty
    mmu:read(1 << 21)
    assert.equal(1 + 4 + 4 + 3, mmu:counts().references)
  end)

  -- Page size, bits of an address, levels, pages touched; bytes of the table.
  local tables = {
    { "nothing touched: the root alone", {}, {}, 4096 },
    { "a page: a node for each level", {}, { 0 }, 4 * 4096 },
    { "two pages side by side: the same nodes", {}, { 0, 1 }, 4 * 4096 },
    { "two pages 2 MiB apart: a leaf more", {}, { 0, 512 }, 5 * 4096 },
    { "the first and the last page: nothing shared but the root", {}, { 0, (1 << 36) - 1 }, 7 * 4096 },
    { "one level: a table of everything", { levels = 1, address_bits = 32, entry = 4 }, { 5 }, 4 << 20 },
    { "32 bits in two levels", { levels = 2, address_bits = 32, entry = 4 }, { 5 }, 2 * 4096 },
    { "levels as told", { bits = { 2, 9, 9 }, address_bits = 32 }, { 5 }, 8 << 2 | 2 * 4096 },
    { "pages of 16 KiB: the root has what is left", { page_size = 16384 }, { 0 }, 3 * 16384 + 8 * 2 },
    { "pages of 64 KiB", { page_size = 65536 }, { 0 }, 2 * 65536 + 8 * 64 },
    { "pages of 2 MiB", { page_size = 2 << 20 }, { 0 }, (2 << 20) + 8 * 512 },
  }
  for _, case in ipairs(tables) do
    local name, options, pages, bytes = table.unpack(case)
    it("has a table for " .. name, function()
      local mmu = paging.new(options)
      for _, page in ipairs(pages) do mmu:read(page * mmu.page_size) end
      assert.equal(bytes, mmu:counts().table_bytes)
    end)
  end

  it("keeps the nodes of pages that have gone", function()
    local mmu = paging.new { frames = 1 }
    mmu:read(0)
    mmu:read(1 << 40)
    assert.equal(7, mmu:counts().nodes)
    assert.equal(1, mmu:counts().frames)
  end)

  it("writes back who was written to since it came, and nobody else", function()
    local mmu = paging.new { frames = 1 }
    for _, page in ipairs { 0, 1, 0, 1 } do mmu:access(page * 4096, page == 0 and "write" or "read") end
    local counts = mmu:counts()
    assert.same({ 3, 2, 2 }, { counts.evictions, counts.write_backs, counts.cold })
  end)

  it("has a TLB of sets, whose pages drive out only each other", function()
    local mmu = paging.new { tlb = { entries = 4, ways = 1 } }
    for _, page in ipairs { 0, 1, 4, 1, 0 } do mmu:read(page * 4096) end
    assert.equal(1, mmu:counts().tlb_hits) -- page 1; 4 and 0 are in one set
    mmu:flush()
    for _, page in ipairs { 0, 1, 2, 3, 0, 1, 2, 3 } do mmu:read(page * 4096) end
    assert.equal(1 + 4, mmu:counts().tlb_hits)
  end)

  it("goes by a policy of one's own, and by what is best", function()
    local trace = paging.trace { 7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1 }
    local options = { page_size = 1, address_bits = 8, frames = 3, policy = paging.optimal(trace, 1) }
    assert.equal(9, paging.new(options):replay(trace):counts().faults)
    helpers.raises("the optimal policy was told of other references: page 7 comes as number 1, not page 5",
      function() paging.new(options):read(5) end)
  end)

  it("says so when such a policy names no page, or one that is in no frame, or is none", function()
    local function with(victim)
      local function nothing() end
      local policy = { insert = nothing, touch = nothing, remove = nothing, victim = victim }
      local mmu = paging.new { frames = 1, policy = function() return policy end }
      mmu:read(0)
      return function() mmu:read(4096) end, mmu
    end
    local access, mmu = with(function() return 77 end)
    helpers.raises("the policy named page 77 as a victim, which is in no frame", access)
    assert.equal(1, mmu:counts().frames)
    helpers.raises("the policy named no page as a victim, and all pages in frames may go",
      with(function() end))
    helpers.raises("the policy must have the methods insert, touch, victim and remove", paging.new,
      { frames = 1, policy = function() end })
  end)

  it("loses no frame where such a policy raises an error", function()
    local policy, fails = require("vmem.replacement").lru(), true
    local own = setmetatable({}, { __index = policy })
    for _, name in ipairs { "touch", "remove", "victim" } do
      own[name] = function(_, page) return policy[name](policy, page) end
    end
    function own:insert(page) -- luacheck: ignore self
      fails = not fails
      if not fails then error "its own" end
      policy:insert(page)
    end
    local mmu = paging.new { frames = 1, policy = function() return own end }
    for page = 0, 2 do
      helpers.raises("its own", mmu.write, mmu, page << 12)
      assert.equal("fault", mmu:write(page << 12))
    end
    local counts = mmu:counts()
    assert.same({ 3, 3, 2, 2 }, { counts.accesses, counts.faults, counts.evictions, counts.write_backs })
  end)

  it("says in a few lines what it has counted", function()
    local mmu = paging.new { frames = 2, policy = "fifo" }
    for page = 0, 2 do mmu:write(page * 4096) end
    assert.equal([[
pages of 4 KiB, 4 levels, 2 frames by fifo, TLB of 16
accesses                3  3 writes
TLB hits                0  0 %
walks                   3  9 references to the table
faults                  3  3 of them cold
evictions               1  1 written back
page table         16 KiB  4 nodes]], tostring(mmu))
  end)

  for problem, options in pairs {
    ["bad argument #1 to 'new' (page_size must be a power of two, not 3000)"] = { page_size = 3000 },
    ["(option frames must be an integer of 1 or more, not 0)"] = { frames = 0 },
    ["(option frames must be an integer of 1 or more, not 'ten')"] = { frames = "ten" },
    ["(policy must be fifo, lru, aging, clock, second_chance, enhanced, nru, random, or a function "
      .. "that makes one, not 'best')"] = { policy = "best" },
    ["(6 entries of the TLB cannot be in sets of 4)"] = { tlb = { entries = 6, ways = 4 } },
    ["(bits of all levels must be 36 together, not 18)"] = { bits = { 9, 9 } },
    ["(address_bits must be an integer from 13 to 64, not 12)"] = { address_bits = 12 },
    ["(option 'pages' is unknown; there are address_bits, bits,"] = { pages = 4 },
    ["(options must be a table, not 4)"] = 4,
  } do
    it("says " .. problem, function() helpers.raises(problem, paging.new, options) end)
  end

  it("says which address it cannot have, at the line that has it", function()
    local mmu = paging.new()
    local _, message = pcall(function() mmu:read(1 << 48) end)
    assert.matches("paging_spec.lua:%d+: bad argument #1 to 'read' %(address 0x1000000000000", message)
    helpers.raises("address must be an integer, not '5'", mmu.write, mmu, "5")
    helpers.raises("kind must be one of read, write, not 'execute'", mmu.access, mmu, 5, "execute")
  end)
end)

describe("a translation", function()
  it("agrees with shifts and masks, whatever the page table", function()
    math.randomseed(30)
    for _ = 1, 200 do
      local shift, levels = math.random(0, 16), math.random(1, 5)
      local mmu = paging.new { page_size = 1 << shift, address_bits = 48, levels = levels }
      local address = math.random(0, (1 << 48) - 1)
      local t, again, low = mmu:translate(address), 0, 48
      for level, bits in ipairs(mmu.bits) do
        low = low - bits
        assert.equal(address >> low & (1 << bits) - 1, t.indices[level])
        again = again << bits | t.indices[level]
      end
      assert.equal(shift, low)
      assert.equal(address, again << shift | t.offset)
      assert.equal(address >> shift, t.page)
      assert.is_nil(t.frame)
    end
  end)

  it("leads to the frame that the page is in", function()
    local mmu = paging.new { frames = 2 }
    for page = 5, 7 do mmu:read(page * 4096) end
    assert.is_nil(mmu:translate(5 * 4096).frame)
    local frames = { [mmu:translate(6 * 4096).frame] = true, [mmu:translate(7 * 4096).frame] = true }
    assert.same({ [0] = true, [1] = true }, frames)
    local t = mmu:translate(7 * 4096 + 0x123)
    assert.equal(t.frame * 4096 + 0x123, t.physical)
    assert.equal(0, mmu:counts().tlb_hits)
  end)

  it("is drawn as in a textbook", function()
    local mmu = paging.new()
    mmu:read(0x56781234)
    assert.equal([[
Virtual address 0x56781234: 48 bits, pages of 4 KiB

┌───────────┬───────────┬───────────┬───────────┬──────────────┐
│  47..39   │  38..30   │  29..21   │  20..12   │    11..0     │
│ 000000000 │ 000000001 │ 010110011 │ 110000001 │ 001000110100 │
│     0     │     1     │    179    │    385    │    0x234     │
└───────────┴───────────┴───────────┴───────────┴──────────────┘
   level 1     level 2     level 3     level 4       offset

page 0x56781 is in frame 0x0: physical address 0x234]], mmu:translate(0x56781234):text { ascii = false,
  width = 80 })
  end)

  it("says where the walk ends, in a list where there is no room for boxes", function()
    local mmu = paging.new()
    mmu:read(0)
    local text = mmu:translate(1 << 30):text { ascii = true, width = 50 }
    text = text:gsub("\n%(takes [^\n]+$", "")
    assert.matches("\nlevel 2    38%.%.30  000000001  1\n", text)
    assert.matches("page 0x40000 is in no frame: the walk ends at level 2, which has no node for level 3$",
      text)
    assert.matches("is in no frame: its entry says so$", mmu:translate(4096):text { width = 80 })
    assert.is_nil(mmu:translate(5):text({ ascii = true }):find "[\x80-\xff]")
  end)
end)

describe("the figure of a simulated MMU", function()
  it("shows the frame of every page, and what is in none", function()
    local mmu = paging.new { frames = 3 }
    for _, page in ipairs { 20, 10, 12 } do mmu:read(page * 4096) end
    local figure, words = mmu:figure(), {}
    for i, entry in ipairs(figure.entries) do
      words[i] = ("%x %d %s"):format(entry.address, entry.count, entry.frame or entry.state)
    end
    assert.same({ "a000 1 1", "b000 1 absent", "c000 1 2", "d000 7 absent", "14000 1 0" }, words)
    assert.matches("3 pages, in 3 frames: side by side, too", tostring(figure))
  end)

  it("is empty before the first access", function()
    assert.equal(0, #paging.new():figure().entries)
    assert.truthy(tostring(paging.new():figure()))
  end)

  it("is drawn with options that make sense", function()
    local mmu = paging.new()
    helpers.raises("bad argument #1 to 'figure' (options must be a table, not 7)", mmu.figure, mmu, 7)
    helpers.raises("bad argument #1 to 'figure' (option entries must be an integer of 1 or more, not 0)",
      mmu.figure, mmu, { entries = 0 })
  end)
end)

describe("sizes of pages", function()
  it("count entries of 8 bytes and what the last pages have too much", function()
    local sizes = paging.page_sizes({ 1, 4096, 5000 }, { 4096, 8192 })
    assert.same({ 4, 32, 4 * 4096 - 9097, 4 * 4096 - 9097 + 32 },
      { sizes[1].entries, sizes[1].table_bytes, sizes[1].wasted, sizes[1].cost })
    assert.same({ 3, 24, 3 * 8192 - 9097 }, { sizes[2].entries, sizes[2].table_bytes, sizes[2].wasted })
    assert.equal(sizes[1], sizes.best)
    assert.equal(9097, sizes.total)
  end)

  it("mark the system's own", function()
    local sizes = paging.page_sizes { 100 }
    assert.equal(13, #sizes)
    assert.equal(vmem.page_size, sizes.own.page_size)
    local count = select(2, tostring(sizes):gsub("<%- this system", ""))
    assert.equal(1, count)
    assert.matches("\n +%d+ KiB[^\n]+<%- this system", tostring(sizes))
  end)

  it("say what cannot be", function()
    helpers.raises("the allocations must be a list with something in it, not an empty one", paging.page_sizes,
      {})
    helpers.raises("an allocation must be an integer from 1", paging.page_sizes, { 0 })
    helpers.raises("the size of a page must be a power of two, not 1000", paging.page_sizes, { 1 }, { 1000 })
    helpers.raises("the sizes must ascend", paging.page_sizes, { 1 }, { 4096, 512 })
  end)
end)
