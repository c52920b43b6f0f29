--- VirtualAlloc, VirtualAlloc2 and VirtualFree.

local C <const> = require "vmem.win32.constants"
local allocations = require "vmem.win32.allocations"
local arguments = require "vmem.win32.arguments"
local failure = require "vmem.win32.failure"
local protection = require "vmem.win32.protection"
local requirements = require "vmem.win32.requirements"
local view_pages = require "vmem.win32.view_pages"
local views = require "vmem.win32.views"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.allocate
local allocate = {}

local TYPES <const> = C.MEM_COMMIT | C.MEM_RESERVE | C.MEM_RESET | C.MEM_TOP_DOWN | C.MEM_WRITE_WATCH
  | C.MEM_PHYSICAL | C.MEM_RESET_UNDO | C.MEM_LARGE_PAGES

local function has(flags, flag) return flags & flag ~= 0 end

--- The error of an allocation type by itself, or nil.
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

--- VirtualAlloc, and what VirtualAlloc2 has besides.
---@param address integer
---@param size integer
---@param type integer
---@param protect integer
---@param how? "placeholder"|"replace"
---@param place? table options for vmem.reserve
---@return integer? address
local function allocate_pages(address, size, type, protect, how, place)
  local problem = judge_type(type)
  if problem then return fail(problem) end
  local view = not has(type, C.MEM_RESERVE) and views.at(address) or nil
  local word = view and protection.word_in_view(protect) or protection.word_of(protect)
  if not word then return fail(C.ERROR_INVALID_PARAMETER) end
  if arguments.is_outside(address, size) or size == 0 then
    return fail(C.ERROR_INVALID_PARAMETER)
  end
  if address ~= 0 and address < arguments.LOWEST then return fail(C.ERROR_INVALID_PARAMETER) end
  problem = judge_offer(type)
  if problem then return fail(problem) end
  if type == C.MEM_RESET then
    if address == 0 then return fail(C.ERROR_INVALID_PARAMETER) end
    if view and view.section.is_file then return fail(C.ERROR_USER_MAPPED_FILE) end
    return allocations.reset(address, size)
  end
  if address ~= 0 and not has(type, C.MEM_RESERVE) then
    if not view then return allocations.commit(address, size, protect) end
    local at, refused = view_pages.commit(view, address, size, protect)
    return at or fail(refused)
  end
  return allocations.reserve {
    address = address, size = size, type = type, protect = protect, how = how, place = place,
  }
end

---@param address integer? where; rounded down to 64 KiB for a reservation, to a page otherwise
---@param size integer bytes
---@param type integer MEM_ flags
---@param protect integer PAGE_ flags
---@return integer? address
function allocate.VirtualAlloc(address, size, type, protect)
  address = arguments.integer("VirtualAlloc", 1, address, true)
  size = arguments.integer("VirtualAlloc", 2, size)
  type = arguments.integer("VirtualAlloc", 3, type)
  protect = arguments.integer("VirtualAlloc", 4, protect)
  return allocate_pages(address, size, type, protect)
end

local PLACEHOLDER <const> = C.MEM_RESERVE | C.MEM_RESERVE_PLACEHOLDER
local REPLACED <const> = C.MEM_RESERVE | C.MEM_COMMIT | C.MEM_REPLACE_PLACEHOLDER | C.MEM_WRITE_WATCH

--- What a type says of placeholders: nil, "placeholder" or "replace"; and whether it is wrong.
local function read_type(address, type, protect)
  if has(type, C.MEM_RESERVE_PLACEHOLDER) then
    return "placeholder", type & ~C.MEM_TOP_DOWN ~= PLACEHOLDER or protect ~= C.PAGE_NOACCESS
  end
  if has(type, C.MEM_REPLACE_PLACEHOLDER) then
    return "replace", address == 0 or not has(type, C.MEM_RESERVE) or has(type, ~REPLACED)
  end
  return nil, false
end

--- VirtualAlloc with placeholders, and with requirements on the address.
---@param process integer? nil or GetCurrentProcess()
---@param address integer? as for VirtualAlloc
---@param size integer bytes
---@param type integer MEM_ flags, also MEM_RESERVE_PLACEHOLDER or MEM_REPLACE_PLACEHOLDER
---@param protect integer PAGE_ flags
---@param parameters? table one parameter or a list of them, each { Type = …, Pointer = … }
---@param count? integer how many of them count. Default: all
---@return integer? address
function allocate.VirtualAlloc2(process, address, size, type, protect, parameters, count)
  process = arguments.integer("VirtualAlloc2", 1, process, true)
  address = arguments.integer("VirtualAlloc2", 2, address, true)
  size = arguments.integer("VirtualAlloc2", 3, size)
  type = arguments.integer("VirtualAlloc2", 4, type)
  protect = arguments.integer("VirtualAlloc2", 5, protect)
  if count ~= nil then count = arguments.integer("VirtualAlloc2", 7, count) end
  if process ~= 0 and process ~= arguments.THIS_PROCESS then return fail(C.ERROR_INVALID_HANDLE) end
  local place, problem = requirements.read(parameters, count, address)
  if not place then return fail(problem) end
  local how, is_wrong = read_type(address, type, protect)
  if is_wrong then return fail(C.ERROR_INVALID_PARAMETER) end
  type = type & ~(C.MEM_RESERVE_PLACEHOLDER | C.MEM_REPLACE_PLACEHOLDER)
  if place.alignment and place.alignment < 0 then return fail(C.ERROR_NOT_ENOUGH_MEMORY) end -- 2^63
  return allocate_pages(address, size, type, protect, how, place)
end

--- Whether code or a mapped file lies at an address outside of all regions: VirtualFree cannot free those.
local function is_mapped(address)
  local area = vmem.query(address)
  return area ~= nil and area.name ~= nil and area.state == "committed"
end

local for_placeholders = {
  [C.MEM_RELEASE | C.MEM_PRESERVE_PLACEHOLDER] = allocations.preserve,
  [C.MEM_RELEASE | C.MEM_COALESCE_PLACEHOLDERS] = allocations.coalesce,
}

---@param address integer
---@param size integer bytes; 0 with MEM_RELEASE alone
---@param type integer MEM_DECOMMIT, or MEM_RELEASE, alone or with MEM_PRESERVE_PLACEHOLDER or
--- MEM_COALESCE_PLACEHOLDERS
---@return boolean done
function allocate.VirtualFree(address, size, type)
  address = arguments.integer("VirtualFree", 1, address, true)
  size = arguments.integer("VirtualFree", 2, size)
  type = arguments.integer("VirtualFree", 3, type)
  local of_placeholders = for_placeholders[type]
  if type ~= C.MEM_DECOMMIT and type ~= C.MEM_RELEASE and not of_placeholders then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  if type == C.MEM_RELEASE and size ~= 0 or of_placeholders and size == 0 then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  if arguments.is_outside(address, size) then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  local of_views = views.at(address) and type ~= C.MEM_RELEASE | C.MEM_COALESCE_PLACEHOLDERS
  if of_views then return fail(C.ERROR_INVALID_PARAMETER, false) end
  if of_placeholders then return of_placeholders(address, size) end
  local region, offset, bytes, piece = arguments.find(address, size)
  if not region then
    local past_end = offset
    local wrong_size = past_end or is_mapped(address)
    return fail(wrong_size and C.ERROR_INVALID_PARAMETER or C.ERROR_INVALID_ADDRESS, false)
  end
  local start = piece and piece.offset or 0
  if size == 0 and offset ~= start then return fail(C.ERROR_INVALID_ADDRESS, false) end
  if type == C.MEM_RELEASE then return allocations.release(region, piece) end
  if size == 0 then bytes = piece and piece.size or region.size end
  local done, _, code = region:decommit(offset, bytes)
  return done and true or fail(failure.of(code), false)
end

return allocate
