-- Lua's own prompt, as a beginner sees it: lines are typed, and what it prints is read.

local helpers = require "helpers"
local interpreter = require "interpreter"

--- What the prompt prints of some lines, without its own text.
local function typed(lines)
  local name = os.tmpname()
  local file = assert(io.open(name, "w"))
  file:write("_PROMPT = '' _PROMPT2 = ''\n", lines, "\n")
  file:close()
  local command = "TERM=dumb %s %s -i -l vmem <%s 2>&1"
  local pipe <close> = assert(io.popen(command:format(interpreter.variables, interpreter.command, name)))
  local output = pipe:read "a"
  os.remove(name)
  return output
end

describe("the prompt", function()
  -- A line, and a pattern of what is printed.
  local cases = {
    { "vmem.sparse", "vmem%.sparse: [%w ,]+%. It has new, open\n" },
    { "vmem.reserve(1, { name = 'notes' })", "vmem%.region 'notes' at 0x%x+: %d+ bytes, 0 committed\n" },
    { "region:runs()", "vmem%.runs of region 0x%x+:\n *offset +size +state\n *0 +%d+ +reserved\n" },
    { "region:dump(-1)", "stdin:1: bad argument #1 to 'dump' %(offset must be .*, not %-1%)\n" },
    { "region:map(3)", "stdin:1: bad argument #1 to 'map' %(options must be a table, not 3%)\n" },
    { "vmem.mirror(-1)", "stdin:1: bad argument #1 to 'mirror' %(size must be" },
    { "vmem.reserve(-1)", "stdin:1: bad argument #1 to 'reserve' %(size" },
    { "vmem.sparse.new('u8', -1)", "stdin:1: bad argument #2 to 'new' %(count must be" },
    { "cells:set(-1, 1)", "stdin:1: [^\n]*%-1" },
    { "vmem.arena.new(-1)", "stdin:1: bad argument #1 to 'new' %(size must be" },
    { "vmem.paging.new { frames = -1 }", "stdin:1: bad argument #1 to 'new' %(option frames must be" },
    { "vmem.win32.VirtualAlloc({}, 1, 1, 1)", "stdin:1: bad argument #1 to 'VirtualAlloc'" },
    { "vmem.recorder.note(1)", "stdin:1: bad argument #1 to 'note' %(text must be" },
  }
  if helpers.tells_areas then
    cases[#cases + 1] = { "vmem.areas()", "vmem%.areas of this process, from 0x0 on: [^\n\t]*\n" }
    cases[#cases + 1] = { "for area in vmem.areas() do print(area) break end",
      "vmem%.area 0x0: %d+ bytes, free\n" }
  end
  for _, case in ipairs(cases) do
    helpers.unix_it("answers " .. case[1], function()
      local before = "region = vmem.reserve(1) cells = vmem.sparse.new('u8', 5) print 'begun'\n"
      local output = typed(before .. case[1])
      assert.matches("\n" .. case[2], output:sub((output:find("begun\n", 1, true))))
      assert.is_nil(output:find "\n[^\n%s]*vmem/[^\n%s]*%.lua:%d+: ") -- none of vmem's own lines is to blame
    end)
  end
end)
