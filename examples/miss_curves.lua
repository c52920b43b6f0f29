-- Miss curves: what the accesses of this script itself would cost if there were few frames
--
-- A matrix is transposed, row after row and in tiles, while the recorder listens. Both touch the same pages
-- as often; how many of them must be in memory at once is not the same. With a path as an argument, draws the
-- curves as SVG there.
local paging = require "vmem.paging"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local N <const>, TILE <const> = 128, 16

local function transpose(from, to, tile)
  for y0 = 0, N - 1, tile do
    for x0 = 0, N - 1, tile do
      for y = y0, y0 + tile - 1 do
        for x = x0, x0 + tile - 1 do to[x * N + y + 1] = from[y * N + x + 1] end
      end
    end
  end
end

local function trace(tile)
  local from <close> = assert(vmem.allocate(N * N * 8))
  local to <close> = assert(vmem.allocate(N * N * 8))
  local recording <close> = recorder.start { reads = true, writes = true, merge = false, residency = false }
  transpose(from:view "f64", to:view "f64", tile)
  return paging.trace(recording:stop())
end

-- A row of the matrix is a page of 1 KiB.
local traces = { { "row after row", trace(N) }, { "in tiles", trace(TILE) } }
local misses = paging.misses(traces, { page_sizes = { 1024 }, policies = { "lru", "optimal" } })
print(misses)

if arg[1] and arg[1] ~= "--echo" then
  assert(io.open(arg[1], "w")):write(misses:svg()):close()
end
