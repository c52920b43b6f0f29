--- MapViewOfFile, MapViewOfFileEx, UnmapViewOfFile and FlushViewOfFile.

local C <const> = require "vmem.win32.constants"
local allocations = require "vmem.win32.allocations"
local arguments = require "vmem.win32.arguments"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local handles = require "vmem.win32.handles"
local pages = require "vmem.internal.pages"
local pieces = require "vmem.win32.pieces"
local protection = require "vmem.win32.protection"
local sections = require "vmem.win32.sections"
local views = require "vmem.win32.views"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.map_views
local map_views = {}

local GRANULE <const> = vmem.allocation_granularity

-- {====== Mapping ======

local executable = {
  [C.PAGE_READONLY] = C.PAGE_EXECUTE_READ,
  [C.PAGE_READWRITE] = C.PAGE_EXECUTE_READWRITE,
  [C.PAGE_WRITECOPY] = C.PAGE_EXECUTE_WRITECOPY,
}

--- The protection of a view with this access.
local function protect_of(access)
  local protect = C.PAGE_NOACCESS
  if access & C.FILE_MAP_WRITE ~= 0 then protect = C.PAGE_READWRITE
  elseif access & C.FILE_MAP_READ ~= 0 then protect = C.PAGE_READONLY
  elseif access & C.FILE_MAP_COPY ~= 0 then protect = C.PAGE_WRITECOPY end
  return access & C.FILE_MAP_EXECUTE ~= 0 and executable[protect] or protect
end

--- What a handle must allow for a view of this protection.
local function access_for(protect)
  local access = protect & sections.EXECUTABLE ~= 0 and sections.MAP_EXECUTE or 0
  if protect & (C.PAGE_READWRITE | C.PAGE_EXECUTE_READWRITE) ~= 0 then return access | sections.MAP_WRITE end
  return protect == C.PAGE_NOACCESS and 0 or access | sections.MAP_READ
end

--- How many bytes a view has, or nil and the error.
local function size_of_view(section, offset, size)
  local total = section.is_file and section.size or pages.up(section.size)
  if offset < 0 or offset >= total then return nil, C.ERROR_INVALID_PARAMETER end
  if size == 0 then return total - offset end
  if math.ult(total - offset, size) then return nil, C.ERROR_ACCESS_DENIED end
  return size
end

local function error_of(code, is_copy)
  if is_copy and code == "out_of_memory" then return C.ERROR_COMMITMENT_LIMIT end
  if code == "past_end" then return C.ERROR_ACCESS_DENIED end
  return failure.of(code)
end

--- Pages of a SEC_RESERVE section show nothing until they are committed.
local function open_committed(view, word)
  for _, part in ipairs(view.section.committed) do
    local from, to = math.max(part[1], view.from), math.min(part[2], view.from + view.bytes)
    if from < to then
      local done, _, code = view.region:protect(from - view.from + view.offset, to - from, word)
      if not done then return nil, code end
    end
  end
  return true
end

--- Attaches the view's pages. Gives true, or nil and the error.
local function show(view)
  local word, copy = protection.word_in_view(view.protect)
  local is_reserved = view.section.committed
  local done, code = views.attach(view, view.offset, view.bytes, is_reserved and "none" or word, copy)
  if done and is_reserved then done, code = open_committed(view, word) end
  if not done then return nil, error_of(code, copy) end
  return true
end

--- `place` has further options for vmem.reserve, or is nil.
local function map(section, protect, offset, size, address, place)
  local region, _, code = vmem.reserve(size, {
    address = address ~= 0 and address or nil, protection = protection.word_in_view(protect),
    watch = true, -- which pages of copies have been written
    lowest = place and place.lowest, highest = place and place.highest,
  })
  if not region then return fail(failure.of(code)) end
  local view = {
    region = region, offset = 0, bytes = pages.up(size), section = section, from = offset, protect = protect,
  }
  local done, problem = show(view)
  if not done then
    region:release()
    return fail(problem)
  end
  local base = region.base
  views.enter(view)
  section.views[view] = true
  section:hold()
  return base
end

--- How many bytes a view has, or nil and the error.
local function judge(object, protect, offset, size)
  local needed = access_for(protect)
  if object.access & needed ~= needed or not protection.allows(object.section.protect, protect) then
    return nil, C.ERROR_ACCESS_DENIED
  end
  return size_of_view(object.section, offset, size)
end

local function map_view(handle, access, offset, size, address)
  local object = handles.get(handle, "section")
  if not object then return fail(C.ERROR_INVALID_HANDLE) end
  if (offset | address) % GRANULE ~= 0 then return fail(C.ERROR_MAPPED_ALIGNMENT) end
  if arguments.is_outside(address, 0) then return fail(C.ERROR_INVALID_PARAMETER) end
  local protect, section = protect_of(access), object.section
  local bytes, problem = judge(object, protect, offset, size)
  if not bytes then return fail(problem) end
  return core.whole(map, section, protect, offset, bytes, address)
end

--- As in C, or with the offset in one: MapViewOfFile(section, access, offset, size).
---@param section vmem.win32.handle
---@param access integer FILE_MAP_ flags
---@param high integer? of the offset in the section, the upper 32 bits
---@param low integer? the lower ones. The offset is a multiple of 64 KiB
---@param size integer? bytes. 0: to the section's end
---@return integer? address
---@overload fun(section: vmem.win32.handle, access: integer, offset?: integer, size?: integer): integer?
function map_views.MapViewOfFile(section, access, high, low, size)
  local name <const> = "MapViewOfFile"
  access = arguments.integer(name, 2, access)
  if size == nil then
    return map_view(section, access, arguments.integer(name, 3, high, true),
      arguments.integer(name, 4, low, true), 0)
  end
  local offset = arguments.size(name, 3, high, 4, low)
  return map_view(section, access, offset, arguments.integer(name, 5, size, true), 0)
end

--- As in C, or with the offset in one: MapViewOfFileEx(section, access, offset, size, address).
---@param section vmem.win32.handle
---@param access integer FILE_MAP_ flags
---@param high integer? of the offset in the section, the upper 32 bits
---@param low integer? the lower ones. The offset is a multiple of 64 KiB
---@param size integer? bytes. 0: to the section's end
---@param ... integer? address: a multiple of 64 KiB; nil or 0: the system chooses
---@return integer? address
function map_views.MapViewOfFileEx(section, access, high, low, size, ...)
  local name <const> = "MapViewOfFileEx"
  access = arguments.integer(name, 2, access)
  if select("#", ...) == 0 then
    local offset = arguments.integer(name, 3, high, true)
    return map_view(section, access, offset, arguments.integer(name, 4, low, true),
      arguments.integer(name, 5, size, true))
  end
  local offset = arguments.size(name, 3, high, 4, low)
  return map_view(section, access, offset, arguments.integer(name, 5, size, true),
    arguments.integer(name, 6, (...), true))
end

-- ====== }

--- In the place of a placeholder it leaves that, or nothing.
local function unmap(view, leaves_placeholder)
  local region = view.region
  local piece = pieces.at(region, view.offset)
  if piece then
    if not allocations.give_back(piece, leaves_placeholder and "placeholder" or "free") then return false end
  else
    local _, _, code = region:release()
    if code then return fail(failure.of(code), false) end
    views.remove(view)
  end
  view.section.views[view] = nil
  view.section:drop()
  return true
end

---@param address integer any address of the view
---@return boolean done
function map_views.UnmapViewOfFile(address)
  local view = views.at(arguments.integer("UnmapViewOfFile", 1, address, true))
  if not view then return fail(C.ERROR_INVALID_ADDRESS, false) end
  return core.whole(unmap, view)
end

local function flush(view, from, size)
  local memory = view.section.backing.section
  local stop = math.min(from + size, memory.size or 0) -- another process may have made the file shorter
  if not view.section.is_file or from >= stop then return true end
  local done, _, code = memory:flush(from, stop - from)
  if not done then return fail(failure.of(code), false) end
  return true
end

--- What has been written to the view is in the file when this returns.
---@param address integer any address of a view
---@param size integer? bytes. 0: to the view's end
---@return boolean done
function map_views.FlushViewOfFile(address, size)
  address = arguments.integer("FlushViewOfFile", 1, address, true)
  size = arguments.integer("FlushViewOfFile", 2, size, true)
  local view, offset = views.at(address)
  if not view then return fail(C.ERROR_INVALID_ADDRESS, false) end
  local left = view.offset + view.bytes - offset
  if math.ult(left, size) then return fail(C.ERROR_INVALID_PARAMETER, false) end
  return flush(view, offset - view.offset + view.from, size == 0 and left or size)
end

return { calls = map_views, judge = judge, map = map, show = show, unmap = unmap }
