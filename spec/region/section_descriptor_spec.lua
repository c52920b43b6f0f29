-- A section whose descriptor other code has closed: the number may be another file's by then.

local helpers = require "helpers"

local linux_it = helpers.on_linux and helpers.section_it or pending

-- `number` is the section's descriptor; take() closes it, and gives a file that has the number then.
local prelude <const> = [[
  local vmem = require "vmem"
  local P, trap = vmem.page_size, require "trap"
  local section = assert(vmem.section(2 * P, { growable = true }))
  local region = vmem.reserve(8 * P):attach(section):write(0, "kept")
  local path = section.path
  local number = tonumber(path:match "(%d+)$")
  local function take()
    assert(trap.close(number))
    local held = {}
    for _ = 1, 20 do
      local file = assert(io.tmpfile())
      file:write("other"):flush()
      local same <close> = io.open(path)
      if same and same:read "a" == "other" then return file end
      held[#held + 1] = file
    end
  end
  local message = "other code has closed the section's descriptor"
  local function raises(f, ...)
    local ok, text = pcall(f, ...)
    assert(not ok and text:find(message, 1, true), text)
  end
]]

local function each(name, script)
  linux_it(name, function()
    assert.equal("done", helpers.run_script(prelude .. script .. " io.write 'done'"))
  end)
end

describe("a section whose descriptor is closed", function()
  each("says so, and what is attached goes on", [[
    assert(trap.close(number))
    raises(region.attach, region, section)
    raises(section.resize, section, 3 * P)
    assert(section.size == nil and section.path == nil)
    assert(region:read(0, 4) == "kept" and region:protect(0, P, "r") and region:decommit())
    assert(section:close())
  ]])

  each("leaves alone the file that has its number", [[
    local file = take()
    if not file then return io.write "done" end -- it has another number
    raises(region.attach, region, section)
    raises(section.resize, section, 3 * P)
    assert(section.size == nil and section.path == nil)
    assert(section:close())
    region:release()
    collectgarbage()
    assert(file:seek "end" == 5 and file:seek "set" == 0 and file:read "a" == "other")
  ]])

  each("refuses a discard of private copies, which stay as they are", [[
    assert(region:attach(section, 0, 0, P, "rw+copy")):write(0, "copy")
    assert(trap.close(number))
    local done, text, code = region:discard(0, P)
    assert(not done and code == "bad_file", code)
    assert(region:read(0, 4) == "copy")
  ]])
end)
