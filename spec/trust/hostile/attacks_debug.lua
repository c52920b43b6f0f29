--- Attacks with the debug library: on metatables, user values, upvalues, hooks, the registry.

local foreign = require "foreign"

local attacks = {}

--- Gives an object the metatable of another one, or none, for a few calls or for ever.
function attacks.dress(draw)
  local object, other = draw.object(), draw.object()
  local own = debug.getmetatable(object)
  if draw.is_file(object) or draw.is_file(other) then return end
  -- Lua's own files need the methods of strings.
  if type(object) ~= "userdata" and type(object) ~= "table" and not draw.is_late() then return end
  draw.say("dress", { object, other, n = 2 })
  debug.setmetatable(object, not draw.chance(10) and debug.getmetatable(other) or nil)
  for _ = 1, draw.random(1, 5) do draw.attack(draw.one_of { "method", "operator", "likely_method" }) end
  if not draw.chance(20) then debug.setmetatable(object, own) end
end

function attacks.user_value(draw)
  local object, value = draw.object(), draw.value()
  draw.say("user value", { object, value, n = 2 })
  pcall(debug.setuservalue, object, value, 1)
  draw.keep(pcall(debug.getuservalue, object, 1))
end

--- Another module writes into whatever userdata there is.
function attacks.rewrite(draw)
  local object, other = draw.object(), draw.object()
  if not draw.is_userdata(object) or not draw.is_userdata(other) then return end
  local before = foreign.get(object)
  draw.say("rewrite", { object, other, n = 2 })
  foreign.set(object, foreign.get(other))
  for _ = 1, draw.random(1, 4) do draw.attack(draw.one_of { "method", "operator", "by_hand" }) end
  if not draw.chance(20) then foreign.set(object, before) end
end

--- Replaces an upvalue of one of vmem's functions, for some calls.
function attacks.upvalue(draw)
  local entry, i = draw.entry(), draw.random(1, 4)
  local name, before = debug.getupvalue(entry.fn, i)
  if not name then return end
  local value = draw.value()
  draw.say("upvalue " .. i .. " of " .. entry.path, { value, n = 1 })
  debug.setupvalue(entry.fn, i, value)
  for _ = 1, draw.random(1, 4) do draw.call(entry.path, entry.fn, draw.arguments(4)) end
  debug.setupvalue(entry.fn, i, before)
end

--- An iterator, or whatever function there is.
function attacks.upvalue_of_object(draw)
  local fn = draw.object()
  if type(fn) ~= "function" or draw.is_callback(fn) then return end
  draw.say("upvalue of a function", { fn, n = 1 })
  debug.setupvalue(fn, draw.random(1, 4), draw.value())
  draw.keep(pcall(fn, draw.value()))
end

function attacks.metatable_field(draw)
  local meta = debug.getmetatable(draw.object())
  if type(meta) ~= "table" or draw.is_of_files(meta) then return end
  local name = draw.one_of { "__index", "__newindex", "__gc", "__close", "__len", "__mode", "__name",
    "__tostring" }
  local before = rawget(meta, name)
  draw.say("metatable field " .. name, { n = 0 })
  rawset(meta, name, name == "__gc" and draw.finalizer() or draw.value())
  for _ = 1, draw.random(1, 4) do draw.attack(draw.one_of { "method", "operator", "make" }) end
  rawset(meta, name, before)
end

--- An error between any two instructions.
function attacks.hook(draw)
  local count = draw.random(1, 300)
  draw.say("hook " .. count, { n = 0 })
  local attack = draw.one_of { "likely_method", "everything", "make", "method" }
  local thread = coroutine.create(function() draw.attack(attack) end)
  debug.sethook(thread, function() error("hook", 0) end, "", count)
  coroutine.resume(thread)
  if draw.chance(2) then coroutine.close(thread) end
end

--- Changes what functions of vmem that wait in a coroutine have on their stacks: arguments, the answers of
--- handlers, copies.
local function change_stack(draw, thread)
  for level = 0, 8 do
    local info = debug.getinfo(thread, level, "Sf")
    if info and info.what == "C" and info.func ~= pcall and info.func ~= coroutine.yield then
      for i = 1, 16 do
        local name, before = debug.getlocal(thread, level, i)
        if name and draw.chance(3) then
          local other = draw.chance(3) and select(2, debug.getlocal(thread, level, draw.random(1, 16)))
          debug.setlocal(thread, level, i, other or draw.value())
          if draw.chance(4) then draw.put(before) end
        end
      end
    end
  end
end

--- An access that waits in a handler or in a trap's function.
function attacks.waiting(draw)
  local object, handler = draw.some "vmem.region", draw.handler()
  local attack = draw.one_of { "likely_method", "likely_method", "element", "by_address" }
  draw.say("waiting " .. attack, { object, n = 1 })
  local thread = coroutine.create(function()
    pcall(function() object:on_fault(handler) end)
    pcall(function() object:trap(draw.random(0, 4) * 4096, 4096, draw.functions()) end)
    for _ = 1, 6 do draw.attack(attack) end
  end)
  draw.hurry(thread)
  for _ = 1, draw.random(1, 8) do
    local _, fault = coroutine.resume(thread, draw.chance(2))
    draw.keep(true, fault)
    if coroutine.status(thread) ~= "suspended" then break end
    if draw.chance(2) then change_stack(draw, thread) end
    if draw.chance(3) then draw.attack "answer" end
  end
  if draw.chance(2) then draw.put(thread) end
end

--- Once in a while, and not at the beginning: nothing is as it was after that.
function attacks.registry(draw)
  if not draw.is_late() then return end
  draw.say("registry", { n = 0 })
  local registry, keys = debug.getregistry(), {}
  for key, value in next, registry do
    local ours = type(key) == "userdata" or type(key) == "string" and key:find "^vmem"
    if ours and value ~= debug.getmetatable(io.stdout) then keys[#keys + 1] = key end
  end
  local key = keys[draw.random(1, math.max(#keys, 1))]
  if key then registry[key] = not draw.chance(2) and draw.value() or nil end
end

return attacks
