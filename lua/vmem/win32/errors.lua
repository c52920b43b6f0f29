--- GetLastError and SetLastError.

local failure = require "vmem.win32.failure"

---@class vmem.win32.errors
local errors = {}

--- The error of the last call that failed.
---@return integer code
function errors.GetLastError() return failure.last() end

---@param code integer
function errors.SetLastError(code) failure.set(code) end

return errors
