--- vmem completion: completion for a shell, made of what the parser knows.

local describe = require "vmem.command.describe"
local output = require "vmem.command.output"

local completion = { summary = "Print a script that completes the command's words in a shell." }

function completion.add(parser)
  parser:epilog("In ~/.bashrc: source <(vmem completion bash). make install puts it where bash-completion "
    .. "looks.")
  parser:argument("shell", "The shell."):choices { "bash" }
end

--- Words of the parser's, as patterns of case: "map:--svg|map:--sort".
local function pattern(command, names)
  local words = {}
  for i, name in ipairs(names) do words[i] = command .. ":" .. name end
  return table.concat(words, "|")
end

local function last_word(name) return name:match "%S+$" end

--- All names of options, as words.
local function names_of(options)
  local names = {}
  for _, option in ipairs(options) do table.move(option.names, 1, #option.names, #names + 1, names) end
  return table.concat(names, " ")
end

--- For each option with a value: what completes it. No words: names of files do.
local function value_cases(commands)
  local lines = {}
  for _, command in ipairs(commands) do
    for _, option in ipairs(command.options) do
      if option.value then
        lines[#lines + 1] = ('    %s) value=1 words="%s" ;;'):format(
          pattern(last_word(command.name), option.names), table.concat(option.choices or {}, " "))
      end
    end
  end
  return table.concat(lines, "\n")
end

--- For each command: its options, what completes its arguments by their place, how many it has, and whether
--- the words behind the first are not for vmem.
local function command_cases(commands, parts)
  local lines = {}
  for _, command in ipairs(commands) do
    local name, places, most = last_word(command.name), {}, #command.arguments
    local part = parts[name]
    for place, argument in ipairs(command.arguments) do
      local words = argument.choices or part.words and part.words[argument.name]
      if argument.many then most = 99 end
      if words then
        local at = argument.many and "*" or tostring(place)
        places[#places + 1] = ('\n        %s) words="%s" ;;'):format(at, table.concat(words, " "))
      end
    end
    lines[#lines + 1] = ("    %s)\n      options='%s' most=%d passes_on='%s'"):format(name,
      names_of(command.options), most, part.passes_on and "1" or "")
    if #places > 0 then
      lines[#lines + 1] = "      case $place in" .. table.concat(places) .. "\n      esac"
    end
    lines[#lines + 1] = "      ;;"
  end
  return table.concat(lines, "\n")
end

local BASH <const> = [=[
# Completes the words of vmem in bash. Made by "vmem completion bash".
_vmem_takes_value() {
  value='' words=''
  case $1 in
VALUES
  esac
  [ -n "$value" ]
}

_vmem() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
  local command='' place=1 IFS=$' \t\n' word i value words options most passes_on
  COMPREPLY=()
  # --option=value is three words.
  if [ "$cur" = = ]; then
    cur=''
  elif [ "$previous" = = ]; then
    previous=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [ -z "$command" ]; then
      [[ $word = -* ]] || command=$word
    elif _vmem_takes_value "$command:$word"; then
      [ "${COMP_WORDS[i+1]}" = = ] && i=$((i + 1))
      i=$((i + 1))
    elif [[ $word != -* || $word = - ]]; then
      place=$((place + 1))
    fi
  done
  if [ -z "$command" ]; then
    words="COMMANDS" options="OPTIONS" most=1
  elif _vmem_takes_value "$command:$previous"; then
    [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
    return
  else
    words=''
    case $command in
PLACES
    esac
    # What follows the script is for the script.
    [ -n "$passes_on" ] && [ "$place" -gt 1 ] && return
  fi
  if [[ $cur = -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  elif [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
  elif [ "$place" -gt "${most:-0}" ]; then
    compopt +o default +o bashdefault 2>/dev/null
  fi
}

complete -o bashdefault -o default -F _vmem vmem]=]

--- The script for bash.
---@param told vmem.command.description
---@param parts table<string, table> the subcommands
---@return string
function completion.bash(told, parts)
  local commands = {}
  for i, command in ipairs(told.commands) do commands[i] = last_word(command.name) end
  local text = BASH:gsub("%f[%u]%u%u%u%u+%f[%U]", {
    VALUES = value_cases(told.commands), PLACES = command_cases(told.commands, parts),
    COMMANDS = table.concat(commands, " "), OPTIONS = names_of(told.options),
  })
  return text
end

function completion.run(_, _, parser, parts)
  return output.write(completion.bash(describe(parser), parts))
end

return completion
