--- Allocating by moving a pointer.

local arenas = require "vmem.arena"
local baseline = require "baseline"
local measure = require "bench.measure"

local MiB = 1 << 20
local SIZE, TIMES = 32, 100000

local kept = assert(arenas.new(16 * MiB, { keep = 16 * MiB }))
kept:alloc(16 * MiB)

--- Allocates blocks; the last one takes the last byte of the arena.
local function allocate(arena)
  local start, offset = baseline.now(), nil
  for _ = 1, TIMES do offset = arena:alloc(SIZE) end
  return measure.each(start, TIMES), nil, offset
end

return {
  title = "Arena: allocations from Lua, against loops in C",
  {
    name = "arena:alloc, 32 bytes, against malloc", target = 8,
    vmem = function() return allocate(kept:reset()) end,
    c = function() return baseline.malloc(SIZE, TIMES) end,
  },
  {
    name = "the same, committing on the way, against a bump", target = 12,
    vmem = function()
      local arena <close> = assert(arenas.new(16 * MiB))
      return allocate(arena)
    end,
    c = function() return baseline.bump(SIZE, TIMES) end,
  },
}
