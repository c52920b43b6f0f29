--- GetWriteWatch and ResetWriteWatch.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local views = require "vmem.win32.views"
local vmem = require "vmem"

local PAGE <const> = vmem.page_size
local ALL_ONES <const> = 0xFFFFFFFF -- what both calls return for an error
local FORM <const> = "error, addresses, granularity = GetWriteWatch(flags, address, size, count)"
local fail = failure.fail

---@class vmem.win32.write_watch
local write_watch = {}

--- Region, offset and bytes of a range for GetWriteWatch or ResetWriteWatch; nil when it is not watched.
local function find_watched(address, size)
  if address == 0 or size == 0 or arguments.is_outside(address, size) then return nil end
  local region, offset, bytes, piece = arguments.find(address, size)
  if not region or not region.watched or views.at(address) or piece and not piece.watched then return nil end
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
---@param ... nil C's pointers: an error that says what is returned
---@return integer error 0, or 0xFFFFFFFF
---@return integer[]? addresses of written pages, ascending
---@return integer? granularity bytes of a page
function write_watch.GetWriteWatch(flags, address, size, count, ...)
  if type(count) == "table" then arguments.no_pointer("GetWriteWatch", 4, FORM, count) end
  arguments.no_pointer("GetWriteWatch", 4, FORM, ...)
  flags = arguments.integer("GetWriteWatch", 1, flags)
  address = arguments.integer("GetWriteWatch", 2, address, true)
  size = arguments.integer("GetWriteWatch", 3, size)
  count = arguments.integer("GetWriteWatch", 4, count)
  local region, offset, bytes = find_watched(address, size)
  if not region or count == 0 or flags & ~C.WRITE_WATCH_FLAG_RESET ~= 0 then
    return fail(C.ERROR_INVALID_PARAMETER, ALL_ONES)
  end
  return 0, core.whole(look, region, offset, bytes, count, flags == C.WRITE_WATCH_FLAG_RESET), PAGE
end

---@param address integer
---@param size integer bytes
---@return integer error 0, or 0xFFFFFFFF
function write_watch.ResetWriteWatch(address, size)
  address = arguments.integer("ResetWriteWatch", 1, address, true)
  size = arguments.integer("ResetWriteWatch", 2, size)
  local region, offset, bytes = find_watched(address, size)
  if not region then return fail(C.ERROR_INVALID_PARAMETER, ALL_ONES) end
  local done, _, code = region:rearm(offset, bytes)
  if not done then return fail(failure.of(code), ALL_ONES) end
  return 0
end

return write_watch
