--- Faults, the handlers that mend them, and coroutines that wait in one.

local vmem = require "vmem"
local P <const> = vmem.page_size
local LONG <const> = ("x"):rep(P + 10)

local function mend(fault)
  fault.region:commit(fault.offset, 1)
  return true
end

local function reserved()
  local r = assert(vmem.reserve(8 * P))
  r:on_fault(mend)
  return r
end

local function touching() return assert(vmem.reserve(8 * P, { touch = "commit", around = 2 })) end

local function guarded(handler)
  return function()
    local r = assert(vmem.allocate(4 * P))
    assert(r:protect(P, P, "rw+guard"))
    r:on_fault(handler)
    return r
  end
end

local function is_fault(value) return type(value) == "userdata" end

local function fault_of(f, ...)
  local ok, fault = pcall(f, ...)
  assert(not ok)
  if not is_fault(fault) then error(fault, 0) end
  return fault
end

--- Every way to touch a region that a handler mends page by page.
local ways = {
  ["region:read"] = function(r) assert(#r:read() == 8 * P) end,
  ["region:write"] = function(r) r:write(P - 2, "over") end,
  ["region:fill"] = function(r) r:fill(0, 3 * P, 1) end,
  ["region:cstring"] = function(r) r:cstring(P - 1, 10) end,
  ["region:copy"] = function(r) r:copy(0, 4 * P, P + 1) end,
  ["region:compare"] = function(r) r:compare(0, 4 * P, P + 1) end,
  ["region:find"] = function(r) r:find("abc", P, 2 * P) end,
  ["region:pack"] = function(r) r:pack(P - 2, "i8", 12345678901) end,
  ["region:unpack"] = function(r) r:unpack(P - 2, "i8") end,
  ["page:read"] = function(r) r[3]:read() end,
  ["page:write"] = function(r) r[3]:write "bytes" end,
  ["view[i]"] = function(r) assert(r:view("u32")[P] == 0) end,
  ["view[i] ="] = function(r) r:view("f64")[1000] = 2.5 end,
  ["view:add"] = function(r) assert(r:view("u32"):add(P, 5) == 0) end,
  ["view:compare_exchange"] = function(r) assert(r:view("i64"):compare_exchange(P, 0, 5) == 0) end,
  ["view:wait"] = function(r) assert(r:view("i32"):wait(P, 0, 0) ~= true) end,
  ["view:wake"] = function(r) assert(r:view("i32"):wake(P) ~= 1) end,
  ["view:get"] = function(r) r:view("u16", 1):get(P // 2, P // 2 + 4) end,
  ["view:set"] = function(r) r:view("u16", 1):set(P // 2, 1, 2, 3) end,
  ["view:fill"] = function(r) r:view("u16", 1, P):fill(3) end,
  ["view:copy"] = function(r) r:view("u16", 1, P):copy(r:view("u16", 4 * P, P)) end,
  ["view:sum"] = function(r) r:view("u16", 1, P):sum() end,
  ["view:minmax"] = function(r) r:view("u16", 1, P):minmax() end,
  ["vmem.read"] = function(r) vmem.read(r.base + P - 1, 2) end,
  ["vmem.write"] = function(r) vmem.write(r.base + P - 1, "ab") end,
  ["region:load"] = function(r)
    local file <close> = assert(io.tmpfile())
    file:write(LONG)
    file:seek "set"
    r:load(file)
  end,
  ["region:save"] = function(r)
    local file <close> = assert(io.tmpfile())
    r:save(file, 0, P + 1)
  end,
}

local snippets = {
  { "a fault, raised", setup = function() return assert(vmem.reserve(2 * P)) end,
    act = function(r)
      local fault = fault_of(r.write, r, P, "x")
      assert(fault.kind == "access_violation" and fault.access == "write" and fault.address == r.base + P)
      assert(fault.region == r and fault.offset == P and fault.page == 2 and fault.state == "reserved")
      assert(fault.protection == nil and (fault.where or true))
      assert(tostring(fault):find "is reserved, not committed")
    end },
  { "a fault outside of all regions", setup = function() return {} end,
    act = function() assert(tostring(fault_of(vmem.read, 0, 1)):find "no live region") end },
  { "a fault that nobody catches before the coroutine's end",
    setup = function() return assert(vmem.reserve(P)) end,
    act = function(r)
      local ok, fault = coroutine.resume(coroutine.create(r.read), r)
      assert(not ok)
      if not is_fault(fault) then error(fault, 0) end
      assert(tostring(fault):find "reserved")
    end },
  { "a guard page, raised", steps = true, setup = guarded(nil),
    act = function(r)
      r:protect(P, P, "rw+guard")
      local fault = fault_of(r.read, r, P, 1)
      assert(fault.kind == "guard_page" and tostring(fault):find "was a guard page")
      assert(r[2].protection == "rw")
    end },
  { "a guard page, mended", setup = guarded(function() return true end), steps = true,
    act = function(r) assert(#r:read(0, 3 * P) == 3 * P) end },
  { "the module's handler mends", steps = true,
    setup = function()
      vmem.on_fault(mend)
      return assert(vmem.reserve(3 * P))
    end,
    act = function(r) r:write(P, "x") end },
  { "the last handler mends", steps = true,
    setup = function() return { vmem.reserve(3 * P), require("vmem.core").on_last } end,
    act = function(kit)
      kit[2](mend)
      kit[1]:write(P, "x")
      kit[2](nil)
    end,
    drop = function(kit) kit[2](nil) end },
  { "a handler that raises", setup = function()
      local r = reserved()
      r:on_fault(function() error "a handler's own" end)
      return r
    end,
    act = function(r)
      local ok, message = pcall(r.read, r)
      assert(not ok and (tostring(message):find "a handler's own" or tostring(message):find "memory"))
    end },
  { "a handler that releases the region", setup = function() return {} end, steps = true,
    act = function()
      local r = assert(vmem.reserve(P))
      r:on_fault(function(f)
        f.region:release()
        return true
      end)
      local ok, message = pcall(r.read, r)
      assert(not ok and (tostring(message):find "is released" or tostring(message):find "memory"))
    end },
  { "a handler that waits", steps = true, setup = function()
      local r = assert(vmem.reserve(8 * P))
      r:on_fault(function(fault)
        coroutine.yield "wait"
        return mend(fault)
      end)
      return r
    end,
    act = function(r)
      local thread = coroutine.create(function()
        r:view("u16"):set(P // 2 - 1, 1, 2, 3)
        return #r:read(0, 3 * P)
      end)
      local ok, answer
      repeat
        ok, answer = coroutine.resume(thread)
        if not ok then error(answer, 0) end
      until answer ~= "wait"
      assert(answer == 3 * P)
    end },
  { "a coroutine that is dropped while it waits", steps = true, loses = true,
    setup = function() return {} end,
    act = function()
      local r = assert(vmem.reserve(8 * P))
      r:on_fault(coroutine.yield)
      local thread = coroutine.create(r.read)
      assert(coroutine.resume(thread, r))
      thread = nil -- luacheck: ignore
      collectgarbage()
      coroutine.wrap(function() return pcall(r.read, r) end)()
    end },
  { "core.overflow", steps = true,
    setup = function() return { vmem.reserve(P), require("vmem.core").overflow } end,
    act = function(kit)
      local r, overflow = kit[1], kit[2]
      r:on_fault(function(fault) overflow(fault, "stack overflow: said a spec") end)
      local fault = fault_of(r.read, r)
      assert(fault.kind == "stack_overflow" and tostring(fault) == "stack overflow: said a spec")
    end },
}

local ZEROS <const> = ("\0"):rep(P) -- string.rep asks for its buffer only once

--- Answers with zeros.
local function answer(fault)
  if fault.access == "write" then
    assert(#(fault.bytes or "") == fault.size or fault.value)
    return fault:answer()
  end
  return fault:answer(fault.type and 0 or ZEROS:sub(1, fault.size))
end

--- The same, as the functions of a trap.
local function nothing() end
local device = {
  read = function(_, size, type) return type and 0 or ZEROS:sub(1, size) end,
  write = nothing,
}

local function trapped()
  local r = assert(vmem.reserve(8 * P))
  assert(r:commit(7 * P, P) and r:trap(0, 7 * P, device))
  return r
end

local function answered()
  local r = assert(vmem.reserve(8 * P))
  r:on_fault(answer)
  return r
end

--- Which pages are trapped, page by page.
local function traps_of(r)
  local words = {}
  for i = 1, #r do words[i] = r[i].trap or "-" end
  return table.concat(words, " ")
end

local more = {
  { "region:trap", setup = trapped,
    act = function(r) assert(r:trap(P, 2 * P, { read = device.read })) end,
    check = function(r) assert(traps_of(r) == "rw r r rw rw rw rw -") end },
  { "region:trap, of writes to memory", setup = trapped,
    act = function(r) assert(r:trap(6 * P, 2 * P, { write = nothing })) end,
    check = function(r) assert(traps_of(r) == "rw rw rw rw rw rw w w") end },
  { "region:trap, which ends one", setup = trapped, act = function(r) assert(r:trap(4 * P, P)) end,
    check = function(r) assert(traps_of(r) == "rw rw rw rw - rw rw -") end },
  { "region:trap, refused", setup = trapped,
    act = function(r)
      local done, message, code = r:trap(0, 8 * P, device)
      assert(not done and message:find "committed" and code == "in_use")
      done, message, code = r:commit(0, 8 * P)
      assert(not done and message:find "trapped" and code == "in_use")
    end,
    check = function(r) assert(traps_of(r) == "rw rw rw rw rw rw rw -" and r.committed == P) end },
  { "region:query, of a trap", setup = trapped,
    act = function(r)
      assert(r:query(P).trap == "rw" and r[8].trap == nil)
      for _ in r:runs() do end -- luacheck: ignore
    end },
  { "fault:answer, without a fault that waits", setup = function()
      return fault_of(vmem.read, 0, 1)
    end,
    act = function(fault) assert(fault:answer "x") end },
  { "a trap's functions that wait", steps = true,
    setup = function()
      local r = assert(vmem.reserve(2 * P))
      local function waits(...)
        coroutine.yield "wait"
        return device.read(...)
      end
      return assert(r:trap(0, 2 * P, { read = waits }))
    end,
    act = function(r)
      local thread = coroutine.create(function() return #r:read(P - 3, 6) + r:view("u8")[5] end)
      local ok, result
      repeat
        ok, result = coroutine.resume(thread)
        if not ok then error(result, 0) end
      until result ~= "wait"
      assert(result == 6)
    end },
  { "region:copy over itself, of which a trap takes a part", steps = true,
    setup = function()
      local r = assert(vmem.allocate(6 * P))
      assert(r:protect(3 * P, P, "r") and r:trap(3 * P, P, { write = nothing }))
      return r
    end,
    act = function(r) r:copy(2 * P, 0, 4 * P) end },
}
for _, snippet in ipairs(more) do snippets[#snippets + 1] = snippet end

--- What nothing can answer.
local ATOMICS <const> = {
  ["view:add"] = true, ["view:compare_exchange"] = true, ["view:exchange"] = true, ["view:wait"] = true,
  ["view:wake"] = true,
}

for name, act in pairs(ways) do
  if not ATOMICS[name] then
    snippets[#snippets + 1] = { "a handler answers " .. name, setup = answered, act = act, steps = true }
    snippets[#snippets + 1] = { "a trap answers " .. name, setup = trapped, act = act, steps = true }
  end
  snippets[#snippets + 1] = { "a handler mends " .. name, setup = reserved, act = act, steps = true }
  snippets[#snippets + 1] = { "a touch by " .. name, setup = touching, act = act, steps = true }
end
table.sort(snippets, function(a, b) return a[1] < b[1] end)

return snippets
