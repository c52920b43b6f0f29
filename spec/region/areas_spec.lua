local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

local mixed <const> = helpers.mixed_region

--- A process that is stopped, or sleeps. To be closed, so that a spec that fails does not wait for it.
local function process(command)
  local pipe = assert(io.popen(command))
  local numbers = { pipe:read "l":match "^(%d+) ?(%d*)$" }
  local function close()
    os.execute("kill -KILL " .. numbers[1])
    pipe:close()
  end
  return setmetatable({ pid = tonumber(numbers[1]), child = tonumber(numbers[2]) }, { __close = close })
end

describe("vmem.at", function()
  helpers.no_regions_left()

  it("gives the region that holds an address, and the offset there", function()
    local region <close> = vmem.reserve(3 * P)
    for _, offset in ipairs { 0, 1, P, 3 * P - 1 } do
      assert.same({ region, offset }, { vmem.at(region.base + offset) })
    end
  end)

  it("gives nil elsewhere", function()
    local region <close> = vmem.reserve(3 * P)
    for _, address in ipairs { 0, region.base - 1, region.base + 3 * P, math.maxinteger } do
      assert.is_nil((vmem.at(address)))
    end
  end)

  it("gives nil once the region is released", function()
    local region = vmem.reserve(P)
    local base = region.base
    region:release()
    assert.is_nil((vmem.at(base)))
  end)
end)

describe("vmem.regions", function()
  helpers.no_regions_left()

  it("walks the live regions by address", function()
    local made = {}
    for i = 1, 20 do made[i] = vmem.reserve(i * P) end
    for i = 1, 20, 3 do made[i]:release() end
    local seen, last = {}, -1
    for region in vmem.regions() do
      assert.is_true(region.base > last)
      last = region.base
      seen[region] = true
    end
    for i = 1, 20 do assert.equal(i % 3 ~= 1, seen[made[i]] or false) end
  end)

  it("gives the very objects that reserve gave", function()
    local region <close> = vmem.reserve(P)
    assert.equal(region, (vmem.regions()()))
  end)
end)

describe("vmem.query", function()
  helpers.no_regions_left()

  it("says of a region's pages what the region says", function()
    local region <close> = mixed()
    for offset = 0, 5 * P - 1, P // 2 do
      assert.same(region:query(offset), vmem.query(region.base + offset))
    end
  end)

  helpers.areas_it("says that an address is free once its region is released", function()
    local region = vmem.reserve(P)
    local base = region.base
    region:release()
    local area = vmem.query(base + 5)
    assert.equal("free", area.state)
    assert.equal(base, area.address)
    assert.is_true(area.size >= P)
    assert.is_nil(area.allocation_base)
  end)

  helpers.areas_it("ends a free area where a region begins", function()
    local region <close> = assert(vmem.reserve(P, { address = 0x56780000 }))
    local below, above = vmem.query(region.base - P), vmem.query(region.base + P)
    assert.equal(region.base, below.address + below.size)
    assert.equal(region.base + P, above.address)
    assert.same({ "free", "free" }, { below.state, above.state })
  end)

  helpers.areas_it("knows what the program and its libraries take", function()
    local found
    for area in vmem.areas() do
      if area.name and area.name:find("core%.%w+$") then found = found or area end
    end
    local area = vmem.query(found.address + 1)
    assert.equal("committed", area.state)
    assert.equal(found.name, area.name)
    assert.equal(found.address, area.allocation_base)
    assert.is_false(area.shared)
  end)

  it("refuses addresses that no process can have", function()
    local area, message, code = vmem.query(math.maxinteger)
    assert.is_nil(area)
    assert.equal("cannot query 0x7fffffffffffffff: ", message:sub(1, 33))
    assert.equal(helpers.tells_areas and "invalid_address" or "not_supported", code)
  end)
end)

describe("vmem.areas", function()
  helpers.no_regions_left()

  helpers.areas_it("covers the address space without a gap", function()
    local highest <close> = vmem.reserve(P, { top_down = true })
    local next_address = 0
    for area in vmem.areas() do
      assert.equal(next_address, area.address)
      assert.is_true(area.size > 0)
      next_address = area.address + area.size
    end
    assert.is_true(next_address > highest.base)
  end)

  helpers.areas_it("tells the regions run by run", function()
    local region <close> = mixed()
    local seen = {}
    for area in vmem.areas() do
      if area.allocation_base == region.base then seen[#seen + 1] = area end
    end
    assert.equal(4, #seen)
    assert.same({ region:query(0), region:query(P), region:query(3 * P), region:query(4 * P) }, seen)
  end)

  helpers.areas_it("goes on when regions come and go under way", function()
    local last, region = -1, nil
    for area in vmem.areas() do
      assert.is_true(area.address > last)
      last = area.address
      if region then region:release() end
      region = vmem.reserve(P)
    end
    region:release()
  end)

  helpers.areas_it("gives one value, which ends with its last area, or is closed", function()
    assert.equal(1, select("#", vmem.areas()))
    local areas = vmem.areas()
    for area in areas do
      assert.is_number(area.address)
    end
    assert.equal("vmem.areas (over)", tostring(areas))
    assert.is_nil(areas())
    local again
    do
      local closed <close> = vmem.areas()
      assert.equal(0, closed().address)
      again = closed
    end
    assert.equal("vmem.areas (over)", tostring(again))
    assert.is_nil(again())
  end)

  helpers.bare_proc_it("does not pile up memory where loops are left by break", function()
    local output = helpers.run_script [[
      local vmem, regions = require "vmem", {}
      for i = 1, 2000 do -- a long list of areas
        regions[i] = vmem.reserve(1 << 20)
        if i % 2 == 0 then regions[i]:release() end
      end
      local function resident()
        local pages = io.open("/proc/self/statm"):read("a"):match "^%d+ (%d+)"
        return pages * vmem.page_size
      end
      local function walk(times)
        for _ = 1, times do for _ in vmem.areas() do break end end
      end
      walk(100)
      local before = resident()
      walk(2000)
      print(resident() - before < 1 << 24)
    ]]
    assert.equal("true\n", output)
  end)

  helpers.proc_it("shows other processes, and says when there is none", function()
    local other <close>, stack = process "echo $$; kill -STOP $$", nil
    for area in vmem.areas(other.pid) do
      if area.name == "[stack]" then stack = area end
    end
    assert.equal("committed rw", stack.state .. " " .. stack.protection)
    local none, message, code = vmem.areas(0x7fffffff)
    assert.is_nil(none)
    assert.equal("cannot list the areas of process 2147483647: there is no such process", message)
    assert.equal("invalid_address", code)
  end)

  it("is not to be had everywhere", function()
    if helpers.tells_areas then return end
    for _, refused in ipairs { table.pack(vmem.areas()), table.pack(vmem.query(1)) } do
      assert.is_nil(refused[1])
      assert.matches("^cannot ", refused[2])
      assert.equal("not_supported", refused[3])
    end
  end)
end)

-- The kernel is asked area by area, or its text is read. Usually vmem chooses; VMEM_AREAS does here.
describe("vmem.areas", function()
  helpers.no_regions_left()

  local core = package.searchpath("vmem.core", package.cpath)

  --- The output of a script, for each way.
  local function both_ways(script, before)
    local outputs = {}
    for _, way in ipairs { "query", "text" } do
      local output, ok = helpers.run_script(script, ("export VMEM_AREAS=%s;%s"):format(way, before or ""))
      assert.is_true(ok, output)
      outputs[way] = output
    end
    return outputs
  end

  helpers.proc_it("gives what the kernel's text says, by ioctl and by text", function()
    local outputs = both_ways(helpers.knows_malloc .. [[
      local vmem = require "vmem"
      local function from_text()
        local lines = {}
        for line in io.lines "/proc/self/maps" do
          local from, to, r, w, x, s, name =
            line:match "^(%x+)%-(%x+) (.)(.)(.)(.) %x+ %x+:%x+ %d+ *(.*)$"
          local protection = ((r .. w .. x):gsub("-", ""))
          if protection == "" then protection = "none" end
          if protection == "none" and s == "p" and name == "" then protection = nil end
          local line = ("%s-%s %s %s %s"):format(from, to, protection, s == "s", name)
          if name ~= "[vsyscall]" and name ~= "[heap]" and not (mapped and name == "") then
            lines[#lines + 1] = line
          end
        end
        return table.concat(lines, "\n")
      end
      local function from_areas()
        local lines = {}
        for area in vmem.areas() do
          local line = ("%08x-%08x %s %s %s"):format(area.address, area.address + area.size,
            area.protection, area.shared, area.name or "")
          local room = area.name == "[stack]" and area.state == "reserved" -- of which the kernel says nothing
          if area.state ~= "free" and area.name ~= "[heap]" and (area.name or not mapped) and not room then
            lines[#lines + 1] = line
          end
        end
        return table.concat(lines, "\n")
      end
      from_text() from_areas() -- memory has grown, but for the heap, which goes on
      collectgarbage "stop"
      local expected, got = from_text(), from_areas()
      if expected ~= got then print(expected, "but got", got) end
    ]])
    assert.same({ query = "", text = "" }, outputs)
  end)

  helpers.proc_it("gives the same of another process, by ioctl and by text", function()
    local other <close> = process "echo $$; kill -STOP $$"
    os.execute("kill -STOP " .. other.pid) -- it may not have stopped itself yet
    local outputs = both_ways(([[
      local vmem = require "vmem"
      for area in assert(vmem.areas(%d)) do
        local keys = {}
        for key, value in pairs(area) do keys[#keys + 1] = key .. "=" .. tostring(value) end
        table.sort(keys)
        print(table.concat(keys, " "))
      end
    ]]):format(other.pid))
    assert.equal(outputs.text, outputs.query)
    assert.matches("name=%[stack%]", outputs.query)
    assert.matches("name=/", outputs.query)
  end)

  helpers.proc_it("says when there is no such process any more, by ioctl and by text", function()
    local other <close> = process "sleep 0.1 & echo $$ $!; exec sleep 100"
    repeat
      local file <close> = assert(io.open("/proc/" .. other.child .. "/stat"))
    until file:read "a":find(") Z ", 1, true)
    local outputs = both_ways(([[
      local vmem = require "vmem"
      for _, pid in ipairs { %d, 0x7fffffff } do print(select(3, vmem.areas(pid))) end
    ]]):format(other.child))
    local expected = "invalid_address\ninvalid_address\n"
    assert.same({ query = expected, text = expected }, outputs)
  end)

  -- Ways to load the module from an odd place, and the name of its areas then.
  local odd_names = {
    ["with newlines in them"] = {
      load = [[
        local plain = os.tmpname()
        local name = plain .. "\nand\n"
        assert(os.execute(("cp '%s' '%s'"):format(core, name)))
        local vmem = package.loadlib(name, "luaopen_vmem_core")().module
        os.remove(name)
        os.remove(plain)
      ]],
      pattern = "^/[^\n]+\nand\n %(deleted%)$",
    },
    ["longer than a path may be"] = {
      load = [[local vmem = package.loadlib("./core.so", "luaopen_vmem_core")().module]],
      before = [[
        top=$(mktemp -d); trap "rm -rf $top" EXIT
        part=$(printf %0200d 0); for twice in 1 2 3 4; do part=$part/$part; done
        mkdir -p $top/a/$part $top/b/$part; cp ]] .. core .. [[ $top/b/$part/core.so
        cd $top/b/$part; mv $top/b $top/a/$part;
      ]],
      pattern = "^/" .. ("."):rep(6400) .. ".*/core%.so$",
    },
  }
  helpers.proc_it("takes four characters in a name for no newline, where the kernel can be asked", function()
    for _, offer in ipairs(require("vmem.core").offers()) do
      if offer[1] == "PROCMAP_QUERY" and offer[2] then return pending(offer[2]) end
    end
    local output, ok = helpers.run_script(([[
      local plain = os.tmpname()
      local long = plain .. "%%s" .. ("x"):rep(100) -- the names are not of a kind
      for _, middle in ipairs { "\\012", "\n", "\n\\012", "\\012\n" } do
        local name = long:format(middle)
        assert(os.execute(("cp '%%s' '%%s'"):format(%q, name)))
        local vmem = package.loadlib(name, "luaopen_vmem_core")().module
        os.remove(name)
        local found
        for area in vmem.areas() do
          if area.name == name .. " (deleted)" then
            found = true
            assert(vmem.query(area.address).name == area.name)
          end
        end
        print(found)
      end
      os.remove(plain)
    ]]):format(core))
    assert.is_true(ok, output)
    assert.equal(("true\n"):rep(4), output)
  end)

  for what, case in pairs(odd_names) do
    helpers.proc_it("gives names " .. what .. ", by ioctl and by text", function()
      local script = ("local core, pattern = %q, %q\n"):format(core, case.pattern) .. case.load .. [[
        local found
        for area in vmem.areas() do
          if area.name and area.name:find(pattern) then
            assert(not found or found == area.name)
            found = area.name
            assert(vmem.query(area.address).name == found)
          end
        end
        io.write(found)
      ]]
      for _, output in pairs(both_ways(script, case.before)) do assert.matches(case.pattern, output) end
    end)
  end
end)
