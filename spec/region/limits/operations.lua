--- The operations to try at the limits: a list of { name, setup, act }. act closes what it makes before it
--- returns, so that it can be repeated; it returns a true value, or nil, message, code.

local arena, layout = require "vmem.arena", require "vmem.layout"
local pager, recorder = require "vmem.pager", require "vmem.recorder"
local secret, sparse = require "vmem.secret", require "vmem.sparse"
local stack, vmem = require "vmem.stack", require "vmem"
local win32 = require "vmem.win32"

local P <const> = vmem.page_size
local MUCH <const> = math.max(8 << 20, 256 * P)

-- {====== Regions for them ======

--- A region with pages of all kinds, each with its own contents.
local function motley(options)
  local r = assert(vmem.reserve(MUCH, options))
  assert(r:commit(0, 20 * P))
  for page = 0, 19 do r:fill(page * P, P, page + 1) end
  assert(r:decommit(17 * P, P) and r:protect(18 * P, P, "none") and r:protect(8 * P, 4 * P, "r"))
  return r
end

--- The next page below is a guard page.
local function guarded()
  local r = motley()
  assert(r:protect(15 * P, P, "rw+guard"))
  return r
end

local function mended()
  local r = motley()
  r:on_fault(function(fault)
    local done, message, code = fault.region:commit(fault.offset, 16 * P)
    if not done then error { message, code } end
    return true
  end)
  return r
end

--- Loads the drawing modules while there are descriptors left.
local function mapped()
  local r = motley()
  return r, tostring(r:map())
end

local function nothing() end

local function sparse_one() return motley { sparse = true } end

local function wiped() return motley { wipe = true } end

local store = { load = function() end, save = function() return true end }

local function new_pager()
  return pager.new { store = store, type = "u8", count = MUCH, frames = 64 }
end

-- ====== }

-- {====== Kinds of acts ======

--- Calls a constructor, and closes its result.
local function making(make)
  return function()
    local made <close>, message, code = make()
    return made and true, message, code
  end
end

--- For functions that raise an error, or a list of message and code, when refused.
local function raising(act)
  return function(kit)
    local ok, problem = pcall(act, kit)
    if ok then return true end
    if type(problem) == "table" then return nil, problem[1], problem[2] end
    return nil, tostring(problem)
  end
end

local function scattered(r)
  for i = 20, 200, 2 do
    local done, message, code = r:commit(i * P, P, i % 4 == 0 and "rw" or "r")
    if not done then return nil, message, code end
  end
  return true
end

--- The first mapping is not split, the second is.
local function halfway(method)
  return function(r) return r[method](r, 0, 10 * P, "none") end
end

local function releasing(kit)
  if not kit[1] then return true end
  local _, message, code = kit[1]:release()
  if message then return nil, message, code end
  kit[1] = nil
  return true
end

local function locking(r)
  local done, message, code = r:lock(0, 8 * P)
  if done then assert(r:unlock(0, 8 * P)) end
  return done, message, code
end

--- Codes on Windows, which has no messages.
local function windows()
  local base = win32.VirtualAlloc(nil, MUCH, win32.MEM_RESERVE | win32.MEM_TOP_DOWN, win32.PAGE_READWRITE)
  if not base then return nil, nil, "reserve: " .. win32.GetLastError() end
  local done = win32.VirtualAlloc(base, MUCH, win32.MEM_COMMIT, win32.PAGE_READWRITE)
  local code = not done and "commit: " .. win32.GetLastError()
  assert(win32.VirtualFree(base, 0, win32.MEM_RELEASE))
  return done, nil, code
end

-- ====== }

local operations = {
  { "reserve", nothing, making(function() return vmem.reserve(MUCH) end) },
  { "reserve top down", nothing, making(function() return vmem.reserve(MUCH, { top_down = true }) end) },
  { "reserve aligned", nothing, making(function() return vmem.reserve(MUCH, { alignment = 4 << 20 }) end) },
  { "reserve sparse", nothing, making(function() return vmem.reserve(MUCH, { sparse = true }) end) },
  { "allocate", nothing, making(function() return vmem.allocate(MUCH) end) },
  { "sparse.new", nothing, making(function() return sparse.new("f64", MUCH // 8) end) },
  { "arena.new", nothing, making(function() return arena.new(MUCH) end) },
  { "stack.new", nothing, making(function() return stack.new(MUCH) end) },
  { "pager.new", nothing, making(new_pager) },
  { "secret.new", nothing, making(function() return secret.new(1 << 20, { require = { "lock" } }) end) },
  { "win32", nothing, windows },

  { "commit a page", motley, function(r) return r:commit(40 * P, P) end },
  { "commit all", motley, function(r) return r:commit() end },
  { "commit all, sparse", sparse_one, function(r) return r:commit() end },
  { "commit scattered", motley, scattered },
  { "commit scattered, sparse", sparse_one, scattered },
  { "decommit", motley, function(r) return r:decommit(2 * P, 3 * P) end },
  { "decommit, sparse", sparse_one, function(r) return r:decommit(2 * P, 3 * P) end },
  { "protect", motley, function(r) return r:protect(4 * P, P, "rx") end },
  { "protect, sparse", sparse_one, function(r) return r:protect(4 * P, P, "rx") end },
  { "protect, half-way", motley, halfway "protect" },
  { "protect, sparse, half-way", sparse_one, halfway "protect" },
  { "commit, half-way", motley, halfway "commit" },
  { "page:commit", motley, function(r) return r[101]:commit "rx" end },
  { "lock", motley, locking },
  { "lock, sparse", sparse_one, locking },
  { "discard", motley, function(r) return r:discard(P, 2 * P) end },
  { "prefetch", motley, function(r) return r:prefetch(0, 4 * P) end },
  { "release", function() return { motley() } end, releasing },
  { "release, wiped", function() return { wiped() } end, releasing },

  { "resident", motley, function(r) return r:resident() end },
  { "query", motley, function(r) return r:query(P) end },
  { "query outside", motley, function() return vmem.query(P) end },
  { "peek", motley, function(r) return vmem.peek(r.base, 16) end },
  { "areas", motley, function() return vmem.areas() end },
  { "layout", motley, function() return layout.of() end },
  { "map", mapped, function(r) return tostring(r:map()) end },

  { "view", motley, function(r)
      local view = r:view "u32"
      view[1] = view[1]
      return true
    end },
  { "a guard touched", guarded, raising(function(r)
      local ok, fault = pcall(r.read, r, 15 * P, 1)
      if ok then return end -- again
      if not tostring(fault):find "ordinary page" then error(fault) end
    end) },
  { "a fault mended", mended, raising(function(r) r:write(100 * P, "x") end) },
  { "sparse set", function() return assert(sparse.new("f64", MUCH // 8)) end, function(s)
      return s:set(MUCH // 16, 1.5)
    end },
  { "arena alloc", function() return assert(arena.new(MUCH)) end, function(a)
      local offset, message, code = a:alloc(MUCH // 2)
      if offset then a:reset() end
      return offset, message, code
    end },
  { "stack alloc", function() return assert(stack.new(MUCH)) end, raising(function(s)
      s:alloc(64 * P)
      s:unwind(s.size)
      local done, message, code = s:trim()
      if not done then error { message, code } end
    end) },
  { "pager", function() return assert(new_pager()) end, raising(function(array)
      for i = 1, 64 * P, 2 * P do array[i] = array[i] end
    end) },
  { "secret:with", function() return assert(secret.new(P)) end, raising(function(s)
      s:with(function(bytes) bytes[1] = 1 end)
    end) },
  { "record", motley, function(r)
      local recording <close> = recorder.start { writes = true, limit = 100000 }
      for _ = 1, 5000 do r:fill(0, 1, 1) r:fill(P, 1, 2) end
      return #recording > 100 and recording.ended == nil, tostring(recording), recording.ended
    end },
}

operations.motley = motley

return operations
