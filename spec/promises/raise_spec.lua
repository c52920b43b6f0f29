-- An error may come between any two instructions, from a hook: Ctrl-C, a deadline. Then nothing is lost,
-- nothing half done, and everything works on. `make test-raise` raises at every instruction of what
-- spec/trust/allocator does; here are some of them, and what cannot be seen there.

local core = require "vmem.core"
local helpers = require "helpers"
local pager = require "vmem.pager"
local recorder = require "vmem.recorder"
local vmem = require "vmem"
local win32 = require "vmem.win32"

local P <const> = vmem.page_size
local MESSAGE <const> = "interrupted, and not for want of memory"
local POINTS <const> = 15 -- of an operation

--- Whether the function is vmem's Lua code, or was called by it.
local function is_own(level)
  for i = level + 1, level + 2 do
    local info = debug.getinfo(i, "S")
    if not info then return false end
    if info.what ~= "C" then return helpers.source_of(info):find("lua/vmem/", 1, true) ~= nil end
  end
  return false
end

--- Calls f(…) with a hook that counts instructions. Returns the count, and the results of pcall.
local function count_instructions(f, ...)
  local instructions = 0
  debug.sethook(function() instructions = instructions + 1 end, "", 1)
  local ok, problem = pcall(f, ...)
  debug.sethook()
  return instructions, ok, problem
end

--- Calls f(…) with a hook that raises at the first event in vmem's Lua from instruction number `at` on. Where
--- others before it run is not asked, which takes long. Gives whether it has raised, and what pcall gives.
local function interrupt(at, f, ...)
  local raised = false
  debug.sethook(function()
    debug.sethook(function()
      if not is_own(2) then return end
      debug.sethook()
      raised = true
      error(MESSAGE, 0)
    end, "cr", 1)
  end, "", at)
  local ok, problem = pcall(f, ...)
  debug.sethook()
  return raised, ok, problem
end

-- {====== What spec/trust/allocator does ======

--- The files of snippets, except those about pages and accesses, which run no Lua code of vmem.
local ROOMS <const> = { "helpers", "pager", "pictures", "recorder", "replacement", "win32" }

local function default_setup() return assert(vmem.allocate(4 * P)) end

--- Runs a snippet once, as spec/trust/allocator/judge.lua does. Gives its number of instructions, or whether
--- there was an error from instruction number `at` on.
local function run(snippet, at)
  local kit = (snippet.setup or default_setup)()
  local result, ok, problem
  if at then
    result, ok, problem = interrupt(at, snippet.act, kit)
  else
    result, ok, problem = count_instructions(snippet.act, kit)
  end
  if not ok then
    if not at or not tostring(problem):find("interrupted", 1, true) then error(problem, 0) end
    snippet.act(kit)
  end
  if snippet.check then snippet.check(kit) end
  if snippet.drop then snippet.drop(kit) end
  local running = recorder.running()
  if running then running:stop() end
  return result
end

describe("an error from a hook, anywhere in", function()
  after_each(function()
    vmem.on_fault(nil)
    collectgarbage()
    collectgarbage()
  end)

  for _, room in ipairs(ROOMS) do
    it("spec/trust/allocator/" .. room .. ".lua, leaves everything usable", function()
      local raised = 0
      for _, snippet in ipairs(dofile("spec/trust/allocator/" .. room .. ".lua")) do
        local name = snippet[1]
        if not name:find "^require" and not name:find "^layout" then -- those need their own state
          local instructions = run(snippet)
          for at = 1, instructions, instructions // POINTS + 1 do
            local ok, result = pcall(run, snippet, at)
            assert(ok, ("%s, at %d of %d: %s"):format(name, at, instructions, tostring(result)))
            if result then raised = raised + 1 end
          end
        end
      end
      assert.is_true(raised > POINTS)
    end)
  end
end)

-- ====== }

-- {====== How vmem's functions treat such errors ======

describe("core.whole", function()
  it("runs to its end, and the interruption comes out after it", function()
    local count, done = 0, false
    local function work() for _ = 1, 1000 do count = count + 1 end end
    local ok, problem = pcall(function()
      debug.sethook(function()
        debug.sethook()
        error(MESSAGE, 0)
      end, "", 500)
      core.whole(work)
      for _ = 1, 1000 do local _ = {} end
      done = true
    end)
    assert.is_false(ok)
    assert.equal(MESSAGE, problem)
    assert.equal(1000, count)
    assert.is_false(done)
  end)

  it("gives what the function gives, and its error", function()
    assert.same({ 1, nil, 3, n = 3 }, table.pack(core.whole(function(...) return ... end, 1, nil, 3)))
    local problem = {}
    local ok, raised = pcall(core.whole, error, problem)
    assert.is_true(not ok and rawequal(raised, problem))
    assert.equal(4, core.whole(core.whole, math.max, 3, 4))
  end)

  it("cannot yield, and runs no deeper than Lua does", function()
    helpers.raises("attempt to yield across a C-call boundary", core.whole, coroutine.yield)
    local function deeper() return coroutine.wrap(function() core.whole(deeper) end)() end
    local ok, problem = pcall(deeper)
    assert.is_true(not ok and tostring(problem):find("C stack overflow", 1, true) ~= nil)
  end)
end)

describe("core.meanwhile", function()
  it("puts back what was there, after an error, too, and where the function yields", function()
    local t = { key = "before" }
    assert.equal("now", core.meanwhile(t, "key", "now", function() return t.key end))
    assert.equal("before", t.key)
    assert.is_false(pcall(core.meanwhile, t, "key", "now", error))
    assert.equal("before", t.key)
    local thread = coroutine.wrap(function() return core.meanwhile(t, "key", nil, coroutine.yield) end)
    thread()
    assert.is_nil(t.key)
    assert.equal("result", thread "result")
    assert.equal("before", t.key)
  end)
end)

describe("core.attempt", function()
  it("takes errors of the function for its failure, and those of a hook for none", function()
    assert.same({ false, "own" }, { core.attempt(error, "own") })
    assert.same({ true, 1, 2 }, { core.attempt(function() return 1, 2 end) })
    local inside
    debug.sethook(function() -- in a hook, an error is still the function's
      debug.sethook()
      inside = table.pack(core.attempt(error, "own"))
    end, "", 1)
    for _ = 1, 10 do local _ = {} end
    assert.same({ false, "own", n = 2 }, inside)
    local ok, problem = pcall(function()
      debug.sethook(function()
        debug.sethook()
        error(MESSAGE, 0)
      end, "", 100)
      return core.attempt(function() while true do local _ = {} end end)
    end)
    assert.is_false(ok)
    assert.equal(MESSAGE, problem)
  end)
end)

describe("an interruption in a store's method", function()
  helpers.no_regions_left()

  local function interrupted()
    debug.sethook(function()
      debug.sethook()
      error(MESSAGE, 0)
    end, "", 1)
    for _ = 1, 100 do local _ = {} end
    return "never"
  end

  --- { the operation, the store's method that it calls }
  local cases = {
    { "array[i]", "load", function(array) return array[1] end },
    { "array[i] = x", "save", function(array)
      for page = 1, 3 do array[(page - 1) * P + 1] = 1 end
    end },
    { "array:flush", "save", function(array)
      array[1] = 1
      return array:flush()
    end },
    { "array:flush", "flush", function(array) return array:flush() end },
    { "array:close", "save", function(array)
      array[1] = 1
      return array:close()
    end },
  }

  for _, case in ipairs(cases) do
    it(("comes out of %s, where a failure of %s would be told"):format(case[1], case[2]), function()
      local saved = {}
      local store = {
        load = function(_, page) return saved[page] end,
        save = function(_, page, bytes)
          saved[page] = bytes
          return true
        end,
        flush = function() return true end,
      }
      local array <close> = assert(pager.new { store = store, type = "u8", count = 8 * P, frames = 2 })
      local method = store[case[2]]
      store[case[2]] = interrupted
      local ok, problem = pcall(case[3], array)
      debug.sethook()
      assert.is_false(ok)
      assert.equal(MESSAGE, problem)
      store[case[2]] = method
      case[3](array)
    end)
  end
end)

describe("what runs uninterrupted", function()
  helpers.no_regions_left()

  it("names the script's line, in errors and in recordings", function()
    local array <close> = assert(pager.new {
      store = { load = function() end, save = function() return true end },
      type = "u8", count = 8 * P, frames = 2,
      policy = function()
        local policy = require("vmem.replacement").fifo()
        policy:insert(1) -- so that the pager cannot
        return policy
      end,
    })
    local line = debug.getinfo(1, "l").currentline + 1
    local ok, problem = pcall(function() return array[1] end)
    assert.is_false(ok)
    local expected <const> = "spec/promises/raise_spec.lua:%d: bad argument #1 to 'insert' "
      .. "(page 1 is in a frame already)"
    assert.equal(expected:format(line), (tostring(problem):gsub("^%./", "")))
    local arena <close> = assert(require("vmem.arena").new(16 * P))
    local recording = recorder.start()
    line = debug.getinfo(1, "l").currentline + 1
    arena:alloc(2 * P)
    recording:stop()
    assert.equal("commit", recording[1].what)
    assert.equal(line, recording[1].line)
  end)
end)

-- ====== }

describe("win32.try", function()
  helpers.no_regions_left()

  it("goes back to the blocks outside, whatever ends a filter", function()
    local region <close> = assert(vmem.reserve(P))
    local asked = 0
    local function outer(fault)
      asked = asked + 1
      return fault.kind == "access_violation" and 1
    end
    local function act() region:write(0, "x") end
    local got = win32.try(function()
      local ok = pcall(win32.try, act, function() error "its own" end, error)
      assert(not ok)
      act()
    end, outer, function() return "handled" end)
    assert.equal("handled", got)
    assert.equal(1, asked)
  end)
end)

-- {====== Ctrl-C ======

local SCRIPT <const> = [[
  local vmem, pager = require "vmem", require "vmem.pager"
  local P <const>, PAGES <const> = vmem.page_size, 8
  local store = { kept = {} }
  function store:load(page) return self.kept[page] end
  function store:save(page, bytes) self.kept[page] = bytes return true end
  local array = assert(pager.new { store = store, type = "u8", count = PAGES * P, frames = 3, policy = %q })
  local model, last, value = {}, 1, 0
  local pid <const> = io.popen("echo $PPID"):read "n"
  local ok, problem = pcall(function()
    os.execute(("(sleep 0.%%d; kill -INT %%d) > /dev/null 2>&1 &"):format(%d, pid))
    local from <const> = os.time()
    for n = 1, math.huge do
      last, value = (n * 7 %% PAGES) * P + 1, n %% 256
      array[last] = value
      model[last] = value
      if n %% 50 == 0 then assert(array:flush()) end
      if n %% 1000 == 0 and os.time() - from > 60 then error "nobody has interrupted it" end
    end
  end)
  assert(not ok and problem:find "interrupted!$", problem)
  if array[last] == value then model[last] = value end
  for i, wanted in pairs(model) do assert(array[i] == wanted) end
  assert(array.resident <= 3 and array.region.committed == array.resident * P)
  assert(array:close())
  for i, wanted in pairs(model) do assert(store.kept[(i - 1) // P + 1]:byte() == wanted) end
  print "well"
]]

describe("Ctrl-C", function()
  for number, policy in ipairs { "clock", "lru", "fifo", "aging" } do
    local there = helpers.on_windows and pending or it
    there(("in the middle of a pager's work, by %s, comes out and harms nothing"):format(policy),
      function()
        local output, ok = helpers.run_script(SCRIPT:format(policy, number))
        assert.equal("well\n", output)
        assert.is_true(ok)
      end)
  end
end)

-- ====== }
