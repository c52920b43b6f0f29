--- The Windows calls under their own names, on every system: VirtualAlloc and its family, so that a C
--- listing carries over line by line. The rules are the core's; this file translates names and error
--- codes, and checks arguments in the order in which Windows does.
---
--- Addresses are integers, NULL is nil or 0. Failures return nil or false, and GetLastError tells why.
--- Sizes and addresses of 2^63 and more are negative integers, as SIZE_T of -1 is.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local pages = require "vmem.internal.pages"
local vmem = require "vmem"
local constants = require "vmem.win32.constants"

--- Calls that are not supported return false; GetLastError then gives ERROR_NOT_SUPPORTED.
---@class vmem.win32: vmem.win32.constants
---@field AllocateUserPhysicalPages fun(...: any): false not offered
---@field CreateFileMapping fun(...: any): false not offered
---@field MapUserPhysicalPages fun(...: any): false not offered
---@field MapViewOfFile fun(...: any): false not offered
---@field OfferVirtualMemory fun(...: any): false not offered
---@field PrefetchVirtualMemory fun(...: any): false not offered
---@field ReadProcessMemory fun(...: any): false not offered
---@field ReclaimVirtualMemory fun(...: any): false not offered
---@field UnmapViewOfFile fun(...: any): false not offered
---@field VirtualAlloc2 fun(...: any): false not offered
---@field VirtualAllocEx fun(...: any): false not offered
---@field VirtualFreeEx fun(...: any): false not offered
---@field VirtualProtectEx fun(...: any): false not offered
---@field VirtualQueryEx fun(...: any): false not offered
---@field WriteProcessMemory fun(...: any): false not offered
local win32 = { try = require "vmem.win32.try" }
for name, value in pairs(constants) do
  win32[name] = value
end
local C <const> = constants

local PAGE <const> = vmem.page_size
local LOWEST <const> = vmem.lowest_address
local HIGHEST <const> = vmem.highest_address or 0x7FFFFFFEFFFF
local ALL_ONES <const> = 0xFFFFFFFF -- what GetWriteWatch and ResetWriteWatch return for an error

-- {====== The last error ======

local last_error = 0

--- The error of the last call that failed.
---@return integer code
function win32.GetLastError() return last_error end

---@param code integer
function win32.SetLastError(code) last_error = code end

--- Sets the error and gives nil, so that `return fail(…)` ends a call.
local function fail(code, result)
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
}

-- ====== }

-- {====== Protections ======

local names = {
  [C.PAGE_NOACCESS] = "none",
  [C.PAGE_READONLY] = "r",
  [C.PAGE_READWRITE] = "rw",
  [C.PAGE_EXECUTE] = "x",
  [C.PAGE_EXECUTE_READ] = "rx",
  [C.PAGE_EXECUTE_READWRITE] = "rwx",
}

local values = {}
for value, name in pairs(names) do
  values[name] = value
  values[name .. "+guard"] = value | C.PAGE_GUARD
end

local MODIFIERS <const> = C.PAGE_GUARD | C.PAGE_NOCACHE | C.PAGE_WRITECOMBINE

--- The core's word for a protection that private memory may have, else nil. Copy on write is for mapped
--- views; at most one modifier, none with PAGE_NOACCESS; call targets only where there is code.
local function word_of(protect)
  local name = names[protect & ~(MODIFIERS | C.PAGE_TARGETS_INVALID)]
  local modifiers = protect & MODIFIERS
  if not name or modifiers & (modifiers - 1) ~= 0 then return nil end
  if name == "none" and modifiers ~= 0 then return nil end
  if protect & C.PAGE_TARGETS_INVALID ~= 0 and not name:find("x") then return nil end
  return modifiers == C.PAGE_GUARD and name .. "+guard" or name
end

--- Caching is a property of a whole allocation, which the core does not know.
local cached = setmetatable({}, { __mode = "k" }) -- region -> PAGE_NOCACHE or PAGE_WRITECOMBINE

local function value_of(region, word)
  return values[word] | (word ~= "none" and cached[region] or 0)
end

-- ====== }

-- {====== Arguments ======

local function check(name, position, value, optional)
  if optional and value == nil then return 0 end
  local integer = math.type(value) and math.tointeger(value)
  if not integer then
    checks.refuse(position, name, "integer expected, got %s",
      type(value) == "number" and tostring(value) or type(value))
  end
  return integer
end

local function is_too_high(address) return math.ult(HIGHEST, address) end

--- Whether a range begins beyond, or leaves, the space that a process may use.
local function is_outside(address, size)
  return is_too_high(address) or math.ult(HIGHEST - address + 1, size)
end

--- The region around [address, address+size), and offset and size of its pages there. nil where there
--- is no region; nil and true where it ends before the range does.
local function find(address, size)
  local from = pages.down(address)
  local region, offset = vmem.at(from)
  if not region then return nil end
  local bytes = pages.up(address + size) - from
  if bytes > region.size - offset then return nil, true end
  return region, offset, bytes
end

-- ====== }

-- {====== VirtualAlloc ======

--- Regions that VirtualAlloc has returned and VirtualFree has not released: a script has their addresses,
--- which do not keep them from being collected.
local kept = {} -- luacheck: ignore 241

local TYPES <const> = C.MEM_COMMIT | C.MEM_RESERVE | C.MEM_RESET | C.MEM_TOP_DOWN | C.MEM_WRITE_WATCH
  | C.MEM_PHYSICAL | C.MEM_RESET_UNDO | C.MEM_LARGE_PAGES

local function has(flags, flag) return flags & flag ~= 0 end

--- The error of an allocation type by itself, or nil, and whether it comes before an error of the
--- protection.
local function judge_type(type)
  if has(type, ~TYPES) then return C.ERROR_INVALID_PARAMETER end
  if not has(type, C.MEM_COMMIT | C.MEM_RESERVE | C.MEM_RESET | C.MEM_RESET_UNDO) then
    return C.ERROR_INVALID_PARAMETER
  end
  if has(type, C.MEM_RESET) and type ~= C.MEM_RESET then return C.ERROR_INVALID_PARAMETER end
  if has(type, C.MEM_RESET_UNDO) and type ~= C.MEM_RESET_UNDO then return C.ERROR_INVALID_PARAMETER end
  if has(type, C.MEM_LARGE_PAGES) and
    (not has(type, C.MEM_COMMIT) or has(type, C.MEM_PHYSICAL | C.MEM_WRITE_WATCH)) then
    return C.ERROR_INVALID_PARAMETER
  end
  if has(type, C.MEM_WRITE_WATCH) and not has(type, C.MEM_RESERVE) then return C.ERROR_INVALID_PARAMETER end
  if has(type, C.MEM_PHYSICAL) and
    (not has(type, C.MEM_RESERVE) or has(type, C.MEM_COMMIT | C.MEM_WRITE_WATCH)) then
    return C.ERROR_INVALID_PARAMETER
  end
end

--- The error of what is legal on Windows and not supported here, or nil.
local function judge_offer(type)
  if has(type, C.MEM_PHYSICAL | C.MEM_RESET_UNDO) then return C.ERROR_NOT_SUPPORTED end
  if has(type, C.MEM_LARGE_PAGES) then return C.ERROR_PRIVILEGE_NOT_HELD end
end

local function reserve(address, size, type, protect)
  local region, _, code = vmem.reserve(size, {
    address = address ~= 0 and address or nil,
    top_down = address == 0 and has(type, C.MEM_TOP_DOWN),
    protection = word_of(protect),
    watch = has(type, C.MEM_WRITE_WATCH),
  })
  if not region then return fail(code_of[code]) end
  cached[region] = protect & (C.PAGE_NOCACHE | C.PAGE_WRITECOMBINE)
  if has(type, C.MEM_COMMIT) then
    local done
    done, _, code = region:commit()
    if not done then
      region:release()
      return fail(code == "out_of_memory" and C.ERROR_COMMITMENT_LIMIT or code_of[code])
    end
  end
  local base = region.base
  kept[region] = true -- last: an error on the way leaves it to the collector
  return base
end

local function commit(address, size, protect)
  local region, offset, bytes = find(address, size)
  if not region then return fail(C.ERROR_INVALID_ADDRESS) end
  local done, _, code = region:commit(offset, bytes, word_of(protect))
  if not done then return fail(code == "out_of_memory" and C.ERROR_COMMITMENT_LIMIT or code_of[code]) end
  return region.base + offset
end

--- MEM_RESET: the pages keep their state, and may lose their contents. The range shrinks to whole pages, so
--- that data beside it is not lost.
local function reset(address, size)
  local region, offset = find(address, size)
  if not region then return fail(C.ERROR_INVALID_ADDRESS) end
  local from = pages.up(address) - region.base
  local to = pages.down(address + size) - region.base
  while from < to do
    local run = region:query(from)
    local bytes = math.min(run.offset + run.size, to) - from
    if run.state == "committed" then region:discard(from, bytes) end
    from = from + bytes
  end
  return region.base + offset
end

---@param address integer? where; rounded down to 64 KiB for a reservation, to a page otherwise
---@param size integer bytes
---@param type integer MEM_ flags
---@param protect integer PAGE_ flags
---@return integer? address
function win32.VirtualAlloc(address, size, type, protect)
  address = check("VirtualAlloc", 1, address, true)
  size = check("VirtualAlloc", 2, size)
  type = check("VirtualAlloc", 3, type)
  protect = check("VirtualAlloc", 4, protect)
  local problem = judge_type(type)
  if problem then return fail(problem) end
  if not word_of(protect) then return fail(C.ERROR_INVALID_PARAMETER) end
  if is_outside(address, size) or size == 0 then
    return fail(C.ERROR_INVALID_PARAMETER)
  end
  if address ~= 0 and address < LOWEST then return fail(C.ERROR_INVALID_PARAMETER) end
  problem = judge_offer(type)
  if problem then return fail(problem) end
  if type == C.MEM_RESET then
    if address == 0 then return fail(C.ERROR_INVALID_PARAMETER) end
    return reset(address, size)
  end
  if has(type, C.MEM_RESERVE) then return core.whole(reserve, address, size, type, protect) end
  if address == 0 then return core.whole(reserve, address, size, type | C.MEM_RESERVE, protect) end
  return commit(address, size, protect)
end

-- ====== }

-- {====== VirtualFree, VirtualProtect, VirtualQuery ======

--- Whether code or a mapped file lies at an address outside of all regions: VirtualFree cannot free those.
local function is_mapped(address)
  local area = vmem.query(address)
  return area ~= nil and area.name ~= nil and area.state == "committed"
end

---@param address integer
---@param size integer bytes; 0 with MEM_RELEASE
---@param type integer MEM_DECOMMIT or MEM_RELEASE
---@return boolean done
function win32.VirtualFree(address, size, type)
  address = check("VirtualFree", 1, address, true)
  size = check("VirtualFree", 2, size)
  type = check("VirtualFree", 3, type)
  if type ~= C.MEM_DECOMMIT and type ~= C.MEM_RELEASE then return fail(C.ERROR_INVALID_PARAMETER, false) end
  if type == C.MEM_RELEASE and size ~= 0 then return fail(C.ERROR_INVALID_PARAMETER, false) end
  if is_outside(address, size) then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  local region, offset, bytes = find(address, size)
  if not region then
    local past_end = offset
    local wrong_size = past_end or is_mapped(address)
    return fail(wrong_size and C.ERROR_INVALID_PARAMETER or C.ERROR_INVALID_ADDRESS, false)
  end
  if size == 0 and offset ~= 0 then return fail(C.ERROR_INVALID_ADDRESS, false) end
  local _, code
  if type == C.MEM_RELEASE then
    _, _, code = region:release()
    if not code then kept[region] = nil end
  elseif size == 0 then
    _, _, code = region:decommit()
  else
    _, _, code = region:decommit(offset, bytes)
  end
  if code then return fail(code_of[code], false) end
  return true
end

---@param address integer
---@param size integer bytes
---@param protect integer PAGE_ flags
---@return boolean done
---@return integer? old protection of the first page
function win32.VirtualProtect(address, size, protect)
  address = check("VirtualProtect", 1, address, true)
  size = check("VirtualProtect", 2, size)
  protect = check("VirtualProtect", 3, protect)
  local word = word_of(protect)
  if not word or is_outside(address, size) or size == 0 then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  local region, offset, bytes = find(address, size)
  if not region then return fail(C.ERROR_INVALID_ADDRESS, false) end
  local old, _, code = region:protect(offset, bytes, word)
  if not old then return fail(code_of[code], false) end
  return true, value_of(region, old)
end

local INFORMATION_SIZE <const> = 48 -- of a MEMORY_BASIC_INFORMATION

local states = { free = C.MEM_FREE, reserved = C.MEM_RESERVE, committed = C.MEM_COMMIT }

local function information_of_region(region, run)
  return {
    BaseAddress = run.address,
    AllocationBase = region.base,
    AllocationProtect = value_of(region, region.protection),
    RegionSize = run.size,
    State = states[run.state],
    Protect = run.protection and value_of(region, run.protection) or 0,
    Type = C.MEM_PRIVATE,
  }
end

--- Memory outside of regions: the system says less about it than Windows would.
local function information_of_area(area)
  if area.state == "free" then
    return {
      BaseAddress = area.address, AllocationBase = 0, AllocationProtect = 0, RegionSize = area.size,
      State = C.MEM_FREE, Protect = C.PAGE_NOACCESS, Type = 0,
    }
  end
  local kind = C.MEM_PRIVATE
  if area.shared then
    kind = C.MEM_MAPPED
  elseif area.name and not area.name:find("^%[") then
    kind = C.MEM_IMAGE
  end
  return {
    BaseAddress = area.address,
    AllocationBase = area.allocation_base,
    AllocationProtect = values[area.protection] or C.PAGE_NOACCESS,
    RegionSize = area.size,
    State = states[area.state],
    Protect = values[area.protection] or 0,
    Type = kind,
  }
end

---@param address integer
---@param length? integer bytes that the caller has for the answer. Default: 48
---@return table? information BaseAddress, AllocationBase, AllocationProtect, RegionSize, State, Protect, Type
---@return integer? length 48
function win32.VirtualQuery(address, length)
  address = check("VirtualQuery", 1, address, true)
  if is_too_high(address) then return fail(C.ERROR_INVALID_PARAMETER) end
  if length and check("VirtualQuery", 2, length) < INFORMATION_SIZE then return fail(C.ERROR_BAD_LENGTH) end
  local region, offset = vmem.at(address)
  if region then return information_of_region(region, region:query(offset)), INFORMATION_SIZE end
  local area, _, code = vmem.query(address)
  if not area then return fail(code_of[code]) end
  return information_of_area(area), INFORMATION_SIZE
end

-- ====== }

-- {====== Pages in RAM ======

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
function win32.VirtualLock(address, size)
  address = check("VirtualLock", 1, address, true)
  size = check("VirtualLock", 2, size)
  if size == 0 or is_outside(address, size) then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  local region, offset, bytes = find(address, size)
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
function win32.VirtualUnlock(address, size)
  address = check("VirtualUnlock", 1, address, true)
  size = check("VirtualUnlock", 2, size)
  if size == 0 or is_outside(address, size) then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  local region, offset, bytes = find(address, size)
  if not region or region:locked(offset, bytes) < bytes then return fail(C.ERROR_NOT_LOCKED, false) end
  local done, _, code = region:unlock(offset, bytes)
  if not done then return fail(code_of[code], false) end
  return true
end

--- Returns the error instead of setting it, as on Windows. Whole pages that can be written, in one
--- allocation.
---@param address integer
---@param size integer bytes
---@return integer error 0 when done
function win32.DiscardVirtualMemory(address, size)
  address = check("DiscardVirtualMemory", 1, address, true)
  size = check("DiscardVirtualMemory", 2, size)
  if size == 0 or (address | size) % PAGE ~= 0 or is_outside(address, size) then
    return C.ERROR_INVALID_PARAMETER
  end
  local region, offset, bytes = find(address, size)
  if not region then return C.ERROR_INVALID_ADDRESS end
  local at = offset
  while at < offset + bytes do
    local run = region:query(at)
    if run.protection ~= "rw" and run.protection ~= "rwx" then return C.ERROR_INVALID_ADDRESS end
    at = run.offset + run.size
  end
  local done, _, code = region:discard(offset, bytes)
  return done and 0 or code_of[code]
end

-- ====== }

-- {====== Write watch ======

--- Region, offset and bytes of a range for GetWriteWatch or ResetWriteWatch; nil when it is not watched.
local function find_watched(address, size)
  if address == 0 or size == 0 or is_outside(address, size) then return nil end
  local region, offset, bytes = find(address, size)
  if not region or not region.watched then return nil end
  return region, offset, bytes
end

--- At most so many addresses of written pages; with a reset, each is reported once.
local function look(region, offset, bytes, count, reset_them)
  local addresses = {}
  for from, length in region:written(offset, bytes) do
    for at = from, from + length - 1, PAGE do
      if #addresses == count then break end
      addresses[#addresses + 1] = region.base + at
    end
    if #addresses == count then break end
  end
  for _, written in ipairs(reset_them and addresses or {}) do region:rearm(written - region.base, PAGE) end
  return addresses
end

--- Which pages have been written, as far as it went through vmem.
---@param flags integer 0, or WRITE_WATCH_FLAG_RESET: the pages in the answer count as unwritten again
---@param address integer
---@param size integer bytes
---@param count integer how many addresses at most
---@return integer error 0, or 0xFFFFFFFF
---@return integer[]? addresses of written pages, ascending
---@return integer? granularity bytes of a page
function win32.GetWriteWatch(flags, address, size, count)
  flags = check("GetWriteWatch", 1, flags)
  address = check("GetWriteWatch", 2, address, true)
  size = check("GetWriteWatch", 3, size)
  count = check("GetWriteWatch", 4, count)
  local region, offset, bytes = find_watched(address, size)
  if not region or count == 0 or flags & ~C.WRITE_WATCH_FLAG_RESET ~= 0 then
    return fail(C.ERROR_INVALID_PARAMETER, ALL_ONES)
  end
  return 0, core.whole(look, region, offset, bytes, count, flags == C.WRITE_WATCH_FLAG_RESET), PAGE
end

---@param address integer
---@param size integer bytes
---@return integer error 0, or 0xFFFFFFFF
function win32.ResetWriteWatch(address, size)
  address = check("ResetWriteWatch", 1, address, true)
  size = check("ResetWriteWatch", 2, size)
  local region, offset, bytes = find_watched(address, size)
  if not region then return fail(C.ERROR_INVALID_PARAMETER, ALL_ONES) end
  local done, _, code = region:rearm(offset, bytes)
  if not done then return fail(code_of[code], ALL_ONES) end
  return 0
end

-- ====== }

-- {====== The system ======

---@return table information dwPageSize, dwAllocationGranularity, lpMinimumApplicationAddress, …
function win32.GetSystemInfo()
  return {
    dwPageSize = PAGE,
    dwAllocationGranularity = vmem.allocation_granularity,
    lpMinimumApplicationAddress = LOWEST,
    lpMaximumApplicationAddress = HIGHEST,
  }
end

--- 0, as on a Windows that has none: large pages are not offered.
---@return integer
function win32.GetLargePageMinimum() return 0 end

local codes_of_faults = {
  access_violation = C.EXCEPTION_ACCESS_VIOLATION,
  guard_page = C.STATUS_GUARD_PAGE_VIOLATION,
  stack_overflow = C.EXCEPTION_STACK_OVERFLOW, -- of a vmem.stack
}

--- A fault as a filter gets it: the code, 0 for a read or 1 for a write, the address.
---@param fault vmem.fault
---@return table record ExceptionCode, ExceptionAddress, ExceptionInformation (from 0, as in C)
function win32.GetExceptionInformation(fault)
  checks.that(type(fault) == "userdata" and checks.is_a("vmem.fault", fault), 1, "GetExceptionInformation",
    "vmem.fault expected, got %s", type(fault))
  return {
    ExceptionCode = codes_of_faults[fault.kind],
    ExceptionInformation = { [0] = fault.access == "write" and 1 or 0, fault.address },
  }
end

local not_offered = {
  "AllocateUserPhysicalPages", "CreateFileMapping", "MapUserPhysicalPages", "MapViewOfFile",
  "OfferVirtualMemory", "PrefetchVirtualMemory", "ReadProcessMemory", "ReclaimVirtualMemory",
  "UnmapViewOfFile", "VirtualAlloc2", "VirtualAllocEx", "VirtualFreeEx", "VirtualProtectEx",
  "VirtualQueryEx", "WriteProcessMemory",
}
for _, name in ipairs(not_offered) do
  win32[name] = function() return fail(C.ERROR_NOT_SUPPORTED, false) end
end

-- ====== }

return win32
