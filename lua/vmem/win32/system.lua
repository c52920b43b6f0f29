--- What the system says of itself: GetSystemInfo, GetLargePageMinimum.

local arguments = require "vmem.win32.arguments"
local vmem = require "vmem"

---@class vmem.win32.system
local system = {}

---@return table information dwPageSize, dwAllocationGranularity, lpMinimumApplicationAddress, …
function system.GetSystemInfo()
  return {
    dwPageSize = vmem.page_size,
    dwAllocationGranularity = vmem.allocation_granularity,
    lpMinimumApplicationAddress = arguments.LOWEST,
    lpMaximumApplicationAddress = arguments.HIGHEST,
  }
end

--- 0, as on a Windows that has none: large pages are not offered.
---@return integer
function system.GetLargePageMinimum() return 0 end

return system
