--- Simulated paging, against the same algorithms in plain C.

local baseline = require "baseline"
local measure = require "bench.measure"
local paging = require "vmem.paging"

local TIMES <const>, LIVE <const> = 2000, 100 -- short rounds: others have the machine, too

--- Accesses to each of `pages` pages in turn, with `frames` frames.
local function access(pages, frames, how)
  return function()
    local mmu = paging.new { frames = frames }
    for page = 0, pages - 1 do mmu:read(page << 12) end
    local start, last = baseline.now(), nil
    for i = 0, TIMES - 1 do last = mmu:read(i % pages << 12) end
    local value = measure.each(start, TIMES)
    assert(last == how)
    return value
  end
end

local function row(name, pages, frames, how)
  return {
    name = name, vmem = access(pages, frames, how),
    c = function() return baseline.mmu(pages, frames, TIMES) end,
  }
end

--- Pairs of alloc and free, after many blocks that stay allocated.
local function fit()
  local memory = paging.allocator("first", 1 << 30)
  for i = 1, LIVE do memory:alloc("block " .. i, 4096) end
  local start = baseline.now()
  for _ = 1, TIMES do
    memory:alloc("one", 8192)
    memory:free("one")
  end
  return measure.each(start, TIMES)
end

return {
  title = "Simulated paging, against the same algorithms in plain C",
  row("access that hits the TLB", 8, 64, "hit"),
  row("access that walks four levels", 32, 64, "walk"),
  row("access that faults, clock", 128, 64, "fault"),
  {
    name = ("first fit: alloc and free behind %d blocks"):format(LIVE),
    vmem = fit, c = function() return baseline.fit(LIVE, TIMES) end,
  },
}
