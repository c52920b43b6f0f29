--- Runs one snippet in this state, whose memory fails, and returns what is wrong.
---
--- A snippet is { name, … } with
---   setup()       makes the objects; nothing fails there. Default: a region of four committed pages
---   act(kit)      the operation. Regions, pages and contents must be as before or as after, whatever fails
---   check(kit)    called when act has succeeded, maybe at the second try: raises if anything is wrong
---   steps         true if act is several calls, and may stop between them
---   loses         true if finalizers run meanwhile: one that Lua has no memory to call never runs, so its
---                 region lives until the end of the state, and memory may leak after that
---   drop(kit)     gives back what collection alone does not

local room, number, way, after = ...

-- As Lua's own searcher, of files that are compiled once for all states.
package.searchers[2] = function(name)
  local path, problem = package.searchpath(name, package.path)
  if not path then return problem end
  return host.load_file(path), path
end

local vmem = require "vmem"
local _ = ("x"):rep(10000) -- Lua makes the class of its large buffers, which it cannot make twice

local function default_setup() return assert(vmem.allocate(4 * vmem.page_size)) end

local snippet = host.load_file("spec/trust/allocator/" .. room .. ".lua")()[number]
if not snippet then return nil end
local name = snippet[1]
if snippet.loses then host.loses() end

local function collect()
  for _ = 1, 3 do collectgarbage() end
end

local _, fault = pcall(vmem.read, 0, 1) -- a snippet's handler may take it later

--- Calls f(key) for every function that is called from now on, by this coroutine.
local function watch_calls(f)
  local public = host.load_file("spec/trust/allocator/public.lua")()
  local region <close> = default_setup()
  local names = public.names {
    vmem = vmem, region = region, page = region[1], view = region:view "u8", fault = fault,
    snapshot = region:snapshot(), section = vmem.section(1),
  }
  debug.sethook(function() f(public.key_of(debug.getinfo(2, "fS"), names)) end, "c")
end

local kit = (snippet.setup or default_setup)()
if way == "never" then watch_calls(host.called) end
collect()
local before = host.state()
local failed, ok, problem = host.attempt(snippet.act, kit)
debug.sethook()

local function told(sentence, ...) return name, nil, sentence:format(...) end

--- Without memory for its message, an error of Lua 5.5's own library has the text that was on the stack
--- before, which is the function's name: lua_pushvfstring has pushed nothing.
local function is_memory_error(text)
  text = tostring(text)
  if _VERSION == "Lua 5.5" and text:find ": string%.unpack$" then return true end
  return text:find("memory", 1, true) ~= nil
end

--- After an attempt: page table and kernel agree, and nothing is half done.
local function judge_state(again)
  local where = host.disagrees()
  if where then return ("page table and kernel disagree at %s"):format(where) end
  local now = host.state()
  if snippet.steps then return nil end
  if way == "never" or now == after or not ok and now == before then return nil end
  return ("there are %s%s; before %s, after %s"):format(now, again, before, after)
end

if way == "to the end" and failed then return name end
local state = host.state()
local wrong = judge_state ""
if ok and host.swallowed() then return told "the error that was raised has come out nowhere" end
if wrong then return told(wrong) end
if not ok then
  local may_fail = failed and way ~= "in a finalizer" and (way ~= "once" or not host.asked_again())
  if not may_fail then return told("it raised: %s", tostring(problem)) end
  if not is_memory_error(problem) then return told("it raised, for want of memory: %s", tostring(problem)) end
  ok, problem = pcall(snippet.act, kit)
  if not ok then return told("at the second try it raised: %s", tostring(problem)) end
  wrong = judge_state " after the second try"
  if wrong then return told(wrong) end
end
if snippet.check then
  ok, problem = pcall(snippet.check, kit)
  if not ok then return told("the check says: %s", tostring(problem)) end
end
if snippet.drop then snippet.drop(kit) end
vmem.on_fault(nil)
kit, problem = nil, nil -- luacheck: ignore
collect()
local _, left = host.state()
if left > 0 and not snippet.loses then return told("%d regions are left after collection", left) end
return name, state
