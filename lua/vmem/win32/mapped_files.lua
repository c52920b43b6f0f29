--- Which files of this Lua state are mapped: Windows refuses to make those shorter.

local C <const> = require "vmem.win32.constants"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"

local mapped_files = {}

local sections = setmetatable({}, { __mode = "k" }) -- of files

function mapped_files.enter(section) sections[section] = true end

--- Makes a file of a backing `size` bytes long. Gives true, or nil and the error.
function mapped_files.resize(file, size)
  if mapped_files.refuses(file.section, size) then return nil, C.ERROR_USER_MAPPED_FILE end
  local done, _, code = file.section:resize(size)
  if not done then return nil, failure.of(code) end
  return true
end

--- Whether a section of this file, with a handle or a view, has more than `size` bytes. It may have been
--- opened by another path.
---@param file vmem.section
---@param size integer
---@return boolean
function mapped_files.refuses(file, size)
  for section in pairs(sections) do
    local holds = section.users > 0 and section.size > size
    if holds and core.has_same_file(section.backing.section, file) then return true end
  end
  return false
end

return mapped_files
