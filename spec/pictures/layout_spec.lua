local core = require "vmem.core"
local helpers = require "helpers"
local interpreter = require "interpreter"
local layout = require "vmem.layout"
local vmem = require "vmem"

local P = vmem.page_size

--- The areas of this process with this kind.
local function areas_of(kind)
  local found = {}
  for _, area in ipairs(layout.of().areas) do
    if area.kind == kind then found[#found + 1] = area end
  end
  return found
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

describe("vmem.layout.of", function()
  helpers.no_regions_left()

  helpers.areas_it("covers all addresses without a gap, from 0 to the last", function()
    local next_address = 0
    for _, area in ipairs(layout.of().areas) do
      assert.equal(next_address, area.address)
      next_address = area.address + area.size
    end
    assert.equal(string.packsize("T") == 8 and 0 or 1 << 32, next_address)
  end)

  helpers.areas_it("has the partitions that the documents name, with this system's borders", function()
    local areas = layout.of().areas
    assert.same({ 0, vmem.lowest_address, "null" }, { areas[1].address, areas[1].size, areas[1].kind })
    local kernel, below = areas[#areas], areas[#areas - 1]
    assert.equal("kernel", kernel.kind)
    assert.is_true(math.ult(vmem.highest_address, kernel.address))
    local ends = core.end_of_addresses
    assert.is_true(not ends or kernel.address >= ends and kernel.address < 2 * ends)
    if below.kind == "forbidden" then assert.is_true(below.size <= 0x10000) end
  end)

  -- So it is with five levels of page tables on x86-64, and with 52 bits on arm64.
  helpers.areas_it("calls free what the system gives only where an address there is asked for", function()
    local known = core.end_of_addresses
    if not known then return pending("this system hides the end of its addresses") end
    finally(function() core.end_of_addresses = known end)
    local last = layout.of().areas
    local below = last[#last - (last[#last - 1].kind == "forbidden" and 2 or 1)]
    local ends = (1 << 58) - 0x10000
    core.end_of_addresses = ends
    local areas, told = layout.of().areas, {}
    for i = #areas - 2, #areas do
      told[#told + 1] = ("%s to %x"):format(areas[i].kind, areas[i].address + areas[i].size)
    end
    assert.same({ "free to " .. ("%x"):format(ends), "forbidden to 400000000000000", "kernel to 0" }, told)
    assert.equal("free", areas[#areas - 2].state)
    assert.is_true(areas[#areas - 2].address <= below.address + below.size)
    assert.not_equal("free", areas[#areas - 3].kind) -- it is one area with the free one below it
  end)

  helpers.areas_it("tells a region run by run", function()
    local region <close> = vmem.reserve(8 * P, { name = "named" })
    region:commit(P, 2 * P)
    region:commit(3 * P, P, "r+guard")
    region:write(P, "A")
    local seen = {}
    for _, area in ipairs(areas_of("region")) do
      if area.region == region then
        seen[#seen + 1] = ("%d %s %s %s %d"):format(area.size // P, area.state, area.protection, area.name,
          (area.resident or 0) // P)
      end
    end
    assert.same({
      "1 reserved nil named 0", "2 committed rw named 1", "1 committed r+guard named 0",
      "4 reserved nil named 0",
    }, seen)
  end)

  helpers.areas_it("tells which pages of a region are trapped", function()
    local region <close> = vmem.reserve(4 * P)
    local function nothing() end
    region:commit(0, P, "r"):trap(0, P, { write = nothing })
    region:trap(2 * P, P, { read = nothing, write = nothing })
    local seen = {}
    for _, area in ipairs(areas_of "region") do
      if area.region == region then seen[#seen + 1] = ("%s %s"):format(area.state, area.trap) end
    end
    assert.same({ "committed w", "reserved nil", "reserved rw", "reserved nil" }, seen)
    local own = layout.of()
    for _, picture in ipairs { own:text { width = 200, all = true }, own:svg { all = true } } do
      for _, access in ipairs { "r trap w", "trap rw", "reserved" } do
        assert.truthy(picture:find("%f[%a]" .. access .. "%f[%A]"), access)
      end
    end
  end)

  helpers.section_it("tells which pages of a region a section has", function()
    if not helpers.tells_areas then return end
    local U <const> = helpers.attach_unit
    local region <close> = assert(vmem.reserve(5 * U, { name = "both" }))
    local section <close> = assert(vmem.section(U))
    assert(region:attach(section, U))
    assert(region:attach(section, 2 * U, 0, U, "rw+copy"))
    region:commit(4 * U, U)
    local seen = {}
    for _, area in ipairs(areas_of "region") do
      if area.region == region then seen[#seen + 1] = ("%s %s"):format(area.protection, area.shared) end
    end
    assert.same({ "nil nil", "rw true", "rw nil", "nil nil", "rw nil" }, seen)
    local own = layout.of()
    for _, picture in ipairs { own:text { width = 200, all = true }, own:svg { all = true } } do
      assert.equal(1, select(2, picture:gsub("both, of a section", "")))
    end
  end)

  helpers.areas_it("knows the program and its libraries", function()
    local names = {}
    for _, area in ipairs(areas_of("image")) do names[#names + 1] = area.name end
    assert.truthy(table.concat(names, "\n"):find("core%.%w+"))
  end)

  helpers.proc_it("knows heap, stack and what the system puts in", function()
    local heap, stack = areas_of("heap"), areas_of("stack")
    local end_of_heap = heap[#heap] -- a sanitizer's malloc has none
    if end_of_heap then assert.equal("[heap] rw", end_of_heap.name .. " " .. end_of_heap.protection) end
    local last = stack[#stack] -- below it, reserved, is the room for its growth
    assert.equal("[stack] rw", last.name .. " " .. last.protection)
    assert.equal("[stack] reserved", stack[1].name .. " " .. stack[1].state)
    assert.is_true(#areas_of("system") > 0)
  end)

  helpers.proc_it("tells what smaps has, of areas and in totals, when it is asked for", function()
    local region <close> = vmem.allocate(64 * P)
    region:fill(0, 64 * P, 1)
    assert.is_nil(layout.of().areas[1].pss)
    assert.is_nil(layout.of():totals().all.pss)
    local here, message, code = layout.of(nil, { pss = true })
    if not here then -- a kernel without smaps
      assert.equal("not_supported", code, message)
      return
    end
    local sums = { pss = 0, dirty = 0, swapped = 0 }
    for _, area in ipairs(here.areas) do
      if area.kind == "free" and area.pss then -- nil where something was mapped meanwhile
        assert.equal(0, area.pss + area.dirty + area.swapped)
      end
      if area.kind == "stack" then
        for name, sum in pairs(sums) do sums[name] = sum + area[name] end
      end
    end
    local totals = here:totals()
    for name, sum in pairs(sums) do assert.equal(sum, totals.stack[name]) end
    assert.is_true(totals.stack.dirty + totals.stack.swapped > 0)
    -- Where the region is a mapping by itself its pages are dirty, and here or on swap.
    local own = totals.region
    if own.dirty then assert.is_true(own.dirty + own.swapped >= 64 * P) end
  end)

  helpers.areas_it("adds up by kind, and all that the process has", function()
    local region <close> = vmem.reserve(64 * P)
    region:commit(0, 8 * P)
    local here = layout.of()
    local totals, again = here:totals(), {}
    for _, area in ipairs(here.areas) do
      local sum = again[area.kind] or { count = 0, size = 0, committed = 0, resident = 0 }
      again[area.kind] = sum
      sum.count, sum.size = sum.count + 1, sum.size + area.size
      if area.state == "committed" then sum.committed = sum.committed + area.size end
      sum.resident = sum.resident and area.resident and sum.resident + area.resident
    end
    local all = totals.all
    totals.all = nil
    assert.same(again, totals)
    assert.equal(64 * P, totals.region.size)
    assert.equal(8 * P, totals.region.committed)
    local size = 0
    for kind, total in pairs(totals) do
      if not ("free null forbidden kernel"):find(kind) then size = size + total.size end
    end
    assert.equal(size, all.size)
  end)

  it("says so where the system does not tell", function()
    if helpers.tells_areas then return end
    local none, message, code = layout.of()
    assert.is_nil(none)
    assert.matches("^cannot list the areas of this process: ", message)
    assert.equal("not_supported", code)
  end)

  helpers.proc_it("says when there is no such process", function()
    local none, message, code = layout.of(0x7fffffff)
    assert.is_nil(none)
    assert.equal("cannot list the areas of process 2147483647: there is no such process", message)
    assert.equal("invalid_address", code)
  end)
end)

describe("what is in RAM", function()
  helpers.no_regions_left()

  --- Starts a process that runs this script and then sleeps. Returns its pid, and a function that ends it.
  local function sleeper(script)
    local name = os.tmpname()
    local file <close> = assert(io.open(name, "w"))
    file:write(script, "\nos.execute('kill -STOP $PPID')")
    file:close()
    local pipe = assert(io.popen(("echo $$; %s exec %s %s"):format(interpreter.variables, interpreter.command,
      name)))
    local pid = pipe:read("n", "l")
    repeat
      local stat <close> = assert(io.open("/proc/" .. pid .. "/stat"))
      local state = stat:read("a"):match "%) (%a)"
      assert.not_equal("Z", state)
    until state == "T"
    return pid, function()
      os.execute("kill -KILL " .. pid)
      pipe:close()
      os.remove(name)
    end
  end

  local function rss_of(pid)
    local file <close> = assert(io.open("/proc/" .. pid .. "/smaps_rollup"))
    return tonumber(file:read("a"):match("Rss: +(%d+) kB")) * 1024
  end

  --- What look() gives, and the system's own sum, which is the same before and after it. With huge pages on,
  --- on POWER, a sum was seen to differ from the one a second later by 1 MiB.
  local function at_rest(pid, look)
    for _ = 1, 10 do
      local sum = rss_of(pid)
      local result = look()
      if rss_of(pid) == sum then return result, sum end
    end
    error "the process does not come to rest"
  end

  -- Touched, read only (the zero page), swapped out if there is swap, locked, shared, and not touched.
  local script = [[
    local vmem = require "vmem"
    local P = vmem.page_size
    kept = assert(vmem.reserve(2048 * P))
    kept:commit(0, 1024 * P)
    for page = 0, 1000, 3 do kept:write(page * P, "A") end
    for page = 1, 1000, 7 do kept:read(page * P, 1) end
    for page = 1024, 2047, 2 do kept:commit(page * P, P):write(page * P, "A") end
    kept:commit(1500 * P, P, "none")
    large = assert(vmem.allocate(8 << 20)) -- huge pages where the system gives them
    large:fill(0, large.size, 1)
  ]]

  for _, way in ipairs { "", "smaps" } do
    local when = way == "" and "" or ", before Linux 6.7"
    helpers.proc_it("agrees with the system's own sum to the page" .. when,
      function()
        local pid, stop = sleeper(script)
        local output, told = at_rest(pid, function()
          return helpers.run_script(
            ("print(require('vmem.layout').of(%d):totals().all.resident)"):format(pid),
            way ~= "" and "VMEM_RESIDENT=" .. way or "")
        end)
        stop()
        assert.equal(told, tonumber(output), output)
      end)
  end

  helpers.proc_it("is told of each area as the system tells it", function()
    local pid, stop = sleeper(script)
    local told, seen, address = {}, {}, nil
    local areas = at_rest(pid, function()
      for line in io.lines("/proc/" .. pid .. "/smaps") do
        local from = line:match("^(%x+)%-%x+ ")
        address = from and tonumber(from, 16) or address
        local kib = line:match("^Rss: +(%d+) kB")
        if kib then told[address] = tonumber(kib) * 1024 end
      end
      return layout.of(pid).areas
    end)
    for _, area in ipairs(areas) do
      if told[area.address] then seen[area.address] = area.resident end
    end
    for from in pairs(told) do
      if from < 0 or from > vmem.highest_address then told[from] = nil end -- the kernel's own, for show
    end
    stop()
    assert.same(told, seen)
  end)

  helpers.proc_it("is told of this process's regions, before Linux 6.7 too", function()
    local output = helpers.run_script([[
      local vmem, layout = require "vmem", require "vmem.layout"
      local region = vmem.reserve(100 * vmem.page_size)
      region:commit(10 * vmem.page_size, 20 * vmem.page_size):write(10 * vmem.page_size, "A")
      region:protect(15 * vmem.page_size, vmem.page_size, "r")
      for _, area in ipairs(layout.of().areas) do
        if area.region then print(area.size // vmem.page_size, area.resident // vmem.page_size) end
      end
    ]], "VMEM_RESIDENT=smaps")
    assert.equal("10\t0\n5\t1\n1\t0\n14\t0\n70\t0\n", output)
  end)
end)

describe("an address space as text", function()
  helpers.no_regions_left()

  helpers.areas_it("has the highest address on top and every partition by name", function()
    local text = layout.of():text { width = 80 }
    local last
    for line in text:gmatch("[^\n]+") do
      local address = line:match("^ *0x(%x+) [│┊|:]")
      if address then
        local value = math.tointeger(tonumber("0x" .. address))
        assert.is_true(last == nil or math.ult(value, last), line)
        last = value
      end
    end
    assert.equal(0, last)
    local from = 1
    for _, name in ipairs { "Kernel mode partition", "User mode partition", "NULL pointer partition" } do
      from = assert(text:find(name, from, true), text)
    end
  end)

  helpers.areas_it("keeps to the width, whatever it is", function()
    for _, width in ipairs { 60, 80, 133 } do
      for _, all in ipairs { false, true } do
        local text = layout.of():text { width = width, all = all, colour = false }
        for _, line in ipairs(lines_of(text)) do assert.is_true(utf8.len(line) <= width, line) end
      end
    end
  end)

  helpers.areas_it("draws boxes in ASCII where the locale is not UTF-8", function()
    local text = layout.of():text { ascii = true, colour = false }
    assert.is_nil(text:find("[\128-\255]"), text)
  end)

  helpers.areas_it("is coloured if asked, and not here", function()
    assert.truthy(layout.of():text { colour = true }:find("\27[", 1, true))
    assert.is_nil(layout.of():text { colour = false }:find("\27", 1, true))
  end)

  helpers.areas_it("folds the areas of a library, the runs of a region and crowds", function()
    local region <close> = vmem.reserve(200 * P, { name = "crowd" })
    for page = 0, 199, 2 do region:commit(page * P, P) end
    local here = layout.of()
    local few, many = lines_of(here:text()), lines_of(here:text { all = true })
    assert.is_true(#few < 100 and #many > 200)
    assert.truthy(here:text { width = 100 }:find("crowd, 200 runs", 1, true))
    local _, times = here:text { width = 100 }:gsub("core%.%w+ ", "")
    assert.equal(1, times)
  end)

  helpers.areas_it("shows names without what would steer a terminal", function()
    local region <close> = vmem.reserve(P, { name = "a\27[31mb" })
    assert.equal(P, region.size)
    assert.truthy(layout.of():text { width = 100, colour = false }:find("a\\x1b[31mb", 1, true))
  end)
end)
