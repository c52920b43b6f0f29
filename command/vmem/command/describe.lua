--- What the parser of the command knows, in plain tables: for the manual page and the shell's completion, so
--- that no second list of options has to agree with it.

---@class vmem.command.option
---@field names string[] "-h", "--help"
---@field value string? the name of its value, or of several; nil for a flag
---@field choices string[]? the values that it takes
---@field description string

---@class vmem.command.argument
---@field name string
---@field choices string[]?
---@field many boolean whether it takes all words that follow
---@field description string

---@class vmem.command.description
---@field name string "vmem", "vmem map"
---@field usage string
---@field description string
---@field epilog string?
---@field options vmem.command.option[]
---@field arguments vmem.command.argument[]
---@field commands vmem.command.description[]

local function text_of(element)
  return element._description or ""
end

--- Describes a parser of argparse, and its commands.
---@param parser table
---@return vmem.command.description
local function describe(parser, prefix)
  local name = (prefix and prefix .. " " or "") .. parser._name
  local told = {
    name = name, usage = parser:get_usage():gsub("^Usage: ", ""):gsub("%s+", " "),
    description = text_of(parser), epilog = parser._epilog, options = {}, arguments = {}, commands = {},
  }
  for i, option in ipairs(parser._options) do
    local values = option:_get_argument_list()
    told.options[i] = {
      names = option._public_aliases, value = #values > 0 and table.concat(values, " ") or nil,
      choices = option._choices, description = option:_get_description(),
    }
  end
  for i, argument in ipairs(parser._arguments) do
    told.arguments[i] = {
      name = argument._name, choices = argument._choices, many = argument._maxargs > 1,
      description = argument:_get_description(),
    }
  end
  for i, command in ipairs(parser._commands) do told.commands[i] = describe(command, name) end
  return told
end

return describe
