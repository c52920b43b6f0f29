--- vmem run: a script, as Lua would run it, and what it does to its regions as a page.

local output = require "vmem.command.output"
local plain = require "vmem.internal.plain"
local units = require "vmem.internal.units"

local execute = os.execute -- a script that runs in here may set another

local run = { summary = "Run a script, and record what it does to its regions.", passes_on = true }

function run.add(parser)
  parser:option("--record", "Write the recording as one HTML page, however the script ends. - is standard "
    .. "output, behind what the script writes."):argname("FILE")
  parser:flag("--reads", "Record every read, too.")
  parser:flag("--writes", "Record every write, too.")
  parser:flag("--bytes", "Record every write, too, with its bytes: at most 64 before it and 64 after it.")
  parser:flag("--open", "Open the page when the script has ended.")
  parser:argument("script", "The script. - is standard input.")
  parser:argument("arguments", "Its arguments, options too."):args("*")
end

-- {====== As the interpreter does it ======

--- The text of an error object, as lua.c makes it; and whether that is the whole message. A fault's line is
--- in front, and the traceback follows it, as for strings.
local function text_of(problem)
  local meta = debug.getmetatable(problem)
  local tell = type(meta) == "table" and rawget(meta, "__tostring")
  local text = tell and tell(problem)
  if type(text) ~= "string" then return ("(error object is a %s value)"):format(type(problem)), false end
  if rawget(meta, "__name") ~= "vmem.fault" then return text, true end
  local where = problem.where
  if type(where) ~= "string" or text:find(where, 1, true) then return text, false end
  return ("%s: %s"):format(where, text), false
end

--- The traceback of a fault begins with a function of vmem that has no name: the one below it was called.
local RAISER <const> = "(\nstack traceback:\n)\t%[C%]: in %?\n(\t%[C%]: in %a+ ')"

--- As in lua.c: the text and a traceback, without the frames of this command.
local function explain(problem)
  local is_object = type(problem) ~= "string" and type(problem) ~= "number"
  if is_object then
    local text, all = text_of(problem)
    if all then return text end
    problem = text
  end
  local text = debug.traceback(tostring(problem), 2)
  if is_object then text = text:gsub(RAISER, "%1%2", 1) end
  -- Lua 5.4 says "in function" there, and 5.5 "in global".
  local ours = text:match(".*()\n\t%[C%]: in %a+ 'xpcall'")
  return ours and text:sub(1, ours - 1) .. "\n\t[C]: in ?" or text
end

--- Runs a script with a global `arg` as it would find it. Gives its exit code, or nil and a message when
--- it cannot be loaded.
---@param path string
---@param arguments string[]
---@return integer? code
---@return string? message
function run.script(path, arguments)
  local script, message = loadfile(path ~= "-" and path or nil) -- standard input, as for lua
  if not script then return nil, message end
  local shown = { [-1] = output.interpreter(), [0] = path }
  arg = table.move(arguments, 1, #arguments, 1, shown) -- luacheck: globals arg
  local ok, problem = xpcall(script, explain, table.unpack(arguments))
  if ok then return 0 end
  io.stdout:flush()
  io.stderr:write("vmem: ", problem, "\n")
  return 1
end

-- ====== }

-- {====== Opening the page ======

--- Programs that open a file as a click on it would. On Linux `open` may be something else.
local OPENERS <const> = { linux = { "xdg-open" }, posix = { "open", "xdg-open" } }

--- Opens a page in the browser.
local function open_page(path)
  local system = require("vmem").system
  if system == "windows" then
    if execute('start "" "' .. path:gsub("/", "\\") .. '"') then return true end
    return nil, ("%s could not be opened: open it in a browser"):format(path)
  end
  local openers = OPENERS[system] or OPENERS.posix
  for _, opener in ipairs(openers) do
    if execute(("command -v %s >/dev/null 2>&1"):format(opener)) then
      local done, _, code = execute(("%s %s >/dev/null 2>&1 </dev/null"):format(opener, output.quote(path)))
      if done then return true end
      local message = "%s cannot open a page here (exit code %d): open %s in a browser"
      return nil, message:format(opener, code, path)
    end
  end
  return nil, ("--open takes %s, which is not installed%s: open %s in a browser"):format(openers[1],
    system == "linux" and " (Debian's package xdg-utils has it)" or "", path)
end

-- ====== }

-- {====== Recording ======

--- Starts a recording; gives the function that ends it and writes the page, once.
local function record(chosen)
  local path = chosen.record
  local to_output = path == "-"
  if not to_output then
    local file <close>, message = io.open(path, "ab") -- better now than after an hour
    if not file then return nil, "cannot write " .. message end
  end
  local recording = require("vmem.recorder").start {
    reads = chosen.reads or false, writes = chosen.writes or false, bytes = chosen.bytes or false,
  }
  local done = false
  return function()
    if done then return true end
    done = true
    recording:stop()
    local saved, why
    if to_output then
      saved, why = output.write((recording:html():gsub("\n$", "")))
    else
      saved, why = recording:save(path)
      why = why and "cannot write " .. why
    end
    if not saved then
      io.stderr:write("vmem: run: ", plain.text(why), "\n")
      return false
    end
    io.stderr:write(("vmem: %s: %s of %s\n"):format(plain.text(path), units.of(#recording, "event"),
      units.of(#recording.regions, "region")))
    if chosen.open then
      saved, why = open_page(output.absolute(path))
      if not saved then io.stderr:write("vmem: run: ", plain.text(why), "\n") end
      return saved
    end
    return true
  end
end

--- Writes the page also when the script ends by os.exit.
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
    for _, option in ipairs { "reads", "writes", "bytes", "open" } do
      if chosen[option] then return nil, ("--%s wants --record FILE"):format(option), "usage" end
    end
    return run.script(chosen.script, chosen.arguments)
  end
  if chosen.open and chosen.record == "-" then
    return nil, "--open wants a page in a file, not on standard output", "usage"
  end
  local finish, why = record(chosen)
  if not finish then return nil, why end
  finish_at_exit(finish)
  local code, message = run.script(chosen.script, chosen.arguments)
  if not code then return nil, message end
  if not finish() and code == 0 then code = 1 end
  return code
end

return run
