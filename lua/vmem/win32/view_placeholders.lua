--- MapViewOfFile3 and UnmapViewOfFile2: views that replace placeholders, and leave them behind.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local handles = require "vmem.win32.handles"
local map_views = require "vmem.win32.map_views"
local pages = require "vmem.internal.pages"
local pieces = require "vmem.win32.pieces"
local protection = require "vmem.win32.protection"
local requirements = require "vmem.win32.requirements"
local views = require "vmem.win32.views"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.view_placeholders
local view_placeholders = {}

--- The placeholder that begins at an address and has exactly this size, or nil.
local function find_placeholder(address, size)
  local region, offset = vmem.at(address)
  local piece = region and pieces.at(region, offset)
  if not piece or piece.kind ~= "placeholder" then return nil end
  return piece.offset == offset and piece.size == pages.up(size) and piece or nil
end

--- A view in the place of a placeholder.
local function map_over(section, protect, from, size, address)
  local piece = find_placeholder(address, size)
  if not piece then return fail(C.ERROR_INVALID_ADDRESS) end
  local region, offset, bytes = piece.region, piece.offset, piece.size
  local view = {
    region = region, offset = offset, bytes = bytes, section = section, from = from, protect = protect,
  }
  section.views[view] = true
  local problem
  local changes = { kind = "view", view = view, protect = protect, replaces = true }
  local done = pieces.replace(piece, offset, bytes, changes, function()
    local shown
    shown, problem = map_views.show(view)
    if not shown then region:decommit(offset, bytes) end
    return shown
  end)
  if not done then
    section.views[view] = nil
    return fail(problem)
  end
  section:hold()
  return address
end

local TYPES <const> = { [0] = true, [C.MEM_RESERVE] = true, [C.MEM_REPLACE_PLACEHOLDER] = true }
local BASES <const> = 0xFF

---@param section vmem.win32.handle
---@param process integer? nil or GetCurrentProcess()
---@param address integer? where; nil: the system chooses
---@param offset integer where in the section
---@param size integer bytes; 0: to its end
---@param type integer 0, MEM_RESERVE or MEM_REPLACE_PLACEHOLDER
---@param protect integer a PAGE_ flag
---@param parameters? table as for VirtualAlloc2
---@param count? integer how many of them count. Default: all
---@return integer? address
function view_placeholders.MapViewOfFile3(section, process, address, offset, size, type, protect, parameters,
    count)
  process = arguments.integer("MapViewOfFile3", 2, process, true)
  address = arguments.integer("MapViewOfFile3", 3, address, true)
  offset = arguments.integer("MapViewOfFile3", 4, offset)
  size = arguments.integer("MapViewOfFile3", 5, size)
  type = arguments.integer("MapViewOfFile3", 6, type)
  protect = arguments.integer("MapViewOfFile3", 7, protect)
  if count ~= nil then count = arguments.integer("MapViewOfFile3", 9, count) end
  local object = handles.get(section, "section")
  local is_here = process == 0 or process == arguments.THIS_PROCESS
  if not object or not is_here then return fail(C.ERROR_INVALID_HANDLE) end
  local over = type == C.MEM_REPLACE_PLACEHOLDER
  local is_wrong = not TYPES[type] or protect & ~BASES ~= 0 or not protection.word_in_view(protect)
  if is_wrong or over and address == 0 or arguments.is_outside(address, size) then
    return fail(C.ERROR_INVALID_PARAMETER)
  end
  local unit = over and vmem.page_size or vmem.allocation_granularity
  if (address | offset) % unit ~= 0 then return fail(C.ERROR_MAPPED_ALIGNMENT) end
  local place, problem = requirements.read(parameters, count, address)
  if place and place.alignment then problem = C.ERROR_INVALID_PARAMETER end
  local bytes
  if not problem then bytes, problem = map_views.judge(object, protect, offset, size) end
  if not bytes then return fail(problem) end
  if over then return core.whole(map_over, object.section, protect, offset, bytes, address) end
  return core.whole(map_views.map, object.section, protect, offset, bytes, address, place)
end

local FLAGS <const> = C.MEM_PRESERVE_PLACEHOLDER | C.MEM_UNMAP_WITH_TRANSIENT_BOOST

---@param process integer GetCurrentProcess()
---@param address integer any address of the view
---@param flags integer 0, MEM_PRESERVE_PLACEHOLDER, MEM_UNMAP_WITH_TRANSIENT_BOOST, or both
---@return boolean done
function view_placeholders.UnmapViewOfFile2(process, address, flags)
  process = arguments.integer("UnmapViewOfFile2", 1, process, true)
  address = arguments.integer("UnmapViewOfFile2", 2, address, true)
  flags = arguments.integer("UnmapViewOfFile2", 3, flags)
  if process ~= arguments.THIS_PROCESS then return fail(C.ERROR_INVALID_HANDLE, false) end
  if flags & ~FLAGS ~= 0 then return fail(C.ERROR_INVALID_PARAMETER, false) end
  local view = views.at(address)
  local preserve = flags & C.MEM_PRESERVE_PLACEHOLDER ~= 0
  if not view or preserve and not pieces.at(view.region, view.offset) then
    return fail(C.ERROR_INVALID_ADDRESS, false)
  end
  return core.whole(map_views.unmap, view, preserve)
end

return view_placeholders
