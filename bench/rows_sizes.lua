--- How reserving, committing and filling grow with size.

local baseline = require "baseline"
local measure = require "bench.measure"
local ours = require "bench.ours"
local vmem = require "vmem"

local page = vmem.page_size
local KiB, MiB, GiB, TiB = 1 << 10, 1 << 20, 1 << 30, 1 << 40

local topic = { title = "Growth with size" }

local function in_words(size)
  if size == page then return "1 page" end
  for _, unit in ipairs { { TiB, "TiB" }, { GiB, "GiB" }, { MiB, "MiB" }, { KiB, "KiB" } } do
    if size >= unit[1] then return ("%d %s"):format(size // unit[1], unit[2]) end
  end
end

local function row(series, size, ours_, theirs)
  topic[#topic + 1] = {
    name = series .. ", " .. in_words(size), series = series, x = size, rounds = 5, vmem = ours_, c = theirs,
  }
end

for _, size in ipairs { page, MiB, GiB, TiB } do
  row("reserve and release", size, function() return ours.reserve(size, 2000) end,
    function() return baseline.reserve(size, 2000) end)
end

for _, size in ipairs { page, MiB, 32 * MiB, GiB } do
  local times = math.max(8, math.min(200, 4 * GiB // size))
  row("commit a whole region", size, function() return ours.fresh(size, size, times) end,
    function() return baseline.fresh(size, size, times) end)
end

local region
for _, size in ipairs { 4 * KiB, 64 * KiB, MiB, 16 * MiB, 256 * MiB } do
  local times = math.max(1, 32 * MiB // size)
  row("fill", size, function()
    region = region or assert(vmem.allocate(256 * MiB))
    region:fill(0, size, 1)
    local start = baseline.now()
    for _ = 1, times do region:fill(0, size, 0x5a) end
    return measure.each(start, times)
  end, function() return baseline.fill(region:pointer(), size, times) end)
end

return topic
