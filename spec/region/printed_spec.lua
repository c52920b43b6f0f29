-- What print shows at the prompt: all that a call gives says what it is, and no "table: 0x…" is among it.

local helpers = require "helpers"
local recorder = require "vmem.recorder"
local vmem = require "vmem"
local win32 = require "vmem.win32"

local P = vmem.page_size

--- Four pages: reserved, committed "rw" and written, "r", reserved.
local function region_of_runs()
  local region = assert(vmem.reserve(4 * P, { watch = true }))
  region:commit(P, 2 * P):write(P, "x"):protect(2 * P, P, "r")
  return region
end

--- A recording of a commit, a write that faults, and a release.
local function recorded(options)
  local recording = recorder.start { writes = true }
  local region = assert(vmem.reserve(2 * P, options))
  region:commit(0, P)
  pcall(region.write, region, P, "five!")
  region:release()
  return recording:stop()
end

-- Each: how it is made of a region, and a pattern of what is printed; "BASE" and so on stand for numbers.
local cases = {
  { "a run", function(r) return r:query(P) end,
    "^vmem%.run BASE_P: P bytes at offset P of region BASE, committed rw$" },
  { "a reserved run", function(r) return r:query(0) end,
    "^vmem%.run BASE: P bytes at offset 0 of region BASE, reserved$" },
  { "a trapped run", function(r) return r:trap(0, P, { read = print }):query(0) end, ", reserved, trap r$" },
  { "the area of a region", function(r) return vmem.query(r.base) end, "^vmem%.run BASE: P bytes" },
  { "runs", function(r) return r:runs() end,
    "^vmem%.runs of region BASE:\n +offset +size  state\n +0 +P  reserved\n +P +P  committed rw\n" },
  { "written runs", function(r) return r:written() end,
    "^vmem%.written of region BASE:\n +offset +size  state\n +P +P  written$" },
  { "attachments", function(r) return r:attachments() end, "^vmem%.attachments of region BASE: nothing$" },
  { "changed runs", function(r)
      local snapshot = assert(r:snapshot())
      r:write(P, "y")
      return snapshot:changed()
    end, "^vmem%.changed of region BASE:\n +offset +size  state\n +P +P  changed$" },
  { "regions", function() return vmem.regions() end, "^vmem%.regions:\n.*vmem%.region BASE: " },
  { "VirtualQuery's answer", function(r) return (win32.VirtualQuery(r.base + P)) end,
    "^MEMORY_BASIC_INFORMATION\n  BaseAddress        BASE_P\n  AllocationBase     BASE\n"
    .. "  AllocationProtect  PAGE_READWRITE\n  RegionSize         P\n  State              MEM_COMMIT\n"
    .. "  Protect            PAGE_READWRITE\n  Type               MEM_PRIVATE$" },
  { "VirtualQuery's answer for a guard page", function(r)
      assert(r:protect(P, P, "r+guard"))
      return (win32.VirtualQuery(r.base + P))
    end, "\n  Protect            PAGE_READONLY | PAGE_GUARD\n" },
  { "the system's facts", function() return win32.GetSystemInfo() end,
    "^SYSTEM_INFO\n.*\n  dwPageSize +P\n.*\n  dwAllocationGranularity +%d+" },
  { "the process's counters", function() return win32.GetProcessMemoryInfo() or "PROCESS_M: none" end,
    "^PROCESS_M" },
  { "an exception's record", function(r)
      return win32.GetExceptionInformation(helpers.fault(r.write, r, 2 * P, "x"))
    end, "^EXCEPTION_RECORD\n  ExceptionCode         EXCEPTION_ACCESS_VIOLATION\n"
    .. "  NumberParameters      2\n  ExceptionInformation  1, 0x%x+$" },
  { "a recorded commit", function() return recorded()[2] end,
    "^vmem%.event at 0%.%d+ s: commit of P bytes at offset 0 of region %d+, rw %(.*_spec%.lua:%d+%)$" },
  { "a recorded fault", function() return recorded()[3] end,
    ": fault: write of 5 bytes at offset P of region %d+, reserved %(" },
  { "a region of a recording", function() return recorded().regions[1] end,
    "^vmem%.recorded_region 0x%x+: %d+ bytes$" },
  { "a region of a recording that has a name", function()
      local regions = recorded({ name = "n\27" }).regions
      return regions[#regions]
    end,
    "^vmem%.recorded_region 'n\\x1b' at 0x%x+: %d+ bytes$" },
  { "a region", function(r) return r end, "^vmem%.region BASE: %d+ bytes, %d+ committed$" },
  { "a region that has a name", function()
      local region <close> = vmem.reserve(P, { name = "n\27" })
      return tostring(region)
    end, "^vmem%.region 'n\\x1b' at 0x%x+: P bytes, 0 committed$" },
}
if helpers.tells_areas then
  cases[#cases + 1] = { "a free area", function() return vmem.query(0) end,
    "^vmem%.area 0x0: %d+ bytes, free$" }
  cases[#cases + 1] = { "areas", function() return (vmem.areas()) end,
    "^vmem%.areas of this process, from 0x0 on: for area in vmem%.areas%(%) do print%(area%) end$" }
end

describe("print", function()
  helpers.no_regions_left()

  for _, case in ipairs(cases) do
    it("says of " .. case[1] .. " what it is", function()
      local region <close> = region_of_runs()
      local pattern = case[3]:gsub("BASE_P", ("0x%x"):format(region.base + P))
        :gsub("BASE", ("0x%x"):format(region.base)):gsub("%f[%w]P%f[%W]", P)
      assert.matches(pattern, tostring(case[2](region)))
    end)
  end

  helpers.areas_it("says of each area of a layout what it is", function()
    for _, area in pairs(assert(require("vmem.layout").of())) do
      local start = "vmem.layout.area 0x%x: %d bytes, %s"
      start = start:format(area.address, area.size, area.state or area.kind)
      assert.equal(start, tostring(area):sub(1, #start))
    end
  end)

  helpers.areas_it("says of each area of the process what it is, in one line", function()
    local named = false
    for area in vmem.areas() do
      local text = tostring(area)
      assert.matches(("^vmem%%.%%w+ 0x%x: %d bytes"):format(area.address, area.size), text)
      assert.is_nil(text:find("\n", 1, true))
      named = named or area.name ~= nil and text:find(", " .. area.name, 1, true) ~= nil
    end
    assert.is_true(named)
  end)

  it("shows of an iterator what is left of it, and does not move it", function()
    local region <close> = region_of_runs()
    local step = region:runs()
    assert.equal(0, (step()))
    assert.equal(P, (step()))
    local text = tostring(step)
    assert.is_nil(text:find "committed rw")
    assert.matches(("\n +%d +%d  committed r\n +%d +%d  reserved$"):format(2 * P, P, 3 * P, P), text)
    assert.equal(2 * P, (step()))
    assert.equal(3 * P, (step()))
    assert.matches(": nothing$", tostring(step))
    assert.is_nil(step())
  end)

  it("shows 20 steps of an iterator, and that there are more", function()
    local region <close> = assert(vmem.reserve(100 * P))
    for i = 0, 99, 2 do region:commit(i * P, P) end
    local text = tostring(region:runs())
    assert.equal(22, select(2, text:gsub("\n", "")))
    assert.matches("\n…$", text)
  end)

  it("says of an iterator whose region is gone that it is over", function()
    local region = region_of_runs()
    local snapshot = region:snapshot()
    local steps = { region:runs(), region:written(), region:attachments(), snapshot:changed() }
    snapshot:close()
    assert.equal("vmem.changed (over)", tostring(steps[4]))
    region:release()
    assert.equal("vmem.runs (over)", tostring(steps[1]))
    assert.equal("vmem.written (over)", tostring(steps[2]))
    assert.equal("vmem.attachments (over)", tostring(steps[3]))
    helpers.raises("region is released", steps[1])
  end)

  it("takes what a script has put into the fields", function()
    local region <close> = region_of_runs()
    local run, event, answer = region:query(P), recorded()[3], win32.VirtualQuery(region.base)
    for _, value in ipairs { {}, "x", 1.5, true, print } do
      for _, object in ipairs { run, event, answer } do
        for key in pairs(object) do object[key] = value end
        assert.is_string(tostring(object))
      end
    end
    for _, object in ipairs { run, event, answer } do
      for key in pairs(object) do object[key] = nil end
      assert.is_string(tostring(object))
    end
  end)

  it("shows the words of an event that has some, and no size where there is none", function()
    local event = recorded()[2]
    for key in pairs(event) do event[key] = nil end
    event.what, event.time, event.text, event.where = "note", 0.5, "filled\27", "script.lua:3"
    assert.equal("vmem.event at 0.500000 s: note: filled\\x1b (script.lua:3)", tostring(event))
  end)

  it("takes nothing else for one of these", function()
    local region <close> = region_of_runs()
    for _, object in ipairs { region:query(), region:runs(), recorded()[1], win32.GetSystemInfo() } do
      for _, other in ipairs { 1, "x", {}, print, io.stdout, region } do
        assert.error_matches(function() getmetatable(object).__tostring(other) end, "bad self")
      end
    end
  end)

  local HAS_SOCKETS <const> = pcall(require, "socket") -- Redis needs them
  local modules = { vmem = vmem }
  for _, parent in ipairs { vmem, vmem.pager, vmem.file } do
    for _, name in pairs(getmetatable(parent).modules) do
      if HAS_SOCKETS or name ~= "vmem.pager.redis" then modules[name] = require(name) end
    end
  end

  for name, module in pairs(modules) do
    it("says of the module " .. name .. " what it is, in one line, and what it has", function()
      local text = tostring(module)
      assert.equal(name, text:match "^[%w.]*")
      assert.matches("^[%w.]+ ?[%d.]*: [%w ,]+%. It has [%w_, ]+$", text)
      assert.is_true(#text < 250)
      assert.equal("table", type(module))
      local count, shown = 0, text:match "It has (.*)$"
      for key, value in pairs(module) do
        assert.is_string(key)
        if type(value) == "function" and not key:find "^_" then count = count + 1 end
      end
      local _, commas = shown:gsub(",", "")
      assert.equal(count, commas + 1 + (tonumber(shown:match "and (%d+) more$") or 0))
      assert.is_nil(module.nothing_of_this_name)
    end)
  end

  it("tells the name of a sparse array's region", function()
    local cells <close> = assert(vmem.sparse.new("u8", 5, { name = "0x1" }))
    assert.matches("^vmem%.sparse of 5 %w+, '0x1' at 0x%x+: %d+ bytes, 0 committed$", tostring(cells))
  end)

  it("leaves tables tables: they are compared by their fields, and keep them", function()
    local region <close> = region_of_runs()
    local run = region:query(P)
    assert.same({
      address = region.base + P, offset = P, size = P, state = "committed", protection = "rw",
      type = "private",
      allocation_base = region.base, allocation_size = 4 * P, allocation_protection = "rw",
    }, run)
    assert.same(run, vmem.query(region.base + P))
    assert.is_nil(getmetatable(run).__eq)
  end)
end)
