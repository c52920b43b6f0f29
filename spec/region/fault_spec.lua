local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("a fault", function()
  helpers.no_regions_left()

  for _, access in ipairs(helpers.accesses) do
    it("is raised by " .. access.name .. ", and says everything about it", function()
      local kit <close> = helpers.access_kit()
      local region = kit.region:decommit(P, P)
      local fault = helpers.fault(access.touch, kit)
      assert.equal("access_violation", fault.kind)
      assert.equal(access.kind, fault.access)
      assert.equal(region.base + P, fault.address)
      assert.equal(region, fault.region)
      assert.equal(P, fault.offset)
      assert.equal(2, fault.page)
      assert.equal("reserved", fault.state)
      assert.is_nil(fault.protection)
    end)

    it("comes before " .. access.name .. " has changed a byte", function()
      local kit <close> = helpers.access_kit()
      local region = kit.region:decommit(P, P)
      helpers.fault(access.touch, kit)
      -- Loading up to a file's end loads one page after the other.
      local changed = access.name == "region:load to the file's end" and "1234" or "AAAA"
      assert.equal(("A"):rep(P - 4) .. changed, region:read(0, P))
      assert.equal(("A"):rep(2 * P), region:read(2 * P))
      assert.equal(("\0"):rep(P), kit.other:read())
    end)
  end

  it("names the first page that refuses", function()
    local region <close> = vmem.allocate(6 * P)
    region:decommit(4 * P, P):decommit(2 * P, P):protect(3 * P, P, "none")
    assert.equal(3, helpers.fault(region.read, region).page)
    assert.equal(4, helpers.fault(region.read, region, 3 * P + 5).page)
    assert.equal(3 * P + 5, helpers.fault(region.read, region, 3 * P + 5).offset)
  end)

  it("is a value that lives on after its region", function()
    local region = vmem.reserve(P)
    local fault = helpers.fault(region.read, region)
    local text, base = tostring(fault), region.base
    region:release()
    assert.equal(text, tostring(fault))
    assert.equal(base, fault.address)
    assert.equal("vmem.region (released)", tostring(fault.region))
  end)

  it("has no fields but its own, and none that can be set", function()
    local region <close> = vmem.reserve(P)
    local fault = helpers.fault(region.read, region)
    assert.is_nil(fault.colour)
    assert.has_error(function() fault.kind = "harmless" end)
  end)

  it("is not raised for no bytes at all", function()
    local region <close> = vmem.reserve(P)
    assert.equal("", region:read(0, 0))
    assert.equal("", region:read(P))
    assert.equal("", vmem.read(0, 0))
    assert.equal("", region:cstring(P))
    assert.equal(region, region:write(P, ""))
    assert.equal(region, region:fill(0, 0, 1))
    assert.equal(region, region:copy(0, P, 0))
    assert.equal(0, region:compare(0, P, 0))
    assert.equal(5, region:pack(5, ""))
    assert.equal(5, region:unpack(5, ""))
    assert.equal(0, region:find("", 0, 0))
  end)

  it("outside all regions has an address and nothing else", function()
    local region <close> = vmem.reserve(P)
    local fault = helpers.fault(vmem.write, region.base + P, "x")
    assert.equal("access_violation", fault.kind)
    assert.equal("write", fault.access)
    assert.equal(region.base + P, fault.address)
    for _, field in ipairs { "region", "offset", "page", "state", "protection" } do
      assert.is_nil(fault[field], field)
    end
  end)

  it("in the second of two neighbours comes before a byte of the first is written", function()
    local first <close> = assert(vmem.allocate(16 * P, { address = 0x56780000 }))
    local second <close> = assert(vmem.reserve(P, { address = first.base + first.size }))
    local fault = helpers.fault(vmem.write, second.base - 2, "over")
    assert.same({ second, 0, "write" }, { fault.region, fault.offset, fault.access })
    assert.equal("\0\0", first:read(first.size - 2))
  end)

  it("outside all regions is found behind a region's end, too", function()
    local region <close> = vmem.allocate(P)
    assert.equal(region.base + P, helpers.fault(vmem.read, region.base + P - 1, 2).address)
    assert.equal(math.maxinteger, helpers.fault(vmem.write, math.maxinteger, "xyz").address)
  end)
end)

describe("a fault's sentence", function()
  helpers.no_regions_left()

  local read, write = vmem.read, vmem.write
  local none = "is committed, but its protection none forbids any access"
  local guard = "was a guard page, and is an ordinary page from now on"
  local cases = {
    { "none", read, "access violation reading", none },
    { "none", write, "access violation writing", none },
    { "r", write, "access violation writing", "must not be written, its protection is r" },
    { "x", write, "access violation writing", "must not be written, its protection is x" },
    { "rx", write, "access violation writing", "must not be written, its protection is rx" },
    { "r+guard", read, "guard page violation reading", guard },
    { "rw+guard", write, "guard page violation writing", guard },
    { "rwx+guard", read, "guard page violation reading", guard },
  }
  for _, case in ipairs(cases) do
    local protection, access, start, finish = table.unpack(case)
    it(("is %q for %s pages"):format(start .. " ...: page 2 of region ... " .. finish, protection), function()
      local region <close> = vmem.reserve(2 * P)
      region:commit(P, P, protection)
      local fault = helpers.fault(access, region.base + P, access == write and "x" or 1)
      assert.equal(protection, fault.protection)
      local text = "%s 0x%x, offset %d: page 2 of region 0x%x %s"
      text = text:format(start, region.base + P, P, region.base, finish)
      assert.equal(text, tostring(fault))
    end)
  end

  it("is the documented one for reserved pages", function()
    local region <close> = assert(vmem.reserve(1 << 20, { address = 0x56780000 }))
    local fault = helpers.fault(region.write, region, P, "x")
    local text = "access violation writing 0x%x, offset %d: page 2 of region 0x56780000 is reserved, "
      .. "not committed"
    assert.equal(text:format(0x56780000 + P, P), tostring(fault))
  end)

  it("has the region's name, if it has one, and the offset of the first byte that refused", function()
    local region <close> = assert(vmem.reserve(4 * P, { name = "scores" }))
    region:commit(0, P)
    local fault = helpers.fault(region.write, region, P - 2, "four")
    local text = ("access violation writing 0x%x, offset %d: page 2 of region 'scores' at 0x%x is reserved, "
      .. "not committed")
    assert.equal(text:format(region.base + P, P, region.base), tostring(fault))
  end)

  it("has a short form of a long name, which ends at the border of a character", function()
    for _, part in ipairs { "x", "é", "中", "\27" } do
      local region <close> = assert(vmem.reserve(P, { name = part:rep(200) }))
      local shown = tostring(helpers.fault(region.read, region)):match "of region '([^']*)%.%.%.' at"
      assert.is_truthy(utf8.len(shown))
      assert.is_true(#shown > 80 and #shown < 96)
      assert.equal("", (shown:gsub(part == "\27" and "\\x1b" or part, "")))
    end
  end)

  it("says so when no region holds the address", function()
    local fault = helpers.fault(vmem.read, 16, 1)
    assert.equal("access violation reading 0x10: no live region holds this address", tostring(fault))
  end)

  it("is the sentence alone, however a script asks that has caught the fault", function()
    local region <close> = assert(vmem.reserve(1 << 20, { address = 0x56780000 }))
    local fault = helpers.fault(region.read, region)
    local text = "access violation reading 0x56780000, offset 0: page 1 of region 0x56780000 is reserved, "
      .. "not committed"
    assert.equal(text, tostring(fault))
    assert.equal(text, ("%s"):format(fault))
    assert.equal(text, select(2, pcall(tostring, fault)))
    assert.equal(text, select(2, pcall(string.format, "%s", fault)))
    assert.equal(text, coroutine.wrap(tostring)(fault))
  end)
end)

describe("a guard page", function()
  helpers.no_regions_left()

  it("faults once, and is an ordinary page from then on", function()
    local region <close> = vmem.allocate(P)
    region:write(0, "kept"):protect(0, P, "rw+guard")
    local fault = helpers.fault(region.read, region)
    assert.equal("guard_page", fault.kind)
    assert.equal("rw+guard", fault.protection)
    assert.equal("rw", region[1].protection)
    assert.equal("kept", region:read(0, 4))
  end)
end)

describe("an uncaught fault", function()
  helpers.no_regions_left()

  local sentence = "access violation writing 0x56781000, offset 4096: "
    .. "page 2 of region 0x56780000 is reserved, not committed\n"
  local prologue = [[
    local vmem = require "vmem"
    local region = assert(vmem.reserve(1 << 20, { address = 0x56780000 }))
    local view = region:view("u8")
  ]] -- three lines

  local scripts = {
    ["in the main chunk"] = [[region:write(0x1000, "x")]],
    ["in a function"] = [[local function f() region:write(0x1000, "x") return 1 end f()]],
    ["in a metamethod"] = [[view[0x1001] = 1]],
    ["in a coroutine"] = [[coroutine.wrap(function() region:fill(0x1000, 1, 1) end)()]],
    ["in a coroutine in a coroutine"] = [[
coroutine.wrap(function() coroutine.wrap(function() region:fill(0x1000, 1, 1) end)() end)()]],
    ["in a handler"] = [[
vmem.on_fault(function(f) if f.page == 1 then vmem.write(0x56781000, "x") end end) region:read(0, 1)]],
    ["with a handler that does not mend it"] = [[region:on_fault(function() end) region:write(0x1000, "x")]],
    ["thrown again"] = [[local _, fault = pcall(region.write, region, 0x1000, "x") error(fault)]],
  }
  for what, script in pairs(scripts) do
    it(what .. " shows the script's file and line", function()
      if P ~= 4096 then return pending("written for pages of 4096 bytes") end
      local output, ok, name = helpers.run_script(prologue .. script)
      assert.is_false(ok)
      local said = output:match("^[^\n]-lua[%w.]*: (.*)$") -- the interpreter's own name comes first
      assert.equal(("%s:4: %s"):format(name, sentence), said)
    end)
  end

  it("knows its place as a field", function()
    local region <close> = vmem.reserve(P)
    local line = debug.getinfo(1, "l").currentline + 1
    local fault = helpers.fault(function() region:read() end)
    assert.equal(line, tonumber(fault.where:match("^.*fault_spec.lua:(%d+)$")))
  end)

  for what, before in pairs {
    ["a searcher that package.path knows nothing of"] = [[
      local file_of = package.searchpath
      local path = package.path
      package.path = "/nowhere/?.lua"
      table.insert(package.searchers, 2, function(name)
        local file = file_of(name, path)
        return file and loadfile(file)
      end)
    ]],
    ["two spellings of package.path"] = [[
      require "vmem"
      package.path = package.path:gsub("%./lua", "././lua")
    ]],
  } do
    it("knows the script's place when vmem is loaded through " .. what, function()
      local output, _, name = helpers.run_script(before .. [[
        local arena = require "vmem.arena"
        local stack = require("vmem.stack").new(1)
        print((select(2, pcall(function() arena.new "x" end))))
        print(select(2, pcall(function() local x = stack:alloc(1 << 20) end)).where)
      ]])
      local places = {}
      for line in output:gmatch "[^\n]+" do places[#places + 1] = line:match("^(.-):%d+") end
      assert.same({ name, name }, places)
    end)
  end

  it("knows the script's place, not the one in vmem's own Lua that the script has called", function()
    local array <close> = require("vmem.sparse").new("i32", 1000)
    array[1] = 1
    array.region:protect(0, P, "r")
    local line = debug.getinfo(1, "l").currentline + 1
    local fault = helpers.fault(function() array[1] = 2 end)
    assert.equal(line, tonumber(fault.where:match("^.*fault_spec.lua:(%d+)$")))
  end)
end)
