--- Pages in RAM: VirtualLock, VirtualUnlock, DiscardVirtualMemory.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local failure = require "vmem.win32.failure"
local vmem = require "vmem"

local PAGE <const> = vmem.page_size
local fail = failure.fail

---@class vmem.win32.in_ram
local in_ram = {}

--- Nil when every page of the range is committed; else the error.
local function judge_committed(region, offset, bytes)
  local at = offset
  while at < offset + bytes do
    local run = region:query(at)
    if run.state ~= "committed" then return C.ERROR_NOACCESS end
    at = run.offset + run.size
  end
end

--- Whether one of these committed pages allows no access.
local function has_shut_page(region, offset, bytes)
  local at = offset
  while at < offset + bytes do
    local run = region:query(at)
    if run.protection == "none" then return true end
    at = run.offset + run.size
  end
  return false
end

--- The arguments of both calls, as integers; no size if there is nothing there.
local function checked(name, address, size)
  address = arguments.integer(name, 1, address, true)
  size = arguments.integer(name, 2, size)
  return address, size ~= 0 and not arguments.is_outside(address, size) and size or nil
end

--- Locking touches pages: the first guard page in the range loses its guard, and the call fails.
local function trip_guard(region, offset, bytes)
  local at = offset
  while at < offset + bytes do
    local run = region:query(at)
    local word = run.protection:match("^(%a+)%+guard$")
    if word then
      region:protect(at, 1, word)
      return true
    end
    at = run.offset + run.size
  end
end

---@param address integer
---@param size integer bytes
---@return boolean done
function in_ram.VirtualLock(address, size)
  address, size = checked("VirtualLock", address, size)
  if not size then return fail(C.ERROR_INVALID_PARAMETER, false) end
  local region, offset, bytes = arguments.find(address, size)
  if not region then return fail(C.ERROR_NOACCESS, false) end
  local problem = judge_committed(region, offset, bytes)
  if problem then return fail(problem, false) end
  if trip_guard(region, offset, bytes) then return fail(C.STATUS_GUARD_PAGE_VIOLATION, false) end
  local done, _, code = region:lock(offset, bytes)
  if done then return true end
  -- The core says permission_denied of pages without access, and where this user may lock none.
  local shut = code == "permission_denied" and has_shut_page(region, offset, bytes)
  return fail(shut and C.ERROR_NOACCESS or C.ERROR_WORKING_SET_QUOTA, false)
end

---@param address integer
---@param size integer bytes
---@return boolean done
function in_ram.VirtualUnlock(address, size)
  address, size = checked("VirtualUnlock", address, size)
  if not size then return fail(C.ERROR_INVALID_PARAMETER, false) end
  local region, offset, bytes = arguments.find(address, size)
  if not region or region:locked(offset, bytes) < bytes then return fail(C.ERROR_NOT_LOCKED, false) end
  local done, _, code = region:unlock(offset, bytes)
  if not done then return fail(failure.of(code), false) end
  return true
end

--- Returns the error instead of setting it, as on Windows. Whole pages that can be written, in one
--- allocation.
---@param address integer
---@param size integer bytes
---@return integer error 0 when done
function in_ram.DiscardVirtualMemory(address, size)
  address = arguments.integer("DiscardVirtualMemory", 1, address, true)
  size = arguments.integer("DiscardVirtualMemory", 2, size)
  if size == 0 or (address | size) % PAGE ~= 0 or arguments.is_outside(address, size) then
    return C.ERROR_INVALID_PARAMETER
  end
  local region, offset, bytes = arguments.find(address, size)
  if not region then return C.ERROR_INVALID_ADDRESS end
  local at = offset
  while at < offset + bytes do
    local run = region:query(at)
    if run.protection ~= "rw" and run.protection ~= "rwx" then return C.ERROR_INVALID_ADDRESS end
    at = run.offset + run.size
  end
  local done, _, code = region:discard(offset, bytes)
  return done and 0 or failure.of(code)
end

return in_ram
