--- Structured exceptions: try, and what its filters and handlers learn of a fault.

local C <const> = require "vmem.win32.constants"
local checks = require "vmem.internal.checks"
local printed = require "vmem.win32.printed"
local try = require "vmem.win32.try"

---@class vmem.win32.exceptions
local exceptions = { try = try.run }

local exception_record = printed("EXCEPTION_RECORD", {
  { "ExceptionCode", "exception" }, { "NumberParameters", "number" },
  { "ExceptionInformation", "parameters" },
})

local codes = {
  access_violation = C.EXCEPTION_ACCESS_VIOLATION,
  guard_page = C.STATUS_GUARD_PAGE_VIOLATION,
  in_page_error = C.EXCEPTION_IN_PAGE_ERROR,
  stack_overflow = C.EXCEPTION_STACK_OVERFLOW, -- of a vmem.stack
}

--- Why a page of a file could not be had.
local statuses = { truncated = C.STATUS_END_OF_FILE, io_error = C.STATUS_IO_DEVICE_ERROR }

--- The fault that is given; else the one whose filter or handler runs in this coroutine.
local function fault_of(name, fault)
  if fault == nil then
    fault = try.current()
    if fault == nil then checks.raise("'%s' is for the filter and the handler of a try", name) end
  end
  checks.that(type(fault) == "userdata" and checks.is_a("vmem.fault", fault), 1, name,
    "vmem.fault expected, got %s", type(fault))
  return fault
end

--- What has happened, in a filter or a handler.
---@param fault? vmem.fault Default: the one whose filter or handler runs
---@return integer code EXCEPTION_ACCESS_VIOLATION and the like
function exceptions.GetExceptionCode(fault) return codes[fault_of("GetExceptionCode", fault).kind] end

--- The same and more: 0 for a read or 1 for a write, and the address; of an in-page error also the status.
---@param fault? vmem.fault Default: the one whose filter or handler runs
---@return table record ExceptionCode, NumberParameters, ExceptionInformation (from 0, as in C); and itself as
--- ExceptionRecord
function exceptions.GetExceptionInformation(fault)
  fault = fault_of("GetExceptionInformation", fault)
  local status = statuses[fault.reason]
  local record = {
    ExceptionCode = codes[fault.kind],
    NumberParameters = status and 3 or 2,
    ExceptionInformation = { [0] = fault.access == "write" and 1 or 0, fault.address, status },
  }
  record.ExceptionRecord = record -- C comes to it by way of EXCEPTION_POINTERS
  return exception_record(record)
end

return exceptions
