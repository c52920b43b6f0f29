--- How a call of vmem.win32 fails: it sets the last error, and gives nil or false.

local C <const> = require "vmem.win32.constants"

local failure = {}

local last_error = 0

function failure.last() return last_error end

---@param code integer
function failure.set(code) last_error = code end

--- Sets the error and gives the result (nil when none is given), so that `return fail(…)` ends a call.
---@param code integer
---@param result any
---@return any result
function failure.fail(code, result)
  last_error = code
  return result
end

local code_of = {
  address_in_use = C.ERROR_INVALID_ADDRESS,
  invalid_address = C.ERROR_INVALID_ADDRESS,
  not_committed = C.ERROR_INVALID_ADDRESS,
  in_use = C.ERROR_INVALID_ADDRESS,
  out_of_memory = C.ERROR_NOT_ENOUGH_MEMORY,
  too_many_mappings = C.ERROR_NO_SYSTEM_RESOURCES,
  too_many_files = C.ERROR_TOO_MANY_OPEN_FILES,
  permission_denied = C.ERROR_ACCESS_DENIED,
  not_supported = C.ERROR_NOT_SUPPORTED,
  no_file = C.ERROR_FILE_NOT_FOUND,
  bad_file = C.ERROR_BAD_EXE_FORMAT,
  disk_full = C.ERROR_DISK_FULL,
  file_too_large = C.ERROR_FILE_TOO_LARGE,
  io_error = C.ERROR_IO_DEVICE,
  past_end = C.ERROR_NOACCESS,
}

--- The Windows error for one of vmem's codes.
---@param code string
---@return integer?
function failure.of(code) return code_of[code] end

return failure
