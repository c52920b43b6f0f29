--- Names of sections: those of Windows and of vmem.section, and the sections of this Lua state that have one.

local C <const> = require "vmem.win32.constants"

local names = {}

local known = setmetatable({}, { __mode = "v" }) -- name -> section

local LONGEST <const> = 200 -- of vmem.section

local instead = { ["%"] = "%25", ["/"] = "%2F" }

--- The name for vmem.section. nil for none; nil and the error for one that Windows refuses.
---@param name string?
---@return string? name
---@return integer? problem
function names.translate(name)
  if name == nil or name == "" then return nil end
  local rest = name:match "^Local\\(.*)$"
  local global = not rest and name:match "^Global\\(.*)$"
  local own = rest or global or name
  if own:find("\\", 1, true) then return nil, C.ERROR_PATH_NOT_FOUND end
  own = (global and "%G" or "") .. own:gsub("[%%/]", instead)
  if own == "" or #own > LONGEST then return nil, C.ERROR_FILENAME_EXCED_RANGE end
  return own
end

--- The section of this Lua state that has the name, or nil.
function names.find(name)
  local section = known[name]
  return section and section.users > 0 and section or nil
end

function names.enter(name, section) known[name] = section end

return names
