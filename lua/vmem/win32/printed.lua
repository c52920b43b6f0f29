--- What print shows of structures: each field in a line, as C's debuggers do, with the names of constants.

local C <const> = require "vmem.win32.constants"
local checks = require "vmem.internal.checks"

--- In one order: some values have more than one name.
local PAGE <const> = {
  "PAGE_NOACCESS", "PAGE_READONLY", "PAGE_READWRITE", "PAGE_WRITECOPY", "PAGE_EXECUTE", "PAGE_EXECUTE_READ",
  "PAGE_EXECUTE_READWRITE", "PAGE_EXECUTE_WRITECOPY", "PAGE_GUARD", "PAGE_NOCACHE", "PAGE_WRITECOMBINE",
}
local MEM <const> = { "MEM_COMMIT", "MEM_RESERVE", "MEM_FREE", "MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE" }

--- "PAGE_READWRITE | PAGE_GUARD"; a number as it is, if it has bits without a name.
local function flags(value, names)
  if math.type(value) ~= "integer" then return tostring(value) end
  local words, rest = {}, value
  for _, name in ipairs(names) do
    if value & C[name] ~= 0 then
      words[#words + 1], rest = name, rest & ~C[name]
    end
  end
  if rest ~= 0 or #words == 0 then return ("%d"):format(value) end
  return table.concat(words, " | ")
end

local kinds = {}

function kinds.protection(value) return flags(value, PAGE) end

function kinds.memory(value) return flags(value, MEM) end

kinds.address = require("vmem.internal.units").field_address

kinds.number = tostring

local EXCEPTIONS <const> = {
  "EXCEPTION_ACCESS_VIOLATION", "EXCEPTION_GUARD_PAGE", "EXCEPTION_IN_PAGE_ERROR", "EXCEPTION_STACK_OVERFLOW",
}

function kinds.exception(value)
  for _, name in ipairs(EXCEPTIONS) do
    if C[name] == value then return name end
  end
  return tostring(value)
end

--- A list that begins with 0: "1, 0x7f12a4000".
function kinds.parameters(list)
  if type(list) ~= "table" then return tostring(list) end
  local words = {}
  for i = 0, 2 do
    if list[i] ~= nil then words[#words + 1] = i == 0 and tostring(list[i]) or kinds.address(list[i]) end
  end
  return table.concat(words, ", ")
end

--- A function that makes tables print themselves. Fields are pairs of a name and a kind, in C's order; one
--- that is nil is left out.
---@param name string of the structure
---@param fields string[][]
---@return fun(structure: table): table
local function printed(name, fields)
  local meta = { __name = name }
  local width = 0
  for _, field in ipairs(fields) do width = math.max(width, #field[1]) end

  function meta.__tostring(structure)
    local lines = { name }
    for _, field in ipairs(fields) do
      local value = structure[field[1]]
      if value ~= nil then
        local padded = field[1] .. (" "):rep(width - #field[1])
        lines[#lines + 1] = ("  %s  %s"):format(padded, kinds[field[2]](value))
      end
    end
    return table.concat(lines, "\n")
  end

  checks.methods(meta, "__tostring")
  return function(structure) return setmetatable(structure, meta) end
end

return printed
