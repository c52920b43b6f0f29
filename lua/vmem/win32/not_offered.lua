--- Calls that are not offered: they return false, and GetLastError then gives ERROR_NOT_SUPPORTED.

local C <const> = require "vmem.win32.constants"
local failure = require "vmem.win32.failure"

---@class vmem.win32.not_offered
---@field AllocateUserPhysicalPages fun(...: any): false not offered
---@field MapUserPhysicalPages fun(...: any): false not offered
---@field OfferVirtualMemory fun(...: any): false not offered
---@field ReadProcessMemory fun(...: any): false not offered
---@field ReclaimVirtualMemory fun(...: any): false not offered
---@field VirtualAllocEx fun(...: any): false not offered
---@field VirtualFreeEx fun(...: any): false not offered
---@field VirtualProtectEx fun(...: any): false not offered
---@field VirtualQueryEx fun(...: any): false not offered
---@field WriteProcessMemory fun(...: any): false not offered
local not_offered = {}

for _, name in ipairs {
  "AllocateUserPhysicalPages", "MapUserPhysicalPages", "OfferVirtualMemory", "ReadProcessMemory",
  "ReclaimVirtualMemory", "VirtualAllocEx", "VirtualFreeEx", "VirtualProtectEx",
  "VirtualQueryEx", "WriteProcessMemory",
} do
  not_offered[name] = function() return failure.fail(C.ERROR_NOT_SUPPORTED, false) end
end

return not_offered
