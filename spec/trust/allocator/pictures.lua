--- What only looks, counts and draws. It owns nothing that could be half made: it gives all of its answer, or
--- a memory error, and the same answer when it is asked again.

local vmem = require "vmem"
local layout = require "vmem.layout"
local pagetable = require "vmem.pagetable"
local paging = require "vmem.paging"
local recorder = require "vmem.recorder"
local whole = require("vmem.core").whole
local P <const> = vmem.page_size

local PLAIN <const> = { width = 60, colour = false, ascii = true, cells = 16, entries = 4 }

local function region()
  local r = assert(vmem.allocate(4 * P))
  r:write(0, "x")
  return r
end

local function draw(what, verb)
  if verb == "tostring" then return tostring(what) end
  return what[verb](what, PLAIN)
end

--- A snippet that draws the object which `make` returns in setup; the drawing modules are loaded then.
local function drawing(name, make, verb)
  return { name .. ":" .. verb,
    setup = function()
      local what = make()
      return { what = what, picture = draw(what, verb) }
    end,
    act = function(kit) assert(draw(kit.what, verb) == kit.picture) end }
end

local function mapped() return region():map(PLAIN) end
local function tabled() return pagetable.simulated(3, PLAIN) end
local function areas() return assert(layout.of()) end

local function machine() return paging.new { frames = 3, tlb = 2, policy = "lru" } end

local function busy_machine()
  local mmu = machine()
  for i = 0, 3 do mmu:write(i * 4096) end
  return mmu
end

local REFERENCES <const> = { 0x1000, 0x2000, { 0x3000, "write", 5000 }, 0x1000 }

local function traced() return paging.trace(REFERENCES) end

local function missed() return paging.misses(traced(), { policies = { "lru", "fifo" } }) end

local function given_out()
  local memory = paging.allocator("first", 1000)
  memory:alloc("a", 100)
  memory:alloc("b", 200)
  return memory:free "a"
end

local REQUESTS <const> = { { "a", 4096 }, { "b", 8192 }, { "a" }, { "c", 100 } }

local function compared() return paging.compare(REQUESTS, { "first", "buddy", "paged" }, 65536) end
local function sized() return paging.page_sizes({ 100, 5000, 70000 }, { 512, 4096 }) end

local function recorded()
  collectgarbage() -- regions that are live are in the recording as well
  collectgarbage()
  local recording = recorder.start { reads = true, writes = true }
  local r <close> = region()
  r:read(0, 10)
  return recording:stop()
end

local function nothing() return {} end

local snippets = {
  { "layout.of, and what it counts", setup = region, act = function()
      local found = assert(layout.of())
      assert(found:totals().region.size == 4 * P and #found > 5 and found.areas[1])
    end },
  { "layout.of, with what smaps has", act = function()
      local found, message, code = layout.of(nil, { pss = true })
      assert(code == "not_supported" or assert(found, message):totals().stack.dirty)
    end },
  { "region:map, whose pictures are loaded when they are wanted",
    act = function(r) assert(#r:map():text(PLAIN) > 20) end },
  { "pagetable.of", setup = region, act = function(r)
      local found = pagetable.of(r)
      assert(found.pages == 4 and #found:frames() >= found:pieces())
    end },
  { "pagetable.simulated", setup = nothing, act = function()
      local found = pagetable.simulated(5)
      assert(#found:frames() == 5 and found:pieces() > 1)
    end },

  { "mmu: accesses", setup = machine, steps = true, act = function(mmu)
      for i = 0, 5 do
        mmu:write(i % 3 * 4096)
        mmu:read(i * 4096)
        mmu:access(i * 8192, "write")
      end
      mmu:replay(traced())
      mmu:flush()
    end,
    check = function(mmu)
      local counts = mmu:counts()
      assert(counts.accesses >= 23 and counts.accesses == counts.tlb_hits + counts.walks)
      assert(counts.faults - counts.evictions == 3 and counts.cold == 9)
      assert(#mmu:figure():frames() == 3 and mmu:translate(0x1000))
      for page = 0, 3 do mmu:read(page % 3 << 12) end
      assert(mmu:read(0) == "hit" and mmu:read(1 << 12) == "walk", "the TLB has more entries than it has")
    end },
  { "mmu:flush", setup = function() return { mmu = busy_machine(), tried = false } end, steps = true,
    act = function(kit)
      if kit.tried then return end -- half a flush must be seen as it is
      kit.tried = true
      kit.mmu:flush()
    end,
    check = function(kit) assert(kit.mmu:read(3 << 12) ~= "fault" and kit.mmu:read(3 << 12) == "hit") end },
  { "a TLB", setup = function() return require("vmem.paging.tlb").new(3, 3) end, steps = true,
    act = function(tlb)
      for page = 1, 6 do
        whole(function() if not tlb:find(page) then tlb:insert(page) end end) -- as an MMU does
      end
    end,
    check = function(tlb)
      for page = 7, 10 do tlb:insert(page) end
      local held = 0
      for page = 1, 10 do held = held + (tlb:find(page) and 1 or 0) end
      assert(held == 3)
    end },
  { "mmu: what it tells", setup = busy_machine, act = function(mmu)
      assert(mmu:counts().accesses == 4 and #tostring(mmu) > 20 and mmu:figure().pages == 3)
      assert(#tostring(mmu:translate(0x1000)) > 20)
    end },
  { "paging.trace", setup = nothing, act = function()
      local trace = traced()
      assert(#trace == 4 and #trace:references(4096) == 5 and #trace:pages(4096) > 3)
      assert(tostring(trace):find "4")
      local count = 0
      trace:each(4096, function() count = count + 1 end)
      for i, access in pairs(trace) do assert(access[1] == trace.addresses[i]) end
      assert(count == 5)
    end },
  { "layout: its areas, and print of them", setup = areas, act = function(space)
      for i, area in pairs(space) do
        assert(area == space[i] and (i > 3 or tostring(area):find "vmem.layout.area 0x"))
      end
    end },
  { "paging.trace of a recording", setup = recorded, act = function(recording)
      assert(#paging.trace(recording) == 2)
    end },
  { "paging.requests", setup = recorded, act = function(recording)
      assert(#paging.requests(recording) == 1)
    end },
  { "paging.misses", setup = nothing, act = function()
      local found = missed()
      assert(found:at("lru", 1) and found:plot().title)
    end },
  { "paging.working_set and fault_frequency", setup = nothing, act = function()
      local sets = { paging.working_set(traced(), { window = 2 }),
        paging.fault_frequency(traced(), { interval = 2 }) }
      for _, set in ipairs(sets) do assert(#set:at(2) > 0 and #tostring(set) > 20) end
    end },
  { "paging.access_time", setup = busy_machine, act = function(mmu)
      assert(paging.access_time { memory = 100 } == 200 and mmu:access_time { memory = 100, fault = 1 } > 0)
    end },
  { "an MMU with a hashed table", steps = true,
    setup = function() return paging.new { frames = 3, table = "hashed", buckets = 2, tlb = 0 } end,
    act = function(mmu)
      for page = 1, 6 do mmu:write(page << 12) end
    end,
    check = function(mmu)
      for page = 7, 9 do mmu:read(page << 12) end
      for page = 7, 9 do assert(mmu:read(page << 12) == "walk") end
    end },
  { "paging.optimal", setup = nothing, act = function()
      local mmu = paging.new { frames = 2, policy = paging.optimal(traced()) }
      assert(mmu:replay(traced()):counts().faults >= 3)
    end },
  { "paging.allocator", setup = nothing, act = function()
      for _, way in ipairs { "first", "next", "best", "worst", "buddy", "paged" } do
        local memory = paging.allocator(way, 65536)
        memory:alloc("a", 5000)
        memory:alloc("b", 100)
        memory:free "a"
        assert(memory:has "b" == 100 and #memory:blocks() >= 2 and memory:facts().asked == 100)
      end
    end },
  { "paging.compare", setup = nothing, act = function() assert(compared()) end },
  { "paging.page_sizes", setup = nothing, act = function() assert(sized()) end },
}

--- No block of memory has two owners, and all unused memory is free.
local function check_memory(memory)
  local facts, used, free = memory:facts(), 0, 0
  for _, block in ipairs(memory:blocks()) do
    if block.name then used = used + block.size else free = free + block.size end
  end
  assert(facts.used == used and facts.free == free and used + free == memory.size)
  for _, name in ipairs { "a", "b", "c", "d" } do
    if memory:has(name) then memory:free(name) end
  end
  assert(memory:facts().largest == memory.size and #memory:blocks() == 1)
end

for _, way in ipairs { "first", "next", "best", "worst", "buddy", "paged" } do
  snippets[#snippets + 1] = { "paging.allocator: taking and giving, " .. way, steps = true,
    setup = function() return paging.allocator(way, 65536) end,
    act = function(memory)
      for i, name in ipairs { "a", "b", "c", "d" } do
        if not memory:has(name) then memory:alloc(name, i * 3000) end
        if i == 3 and memory:has "b" then memory:free "b" end
      end
      memory:free "a"
    end,
    check = check_memory }
end

for _, verb in ipairs { "text", "svg", "tostring" } do
  for name, make in pairs { map = mapped, pagetable = tabled, layout = areas, misses = missed,
    memory = given_out, comparison = compared, page_sizes = sized } do
    snippets[#snippets + 1] = drawing(name, make, verb)
  end
end
table.sort(snippets, function(a, b) return a[1] < b[1] end)

return snippets
