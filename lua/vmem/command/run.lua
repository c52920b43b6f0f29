--- vmem run: a script, as lua5.4 would run it, and what it does to its regions as a page.

local terminal = require "vmem.draw.terminal"
local units = require "vmem.draw.units"

local run = { summary = "Run a script, and record what it does to its regions." }

function run.add(parser)
  parser:option("--record", "Write the recording as one HTML page, however the script ends."):argname("FILE")
  parser:flag("--writes", "Record every write, too.")
  parser:argument("script", "The script.")
  parser:argument("arguments", "Its arguments, options too."):args("*")
end

-- {====== As the interpreter does it ======

--- What stood before its script: the interpreter.
local function interpreter()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

--- As in lua.c: a traceback for strings, without what is ours.
local function explain(problem)
  if type(problem) ~= "string" and type(problem) ~= "number" then
    local meta = debug.getmetatable(problem)
    if type(meta) == "table" and meta.__tostring then return tostring(problem) end
    return ("(error object is a %s value)"):format(type(problem))
  end
  local text = debug.traceback(tostring(problem), 2)
  local ours = text:match(".*()\n\t%[C%]: in function 'xpcall'")
  return ours and text:sub(1, ours - 1) .. "\n\t[C]: in ?" or text
end

--- Runs a script with a global `arg` as it would find it. Gives its exit code, or nil and a message when
--- it cannot be loaded.
---@param path string
---@param arguments string[]
---@return integer? code
---@return string? message
function run.script(path, arguments)
  local script, message = loadfile(path)
  if not script then return nil, message end
  local shown = { [-1] = interpreter(), [0] = path }
  arg = table.move(arguments, 1, #arguments, 1, shown) -- luacheck: globals arg
  local ok, problem = xpcall(script, explain, table.unpack(arguments))
  if ok then return 0 end
  io.stdout:flush()
  io.stderr:write("vmem: ", problem, "\n")
  return 1
end

-- ====== }

-- {====== Recording ======

--- Starts a recording; gives the function that ends it and writes the page, once.
local function record(path, writes)
  local file <close>, message = io.open(path, "ab") -- better now than after an hour
  if not file then return nil, "cannot write " .. message end
  local recording = require("vmem.recorder").start { writes = writes or false }
  local done = false
  return function()
    if done then return true end
    done = true
    recording:stop()
    local saved, why = recording:save(path)
    if not saved then
      io.stderr:write("vmem: run: cannot write ", terminal.plain(why), "\n")
      return false
    end
    io.stderr:write(("vmem: %s: %s of %s\n"):format(terminal.plain(path), units.of(#recording, "event"),
      units.of(#recording.regions, "region")))
    return true
  end
end

--- A script that ends by os.exit shall leave its page, too.
local function finish_at_exit(finish)
  local exit = os.exit
  function os.exit(code, close) -- luacheck: ignore 122
    local saved = finish()
    if not saved and (code == nil or code == true or code == 0) then code = 1 end
    exit(code, close)
  end
end

-- ====== }

function run.run(chosen)
  if not chosen.record then
    if chosen.writes then return nil, "--writes wants --record FILE", "usage" end
    return run.script(chosen.script, chosen.arguments)
  end
  local finish, why = record(chosen.record, chosen.writes)
  if not finish then return nil, why end
  finish_at_exit(finish)
  local code, message = run.script(chosen.script, chosen.arguments)
  if not code then return nil, message end
  if not finish() and code == 0 then code = 1 end
  return code
end

return run
