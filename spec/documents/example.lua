-- Runs the examples as a reader would, each in its own process.

local interpreter = require "interpreter"

local example = {}

function example.quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- Pictures are as wide as COLUMNS.
local environment = "export COLUMNS=80 " .. interpreter.variables

local on_windows = package.config:sub(1, 1) == "\\"

-- Runs a shell command. Returns its output with its errors, and whether it succeeded.
function example.shell(command)
  local pipe <close> = assert(io.popen(environment .. "; { " .. command .. "; } 2>&1"))
  local output = pipe:read("a")
  return output, pipe:close() == true
end

-- Runs a script with `input` on standard input. `arguments` is appended to the command unchanged.
function example.script(path, input, arguments)
  local name = os.tmpname()
  if on_windows then name = os.getenv("TEMP") .. name:gsub("%.$", "") end
  local file = assert(io.open(name, "wb"))
  file:write(input or "")
  file:close()
  local output, ok
  if on_windows then -- the environment that runs the specs has the paths
    local command = ("%s %s %s < %s 2>&1"):format(arg[-1], path, arguments or "--echo", name)
    local pipe <close> = assert(io.popen((command:gsub("/", "\\"))))
    output, ok = pipe:read("a"), pipe:close() == true
  else
    output, ok = example.shell(
      ("%s %s %s < %s"):format(interpreter.command, example.quote(path), arguments or "",
        example.quote(name)))
  end
  os.remove(name)
  return output, ok
end

function example.run(name, input, arguments)
  return example.script("examples/" .. name .. ".lua", input, arguments)
end

function example.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- The size of a cell. The documents have pages of 4096 bytes and cells of 4091: a page less five.
function example.cell() return require("vmem").page_size - 5 end

-- What an example says of its cells first, where they are not the documents'.
function example.other_cell()
  local cell = example.cell()
  return cell == 4091 and "" or ("(Pages have %d bytes here, so a cell has %d.)\n"):format(cell + 5, cell)
end

-- The addresses after a label in a text, as in "Reserved Addr : 0x56780000".
function example.addresses(text, label)
  local found = {}
  for address in text:gmatch(label .. "%s*: 0x(%x+)") do
    found[#found + 1] = tonumber(address, 16)
  end
  return found
end

return example
