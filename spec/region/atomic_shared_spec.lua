-- Atomics of elements that several processes have, by section.path and by fork.

local fork_kit = require "fork_kit"
local helpers = require "helpers"
local interpreter = require "interpreter"
local vmem = require "vmem"

local U <const> = helpers.attach_unit

--- it(), where other processes can open a section by its path.
local function path_it(name, run)
  local section <close> = vmem.section(1)
  if section and section.path then return helpers.section_it(name, run) end
  pending(name .. " (sections have no path here)")
end

local fork_it = fork_kit.available() and helpers.section_it or fork_kit.it

--- The start of each process: `words` is what the test calls u32 elements, `wide` u64.
local prelude <const> = [[
  local vmem = require "vmem"
  local section <close> = assert(vmem.section(arg[1], "r+"))
  local region <close> = assert(assert(vmem.reserve(section.size)):attach(section))
  local words, wide, number = region:view "u32", region:view "u64", tonumber(arg[2])

  --- Returns when so many processes have called it.
  local function gather(count)
    words:add(1, 1)
    words:wake(1)
    local start = os.time()
    while words[1] < count do
      words:wait(1, words[1], 1)
      assert(os.time() - start < 60, "the others do not come")
    end
  end
]]

local processes = {}

function processes:__close()
  for _, pipe in ipairs(self) do pipe:close() end
  os.remove(self.file)
end

--- Starts so many processes that run the script. To be closed.
local function start(count, section, script)
  local list = setmetatable({ file = os.tmpname() }, processes)
  local file <close> = assert(io.open(list.file, "w"))
  file:write(prelude, script)
  file:close()
  for i = 1, count do
    list[i] = assert(io.popen(("%s %s %s %s %d 2>&1"):format(interpreter.variables, interpreter.command,
      list.file, section.path, i)))
  end
  return list
end

--- What they have printed when they have ended.
function processes.outputs(list)
  local outputs = {}
  for i, pipe in ipairs(list) do outputs[i] = pipe:read "a" end
  return outputs
end

local function attached(section) return assert(assert(vmem.reserve(U)):attach(section)) end

--- Wakes processes until so many have been woken in all. They sleep for a value that does not change.
local function wake_all(words, i, count, n)
  local woken, most = 0, 0
  local start_time = os.time()
  while woken < count and os.time() - start_time < 60 do
    local now = assert(words:wake(i, n))
    woken, most = woken + now, math.max(most, now)
  end
  return woken, most
end

describe("an element that several processes change", function()
  helpers.no_regions_left()

  -- Row 539. All begin when the last one is there.
  path_it("has the exact sum of 4 processes that add 1,000,000 times each", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local words, wide = region:view "u32", region:view "u64"
    wide[16] = 3
    words[40] = 0xffffff00 -- which wraps around
    local list <close> = start(4, section, [[
      gather(4)
      for _ = 1, 1000000 do
        wide:add(16, number)
        words:add(40, 3)
        words:add(41, -1)
      end
      io.write "done"
    ]])
    assert.same({ "done", "done", "done", "done" }, processes.outputs(list))
    assert.equal(3 + 1000000 * (1 + 2 + 3 + 4), wide[16])
    assert.equal((0xffffff00 + 4 * 3000000) & 0xffffffff, words[40])
    assert.equal((1 << 32) - 4000000, words[41])
  end)

  path_it("has every step by compare_exchange, and gives by exchange each value to one process", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local words, wide = region:view "u32", region:view "u64"
    local list <close> = start(4, section, [[
      gather(4)
      local taken = 0
      for k = 1, 100000 do
        local old = wide[16]
        repeat
          local before = old
          old = wide:compare_exchange(16, before, before + number)
        until old == before
        taken = taken + words:exchange(40, number * 100000 + k)
      end
      io.write(taken)
    ]])
    local sum = 0 -- what was there before the first exchange
    for _, output in ipairs(processes.outputs(list)) do sum = sum + output end
    assert.equal(100000 * 10, wide[16])
    local given = 0
    for number = 1, 4 do given = given + 100000 * number * 100000 + 100000 * 100001 // 2 end
    assert.equal(given, math.tointeger(sum) + words[40])
  end)

  fork_it("has the exact sum of children of fork, too", function()
    fork_kit.run(([[
      local vmem = require "vmem"
      local section <close> = assert(vmem.section(%d))
      local region <close> = assert(assert(vmem.reserve(%d)):attach(section))
      local v, children = region:view "i64", {}
      for i = 1, 4 do
        children[i] = fork()
        if children[i] == 0 then
          for _ = 1, 200000 do v:add(3, -i) end
          leave(0)
        end
      end
      for _, child in ipairs(children) do assert(wait(child) == 0) end
      assert(v[3] == -2000000, v[3])
    ]]):format(U, U))
  end)
end)

describe("a process that waits", function()
  helpers.no_regions_left()

  path_it("is woken by another one, at whatever address both have the element", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local other <close> = assert(assert(vmem.reserve(3 * U)):attach(section, 2 * U))
    local list <close> = start(1, section, "io.write(tostring(words:wait(7, 0)))")
    assert.equal(1, (wake_all(other:view("u32", 2 * U), 7, 1)))
    assert.same({ "true" }, processes.outputs(list))
    assert.equal(0, region:view "u32"[7])
  end)

  path_it("is woken with all others, or as many as the caller says", function()
    for _, n in ipairs { false, 1, 2 } do
      local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
      local list <close> = start(3, section, "io.write(tostring(words:wait(7, 0)))")
      local woken, most = wake_all(region:view "u32", 7, 3, n or nil)
      assert.equal(3, woken)
      assert.is_true(most <= (n or 3))
      assert.same({ "true", "true", "true" }, processes.outputs(list))
    end
  end)

  path_it("is not woken for another element", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local words = region:view "u32"
    local list <close> = start(1, section, "words:exchange(1, 1) io.write(tostring(words:wait(7, 0, 0.5)))")
    while words[1] == 0 do words:wait(1, 0, 0.01) end
    assert.equal(0, words:wake(6) + words:wake(8))
    assert.same({ "false" }, processes.outputs(list))
  end)

  path_it("does not sleep when the wake was before the wait", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local words = region:view "u32"
    words:exchange(7, 1)
    assert.equal(0, words:wake(7))
    local list <close> = start(1, section, "io.write(tostring(words:wait(7, 0)))")
    assert.same({ "true" }, processes.outputs(list))
  end)

  path_it("may have no more than a page to read", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local list <close> = start(1, section, [[
      region:protect(0, section.size, "r")
      io.write(tostring(words:wait(7, 0)), " ", tostring(words:wait(7, 0, 0.01)))
    ]])
    assert.equal(1, (wake_all(region:view "u32", 7, 1)))
    assert.same({ "true false" }, processes.outputs(list))
  end)

  path_it("passes a ball to and fro with another one", function()
    local section <close> = assert(vmem.section(U))
    local region <close> = attached(section)
    local words = region:view "u32"
    local list <close> = start(2, section, [[
      for turn = number, 2000, 2 do
        local seen = words[1]
        while seen ~= turn - 1 do
          assert(words:wait(1, seen, 30)) -- the value that was compared: it may be another one by now
          seen = words[1]
        end
        assert(words:exchange(1, turn) == turn - 1)
        words:wake(1)
      end
      io.write "done"
    ]])
    assert.same({ "done", "done" }, processes.outputs(list))
    assert.equal(2000, words[1])
  end)
end)
