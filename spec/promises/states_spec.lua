-- Lua states that open and close in one process, and standard descriptors that are closed at its start.

local helpers = require "helpers"
local interpreter = require "interpreter"

local built = io.open(interpreter.build .. "/foreign.so")
if built then built:close() end

local it_there = built and helpers.bare_proc_it or pending

describe("a host that opens a Lua state, loads vmem and closes it, again and again", function()
  -- What a state does beside loading vmem.
  local uses <const> = {
    { "nothing", "" },
    { "a region", "vmem.allocate(4 * P):write(0, 'x')" },
    { "a region that it leaves", "kept = vmem.allocate(4 * P)" },
    { "a sparse region", "vmem.reserve(64 * P, { sparse = true }):commit(0, P):write(0, 'x')" },
    { "marked pages", "r = vmem.reserve(512 * P) for i = 0, 99, 2 do r:commit(i * P, P) end" },
    { "a secret", "require('vmem.secret').new(16)" },
    { "a recording", "require('vmem.recorder').start() vmem.allocate(P)" },
    { "all addresses", "for _ in vmem.areas() do end require('vmem.layout').of()" },
    { "a refusal", "vmem.reserve(1 << 60)" },
  }
  for _, use in ipairs(uses) do
    it_there("has as many mappings and descriptors as before: " .. use[1], function()
      local output = helpers.run_script(([[
        local run = require("foreign").run
        require "trap"
        local script = %q
        local function count()
          collectgarbage()
          local mappings = 0
          for line in io.lines "/proc/self/maps" do
            mappings = mappings + (line:find "%%[heap%%]" and 0 or 1)
          end
          return mappings, require("trap").open()
        end
        for _ = 1, 3 do assert(run(script)) end
        local mappings, files = count()
        for _ = 1, 40 do assert(run(script)) end
        local mappings_now, files_now = count()
        -- The C library may map a little more for itself; 40 loads took 320 mappings.
        print(mappings_now - mappings < 8, files_now - files)
      ]]):format("local vmem = require 'vmem' local P = vmem.page_size " .. use[2]))
      assert.equal("true\t0\n", output)
    end)
  end
end)

describe("a process that starts with standard descriptors closed", function()
  local closings <const> = { "<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", "<&- >&- 2>&-" }
  -- Things that open their own descriptors.
  local script <const> = [[
    local vmem = require "vmem"
    local P = vmem.page_size
    local sparse = assert(vmem.reserve(1 << 30, { sparse = true }))
    sparse:commit(0, P):write(0, "x")
    vmem.reserve(P, { top_down = true })
    for _ in vmem.areas() do end
    assert(sparse:resident())
    vmem.peek(sparse.base, 1)
    local _ = sparse[1].frame
    local found = {}
    for _, number in ipairs { 0, 1, 2 } do
      local link = io.popen(("readlink /proc/$PPID/fd/%d"):format(number)):read "a"
      if link:find "userfaultfd" or link:find "proc/" then found[#found + 1] = number .. " " .. link end
    end
    io.read() -- which hung, when a userfaultfd was standard input
    local report <close> = assert(io.open(os.getenv "REPORT", "w"))
    report:write("fine ", table.concat(found, " "))
  ]]
  for _, closing in ipairs(closings) do
    helpers.bare_proc_it("keeps vmem's own from 3 on: " .. closing, function()
      local name, report = os.tmpname(), os.tmpname()
      finally(function() os.remove(name) os.remove(report) end)
      local file <close> = assert(io.open(name, "w"))
      file:write(script)
      file:close()
      os.execute(("%s REPORT=%s %s %s %s"):format(interpreter.variables, report, interpreter.command, name,
        closing))
      assert.equal("fine ", assert(io.open(report)):read "a")
    end)
  end
end)
