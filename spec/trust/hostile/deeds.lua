--- Functions that do harm: what handlers, finalizers, stores and the like are made of.

local vmem = require "vmem"

local pcall, error, min = pcall, error, math.min

--- Gives `draw` functions that make them.
return function(draw)
  local callbacks = setmetatable({}, { __mode = "k" })

  function draw.is_callback(fn) return callbacks[fn] end

  local nested = 0

  --- Calls it, unless such a call is already running.
  local function nest(fn, ...)
    if nested >= 4 or draw.is_over then return false end
    nested = nested + 1
    local ok, value = pcall(fn, ...)
    nested = nested - 1
    if not ok then error(value, 0) end
    return value
  end

  local deeds = {
    function() return true end,
    function() return false end,
    function() error(draw.value(), 0) end,
    function(object) object.region:release() return true end,
    function(object) object.region:commit() return true end,
    function(object) object.region:decommit() return true end,
    function(object) object:release() end,
    function(object) object:close() return object end,
    function() collectgarbage(draw.chance(30) and "collect" or "step") return true end,
    function() collectgarbage "step" return true end,
    function() return coroutine.isyieldable() and coroutine.yield(draw.value()) end,
    function() return draw.value() end,
    function() return 5 end,
    function() return ("x"):rep(4096) end,
    function() draw.attacks.likely_method(draw) return true end,
    function() draw.attacks.self_first(draw) end,
    function() draw.attacks.operator(draw) return true end,
    function() draw.drop() draw.drop() return true end,
    function(object) object.region:protect(0, object.region.size, "rw") return true end,
    function() draw.attacks.element(draw) return true end,
    function() vmem.on_fault(nil) return true end,
    function(object) object.region:on_fault(nil) return true end,
    function(object) return object.region:read(object.offset, 1) end,
    function(object) object.region:fill(0, min(object.region.size, 1 << 20), 1) return true end,
    function() for region in vmem.regions() do if draw.chance(4) then region:release() end end end,
    function(object) object:answer(draw.value()) return true end,
    function(object) object.region:trap(0, object.region.size, draw.functions()) return true end,
    function() draw.some("vmem.region"):trap(0, 4096, draw.functions()) end,
    function() draw.attacks.answer(draw) return true end,
    function() draw.attacks.attaching(draw) return true end,
    function() draw.some("vmem.region"):decommit() return true end,
    function(object) object.region:attach(draw.some "vmem.section") return true end,
    function()
      local attack = draw.one_of { "user_value", "dress", "metatable_field" }
      if not draw.is_tame then draw.attack(attack) end
    end,
    function() return draw.object():answer(draw.value()) end,
  }

  function draw.callback()
    local deed, again = draw.one_of(deeds), draw.one_of(deeds)
    local function fn(...)
      nest(draw.chance(3) and again or deed, ...)
      return nest(deed, ...)
    end
    callbacks[fn] = true
    return fn
  end

  --- For __gc, where Lua calls no hooks, and so nothing would end: but it does in a coroutine.
  function draw.finalizer()
    local callback = draw.callback()
    local function fn(object)
      local thread = coroutine.create(callback)
      draw.hurry(thread)
      coroutine.resume(thread, object)
    end
    callbacks[fn] = true
    return fn
  end

  --- Replaces the arguments of the functions of vmem that are running.
  local function overwrite()
    for level = 3, 6 do
      local info = debug.getinfo(level, "Sf")
      if info and info.what == "C" and info.func ~= pcall then
        for i = 1, 5 do
          if draw.chance(3) and debug.getlocal(level, i) then debug.setlocal(level, i, draw.value()) end
        end
      end
    end
  end

  --- What a device would hold, or something else.
  local function content(size, type)
    if draw.chance(6) then return draw.value() end
    return type and draw.random(0, 100) or ("x"):rep(size)
  end

  --- Answers the fault in the right way, or not.
  local function answer(fault)
    if draw.chance(3) then draw.put(fault) end
    if draw.chance(8) then fault:answer(draw.value()) end
    return fault:answer(fault.access == "read" and content(fault.size, fault.type) or nil)
  end

  --- A function of a trap; most do what they should, some after something else.
  local function function_of_trap(result)
    local way, callback = draw.random(1, 6), draw.callback()
    local function fn(...)
      if way == 1 then callback(...) end
      if way == 2 and coroutine.isyieldable() then coroutine.yield(...) end
      if way == 3 then return callback(...) end
      return result(...)
    end
    callbacks[fn] = true
    return fn
  end

  --- For region:trap.
  function draw.functions()
    if draw.chance(8) then return draw.value() end
    return {
      read = not draw.chance(4) and function_of_trap(function(_, size, type) return content(size, type) end)
        or nil,
      write = not draw.chance(4) and function_of_trap(function() return not draw.chance(6) end) or nil,
    }
  end

  --- A handler for faults; most of them mend or answer the fault.
  function draw.handler()
    local way, callback = draw.random(1, 12), draw.callback()
    if way == 8 then return draw.value() end
    local function handler(fault)
      if way <= 3 then return fault.region and fault.region:commit(fault.offset, 1) end
      if way >= 9 then
        if way == 12 and coroutine.isyieldable() then coroutine.yield(fault) end
        return answer(fault)
      end
      if way == 4 then
        overwrite()
        return draw.chance(2)
      end
      if way == 5 and coroutine.isyieldable() then return coroutine.yield(fault) end
      return callback(fault)
    end
    callbacks[handler] = true
    return handler
  end
end
