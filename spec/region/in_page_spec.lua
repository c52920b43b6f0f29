-- Pages whose file another process has made shorter: an access is a fault, not a signal.
local device = require "device"
local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local UNIT = helpers.attach_unit or P

--- An access kit whose region shows a file of four pages.
local function file_access_kit(mode, protection)
  local kit = helpers.access_kit()
  kit.path = file_kit.path_of(("A"):rep(4 * P))
  kit.section = assert(vmem.section(kit.path, mode or "r+"))
  kit.region:decommit() -- Windows attaches where nothing is committed
  assert(kit.region:attach(kit.section, 0, 0, 4 * P, protection))
  return kit
end

--- Other code makes the kit's file so long.
local function cut(kit, size)
  if helpers.on_windows then return file_kit.truncate(kit.path, size) end
  local other <close> = assert(vmem.section(kit.path, "r+"))
  assert(other:resize(size))
end

--- A handler that makes the file long again, and gives the page what it had.
local function lengthen(kit)
  return function(fault)
    if fault.kind ~= "in_page_error" then return false end
    assert(kit.section:resize(4 * P))
    kit.region:attach(kit.section):fill(P, 3 * P, 65)
    return true
  end
end

--- Valgrind stops a process whose handler of SIGBUS goes on elsewhere.
local function it_cuts(name, run)
  if helpers.under_valgrind then return pending(name .. " (not under valgrind)") end
  return file_kit.it(name, run)
end

describe("an access to a page that its file has lost", function()
  file_kit.leaves_nothing()

  -- What is found before the lost page needs no more of it. C's memcmp may read more than it needs.
  local MEET <const> = {}
  local NEEDS_LESS <const> = {
    ["region:find"] = true, ["region:compare"] = true, ["region:compare, with"] = true,
  }
  for _, access in ipairs(helpers.accesses) do
    if not NEEDS_LESS[access.name] then MEET[#MEET + 1] = access end
  end

  for _, access in ipairs(MEET) do
    it_cuts("is a fault, and changes nothing: " .. access.name, function()
      local kit <close> = file_access_kit()
      cut(kit, P)
      local fault = helpers.fault(access.touch, kit)
      assert.same({ "in_page_error", "truncated", access.kind, P, 2, "committed", "rw" }, {
        fault.kind, fault.reason, fault.access, fault.offset, fault.page, fault.state, fault.protection })
      assert.equal(kit.section, fault.section)
      local is_piecewise = access.name == "region:load to the file's end" -- which no range is known for
      assert.equal(("A"):rep(P - 4) .. (is_piecewise and "1234" or "AAAA"), kit.region:read(0, P))
      assert.equal("reserved", kit.region:query(P).state)
      assert.equal(3 * P, kit.region:query(P).size)
      assert.equal(("\0"):rep(P), kit.other:read())
      kit.file:seek("set")
      assert.equal("access_violation", helpers.fault(access.touch, kit).kind)
    end)

    it_cuts("is mended by a handler that makes the file long again: " .. access.name, function()
      local plain <close> = helpers.access_kit()
      local expected = helpers.outcome(access, plain)
      local kit <close> = file_access_kit()
      cut(kit, P)
      kit.region:on_fault(lengthen(kit))
      assert.same(expected, helpers.outcome(access, kit))
    end)

    it_cuts("is mended by a handler that waits: " .. access.name, function()
      local plain <close> = helpers.access_kit()
      local expected, outcome = helpers.outcome(access, plain), nil
      local kit <close> = file_access_kit()
      cut(kit, P)
      local mend = lengthen(kit)
      kit.region:on_fault(function(fault)
        if coroutine.isyieldable() then coroutine.yield() end
        return mend(fault)
      end)
      local thread = coroutine.wrap(function()
        outcome = helpers.outcome(access, kit)
        return "done"
      end)
      assert.is_nil(thread())
      assert.equal("done", thread())
      assert.same(expected, outcome)
    end)

    it_cuts("is answered by a handler: " .. access.name, function()
      if helpers.on_windows then return pending "pages behind the end of a file are not committed" end
      local plain <close> = helpers.access_kit()
      local expected = helpers.outcome(access, plain)
      local kit <close> = file_access_kit()
      local page = device.new(P, kit.region:read(P, P))
      cut(kit, P)
      kit.region:decommit(2 * P, 2 * P):commit(2 * P, 2 * P):fill(2 * P, 2 * P, 65)
      kit.region:on_fault(page:handler())
      local outcome = helpers.outcome(access, kit)
      assert.same(expected, outcome)
      assert.is_true(page.reads + page.writes > 0)
    end)

    it_cuts("is raised if the handler says that it has mended it, and has not: " .. access.name, function()
      local kit <close> = file_access_kit()
      cut(kit, P)
      local asked = 0
      kit.region:on_fault(function()
        asked = asked + 1
        return true
      end)
      assert.equal("in_page_error", helpers.fault(access.touch, kit).kind)
      assert.equal(1, asked)
    end)

    it_cuts("is a fault in a private copy, too: " .. access.name, function()
      local kit <close> = file_access_kit("copy", "rw")
      kit.region:write(P, "written")
      cut(kit, P)
      local fault = helpers.fault(access.touch, kit)
      assert.same({ "in_page_error", P }, { fault.kind, fault.offset })
    end)
  end

  for _, access in ipairs(helpers.accesses) do
    it_cuts("is not made by reading or writing a page that the file has: " .. access.name, function()
      local plain <close> = helpers.access_kit()
      local kit <close> = file_access_kit()
      assert.same(helpers.outcome(access, plain), helpers.outcome(access, kit))
    end)
  end

  local ATOMICS = {
    add = function(v) return v:add(1, 5) end,
    exchange = function(v) return v:exchange(1, 5) end,
    compare_exchange = function(v) return v:compare_exchange(1, 0, 5) end,
  }
  for name, act in pairs(ATOMICS) do
    it_cuts(name .. " is a fault, and can be mended", function()
      local kit <close> = file_access_kit()
      local view = kit.region:view("u32", P)
      cut(kit, P)
      local fault = helpers.fault(act, view)
      assert.same({ "in_page_error", P, true }, { fault.kind, fault.offset, fault.atomic })
      cut(kit, 4 * P)
      kit.region:attach(kit.section)
      cut(kit, P)
      kit.region:on_fault(function() return kit.section:resize(4 * P) and kit.region:attach(kit.section) end)
      assert.equal(0, act(view))
      assert.equal(5, view[1])
    end)
  end

  it_cuts("is a fault for find and compare if they get so far", function()
    local kit <close> = file_access_kit()
    local region, other <close> = kit.region, assert(vmem.allocate(P))
    other:fill(0, P, 65)
    cut(kit, P)
    assert.equal(P, helpers.fault(region.find, region, "B", P - 4, 8).offset)
    cut(kit, 4 * P)
    region:attach(kit.section):fill(P, 3 * P, 65)
    cut(kit, P)
    assert.equal(P, helpers.fault(region.compare, region, P - 4, 0, 8, other).offset)
  end)

  local PACKED <const> = {
    { "s1", "text" }, { "s2", "text" }, { ">s4", "text" }, { "s8", "text" }, { "i4 s2", 7, "text" },
    { "s1 s2", "", "text" }, { "s2 z", "text", "more" }, { "z", "text" }, { "i4 z", 7, "text" }, { "i8", 7 },
    { "c10", "0123456789" },
  }
  for _, case in ipairs(PACKED) do
    for _, before in ipairs { 0, 1, 3 } do
      local what = ("%s, %d bytes before the page"):format(case[1], before)
      it_cuts("by unpack is a fault, and can be mended: " .. what, function()
        local kit <close> = file_access_kit()
        local region, at, bytes = kit.region, 2 * P - before, string.pack(table.unpack(case))
        local function mend()
          assert(kit.section:resize(4 * P))
          return region:attach(kit.section):write(at, bytes)
        end
        region:write(at, bytes)
        local expected = table.pack(region:unpack(at, case[1]))
        cut(kit, 2 * P)
        local fault = helpers.fault(region.unpack, region, at, case[1])
        assert.same({ "in_page_error", 2 * P }, { fault.kind, fault.offset })
        mend()
        cut(kit, 2 * P)
        region:on_fault(mend)
        assert.same(expected, table.pack(region:unpack(at, case[1])))
      end)
    end
  end

  it_cuts("over three pages writes nothing if the last one is lost", function() -- 518
    local kit <close> = file_access_kit()
    cut(kit, 2 * P)
    local fault = helpers.fault(kit.region.write, kit.region, P - 4, ("x"):rep(P + 8))
    assert.same({ "in_page_error", 2 * P, 4, "xxxx" }, { fault.kind, fault.offset, fault.size, fault.bytes })
    assert.equal(("A"):rep(2 * P), kit.region:read(0, 2 * P))
  end)

  it_cuts("of a copy over three pages writes nothing if the last one of the source is lost", function() -- 518
    local kit <close> = file_access_kit()
    local other <close> = assert(vmem.allocate(4 * P))
    cut(kit, 2 * P)
    local fault = helpers.fault(other.copy, other, 0, 0, 3 * P, kit.region)
    assert.same({ "in_page_error", 2 * P }, { fault.kind, fault.offset })
    assert.is_nil((other:nonzero(0, 4 * P)))
  end)

  it_cuts("says in a sentence what has happened", function()
    local kit <close> = file_access_kit()
    cut(kit, 0)
    local fault = helpers.fault(kit.region.read, kit.region, 2 * P, 1)
    local sentence = "in-page error reading 0x%x, offset %d: page 3 of region 0x%x was attached, and its "
      .. "file has been made shorter by other code: a handler may make it long again, by fault.section:resize"
    local base = kit.region.base
    assert.equal(sentence:format(base + 2 * P, 2 * P, base), tostring(fault))
  end)

  it_cuts("leaves what the file still has, and bytes behind its end in that page are zeros", function() -- 514
    local kit <close> = file_access_kit()
    cut(kit, P + 10)
    assert.equal(("A"):rep(10) .. ("\0"):rep(P - 10), kit.region:read(P, P))
    assert.equal("in_page_error", helpers.fault(kit.region.read, kit.region, 2 * P, 1).kind)
  end)

  it_cuts("in a private copy has lost what was written, also if the file grows again", function() -- 520
    local kit <close> = file_access_kit("copy", "rw")
    kit.region:write(2 * P, "written")
    cut(kit, P)
    cut(kit, 4 * P)
    local again = kit.region:read(2 * P, 7)
    assert.is_true(again == ("\0"):rep(7), again)
  end)

  it_cuts("is in a recording, with what is lost", function()
    local recorder = require "vmem.recorder"
    local kit <close> = file_access_kit()
    cut(kit, P)
    local recording = recorder.start { reads = true }
    pcall(kit.region.read, kit.region, P, 8)
    recording:stop()
    local seen = {}
    for _, event in ipairs(recording) do seen[#seen + 1] = event.what .. " " .. event.offset end
    assert.same({ "fault " .. P, "decommit " .. P }, seen)
  end)

  it_cuts("of a section with a name is a fault as well", function()
    local name = helpers.new_name "in_page"
    local section <close> = assert(vmem.section(name, 2 * UNIT))
    local region <close> = assert(vmem.reserve(2 * UNIT))
    region:attach(section)
    local path = "/dev/shm/vmem." .. name
    local file = io.open(path, "rb")
    if not file then return pending "names of sections are no files here" end
    file:close()
    assert(os.execute(("truncate -s 0 '%s'"):format(path)))
    assert.equal("in_page_error", helpers.fault(region.read, region, UNIT, 1).kind)
  end)

  it_cuts("counts as zeros for snapshots", function()
    local kit <close> = file_access_kit("copy", "rw")
    local region = kit.region
    local saved <close> = assert(region:snapshot())
    region:write(0, "here")
    cut(kit, P)
    assert.equal("in_page_error", helpers.fault(region.write, region, 2 * P, "x").kind)
    local changed = {}
    for offset in saved:changed() do changed[#changed + 1] = offset end
    assert.equal(0, changed[1])
    if helpers.on_windows then -- nothing can be behind the end of a file
      return assert.equal("not_supported", helpers.refusal(region:restore(saved)))
    end
    assert(region:restore(saved))
    assert.equal("AAAA", region:read(0, 4))
  end)

  for _, all in ipairs { false, true } do
    local title = "gets back what a snapshot has, as the region's own, also if no touch has met it: all = %s"
    it_cuts(title:format(all), function()
      local kit <close> = file_access_kit("copy", "rw")
      local region = kit.region
      region:write(2 * P, "written")
      local saved <close> = assert(region:snapshot { all = all })
      region:write(2 * P, "changed"):write(0, "here")
      cut(kit, P)
      if helpers.on_windows then -- nothing can be behind the end of a file
        return assert.equal("not_supported", helpers.refusal(region:restore(saved)))
      end
      assert(region:restore(saved))
      assert.equal("writtenAA", region:read(2 * P, 9))
      assert.equal("AAAA", region:read(0, 4))
      assert.same({ "mapped", "private" }, { region:query(0).type, region:query(2 * P).type })
      assert.equal(0, select("#", saved:changed()()))
      region:write(2 * P, "again")
      assert.equal(2 * P, (saved:changed()()))
    end)
  end

  it_cuts("differs from what a snapshot of all has, unless that is zeros", function()
    local path = file_kit.path_of(("A"):rep(2 * UNIT) .. ("\0"):rep(2 * UNIT))
    local section <close> = assert(vmem.section(path, "copy"))
    local region <close> = assert(vmem.reserve(5 * UNIT)):attach(section)
    assert(region:commit(4 * UNIT, UNIT)) -- no section's, and never written
    local saved <close> = assert(region:snapshot { all = true })
    local function changed()
      local list = {}
      for offset, size in saved:changed() do list[#list + 1] = ("%d+%d"):format(offset // UNIT, size) end
      return table.concat(list, " ")
    end
    region:write(2 * UNIT, "x")
    region:write(4 * UNIT, "x")
    assert.equal(("2+%d 4+%d"):format(P, P), changed())
    region:write(4 * UNIT, "\0")
    assert.equal(("2+%d"):format(P), changed())
    cut({ path = path }, UNIT)
    assert.equal(("1+%d"):format(UNIT), changed())
  end)

  file_kit.unix_it("elsewhere in the region asks a handler that lies as often as without a file", function()
    local function count(kit)
      kit.region:decommit(2 * P, 2 * P)
      local asked = 0
      kit.region:on_fault(function()
        asked = asked + 1
        return true
      end)
      helpers.fault(kit.region.copy, kit.region, 2 * P, 0, 8)
      return asked
    end
    local plain <close> = helpers.access_kit()
    local kit <close> = file_access_kit()
    assert.equal(count(plain), count(kit))
  end)

  for _, size in ipairs { 1, P, 4 * P } do
    local title = "elsewhere in the region asks handlers once: a load of %d bytes"
    file_kit.unix_it(title:format(size), function()
      local kit <close> = file_access_kit()
      kit.region:decommit(0, 2 * P)
      local file <close> = assert(io.tmpfile())
      file:write(("x"):rep(size))
      file:seek "set"
      local pages = {}
      kit.region:on_fault(function(fault)
        pages[#pages + 1] = fault.page
        fault:answer()
        return true
      end)
      assert.equal(size, kit.region:load(file, 0, size))
      local expected = {}
      for page = 1, math.min((size + P - 1) // P, 2) do expected[page] = page end
      assert.same(expected, pages)
    end)
  end

  it_cuts("does not hinder what makes no access", function()
    local kit <close> = file_access_kit()
    cut(kit, P)
    assert(kit.region:protect(0, 4 * P, "r"))
    assert.equal("committed", kit.region:query(3 * P).state)
    assert.is_nil(vmem.peek(kit.region.base + P, 1))
    assert(kit.region:decommit(2 * P, 2 * P))
    assert.is_number(kit.region:resident())
  end)

  -- The fault needs an object for the section, which has none; finalizers run before it is made.
  file_kit.unix_it("tells the bytes of a copy also if a finalizer releases their region", function()
    local path = file_kit.path_of(("A"):rep(2 * P))
    local output = helpers.run_script(([[
      local path, vmem = %q, require "vmem"
      local P = vmem.page_size
      local target = assert(vmem.reserve(2 * P)):attach(assert(vmem.section(path, "r+")))
      local source = assert(vmem.reserve(P)):commit():fill(0, P, 66)
      assert(assert(vmem.section(path, "r+")):resize(P))
      collectgarbage "generational" -- each step finds all garbage that is new
      collectgarbage() collectgarbage()
      collectgarbage "stop"
      setmetatable({}, { __gc = function() source:release() end })
      target:on_fault(function(fault)
        local is_live = pcall(source.read, source)
        io.write(fault.bytes, " ", tostring(fault.section), " ", tostring(is_live))
        return false
      end)
      collectgarbage "restart"
      pcall(target.copy, target, P, 0, 4, source)]]):format(path))
    assert.equal(('BBBB vmem.section "%s": %d bytes false'):format(path, P), output)
  end)

  file_kit.disk_it("that a full disk has no room for says io_error", [[
    local path = folder .. "/holes"
    local section = assert(vmem.section(path, "w+", { size = 2 * free, sparse = true }))
    local region = assert(vmem.reserve(2 * free)):attach(section)
    local ok, fault = pcall(region.fill, region, 0, 2 * free, 66)
    assert(not ok and fault.kind == "in_page_error", fault)
    assert(fault.reason == "io_error", fault.reason)
    assert(tostring(fault):find("no room on the disk", 1, true))
    local asked = 0
    region:on_fault(function(f)
      asked = asked + 1
      region:decommit(0, free // 2)
      section:resize(0)
      return section:resize(2 * free) and region:attach(section)
    end)
    region:fill(free + vmem.page_size, 4, 66)
    region:read(0, 4)
  ]])

  file_kit.disk_it("that a full disk has no room for is answered by a handler", [[
    local P = vmem.page_size
    local section = assert(vmem.section(folder .. "/holes", "w+", { size = 2 * free, sparse = true }))
    local region, taken = assert(vmem.reserve(2 * free)):attach(section), {}
    region:on_fault(function(fault)
      assert(fault.kind == "in_page_error" and fault.reason == "io_error", fault)
      taken[fault.page] = fault.bytes
      fault:answer()
      return true
    end)
    region:fill(0, 2 * free, 66)
    local first = next(taken)
    assert(first and taken[first] == ("B"):rep(P))
    assert(region:read(0, 4) == "BBBB")
    assert(region[first].state == "committed")
    local value
    region:on_fault(function(fault)
      value = fault.value
      fault:answer()
      return true
    end)
    region:view("u32", 2 * free - P)[1] = 77
    assert(value == 77, value)
  ]])
end)
