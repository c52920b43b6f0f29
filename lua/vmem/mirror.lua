--- vmem.mirror: a region that shows one section several times over, side by side. What is written across the
--- end of one is written to the start of the next, which is the start of all. Loaded when first used.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"

local attach, release = core.region_methods.attach, core.region_methods.release
local reserve, section_of = core.module.reserve, core.module.section

-- Windows attaches at multiples of its granularity, other systems at pages.
local UNIT <const> = core.module.system == "windows" and core.module.allocation_granularity
  or core.module.page_size
local MOST_TIMES <const> = 1024

local function show(region, section, size, times)
  for i = 0, times - 1 do
    local done, message, code = attach(region, section, i * size)
    if not done then return nil, message, code end
  end
  return region
end

local function make(size, times)
  local section, done, message, code
  section, message, code = section_of(size)
  if not section then return nil, message, code end
  local _ <close> = section -- the attachments keep it
  local region
  region, message, code = reserve(size * times)
  if not region then return nil, message, code end
  done, message, code = show(region, section, size, times)
  if not done then release(region) end
  return done, message, code
end

--- What vmem.mirror gives.
---@param size integer bytes of the section, rounded up to a page or, on Windows, the allocation granularity
---@param times? integer Default: 2
---@return vmem.region? region
---@return string? message
---@return vmem.code? code
local function new(size, times)
  times = times == nil and 2 or checks.integer(2, "mirror", "times", times, 1, MOST_TIMES)
  size = checks.integer(1, "mirror", "size", size, 1, math.maxinteger // times - UNIT)
  return core.whole(make, -(-size // UNIT) * UNIT, times)
end

return { new = new }
