--- VirtualAlloc and VirtualFree.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local pages = require "vmem.internal.pages"
local protection = require "vmem.win32.protection"
local view_pages = require "vmem.win32.view_pages"
local views = require "vmem.win32.views"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.allocate
local allocate = {}

--- Regions that VirtualAlloc has returned and VirtualFree has not released: a script has their addresses,
--- which do not keep them from being collected.
local kept = {} -- luacheck: ignore 241

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

local function reserve(address, size, type, protect)
  local region, _, code = vmem.reserve(size, {
    address = address ~= 0 and address or nil,
    top_down = address == 0 and has(type, C.MEM_TOP_DOWN),
    protection = protection.word_of(protect),
    watch = has(type, C.MEM_WRITE_WATCH),
  })
  if not region then return fail(failure.of(code)) end
  protection.note_caching(region, protect)
  if has(type, C.MEM_COMMIT) then
    local done
    done, _, code = region:commit()
    if not done then
      region:release()
      return fail(code == "out_of_memory" and C.ERROR_COMMITMENT_LIMIT or failure.of(code))
    end
  end
  local base = region.base
  kept[region] = true -- last: an error on the way leaves it to the collector
  return base
end

local function commit(address, size, protect)
  local region, offset, bytes = arguments.find(address, size)
  if not region then return fail(C.ERROR_INVALID_ADDRESS) end
  local done, _, code = region:commit(offset, bytes, protection.word_of(protect))
  if not done then return fail(code == "out_of_memory" and C.ERROR_COMMITMENT_LIMIT or failure.of(code)) end
  return region.base + offset
end

--- MEM_RESET: the pages keep their state, and may lose their contents. The range shrinks to whole pages, so
--- that data beside it is not lost.
local function reset(address, size)
  local region, offset = arguments.find(address, size)
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
function allocate.VirtualAlloc(address, size, type, protect)
  address = arguments.integer("VirtualAlloc", 1, address, true)
  size = arguments.integer("VirtualAlloc", 2, size)
  type = arguments.integer("VirtualAlloc", 3, type)
  protect = arguments.integer("VirtualAlloc", 4, protect)
  local problem = judge_type(type)
  if problem then return fail(problem) end
  local view = views.at(address)
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
    return reset(address, size)
  end
  if has(type, C.MEM_RESERVE) then return core.whole(reserve, address, size, type, protect) end
  if address == 0 then return core.whole(reserve, address, size, type | C.MEM_RESERVE, protect) end
  if not view then return commit(address, size, protect) end
  local at, refused = view_pages.commit(view, address, size, protect)
  return at or fail(refused)
end

--- Whether code or a mapped file lies at an address outside of all regions: VirtualFree cannot free those.
local function is_mapped(address)
  local area = vmem.query(address)
  return area ~= nil and area.name ~= nil and area.state == "committed"
end

---@param address integer
---@param size integer bytes; 0 with MEM_RELEASE
---@param type integer MEM_DECOMMIT or MEM_RELEASE
---@return boolean done
function allocate.VirtualFree(address, size, type)
  address = arguments.integer("VirtualFree", 1, address, true)
  size = arguments.integer("VirtualFree", 2, size)
  type = arguments.integer("VirtualFree", 3, type)
  if type ~= C.MEM_DECOMMIT and type ~= C.MEM_RELEASE then return fail(C.ERROR_INVALID_PARAMETER, false) end
  if type == C.MEM_RELEASE and size ~= 0 then return fail(C.ERROR_INVALID_PARAMETER, false) end
  if arguments.is_outside(address, size) then
    return fail(C.ERROR_INVALID_PARAMETER, false)
  end
  if views.at(address) then return fail(C.ERROR_INVALID_PARAMETER, false) end
  local region, offset, bytes = arguments.find(address, size)
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
  if code then return fail(failure.of(code), false) end
  return true
end

return allocate
