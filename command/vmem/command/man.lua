--- vmem man: the manual page, made of what the parser knows.

local describe = require "vmem.command.describe"
local output = require "vmem.command.output"

local man = { summary = "Print the manual page: vmem man | man -l -" }

function man.add(parser)
  parser:description("Print the manual page of this command, for man -l. make install puts it where "
    .. "man finds it.")
end

--- What no option tells.
local SECTIONS <const> = {
  { "EXIT STATUS", "0 for success, 1 when something could not be done, 2 for wrong usage. "
    .. "vmem run passes on what the script ends with." },
  { "ENVIRONMENT", "COLUMNS is the width of pictures. NO_COLOR takes their colours away. Where neither "
    .. "LC_ALL, LC_CTYPE nor LANG says UTF-8, frames are drawn in ASCII." },
  { "SEE ALSO", "The manual of the library, in docs/manual of its sources." },
}

local EXAMPLES <const> = {
  { "vmem run --record page.html --open script.lua", "Run a script, and step through what it has done." },
  { "vmem map 4711 --sort ram", "What of process 4711 takes most memory?" },
  { "vmem map 4711 --json >before.json", "Keep this moment, to compare it with a later one." },
  { "vmem map --diff before.json", "What has grown since then?" },
  { "vmem map 4711 --watch 1", "Look every second." },
}

--- Text as troff takes it: nothing in it is a request or an escape.
local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("%f[^\n\0][.']", "\\&%0"))
end

local function bold(word) return "\\fB" .. escape(word) .. "\\fP" end

local function italic(word) return "\\fI" .. escape(word) .. "\\fP" end

--- A usage, whose words in capitals, and those in <>, stand for others.
local function usage(text)
  return (text:gsub("[^%s%[%]]+", function(word)
    local plain = word:match "^<(.-)>$" or word:match "^%u+$"
    if plain then return italic(plain) end
    return (word == "..." or word == "|") and escape(word) or bold(word)
  end))
end

local function add_items(lines, told)
  for _, argument in ipairs(told.arguments) do
    lines[#lines + 1] = ".TP\n" .. italic(argument.name)
    lines[#lines + 1] = escape(argument.description)
    if argument.choices then
      lines[#lines + 1] = escape("One of " .. table.concat(argument.choices, ", ") .. ".")
    end
  end
  for _, option in ipairs(told.options) do
    local names = {}
    for i, name in ipairs(option.names) do names[i] = bold(name) end
    local value = option.value and " " .. italic(option.value) or ""
    if told.name == "vmem" or option.names[1] ~= "-h" then -- each command has that: told once
      lines[#lines + 1] = ".TP\n" .. table.concat(names, ", ") .. value
      lines[#lines + 1] = escape(option.description)
    end
  end
end

local function add_section(lines, title, text)
  lines[#lines + 1] = ".SH " .. title
  lines[#lines + 1] = text
end

--- The page of what `describe` gives.
---@param told vmem.command.description
---@param version string
---@return string
local function page(told, version)
  local lines = {
    '.\\" Made by "vmem man".',
    (".TH %s 1 \"\" \"vmem %s\" \"User Commands\""):format(told.name:upper(), escape(version)),
    ".nh",
  }
  add_section(lines, "NAME", told.name .. " \\- " .. escape((told.description:gsub("%.$", ""))))
  lines[#lines + 1] = ".SH SYNOPSIS\n.nf"
  for _, command in ipairs(told.commands) do
    lines[#lines + 1] = usage((command.usage:gsub(" %[%-h%]", "")))
  end
  lines[#lines + 1] = ".fi\n.SH OPTIONS"
  add_items(lines, told)
  lines[#lines + 1] = ".SH COMMANDS"
  for _, command in ipairs(told.commands) do
    lines[#lines + 1] = ('.SS "%s"'):format(escape(command.name))
    lines[#lines + 1] = escape(command.description)
    add_items(lines, command)
    if command.epilog then lines[#lines + 1] = ".PP\n" .. escape(command.epilog) end
  end
  lines[#lines + 1] = ".SH EXAMPLES"
  for _, example in ipairs(EXAMPLES) do
    lines[#lines + 1] = ".TP\n" .. bold(example[1]) .. "\n" .. escape(example[2])
  end
  for _, section in ipairs(SECTIONS) do add_section(lines, section[1], escape(section[2])) end
  return table.concat(lines, "\n")
end

function man.run(_, _, parser)
  local version = require("vmem")._VERSION:match "%S+$"
  return output.write(page(describe(parser), version))
end

return man
