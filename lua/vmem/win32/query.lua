--- VirtualProtect and VirtualQuery.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local failure = require "vmem.win32.failure"
local pieces = require "vmem.win32.pieces"
local printed = require "vmem.win32.printed"
local protection = require "vmem.win32.protection"
local view_pages = require "vmem.win32.view_pages"
local views = require "vmem.win32.views"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.query
local query = {}

---@param address integer
---@param size integer bytes
---@param protect integer PAGE_ flags
---@param ... nil C's pointers: an error that says what is returned
---@return boolean done
---@return integer? old protection of the first page
function query.VirtualProtect(address, size, protect, ...)
  arguments.no_pointer("VirtualProtect", 4, "done, old = VirtualProtect(address, size, protect)", ...)
  address = arguments.integer("VirtualProtect", 1, address, true)
  size = arguments.integer("VirtualProtect", 2, size)
  protect = arguments.integer("VirtualProtect", 3, protect)
  local view = views.at(address)
  local word = view and protection.word_in_view(protect) or protection.word_of(protect)
  if not word or arguments.is_outside(address, size) or size == 0 then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  if view then
    local done, old = view_pages.protect(view, address, size, protect)
    if not done then return fail(old, false) end
    return true, old
  end
  local region, offset, bytes, piece = arguments.find(address, size)
  if not region then return fail(C.ERROR_INVALID_ADDRESS, false) end
  local old, _, code = region:protect(offset, bytes, word)
  if not old then return fail(failure.of(code), false) end
  return true, protection.value_of(region, old, piece)
end

local QUERY_FORM <const> = "information, length = VirtualQuery(address [, length])"
local INFORMATION_SIZE <const> = 48 -- of a MEMORY_BASIC_INFORMATION

local basic_information = printed("MEMORY_BASIC_INFORMATION", {
  { "BaseAddress", "address" }, { "AllocationBase", "address" }, { "AllocationProtect", "protection" },
  { "RegionSize", "number" }, { "State", "memory" }, { "Protect", "protection" }, { "Type", "memory" },
})

local states = { free = C.MEM_FREE, reserved = C.MEM_RESERVE, committed = C.MEM_COMMIT }

local function information_of_region(region, run)
  return {
    BaseAddress = run.address,
    AllocationBase = region.base,
    AllocationProtect = protection.value_of(region, region.protection),
    RegionSize = run.size,
    State = states[run.state],
    Protect = run.protection and protection.value_of(region, run.protection) or 0,
    Type = C.MEM_PRIVATE,
  }
end

local function information_of_piece(piece, run)
  local stop = math.min(run.offset + run.size, piece.offset + piece.size)
  return {
    BaseAddress = run.address,
    AllocationBase = piece.region.base + piece.offset,
    AllocationProtect = piece.protect,
    RegionSize = stop - run.offset,
    State = states[run.state],
    Protect = run.protection and protection.value_of(piece.region, run.protection, piece) or 0,
    Type = piece.kind == "view" and C.MEM_MAPPED or C.MEM_PRIVATE,
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
    AllocationProtect = protection.plain_value_of(area.protection) or C.PAGE_NOACCESS,
    RegionSize = area.size,
    State = states[area.state],
    Protect = protection.plain_value_of(area.protection) or 0,
    Type = kind,
  }
end

local function information_at(region, offset)
  local run, piece = region:query(offset), pieces.at(region, offset)
  if not piece then return information_of_region(region, run) end
  if piece.kind ~= "free" then return information_of_piece(piece, run) end
  local size = piece.offset + piece.size - run.offset
  return information_of_area { state = "free", address = run.address, size = size }
end

---@param address integer
---@param length? integer bytes that the caller has for the answer. Default: 48
---@param ... nil C's pointers: an error that says what is returned
---@return table? information of MEMORY_BASIC_INFORMATION, which print shows: BaseAddress, AllocationBase,
--- AllocationProtect, RegionSize, State, Protect, Type
---@return integer? length 48
function query.VirtualQuery(address, length, ...)
  if type(length) == "table" then arguments.no_pointer("VirtualQuery", 2, QUERY_FORM, length) end
  arguments.no_pointer("VirtualQuery", 2, QUERY_FORM, ...)
  address = arguments.integer("VirtualQuery", 1, address, true)
  if arguments.is_too_high(address) then return fail(C.ERROR_INVALID_PARAMETER) end
  if length and arguments.integer("VirtualQuery", 2, length) < INFORMATION_SIZE then
    return fail(C.ERROR_BAD_LENGTH)
  end
  local view, place = views.at(address)
  if view then return basic_information(view_pages.information(view, place)), INFORMATION_SIZE end
  local region, offset = vmem.at(address)
  if region then return basic_information(information_at(region, offset)), INFORMATION_SIZE end
  local area, _, code = vmem.query(address)
  if not area then return fail(failure.of(code)) end
  return basic_information(information_of_area(area)), INFORMATION_SIZE
end

return query
