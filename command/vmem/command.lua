--- The vmem command, which bin/vmem starts. Each of its subcommands is a file of lua/vmem/command/:
---
---   summary   a line for the list of subcommands
---   add       adds its arguments to the parser
---   run       does it: gives an exit code (default 0), or nil, a message and, for what argparse cannot
---             know to be wrong, "usage"
---   words     for completion: name of an argument -> words for it, beside its choices. May be absent
---   passes_on whether the words behind its first argument are not for vmem. May be absent
---
--- Exit codes: 0, 1 when something could not be done, 2 when it was used wrongly.

local describe = require "vmem.command.describe"
local output = require "vmem.command.output"
local plain = require "vmem.internal.plain"

local command = {}

local NAMES = { "info", "map", "run", "example", "bench", "completion", "man" }
local FAILED <const>, WRONG_USAGE <const>, BROKEN_PIPE <const> = 1, 2, 32

local function complain(...)
  io.stderr:write("vmem: ", plain.text(table.concat({ ... }, ": ")), "\n")
end

local function refuse_usage(name, message)
  if not name then return complain(message .. " (vmem --help says more)") end
  complain(name, ("%s (vmem %s --help says more)"):format(message, name))
end

local function make_parser(argparse, parts)
  local parser = argparse("vmem")
    :description("Looks at virtual memory, draws it, and runs scripts that use it.")
    :command_target("command")
    :help_max_width(90)
    :epilog("vmem COMMAND --help says more of each.")
  parser:flag("--version", "Print the version and exit."):action(function()
    print(require("vmem")._VERSION)
    os.exit(0)
  end)
  for _, name in ipairs(NAMES) do
    local part = parts[name]
    part.add(parser:command(name, part.summary))
  end
  function parser.error(at, message)
    local name = at ~= parser and at:get_usage():match("vmem (%S+)") or nil
    refuse_usage(name, (message:gsub("\n", ". ")))
    os.exit(WRONG_USAGE)
  end
  return parser
end

--- The names of the options of a subcommand that take a value.
local function with_value(parser, name)
  local takes = {}
  for _, part in ipairs(describe(parser).commands) do
    for _, option in ipairs(part.name == "vmem " .. name and part.options or {}) do
      for _, alias in ipairs(option.names) do takes[alias] = option.value ~= nil end
    end
  end
  return takes
end

--- Puts "--" before the arguments of the script, so that its options are not taken for those of vmem.
local function set_apart(arguments, takes_value)
  local list, i = table.move(arguments, 1, #arguments, 1, {}), 2
  while list[i] and list[i]:find("^%-.") and list[i] ~= "--" do
    i = i + (takes_value[list[i]] and 2 or 1)
  end
  if list[i] and list[i] ~= "--" then table.insert(list, i + 1, "--") end
  return list
end

--- Runs the subcommand that the arguments name.
---@param arguments string[] as the interpreter gives them
---@param tree string? the folder of the sources, when that is where it was started
---@return integer code for os.exit
function command.main(arguments, tree)
  local argparse, message = output.need("argparse")
  if not argparse then
    complain(message)
    return FAILED
  end
  local parts = {}
  for _, name in ipairs(NAMES) do parts[name] = require("vmem.command." .. name) end
  local parser, words, first = make_parser(argparse, parts), arguments, arguments[1]
  if parts[first] and parts[first].passes_on then words = set_apart(words, with_value(parser, first)) end
  local chosen = parser:parse(words)
  local code, why
  code, message, why = parts[chosen.command].run(chosen, tree, parser, parts)
  if not message then return code or 0 end
  if why == "usage" then
    refuse_usage(chosen.command, message)
    return WRONG_USAGE
  end
  if why ~= BROKEN_PIPE then complain(chosen.command, message) end -- else the reader of the pipe has gone
  return FAILED
end

return command
