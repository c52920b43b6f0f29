-- run.lua: runs the script of the playground's editor, and leaves the recording as a page in /recording.html.

package.path = "/lua/?.lua;/lua/?/init.lua"
local path, records, steps = ...

arg = { [-1] = "lua", [0] = "run.lua" } -- luacheck: globals arg

local exit = os.exit

--- The line device: the page notes for each line that is reached how much has been printed.
local MOST_STEPS <const>, MOST_NAMES <const>, MOST_BYTES <const> = 5000, 30, 60

--- A value in a few words. No metamethod of the script is called: it would run at every line.
local function word_for(value)
  local kind = math.type(value) or type(value)
  if kind == "string" then return ("%q"):format(value:sub(1, MOST_BYTES)):gsub("%c", " ") end
  if type(value) == "number" or value == nil or kind == "boolean" then return tostring(value) end
  return kind == "userdata" and (debug.getmetatable(value) or {}).__name or kind
end

local function step_by_step()
  local device <const> = assert(io.open("/dev/steps", "wb"))
  device:setvbuf "no"
  io.stdout:setvbuf "no"
  local source <const>, count = "@" .. path, 0
  debug.sethook(function(_, line)
    if debug.getinfo(2, "S").source ~= source then return end
    count = count + 1
    if count > MOST_STEPS then
      debug.sethook()
      return
    end
    local words = { tostring(line) }
    for i = 1, MOST_NAMES do
      local name, value = debug.getlocal(2, i)
      if not name then break end
      if name:sub(1, 1) ~= "(" then words[#words + 1] = name .. " = " .. word_for(value) end
    end
    device:write(table.concat(words, "\t"), "\n")
  end, "l")
end

local recording = records == "yes" and require("vmem.recorder").start { bytes = true, limit = 20000 }

--- Saves the recording, once.
local function finish()
  debug.sethook()
  if not recording then return end
  recording:stop()
  if #recording > 0 then assert(recording:save("/recording.html", path:match "[^/]+$")) end
  recording = nil
end

function os.exit(...) -- luacheck: ignore
  finish()
  exit(...)
end

--- As the command `vmem run` does it.
local run <const> = require("vmem.command.run").script
if steps == "yes" then step_by_step() end
local code, message = run(path, {})
if not code then io.stderr:write(message, "\n") end
finish()
return code or 1
