--- Runs spec files where busted cannot run, since it needs C modules, or takes too long. This needs Lua and
--- luassert, which is written in Lua. It has the part of busted that the specs use.
---
---   lua5.5 spec/support/run.lua [--helper=SCRIPT] [--results=FILE] FILE…
---
--- SCRIPT runs before the specs. Results go into FILE instead of standard output, which may be closed.

if package.config:sub(1, 1) == "/" then -- elsewhere the environment has them
  local paths = dofile(".busted").default
  package.path, package.cpath = paths.lpath .. ";" .. package.path, paths.cpath .. ";" .. package.cpath
end

local luassert = require "luassert"

local options = {}
while arg[1] and arg[1]:find "^%-%-" do
  local name, value = table.remove(arg, 1):match "^%-%-(%l+)=(.+)$"
  options[name] = value
end
local said = {} -- until the end: an open file would have the number of a standard descriptor that is closed

local function say(...)
  local line = string.format(...)
  if options.results then said[#said + 1] = line .. "\n" else print(line) end
end

local results = { passed = 0, failed = 0, skipped = 0 }
local failures = {} -- named once more at the end, where a long log is looked at first
local context -- the describe block that is being read
local running = false -- a test
local listeners = {}
local skips = {} -- what pending() raises in a test that has begun: { [skips] = why }

local function new_context(name, parent)
  return { name = name, parent = parent, setup = {}, before_each = {}, after_each = {}, teardown = {},
    items = {} }
end

local function full_name(of, name)
  return of and of.name ~= "" and full_name(of.parent, of.name .. " " .. name) or name
end

local function traced(message)
  return type(message) == "string" and debug.traceback(message, 2) or message
end

--- Calls each hook of a context and those around it, from the outside in, or from the inside out.
local function call_hooks(of, which, outwards)
  if not of then return end
  if not outwards then call_hooks(of.parent, which, false) end
  for _, hook in ipairs(of[which]) do hook() end
  if outwards then call_hooks(of.parent, which, true) end
end

local function report(name, ok, message)
  local why = type(message) == "table" and message[skips]
  if why then
    results.skipped = results.skipped + 1
    say("skipped %s (%s)", name, why)
  elseif ok then
    results.passed = results.passed + 1
  else
    results.failed = results.failed + 1
    say("FAILED %s\n%s", name, message)
    failures[#failures + 1] = ("failed: %s: %s"):format(name, tostring(message):match "[^\n]*")
  end
end

local function run_test(of, name, body)
  for _, listener in ipairs(listeners) do listener({ name = name }) end
  local finalizers = {}
  finally = function(f) finalizers[#finalizers + 1] = f end -- luacheck: ignore 111
  running = true
  local ok, message = xpcall(function()
    call_hooks(of, "before_each", false)
    body()
  end, traced)
  running = false
  for _, f in ipairs(finalizers) do f() end
  local after_ok, after_message = xpcall(call_hooks, traced, of, "after_each", true)
  report(full_name(of, name), ok and after_ok, not ok and message or after_message)
end

--- Of a context alone. No tests, unless they fail.
local function run_once(of, which)
  report(full_name(of, which), xpcall(function()
    for _, hook in ipairs(of[which]) do hook() end
  end, traced))
  results.passed = results.passed - 1
end

local function run_context(of)
  run_once(of, "setup")
  for _, item in ipairs(of.items) do
    if item.body then
      run_test(of, item.name, item.body)
    elseif item.items then
      run_context(item)
    else
      results.skipped = results.skipped + 1
      say("skipped %s", full_name(of, item.name))
    end
  end
  run_once(of, "teardown")
end

-- {====== Functions for spec files ======

local busted = {}

function busted.describe(name, body)
  local inner = new_context(name, context)
  context.items[#context.items + 1] = inner
  context = inner
  body()
  context = inner.parent
end

function busted.it(name, body)
  context.items[#context.items + 1] = { name = name, body = body }
end

function busted.pending(name)
  if running then error({ [skips] = name or "pending" }) end
  context.items[#context.items + 1] = { name = name }
end

for _, hook in ipairs { "setup", "before_each", "after_each", "teardown" } do
  busted[hook] = function(f) table.insert(context[hook], f) end
end

function busted.subscribe(event, listener)
  assert(event[1] == "test" and event[2] == "start")
  listeners[#listeners + 1] = listener
end

-- ====== }

for name, f in pairs(busted) do _G[name] = f end
assert = luassert
package.loaded.busted = busted

if options.helper then dofile(options.helper) end

for _, file in ipairs(arg) do
  context = new_context("")
  local ok, message = xpcall(dofile, traced, file)
  if ok then
    run_context(context)
  else
    report(file, false, message)
  end
  io.stderr:write "." -- shows progress
end
io.stderr:write "\n"

for _, failure in ipairs(failures) do say("%s", failure) end
say("%d passed, %d failed, %d skipped", results.passed, results.failed, results.skipped)
if options.results then
  local file <close> = assert(io.open(options.results, "w"))
  file:write(table.concat(said))
end
os.exit(results.failed == 0, true)
