--- Handles of files and sections, and CloseHandle.

local C <const> = require "vmem.win32.constants"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"

---@class vmem.win32.handles
local handles = {}

--- A script's handle says nothing; what it stands for is here, until it is closed.
local open = setmetatable({}, { __mode = "k" })

---@class vmem.win32.handle: userdata

local meta = { __name = "vmem.win32.handle", __metatable = false }

function meta.__tostring(handle)
  local object = open[handle]
  return ("vmem.win32.handle (%s)"):format(object and object.kind or "closed")
end

--- Gives a script a handle of an object. An object has a kind ("file" or "section"), and `close`.
local function new(object)
  local handle = setmetatable({}, meta)
  open[handle] = object
  return handle
end

--- The object of a handle; nil if it is none, closed, or of another kind.
local function get(handle, kind)
  local object = handle ~= nil and open[handle]
  return object and object.kind == kind and object or nil
end

local function close(handle)
  local object = open[handle]
  open[handle] = nil
  object:close()
  return true
end

--- Views of a section go on.
---@param handle vmem.win32.handle?
---@return boolean done
function handles.CloseHandle(handle)
  if handle == C.INVALID_HANDLE_VALUE then return true end -- which also is the handle of this process
  if handle == nil or not open[handle] then return failure.fail(C.ERROR_INVALID_HANDLE, false) end
  return core.whole(close, handle)
end

--- At the end of a block: a handle may have been closed in it.
function meta.__close(handle)
  if open[handle] then core.whole(close, handle) end
end

return { calls = handles, new = new, get = get }
