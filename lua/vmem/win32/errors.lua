--- GetLastError, SetLastError, and FormatMessage, which says it in words.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local failure = require "vmem.win32.failure"
local messages = require "vmem.win32.messages"

---@class vmem.win32.errors
local errors = {}

--- The error of the last call that failed.
---@return integer code
function errors.GetLastError() return failure.last() end

---@param code integer
---@return true
function errors.SetLastError(code)
  failure.set(arguments.integer("SetLastError", 1, code))
  return true
end

---@param primary integer LANG_
---@param sub integer SUBLANG_
---@return integer language
function errors.MAKELANGID(primary, sub)
  return arguments.integer("MAKELANGID", 2, sub) << 10 | arguments.integer("MAKELANGID", 1, primary)
end

local SOURCES <const> = C.FORMAT_MESSAGE_FROM_SYSTEM | C.FORMAT_MESSAGE_FROM_STRING
  | C.FORMAT_MESSAGE_FROM_HMODULE
local FORM <const> = "text = FormatMessage(flags, nil, code [, language])"

--- The languages that are asked in order to get the user's own, and English.
local english = { [0] = true, [0x400] = true, [0x800] = true, [0x09] = true, [0x409] = true }

--- The text of an error code, with the line break that Windows has at its end; in English on every system.
---@param flags integer FORMAT_MESSAGE_FROM_SYSTEM; the others that C needs beside it may be there
---@param source nil
---@param code integer
---@param language? integer 0 or English
---@param ... nil C's pointers: an error that says what is returned
---@return string? text
function errors.FormatMessage(flags, source, code, language, ...)
  arguments.no_pointer("FormatMessage", 5, FORM, ...)
  flags = arguments.integer("FormatMessage", 1, flags)
  code = arguments.integer("FormatMessage", 3, code) & 0xFFFFFFFF
  language = arguments.integer("FormatMessage", 4, language, true)
  if flags & SOURCES == 0 then return failure.fail(C.ERROR_INVALID_PARAMETER) end
  if flags & SOURCES ~= C.FORMAT_MESSAGE_FROM_SYSTEM or source and source ~= 0 then
    return failure.fail(C.ERROR_NOT_SUPPORTED)
  end
  local text = messages[code]
  if not text then return failure.fail(C.ERROR_MR_MID_NOT_FOUND) end
  if not english[language] then return failure.fail(C.ERROR_RESOURCE_LANG_NOT_FOUND) end
  local is_one_line = flags & C.FORMAT_MESSAGE_MAX_WIDTH_MASK == C.FORMAT_MESSAGE_MAX_WIDTH_MASK
  return text .. (is_one_line and " " or "\r\n")
end

return errors
