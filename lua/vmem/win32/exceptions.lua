--- Structured exceptions: try, and what a filter learns of a fault.

local C <const> = require "vmem.win32.constants"
local checks = require "vmem.internal.checks"

---@class vmem.win32.exceptions
local exceptions = { try = require "vmem.win32.try" }

local codes_of_faults = {
  access_violation = C.EXCEPTION_ACCESS_VIOLATION,
  guard_page = C.STATUS_GUARD_PAGE_VIOLATION,
  stack_overflow = C.EXCEPTION_STACK_OVERFLOW, -- of a vmem.stack
}

--- A fault as a filter gets it: the code, 0 for a read or 1 for a write, the address.
---@param fault vmem.fault
---@return table record ExceptionCode, ExceptionAddress, ExceptionInformation (from 0, as in C)
function exceptions.GetExceptionInformation(fault)
  checks.that(type(fault) == "userdata" and checks.is_a("vmem.fault", fault), 1, "GetExceptionInformation",
    "vmem.fault expected, got %s", type(fault))
  return {
    ExceptionCode = codes_of_faults[fault.kind],
    ExceptionInformation = { [0] = fault.access == "write" and 1 or 0, fault.address },
  }
end

return exceptions
