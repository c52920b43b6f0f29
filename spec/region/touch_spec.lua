-- Regions that were reserved with touch = "commit": an access commits the reserved pages that it needs, and
-- their neighbours in its group, without a handler. Here the system refuses at a real limit; every refusal in
-- every place is in spec/trust/core.

local helpers = require "helpers"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P = vmem.page_size

local runs = helpers.runs

--- The same of neighbours that differ in their traps alone: they are one run here.
local function pages_of(region)
  local words, counts = {}, {}
  for _, page in ipairs(region) do
    local word = page.protection or page.state
    if words[#words] ~= word then words[#words + 1], counts[#counts + 1] = word, 0 end
    counts[#counts] = counts[#counts] + 1
  end
  for i, word in ipairs(words) do words[i] = counts[i] .. " " .. word end
  return table.concat(words, ", ")
end

local function no_handler() error "no handler is asked" end

local function reserve(pages, options)
  options = options or {}
  options.touch = "commit"
  local region = assert(vmem.reserve(pages * P, options))
  region:on_fault(no_handler)
  return region
end

describe("a region with touch = \"commit\"", function()
  helpers.no_regions_left()

  it("commits a page that is touched, and no other", function()
    local region <close> = reserve(1 << 20)
    region:write(7 * P, "hello")
    assert.equal("hello", region:read(7 * P, 5))
    assert.equal("7 reserved, 1 rw, 1048568 reserved", runs(region))
  end)

  it("commits nothing once it is released, through no element of any type", function()
    local types = { "u8", "i16", "u32", "i64", "f32", "f64", "u16be", "f64le" }
    for _, kind in ipairs(types) do
      local region = assert(vmem.reserve(8 * P, { touch = "commit" }))
      local view = region:view(kind, 4 * P, 8)
      region:release()
      helpers.raises("region is released", function() return view[2] end)
      helpers.raises("region is released", function() view[2] = 1 end)
    end
  end)

  it("commits a group of pages with around", function()
    local region <close> = reserve(64, { around = 16 })
    local cells = region:view "u32"
    cells[20 * P // 4 + 1] = 42
    assert.equal(42, cells[20 * P // 4 + 1])
    assert.equal("16 reserved, 16 rw, 32 reserved", runs(region))
  end)

  it("says what it was reserved with", function()
    local plain <close> = assert(vmem.reserve(P))
    local one <close> = reserve(2)
    local many <close> = reserve(100, { around = 16 })
    local all <close> = reserve(2, { around = math.maxinteger })
    assert.is_nil(plain.touch)
    assert.is_nil(plain.around)
    assert.same({ "commit", 1 }, { one.touch, one.around })
    assert.same({ "commit", 16 }, { many.touch, many.around })
    assert.same({ "commit", 2 }, { all.touch, all.around })
  end)

  -- Pages are counted from 0. Groups of four in a region of ten; page 5 is committed as "r".
  local groups = {
    { "the first group", 0, 1, "4 rw, 1 reserved, 1 r, 4 reserved" },
    { "the last byte of a group", 4 * P - 1, 1, "4 rw, 1 reserved, 1 r, 4 reserved" },
    { "before a committed page, not what is behind it", 4 * P, 1, "4 reserved, 1 rw, 1 r, 4 reserved" },
    { "behind a committed page, not what is before it", 7 * P, 1, "5 reserved, 1 r, 2 rw, 2 reserved" },
    { "the last group, which the region cuts short", 9 * P, 1, "5 reserved, 1 r, 2 reserved, 2 rw" },
    { "over the border of two groups", 4 * P - 1, 2, "5 rw, 1 r, 4 reserved" },
    { "over a committed page", 4 * P, 4 * P, "4 reserved, 1 rw, 1 r, 2 rw, 2 reserved" },
    { "everything", 0, 10 * P, "5 rw, 1 r, 4 rw" },
  }
  for _, case in ipairs(groups) do
    it("a touch of " .. case[1], function()
      local region <close> = reserve(10, { around = 4 })
      region:commit(5 * P, P, "r")
      assert.equal(("\0"):rep(case[3]), region:read(case[2], case[3]))
      assert.equal(case[4], runs(region))
    end)
  end

  it("groups have any number of pages, counted from the region's first", function()
    local region <close> = reserve(10, { around = 3 })
    region:write(5 * P, "x")
    assert.equal("3 reserved, 3 rw, 4 reserved", runs(region))
  end)

  it("gives the pages the region's default protection, and x can be read", function()
    for _, protection in ipairs { "r", "rw", "x", "rx", "rwx" } do
      local region <close> = reserve(2, { protection = protection })
      assert.equal("\0", region:read(0, 1))
      assert.equal("1 " .. protection .. ", 1 reserved", runs(region))
    end
  end)

  -- What follows is a fault as ever.
  local faults = {
    { "a write where the default protection is r", "r", "write", "reserved" },
    { "a read where it is none", "none", "read", "reserved" },
    { "an access where it has a guard", "rw+guard", "read", "reserved" },
    { "a write to a committed page that is read-only", "rw", "write", "committed", "r" },
    { "a read of a committed page of none", "rw", "read", "committed", "none" },
  }
  for _, case in ipairs(faults) do
    it("leaves to handlers " .. case[1], function()
      local region <close> = reserve(4, { protection = case[2] })
      if case[5] then region:commit(P, P, case[5]) end
      local seen
      region:on_fault(function(fault) seen = fault.state .. " " .. fault.access .. " " .. fault.page end)
      local args = case[3] == "read" and { P, 1 } or { P, "x" }
      helpers.fault(region[case[3]], region, table.unpack(args))
      assert.equal(case[4] .. " " .. case[3] .. " 2", seen)
      assert.equal(case[5] and P or 0, region.committed)
    end)
  end

  it("a guard page still faults once", function()
    local region <close> = reserve(2)
    region:commit(0, P, "rw+guard")
    region:on_fault(nil)
    assert.equal("guard_page", helpers.fault(region.read, region, 0, 1).kind)
    assert.equal("\0", region:read(0, 1))
  end)

  it("a long access has committed pages before one that no policy mends, and written nothing", function()
    local region <close> = reserve(8, { around = 2 })
    region:commit(6 * P, P, "r")
    region:on_fault(nil)
    local fault = helpers.fault(region.write, region, 0, ("x"):rep(8 * P))
    assert.equal(7, fault.page)
    assert.equal("6 rw, 1 r, 1 reserved", runs(region))
    assert.equal(("\0"):rep(6 * P), region:read(0, 6 * P))
  end)

  it("goes on with a handler where the policy ends", function()
    local region <close> = reserve(4)
    region:commit(P, P, "r")
    region:on_fault(function(fault)
      assert.equal("committed", fault.state)
      return fault.region:protect(fault.offset, 1, "rw")
    end)
    region:write(0, ("x"):rep(3 * P))
    assert.equal("3 rw, 1 reserved", runs(region))
  end)

  it("leaves trapped pages alone, and ends a group at them", function()
    local region <close> = reserve(16, { around = 16 })
    local written = {}
    region:trap(4 * P, 2 * P, {
      read = function(_, size) return ("t"):rep(size) end,
      write = function(_, bytes) written[#written + 1] = bytes end,
    })
    region:trap(9 * P, P, { write = function(_, bytes) written[#written + 1] = bytes end })
    region:on_fault(nil)
    region:write(7 * P, "x")
    assert.equal("6 reserved, 3 rw, 7 reserved", pages_of(region))
    assert.equal("\0\0tt", region:read(4 * P - 2, 4)) -- the first page that is needed is below the trap
    assert.equal("4 rw, 2 reserved, 3 rw, 7 reserved", pages_of(region))
    region:write(9 * P - 1, "abc")
    assert.same({ "bc" }, written)
    helpers.fault(region.read, region, 9 * P, 1) -- only its writes are trapped
    assert.equal("4 rw, 2 reserved, 3 rw, 7 reserved", pages_of(region))
  end)

  it("goes on behind a page that a handler has answered", function()
    local region <close> = reserve(4)
    region:commit(P, P, "none")
    region:on_fault(function(fault)
      fault:answer(("h"):rep(fault.size))
      return true
    end)
    assert.equal("\0" .. ("h"):rep(P) .. "\0", region:read(P - 1, P + 2))
    assert.equal("1 rw, 1 none, 1 rw, 1 reserved", runs(region))
  end)

  it("decommit makes pages ready to be touched again, full of zeros", function()
    local region <close> = reserve(64, { around = 16 })
    region:fill(0, 64 * P, 65)
    region:decommit(16 * P, 32 * P)
    assert.equal("\0", region:read(31 * P, 1))
    assert.equal("32 rw, 16 reserved, 16 rw", runs(region))
  end)

  it("nothing is committed by what touches nothing", function()
    local region <close> = reserve(4)
    region:read(0, 0)
    region:write(P, "")
    assert.is_false(region:is_committed(0, P))
    region:query(0)
    assert.is_nil(vmem.peek(region.base, 1))
    assert.equal(0, region.committed)
  end)

  it("around without touch, and other words than commit, are errors", function()
    local alone = { around = 16 }
    helpers.raises("option around says how many pages a touch commits: say touch", vmem.reserve, P, alone)
    helpers.raises('option touch must be "commit", not stack', vmem.reserve, P, { touch = "stack" })
    helpers.raises('option touch must be "commit", not true', vmem.reserve, P, { touch = true })
    helpers.raises("option touch must be", vmem.reserve, P, { touch = "commit\0" })
    for _, wrong in ipairs { 0, -1, 1.5, "16", false } do
      local message = "option around must be a number of pages, 1 or more, not " .. tostring(wrong)
      helpers.raises(message, vmem.reserve, P, { touch = "commit", around = wrong })
    end
  end)
end)

-- {====== Each function that makes an access ======

local kinds = {
  [""] = {}, [", in a sparse region"] = { sparse = true }, [", in a wiped region"] = { wipe = true },
  [", in a watched region"] = { watch = true }, [", in a concealed region"] = { conceal = true },
}

--- What an access gives in a region of zeros. Pages 1 and 2 have the bytes that it is about, or 2 alone.
local function outcome(access, options, commit)
  local kit <close> = helpers.access_kit(options)
  kit.region:decommit()
  if commit then kit.region:commit(0, 2 * P) end
  kit.region:on_fault(no_handler)
  return helpers.outcome(access, kit)
end

--- The same without a look at the whole region, which would touch it.
local function touched(access, options)
  local kit <close> = helpers.access_kit(options)
  kit.region:decommit()
  kit.region:on_fault(no_handler)
  access.touch(kit)
  return helpers.pages(kit.region)
end

local function with(options, more)
  local all = {}
  for key, value in pairs(options) do all[key] = value end
  for key, value in pairs(more) do all[key] = value end
  return all
end

--- Among zeros, strings end at once.
local function needed(name)
  if name:find "^page:" then return "reserved rw reserved reserved" end
  local ends = name == "region:cstring" or name == "region:unpack of a string"
  return ends and "rw reserved reserved reserved" or "rw rw reserved reserved"
end

local function conceal_it(name, run) helpers.advice_it("DONTDUMP", name, run, helpers.linux_it) end

describe("a touch by", function()
  helpers.no_regions_left()

  for kind, options in pairs(kinds) do
    local it = options.conceal and conceal_it or it
    for _, access in ipairs(helpers.accesses) do
      local one, group = with(options, { touch = "commit" }), with(options, { touch = "commit", around = 2 })
      it(access.name .. kind, function()
        assert.same(outcome(access, one, true), outcome(access, one, false))
        assert.equal(needed(access.name), touched(access, one))
        assert.equal("rw rw reserved reserved", touched(access, group))
      end)
    end
  end

  it("vmem.write across two regions commits in both", function()
    local size <const> = vmem.allocation_granularity
    local there = assert(vmem.reserve(2 * size))
    local base = there.base
    there:release()
    local first <close> = assert(vmem.reserve(size, { address = base, touch = "commit" }))
    local second <close> = assert(vmem.reserve(size, { address = base + size, touch = "commit" }))
    vmem.write(second.base - 1, "xy")
    assert.equal("y", second:read(0, 1))
    assert.equal(2 * P, first.committed + second.committed)
  end)

  it("a coroutine, which need not wait", function()
    local region <close> = reserve(4)
    local co = coroutine.wrap(function() region:write(0, "x") return region:read(0, 1) end)
    assert.equal("x", co())
  end)

  it("a write to a watched region notes the pages that are written, not the group", function()
    local region <close> = reserve(16, { watch = true, around = 8 })
    region:write(9 * P, "x")
    local written = {}
    for offset, size in region:written() do written[#written + 1] = { offset // P, size // P } end
    assert.same({ { 9, 1 } }, written)
  end)

  it("load, of a file that is shorter, notes no page that was not written", function()
    local region <close> = reserve(16, { watch = true })
    local file <close> = helpers.file_of "bytes"
    assert.equal(5, region:load(file, 0, 4 * P))
    local written = {}
    for offset, size in region:written() do written[#written + 1] = { offset // P, size // P } end
    assert.same({ { 0, 1 } }, written)
  end)
end)

-- ====== }

describe("a recording of touches", function()
  helpers.no_regions_left()

  --- "fault write 0": what, access or protection, and pages of each event.
  local function story(run)
    local recording <close> = recorder.start()
    run()
    recording:stop()
    local words = {}
    for i, event in ipairs(recording) do
      words[i] = ("%s %s %d"):format(event.what, event.access or event.protection, event.size // P)
    end
    return words, recording
  end

  it("has a fault, a commit of the group, and that the fault is mended", function()
    local region <close> = reserve(16, { around = 4 })
    local words, recording = story(function() region:write(5 * P, "x") end)
    assert.same({ "fault write 0", "commit rw 4", "mend rw 0" }, words)
    local committed = {}
    for i, event in ipairs(recording) do committed[i] = event.committed // P end
    assert.same({ 0, 4, 4 }, committed)
  end)

  it("has them for each run of pages that a long access needs", function()
    local region <close> = reserve(8)
    region:commit(3 * P, P)
    local words = story(function() region:fill(P, 5 * P, 1) end)
    local each = { "fault write 5", "commit rw 2", "mend rw 0" }
    assert.same(table.move(each, 1, 3, 4), words)
  end)
end)

describe("where the system refuses to commit", function()
  -- ulimit -d counts writable pages, and leaves room for some.
  local script = [[
    local vmem = require "vmem"
    local P <const> = vmem.page_size
    local pages <const> = 1 << 18
    local region = assert(vmem.reserve(pages * P, { touch = "commit", around = %s }))
  ]]
  local limited <const> = "ulimit -d 60000;"

  helpers.bare_linux_it("a group, the page alone is committed", function()
    local output = helpers.run_script(script:format "pages" .. [[
      region:write(7 * P, "x")
      print(region.committed == P, region[8].state)
    ]], limited)
    assert.equal("true\tcommitted\n", output)
  end)

  helpers.bare_linux_it("what an access needs, the fault says why, and nothing has changed", function()
    local output = helpers.run_script(script:format "16" .. [[
      region:on_fault(function(fault) print(fault.access, fault.page, fault.state) end)
      local ok, fault = pcall(region.fill, region, 0, region.size, 1)
      local sentence = tostring(fault)
      print(sentence:match "page 1 of region %S+ (is reserved, and cannot be committed): the system has no")
      print(sentence:find("ulimit -d", 1, true) ~= nil, region.committed)
      region:write(0, "x")
      print(region.committed // P)
    ]], limited)
    assert.equal("write\t1\treserved\nis reserved, and cannot be committed\ntrue\t0\n16\n", output)
  end)
end)
