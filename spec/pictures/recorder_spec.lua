-- What a recording has: its events and what is said of them.

local helpers = require "helpers"
local recorder = require "vmem.recorder"
local recordings = require "recording_kit"
local vmem = require "vmem"

local P = vmem.page_size
local record, story = recordings.record, recordings.story

local function in_pages(text) return (text:gsub("(%d+)P", function(n) return tostring(n * P | 0) end)) end

describe("a recording", function()
  helpers.no_regions_left()

  after_each(function()
    local running = recorder.running()
    if running then running:stop() end
  end)

  local mend = function(fault) return fault.region:commit(fault.offset, 1) end
  local WRITES = { writes = true }

  -- Calls, the events that they cause, and more fields of the last event.
  local cases = {
    ["reserve"] = { function() vmem.reserve(P):release() end, "reserve 0 1P, release 0 1P", { by = "call" } },
    ["allocate"] = { function() local _ <close> = vmem.allocate(P) end,
      "reserve 0 1P, commit 0 1P, release 0 1P", { by = "close", committed = 0 } },
    ["collection"] = { function() vmem.reserve(P) collectgarbage() end,
      "reserve 0 1P, release 0 1P", { by = "collection" } },
    ["commit"] = { function(r) r:commit(1, P, "rx") end, "commit 1 1P",
      { protection = "rx", committed = 2 * P, region = 1 } },
    ["page:commit"] = { function(r) r[2]:commit("r+guard") end, "commit 1P 1P", { protection = "r+guard" } },
    ["decommit"] = { function(r) r:commit():decommit(P, P) end, "commit 0 4P, decommit 1P 1P",
      { committed = 3 * P } },
    ["page:decommit"] = { function(r) r[3]:decommit() end, "decommit 2P 1P", { committed = 0 } },
    ["protect"] = { function(r) r:commit():protect(0, 5, "r") end, "commit 0 4P, protect 0 5",
      { protection = "r" } },
    ["page:protect"] = { function(r) r:commit()[4]:protect("none") end, "commit 0 4P, protect 3P 1P",
      { protection = "none" } },
    ["lock"] = { function(r) r:commit():lock(0, P):unlock(0, P) end,
      "commit 0 4P, lock 0 1P, unlock 0 1P", {} },
    ["snapshot and restore"] = {
      function(r)
        local snapshot <close> = r:commit(0, 2 * P):snapshot()
        r:restore(snapshot)
        r:commit(0, 4 * P, "r"):decommit(0, P)
        r:restore(snapshot)
      end,
      "commit 0 2P, snapshot 0 4P, restore 0 4P, commit 0 4P, decommit 0 1P, restore 0 4P, commit 0 1P, "
        .. "protect 1P 1P, decommit 2P 2P", { committed = 2 * P } },
    ["prefetch and discard"] = { function(r) r:commit():prefetch():discard(0, P) end,
      "commit 0 4P, prefetch 0 4P, discard 0 1P", {} },
    ["rearm"] = { function() local w <close> = vmem.reserve(P, { watch = true }) w:rearm() end,
      "reserve 0 1P, rearm 0 1P, release 0 1P", {} },
    ["a fault"] = { function(r) pcall(r.read, r, 5, P) end, "fault 5 1P",
      { access = "read", kind = "access_violation", state = "reserved" } },
    ["a guard"] = { function(r) r:commit(0, P, "rw+guard") pcall(r.write, r, 1, "xy") end,
      "commit 0 1P, fault 1 2",
      { access = "write", kind = "guard_page", state = "committed", protection = "rw+guard" } },
    ["a fault that is mended"] = { function(r) r:on_fault(mend) r:write(P, "abc") end,
      "fault 1P 3, commit 1P 1, mend 1P 1", { state = "committed", protection = "rw" } },
    ["a handler that gives up"] = { function(r) r:on_fault(function() end) pcall(r.read, r, 0, 1) end,
      "fault 0 1", {} },
    ["a handler that lies"] = { function(r) r:on_fault(rawlen) pcall(r.read, r, 0, 1) end, "fault 0 1", {} },
    ["a fault outside all regions"] = { function() pcall(vmem.read, 4711, 2) end, "fault - 2",
      { address = 4711, access = "read" } },
    ["a refusal"] = { function(r) r:protect(0, P, "r") end, "refused 0 1P",
      { verb = "protect", code = "not_committed", region = 1 } },
    ["a refused reserve"] = { function(r) vmem.reserve(P, { address = r.base }) end, "refused - 1P",
      { verb = "reserve", code = "address_in_use" } },
    ["a refused allocate"] = { function() vmem.allocate(1 << 60) end, "refused - " .. (1 << 60),
      { verb = "allocate", code = "out_of_memory" } },
    ["a trap"] = { function(r) r:trap(P, 5, { read = print }) end, "trap 1P 5",
      { trap = "r", committed = 0 } },
    ["a trap that ends"] = { function(r) r:trap(P, 5, { read = print }):trap(0, 4 * P) end,
      "trap 1P 5, trap 0 4P", {} },
    ["a refused trap"] = { function(r) r:commit(0, P):trap(0, 5, { read = print }) end,
      "commit 0 1P, refused 0 5", { verb = "trap", code = "in_use" } },
    ["a read that a handler answers"] = { function(r)
      r:on_fault(function(fault) return fault:answer "abc" end)
      r:read(P + 4, 3)
    end, ("fault %d 3, answer %d 3"):format(P + 4, P + 4),
      { access = "read", state = "reserved", count = 1 } },
    ["a write that a handler answers"] = { function(r)
      r:commit(0, P, "r"):on_fault(function(fault) return fault:answer() end)
      r:write(4, "abc")
    end, "commit 0 1P, fault 4 3, answer 4 3",
      { access = "write", state = "committed", protection = "r", count = 1 } },
    ["reads and writes that a trap answers"] = { function(r)
      local v = r:trap(0, P, { read = function() return 7 end, write = function() end }):view "u16"
      for i = 1, 9 do v[i] = i end
      for i = 1, 9 do assert(v[i] == 7) end
      r:write(5, "ab")
    end, "trap 0 1P, answer 0 18, answer 0 18, answer 5 2", { access = "write", count = 1 } },
    ["what a trap leaves to handlers"] = { function(r)
      local v = r:trap(0, P, { read = function() end, write = function() return false end }):view "u8"
      pcall(function() return v[1] end)
      pcall(function() v[3] = 1 end)
    end, "trap 0 1P, fault 0 1, fault 2 1", { access = "write" } },
    ["a guard whose fault a trap answers"] = { function(r)
      r:commit(0, P, "rw+guard"):trap(0, P, { write = function() end }):view("u8")[1] = 1
      assert(r:query().protection == "rw")
    end, "commit 0 1P, trap 0 1P, fault 0 1, answer 0 1", { protection = "rw" } },
    ["misuse"] = { function(r) pcall(r.commit, r, -1) end, "", nil },
    ["asking"] = { function(r) r:query() for _ in r:runs() do r:resident() end return r[1].state end,
      "", nil },
    ["writes that nobody asked for"] = { function(r) r:commit():write(0, "x"):fill(0, P, 1) end,
      "commit 0 4P", {} },
  }
  for name, case in pairs(cases) do
    it("tells of " .. name, function()
      local run, expected, last = table.unpack(case)
      local recording = record(run)
      assert.equal(in_pages(expected), story(recording))
      for key, value in pairs(last or {}) do
        assert.equal(value, recording[#recording][key], key)
      end
    end)
  end

  helpers.section_it("tells of what is attached, detached and refused", function()
    local U <const> = helpers.attach_unit
    local few <const> = helpers.on_windows and U or 1 -- there it takes whole units to replace some
    local recording = recorder.start(WRITES)
    do
      local region <close> = assert(vmem.reserve(4 * U))
      local section <close> = assert(vmem.section(2 * U))
      assert(region:attach(section, U))
      assert(region:attach(section, U, U, few, "r+copy"))
      assert(region:decommit(2 * U, U))
      assert.is_nil(region:attach(section, 0, 0, U, "rx"))
    end
    recording:stop()
    local events = {}
    for i = 2, 5 do
      local e = recording[i]
      events[#events + 1] = ("%s %s %s %s %s %s"):format(e.what, e.offset // U, e.protection, e.copy,
        e.committed // U, e.code and e.verb .. " " .. e.code)
    end
    assert.same({
      "attach 1 rw false 2 nil", "attach 1 r true 2 nil", "decommit 2 nil nil 1 nil",
      "refused 0 nil nil 1 attach permission_denied",
    }, events)
    assert.equal(few, recording[3].size)
  end)

  require("file_kit").it("tells of pages that a file loses by becoming shorter", function()
    local U <const> = helpers.attach_unit
    local path = require("file_kit").path_of(("x"):rep(3 * U))
    local recording = recorder.start(WRITES)
    do
      local region <close> = assert(vmem.reserve(8 * U))
      local section <close> = assert(vmem.section(path, "r+"))
      assert(region:attach(section, U))
      assert(section:resize(U))
    end
    recording:stop()
    local e = recording[3]
    assert.same({ "decommit", 2 * U, 2 * U, U }, { e.what, e.offset, e.size, e.committed })
    require("file_kit").remove_all()
  end)

  for _, access in ipairs(helpers.accesses) do
    it("tells of " .. access.name .. " if it writes, and where", function()
      local kit <close> = helpers.access_kit()
      local recording = recorder.start(WRITES)
      access.touch(kit)
      recording:stop()
      local write = recording[1]
      local written = write and recording.regions[write.region].base == kit.base
      assert.equal(access.kind == "write", written or false)
      if not written then return end
      assert.equal(1, #recording)
      assert.equal("write", write.what)
      local from = access.name == "page:write" and P or P - 4
      assert.equal(from, write.offset)
      assert.equal(access.name == "page:write" and 4 or 8, write.size)
    end)

    it("tells of " .. access.name .. " if it reads, and where", function()
      local kit <close> = helpers.access_kit()
      local recording = recorder.start { reads = true }
      access.touch(kit)
      recording:stop()
      local read
      for _, event in ipairs(recording) do
        assert.equal("read", event.what)
        if recording.regions[event.region].base == kit.base then read = event end
      end
      assert.equal(access.kind == "read", read ~= nil)
      if not read then return end
      local from, size = P - 4, 8
      if access.name == "page:read" then from, size = P, P end
      if access.name == "region:unpack of a string" then from, size = P - 1, 66 end
      assert.same({ from, size }, { read.offset, read.size })
    end)

    it("tells of a fault of " .. access.name .. ", and of its mending", function()
      local kit <close> = helpers.access_kit()
      kit.region:decommit(P, P):on_fault(function(fault)
        return fault.region:commit((fault.page - 1) * P, P)
      end)
      local recording = recorder.start()
      access.touch(kit)
      recording:stop()
      assert.matches(("^fault %d %%d+, commit %d %d, mend %d 1$"):format(P, P, P, P), story(recording))
      assert.equal(access.kind, recording[1].access)
    end)
  end

  it("has the notes of the script, with their lines, and as chapters of its page", function()
    local long = ("x"):rep(10000)
    local recording = record(function(region)
      recorder.note "the first"
      region:commit()
      recorder.running():note "a <b>\0\"\n":note ""
      recorder.note(long)
    end)
    local texts, line = {}, recording[1].line
    for i, event in ipairs(recording) do
      if event.what == "note" then
        texts[#texts + 1] = ("%d %d %s"):format(i, event.line - line, event.text)
      end
    end
    assert.same({ "1 0 the first", '3 2 a <b>\0"\n', "4 2 ", "5 3 " .. long }, texts)
    assert.is_nil(recording[1].region)
    assert.truthy(recording:html():find('"notes":[[1,"the first"],[3,"a \\u003cb', 1, true))
  end)

  it("has the bytes before and after each write, if they are wanted", function()
    local recording = record(function(region)
      region:commit()
      region:write(4, "first")
      region:write(4, "FIRST") region:fill(P - 2, 4, 65)
      region:write(2 * P, ("0123456789"):rep(20))
      region:protect(2 * P, P, "none")
      region:view("u16")[1] = 0x4241
      local file <close> = assert(io.tmpfile())
      file:write "file"
      file:seek "set"
      assert(region:load(file, 0, 4))
      region:decommit()
    end, { bytes = true })
    local shown = {}
    for _, event in ipairs(recording) do
      if event.what == "write" then shown[#shown + 1] = { event.before, event.after, event.size } end
      if event.what ~= "write" then assert.is_nil(event.before or event.after) end
    end
    local z = function(n) return ("\0"):rep(n) end
    assert.same({
      { z(5), "first", 5 }, { "first", "FIRST", 5 }, { z(4), "AAAA", 4 },
      { z(64), ("0123456789"):rep(7):sub(1, 64), 200 }, { z(2), "AB", 2 }, { nil, "file", 4 },
    }, shown)
    local rows = '[1,4,"0000000000","6669727374"],[2,4,"6669727374","4649525354"]'
    assert.truthy(recording:html():find(rows, 1, true))
  end)

  it("takes no memory for those bytes, and keeps secrets", function()
    local region <close> = assert(vmem.allocate(4 * P))
    local recording <close> = recorder.start { bytes = true }
    for offset = 0, 3 * P, P do
      region:write(offset, "x")
      assert.equal("x", recording[#recording].after)
      assert.equal(offset + P, region:resident() or offset + P)
    end
    local file <close> = assert(io.tmpfile())
    file:write "the key"
    file:seek "set"
    local key <close> = assert(require("vmem.secret").new(7))
    assert(key:load(file))
    for _, event in ipairs(recording) do
      assert.is_nil(((event.before or "") .. (event.after or "")):find("key", 1, true))
    end
    local hex = ("the key"):gsub(".", function(c) return ("%02x"):format(c:byte()) end)
    assert.is_nil(recording:html():find(hex, 1, true))
  end)

  for _, option in ipairs { "conceal", "wipe" } do
    it("has no bytes of a region reserved with " .. option, function()
      local region <close> = vmem.allocate(P, { [option] = true })
      if not region then return end -- the system cannot conceal
      local recording <close> = recorder.start { bytes = true }
      region:write(0, "the key")
      region:write(0, "another")
      assert.same({ 2, "write", "write" }, { #recording, recording[1].what, recording[2].what })
      for _, event in ipairs(recording) do assert.is_nil(event.before or event.after) end
    end)
  end

  it("needs no recording for a note", function()
    recorder.note "nobody listens"
    local recording = record(function(region) region:commit() end)
    assert.equal(recording, recording:note "too late")
    assert.equal(1, #recording)
    helpers.raises("text must be a string", recorder.note, 5)
    helpers.raises("text must be a string", recording.note, recording, {})
  end)

  it("ends at its limit also by a note", function()
    local recording = record(function()
      recorder.note "one"
      recorder.note "two"
    end, { limit = 1 })
    assert.equal("limit", recording.ended)
    assert.same({ 1, "one" }, { #recording, recording[1].text })
  end)

  it("merges writes of one line into one page, in a row", function()
    local recording = record(function(region)
      local view = region:commit():view("u8")
      for i = P - 9, P + 10 do view[i] = 1 end
      view[1] = 1
      view[3] = 1
      view[2] = 1 view[5] = 1
    end, WRITES)
    local expected = "commit 0 4P, write " .. P - 10 .. " 10, write 1P 10, write 0 1, write 2 1, write 1 4"
    assert.equal(in_pages(expected), story(recording))
    assert.same({ 10, 10, 1, 1, 2 }, { recording[2].count, recording[3].count, recording[4].count,
      recording[5].count, recording[6].count })
  end)

  it("merges reads likewise, and nothing if it is told so", function()
    local function run(region)
      local view = region:commit():view("u8")
      for i = 1, 3 do view[i] = view[i] + 1 end
      for i = 1, 3 do view:get(i) end
    end
    assert.equal(in_pages("commit 0 4P, read 0 1, write 0 1, read 1 1, write 1 1, read 2 1, write 2 1, "
      .. "read 0 3"), story(record(run, { reads = true, writes = true })))
    assert.equal(in_pages("commit 0 4P, read 0 1, read 1 1, read 2 1, read 0 1, read 1 1, read 2 1"),
      story(record(run, { reads = true, merge = false })))
  end)

  it("merges answers likewise, reads and writes apart", function()
    local function run(region)
      local v = region:trap(0, P, { read = function() return 7 end, write = function() end }):view "u8"
      for i = 1, 3 do v[i] = v[i] end
      for i = 1, 1000 do v[i] = 5 end
    end
    local recording = record(run)
    assert.equal(in_pages "trap 0 1P, answer 0 1, answer 0 1, answer 1 1, answer 1 1, answer 2 1, "
      .. "answer 2 1, answer 0 1000", story(recording))
    assert.same({ "read", 1, "write", 1, "write", 1000 }, { recording[2].access, recording[2].count,
      recording[3].access, recording[3].count, recording[8].access, recording[8].count })
    assert.equal(1 + 6 + 1000, #record(run, { merge = false }))
  end)

  it("reads a string as far as its end", function()
    local recording = record(function(region)
      region:commit(0, 2 * P):fill(0, P + 2, 65):cstring(0)
      region:cstring(0, 3)
    end, { reads = true })
    assert.equal(in_pages("commit 0 2P, read 0 " .. P + 3 .. ", read 0 3"), story(recording))
  end)

  it("sees every write, whatever has been asked in between", function()
    local recording = record(function(region)
      local view = region:commit():view("u32")
      for i = 1, 4 do
        local at = (i - 1) * P // 4 + 1
        view[at] = view[at] + region:query().size + #region[i].state
      end
    end, WRITES)
    assert.equal(5, #recording)
  end)

  it("leaves the short way of views as it was before", function()
    local region <close> = vmem.allocate(P)
    local view = region:view("u8")
    view[1] = 1
    recorder.start(WRITES):stop()
    view[1] = 2
    assert.equal(2, view[1])
  end)

  it("names script and line, in handlers and coroutines too", function()
    local line = debug.getinfo(1, "l").currentline
    local recording = record(function(region)
      region:on_fault(function(fault)
        coroutine.yield()
        return region:commit(fault.offset, 1)
      end)
      local task = coroutine.wrap(function()
        return region:read(0, 1)
      end)
      task()
      task()
    end)
    local lines = {}
    for i, event in ipairs(recording) do
      assert.matches("recorder_spec%.lua$", event.source)
      assert.equal(event.source .. ":" .. event.line, event.where)
      lines[i] = event.line - line
    end
    assert.same({ 7, 4, 7 }, lines)
  end)

  it("has the script's line where vmem's own Lua files did it", function()
    local recording = recorder.start()
    local line = debug.getinfo(1, "l").currentline
    do
      local array <close> = require("vmem.sparse").new("i32", 1000)
      array[1] = 2
    end
    recording:stop()
    local lines = {}
    for i, event in ipairs(recording) do lines[i] = event.line - line end
    assert.same({ "reserve", "commit", "release" },
      { recording[1].what, recording[2].what, recording[#recording].what })
    assert.same({ 2, 3 }, { lines[1], lines[2] })
    for _, event in ipairs(recording) do assert.matches("recorder_spec%.lua$", event.source) end
  end)

  it("names scripts that are no files as Lua does", function()
    local region <close> = vmem.reserve(P)
    local recording = recorder.start()
    load("(...):commit()", "=typed")(region)
    load("(...):commit() -- and so on", nil)(region)
    coroutine.wrap(region.commit)(region)
    recording:stop()
    assert.equal("typed:1", recording[1].where)
    assert.equal('[string "(...):commit() -- and so on"]:1', recording[2].where)
    assert.is_nil(recording[3].where)
  end)

  it("knows the regions that were there before, and those to come", function()
    local before <close> = vmem.reserve(2 * P, { name = "old", protection = "r" })
    local recording = recorder.start()
    local later <close> = vmem.reserve(P)
    recording:stop()
    assert.same({
      { base = before.base, size = 2 * P, page_size = P, protection = "r", name = "old", before = true },
      { base = later.base, size = P, page_size = P, protection = "rw", before = false },
    }, recording.regions)
  end)

  it("counts seconds, which never go back", function()
    local recording = record(function(region)
      for _ = 1, 100 do region:commit():decommit() end
    end)
    local last = 0
    for _, event in ipairs(recording) do
      assert.is_true(event.time >= last)
      last = event.time
    end
    assert.is_true(recording.duration >= last)
  end)

  it("is of one Lua state only", function()
    local output = helpers.run_script([[
      local vmem, recorder = require "vmem", require "vmem.recorder"
      recorder.start { writes = true }
      vmem.allocate(1):fill(0, 1, 1)
      recorder = nil
      os.exit(true, true)
    ]])
    assert.equal("", output)
  end)
end)

describe("events", function()
  helpers.no_regions_left()

  it("read as a sequence", function()
    local recording = record(function(region) region:commit():decommit() end)
    assert.equal(2, #recording)
    assert.is_nil(recording[0])
    assert.is_nil(recording[3])
    assert.is_nil(recording[math.mininteger])
    assert.is_nil(recording.nothing)
    local count = 0
    for i, event in ipairs(recording) do
      count = count + 1
      assert.equal(i == 1 and "commit" or "decommit", event.what)
    end
    assert.equal(2, count)
  end)

  it("cannot be assigned to", function()
    local recording = record(function() end)
    helpers.raises("a recording cannot be assigned to", function() recording[1] = {} end)
  end)

  it("are not had from what is no recording", function()
    local recording = record(function() end)
    helpers.raises("vmem.recording expected, got table", recording.stop, {})
    helpers.raises("vmem.recording expected, got nil", recording.html)
  end)
end)

-- The debug library may do anything to a recording: that raises errors, and never crashes.
describe("the annotations of vmem.recorder", function()
  helpers.no_regions_left()

  local function documented(class)
    local names, inside = {}, false
    for line in io.lines("lua/vmem/recorder.lua") do
      if line:find("^%-%-%-@class") then inside = line:match("^%-%-%-@class ([%w._]+)") == class end
      local name = inside and line:match("^%-%-%-@field (%a[%w_]*)")
      if name then names[name] = true end
    end
    return names
  end

  it("name all that an event may have, and nothing else", function()
    local seen = { copy = true } -- of attach, which not every system has
    local recording = record(function(region)
      region:protect(0, 1, "r")
      region:on_fault(function(fault) return region:commit(fault.offset, 1) end)
      region:write(0, "x")
      region:trap(P, P, { read = print })
      vmem.reserve(P):release()
      recorder.note "a chapter"
    end, { bytes = true })
    for _, event in ipairs(recording) do
      for key in pairs(event) do seen[key] = true end
    end
    assert.same(documented("vmem.event"), seen)
  end)

  it("name what a recorded region has", function()
    local region <close> = vmem.reserve(P, { name = "x" })
    local seen = {}
    for key in pairs(recorder.start():stop().regions[1]) do seen[key] = true end
    assert.same(documented("vmem.recorded_region"), seen, region.name)
  end)

  it("name the words of what can happen", function()
    local words, listed = {}, {}
    for _, word in pairs(require("vmem.core").recorder.whats) do words[word] = true end
    words.allocate = nil -- a verb that can be refused; two events when it is not
    local text = io.open("lua/vmem/recorder.lua"):read("a"):match("@alias vmem.what(.-)\n\n")
    for word in text:gmatch('| "(%w+)"') do listed[word] = true end
    assert.same(words, listed)
  end)
end)
