-- vmem.section, region:attach, region:attachments. Numbers are rows of the list of cases for sections.

local helpers = require "helpers"
local vmem = require "vmem"

local U <const> = helpers.attach_unit -- what attachments are multiples of
local it = helpers.section_it

-- The size of a section that ends with a part of a page. On Windows it ends at a multiple of U, or the pages
-- behind its end could not be used, of which section_windows_spec.lua tells.
local ODD <const> = 3 * U + (helpers.on_windows and U or 5)

--- What is attached: "offset+size section from", in units, with "copy" for private copies.
local function attached(region, names)
  local list = {}
  for offset, size, section, from, copy in region:attachments() do
    local name = names and names[section] or "-"
    local place = ("%d+%d %s %d"):format(offset // U, size // U, name, from // U)
    list[#list + 1] = place .. (copy and " copy" or "")
  end
  return table.concat(list, ", ")
end

local function runs(region)
  local list = {}
  for offset, size, state, protection in region:runs() do
    list[#list + 1] = ("%d+%d %s"):format(offset // U, size // U, protection or state)
  end
  return table.concat(list, ", ")
end

local refusal = helpers.refusal

describe("a section", function()
  helpers.no_regions_left()

  it("has its exact size, and is made by the call", function()
    local section <close> = assert(vmem.section(3 * U + 5))
    assert.equal(3 * U + 5, section.size)
    assert.is_true(section.created)
    assert.is_nil(section.name)
    assert.equal(("vmem.section: %d bytes"):format(3 * U + 5), tostring(section))
  end)

  it("is closed by close, twice if need be, and by the end of a block", function()
    local section = assert(vmem.section(U))
    assert.is_true(section:close())
    assert.is_true(section:close())
    assert.equal("vmem.section (closed)", tostring(section))
    helpers.raises("section is closed", function() return section.size end)
    local other
    do
      local inner <close> = assert(vmem.section(U))
      other = inner
    end
    helpers.raises("section is closed", function() return other:resize(2 * U) end)
  end)

  describe("refuses", function()
    for name, case in pairs {
      ["a size of 0"] = { "size must be at least 1", 0 },
      ["a negative size"] = { "size must not be negative", -1 },
      ["a fraction"] = { "size must be an integer", 1.5 },
      ["nothing"] = { "takes a size, or a name and a size, or a path and a mode, not nil" },
      ["a table"] = { "takes a size, or a name and a size, or a path and a mode, not table", {} },
      ["options that are no table"] = { "options must be a table, not boolean", 1, true },
      ["an unknown option"] = { "option 'grows' is unknown", 1, { grows = true } },
      ["an option that begins like one"] = { "option 'growable' is unknown", 1, { ["growable\0"] = true } },
      ["a number as an option's name"] = { "option names are strings", 1, { true } },
      ["growable that is no boolean"] = { "option growable must be true or false", 1, { growable = 1 } },
      ["executable that is no boolean"] = { "option executable must be", 1, { executable = "x" } },
      ["a shown name with a zero byte"] = { "option name must be a string", 1, { name = "a\0b" } },
      ["an empty name"] = { "has 1 to 200 bytes, not 0", "", 1 },
      ["a long name"] = { "has 1 to 200 bytes, not 201", ("x"):rep(201), 1 },
      ["a name with a slash"] = { "for a path give a mode", "a/b", 1 },
      ["a name with a backslash"] = { "has no '/', '\\' or zero byte", "a\\b", 1 },
      ["a name with a zero byte"] = { "has no '/', '\\' or zero byte", "a\0", 1 },
      ["a name without a size"] = { "size must be an integer", "weather" },
      ["a mode that there is not"] = { 'mode must be "r", "r+", "w+" or "copy", not "w"', "/proc/self", "w" },
      ["a path with a zero byte"] = { "path has a zero byte", "/proc\0", "r" },
    } do
      it(name, function() helpers.raises(case[1], vmem.section, table.unpack(case, 2)) end)
    end
  end)

  it("of more than there is memory is refused, and no process is ended for it", function()
    assert.equal("out_of_memory", refusal(vmem.section(1 << 50)))
  end)

  it("grows if it is growable, with zeros, and never shrinks", function()
    local section <close> = assert(vmem.section(U, { growable = true }))
    local region <close> = assert(vmem.reserve(3 * U))
    assert(region:attach(section)):write(U - 1, "x")
    if helpers.on_windows then
      assert.equal("not_supported", refusal(section:resize(3 * U)))
      return
    end
    assert.equal(section, section:resize(3 * U))
    assert.equal(3 * U, section.size)
    assert(region:attach(section))
    assert.equal("x" .. ("\0"):rep(2 * U), region:read(U - 1))
    assert.equal("permission_denied", refusal(section:resize(3 * U - 1)))
    assert.equal(section, section:resize(3 * U))
    local fixed <close> = assert(vmem.section(U))
    assert.equal("permission_denied", refusal(fixed:resize(U + 1)))
    assert.equal(fixed, fixed:resize(U))
    assert.equal(U, fixed.size)
  end)
end)

describe("a growing section", function()
  helpers.no_regions_left()
  local grow_it = helpers.grow_it

  grow_it("has zeros where pages were written behind its end", function()
    local P <const> = vmem.page_size
    local region <close> = assert(vmem.reserve(4 * P))
    for size, more in pairs { [5] = 100, [100] = P - 1, [P - 1] = 2 * P + 7 } do
      local one <close> = assert(vmem.section(size, { growable = true }))
      assert(region:attach(one)):fill(0, P, 120)
      assert(one:resize(more))
      local last = math.min(more, P)
      assert.equal(("x"):rep(size), region:read(0, size))
      assert.equal(("\0"):rep(last - size), region:read(size, last - size))
    end
  end)

  grow_it("keeps its size where there is no memory for more", function()
    local section <close> = assert(vmem.section(U, { growable = true }))
    for _, size in ipairs { 1 << 50, 1 << 62 } do
      assert.is_nil((section:resize(size)))
      assert.equal(U, section.size)
    end
  end)
end)

describe("region:attach", function()
  helpers.no_regions_left()
  local region, section

  before_each(function()
    region, section = vmem.reserve(16 * U), vmem.section(ODD)
  end)

  after_each(function()
    if pcall(region.query, region) then region:release() end
    if section then section:close() end
  end)

  it("shows the same memory at several places", function() -- 366
    assert.equal(region, region:attach(section))
    assert.equal(region, region:attach(section, 8 * U, U, 2 * U))
    region:write(U, "here")
    assert.equal("here", region:read(8 * U, 4))
    region:view("u32", 8 * U)[1] = 0x01020304
    assert.equal(0x01020304, region:view("u32", U)[1])
    assert.equal("0+4 s 0, 8+2 s 1", attached(region, { [section] = "s" }))
    assert.equal("0+4 rw, 4+4 reserved, 8+2 rw, 10+6 reserved", runs(region))
  end)

  it("shows the same memory in several regions", function()
    local other <close> = assert(vmem.reserve(4 * U))
    assert(region:attach(section, 4 * U))
    assert(other:attach(section))
    other:write(0, "there")
    assert.equal("there", region:read(4 * U, 5))
  end)

  it("rounds the size up to a page, and shows zeros behind the section's end", function() -- 361, 514
    local P <const> = vmem.page_size
    section:close()
    section = assert(vmem.section(3 * U + 5))
    assert(region:attach(section))
    assert.equal(3 * U + P, region:query().size)
    assert.equal(("\0"):rep(P), region:read(3 * U, P))
    assert(region:attach(section, 8 * U, 0, 1))
    assert.equal(P, region:query(8 * U).size)
  end)

  it("replaces what pages had", function() -- 505
    region:commit(0, 2 * U):write(0, "private")
    if helpers.on_windows then
      assert.equal("not_supported", refusal(region:attach(section)))
      assert.equal("private", region:read(0, 7))
      assert(region:decommit())
    end
    assert(region:attach(section))
    assert.equal(("\0"):rep(7), region:read(0, 7))
    assert.equal(4 * U, region.committed // U * U)
  end)

  it("over attached pages shows another part", function()
    assert(region:attach(section, 0, 0, 2 * U)):write(0, "first"):write(U, "second")
    assert(region:attach(section, 0, U, U))
    assert.equal("second", region:read(0, 6))
    assert.equal("0+1 s 1, 1+1 s 1", attached(region, { [section] = "s" }))
    assert(region:attach(section, 0, 0, U))
    assert.equal("first", region:read(0, 5))
  end)

  it("says in query whose memory pages are", function()
    assert(region:attach(section, U, 0, U))
    local run = region:query(U)
    assert.equal("mapped", run.type)
    assert.equal(section, run.section)
    assert.equal(U, run.size)
    run = region:query(0)
    assert.equal("private", run.type)
    assert.is_nil(run.section)
    run = vmem.query(region.base + U)
    assert.equal("mapped", run.type)
    assert.equal(section, run.section)
  end)

  it("goes on when the section is closed or collected", function() -- 374, 511
    assert(region:attach(section)):write(0, "stays")
    section:close()
    assert.equal("stays", region:read(0, 5))
    local again = region:query().section
    assert.are_not.equal(section, again)
    assert.equal(ODD, again.size)
    assert(region:attach(again, 8 * U))
    assert.equal("stays", region:read(8 * U, 5))
    again = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal("stays", region:read(8 * U, 5))
    assert.equal(ODD, region:query().section.size)
  end)

  it("is undone by decommit, also in the middle", function() -- 509, 510
    assert(region:attach(section)):write(0, ("x"):rep(3 * U))
    local committed = region.committed
    assert(region:decommit(U, U))
    assert.equal("0+1 s 0, 2+2 s 2", attached(region, { [section] = "s" }))
    assert.equal(committed - U, region.committed)
    assert.equal("private", region:query(U).type)
    assert(region:commit(U, U))
    assert.equal(("\0"):rep(U), region:read(U, U))
    assert(region:attach(section, 8 * U))
    assert.equal("x", region:read(9 * U, 1))
    assert(region:decommit())
    assert.equal("", attached(region))
    assert.equal("0+16 reserved", runs(region))
  end)

  it("is undone by release, after which views say so", function() -- 512
    local view = assert(region:attach(section)):view("u8", 0, U)
    region:release()
    helpers.raises("region is released", function() return view[1] end)
  end)

  it("keeps contents under commit, protect and guards", function() -- 508, 524
    assert(region:attach(section)):write(U, "kept")
    assert(region:commit(0, 6 * U, "r"))
    assert.equal("0+4 r, 4+2 r, 6+10 reserved", runs(region))
    assert.equal("kept", region:read(U, 4))
    helpers.fault(region.write, region, U, "x")
    assert.equal("r", region:protect(0, 2 * U, "none"))
    helpers.fault(region.read, region, U, 4)
    assert.equal("none", region:protect(U, U, "rw+guard"))
    assert.is_true(helpers.fault(region.read, region, U, 4).kind:find "guard" ~= nil)
    assert.equal("kept", region:read(U, 4))
    region:write(U, "more")
    if helpers.on_windows then region:decommit(4 * U, 2 * U) end -- or it would be refused
    assert(region:attach(section, 8 * U))
    assert.equal("more", region:read(9 * U, 4))
  end)

  it("commits marked, attached and fresh pages in one call", function()
    -- On Windows before others are committed.
    if helpers.on_windows then assert(region:attach(section, 9 * U, 0, U, "r")) end
    for unit = 0, 6 do region:commit(2 * unit * U, vmem.page_size) end
    region:decommit(8 * U, U)
    if helpers.on_windows then
      assert.equal("not_supported", refusal(region:attach(section, 11 * U, 0, U, "r")))
    else
      assert(region:attach(section, 9 * U, 0, U, "r"))
    end
    assert(region:commit())
    assert.equal(16 * U, region.committed)
    for _, _, state, protection in region:runs() do
      assert.same({ "committed", "rw" }, { state, protection })
    end
    region:fill(0, 16 * U, 7)
    assert.equal(("\7"):rep(16 * U), region:read())
    local other <close> = assert(vmem.reserve(4 * U))
    assert.equal(("\7"):rep(U), assert(other:attach(section)):read(0, U))
    assert(region:decommit())
    assert(region:commit(9 * U, U))
    assert.equal(("\0"):rep(U), region:read(9 * U, U))
    assert.equal(("\7"):rep(U), other:read(0, U))
  end)

  it("with +copy keeps what is written in the region", function() -- 344, 409, 521
    assert(region:attach(section, 0, 0, 2 * U)):write(0, "section")
    assert(region:attach(section, 4 * U, 0, 2 * U, "rw+copy"))
    assert.equal("0+2 s 0, 4+2 s 0 copy", attached(region, { [section] = "s" }))
    assert.equal("section", region:read(4 * U, 7))
    region:write(4 * U, "SECTION")
    assert.equal("section", region:read(0, 7))
    region:write(0, "changed")
    assert.equal("SECTION", region:read(4 * U, 7))
    assert(region:discard(4 * U, U))
    assert.equal("changed", region:read(4 * U, 7))
  end)

  it("lets a discard leave shared pages as they are", function() -- 522
    assert(region:attach(section)):write(0, "stays")
    assert(region:discard(0, 4 * U))
    assert.equal("stays", region:read(0, 5))
  end)

  it("knows r+copy, rw+guard+copy and the region's own protection", function()
    assert(region:attach(section, 0, 0, U, "r+copy"))
    assert.equal("r", region:query().protection)
    assert.equal("r", region:protect(0, U, "rw"))
    region:write(0, "x")
    assert(region:attach(section, U, 0, U, "rw+guard+copy"))
    assert.equal("rw+guard", region:query(U).protection)
    local readable <close> = assert(vmem.reserve(U, { protection = "r" }))
    assert(readable:attach(section, 0, 0, U))
    assert.equal("r", readable:query().protection)
  end)

  it("gives executable pages of executable sections only", function() -- 354
    assert.equal("permission_denied", refusal(region:attach(section, 0, 0, U, "rx")))
    assert.equal("0+16 reserved", runs(region))
    assert(region:attach(section, 0, 0, U))
    assert.equal("permission_denied", refusal(region:protect(0, U, "rx")))
    assert.equal("permission_denied", refusal(region:commit(0, 2 * U, "rwx")))
    assert.equal("0+1 rw, 1+15 reserved", runs(region))
    local code <close> = assert(vmem.section(U, { executable = true }))
    assert(region:attach(code, 4 * U, 0, U, "rw"))
    assert(region:attach(code, 8 * U, 0, U, "rx"))
    region:write(4 * U, "W^X")
    assert.equal("W^X", region:read(8 * U, 3))
    helpers.fault(region.write, region, 8 * U, "x")
  end)

  it("watches writes through each place by itself", function()
    local watched <close> = assert(vmem.reserve(8 * U, { watch = true }))
    watched:commit(0, U):write(0, "x")
    if helpers.on_windows then watched:decommit() end -- or it would be refused
    assert(watched:attach(section, 0, 0, U))
    assert(watched:attach(section, 4 * U, 0, U))
    assert.is_nil(watched:written()())
    watched:write(4 * U, "y")
    assert.equal("y", watched:read(0, 1))
    local list = {}
    for offset in watched:written() do list[#list + 1] = offset end
    assert.same({ 4 * U }, list)
  end)

  it("finds what another place has written to pages that this one never touched", function()
    local other <close> = assert(vmem.reserve(64 * U))
    local large <close> = assert(vmem.section(32 * U))
    assert(other:attach(large))
    assert(other:attach(large, 32 * U))
    other:write(20 * U + 3, "needle")
    assert.equal(52 * U + 3, other:find("needle", 32 * U))
    local from = other:nonzero(32 * U)
    assert.equal(52 * U + 3, from)
    assert.equal(("\0"):rep(3) .. "needle", other:read(52 * U, 9))
    assert.equal(0, (other:compare(0, 32 * U, 32 * U)))
  end)

  describe("refuses", function()
    local P <const> = vmem.page_size
    for name, case in pairs {
      ["an offset that is no multiple of a page"] = { "offset 1 is not a multiple of the page size", 1 },
      ["a place in the section that is none"] = { "from 7 is not a multiple of the page size", 0, 7 },
      ["an offset behind the region"] = { "is outside the region", 16 * U },
      ["a place behind the section"] = { "is outside the section", 0, 4 * U },
      ["a size of 0"] = { "size must be at least 1", 0, 0, 0 },
      ["a size that is a page too long for the section"] = { "runs past the section's end", 0, 3 * U, U + 1 },
      ["a size that is too long for the region"] = { "runs past the region's end", 15 * U, 0, 2 * U },
      ["a section that does not fit without a size"] = { "runs past the region's end", 14 * U },
      ["a protection that there is not"] = { 'protection "rc" is unknown', 0, 0, P, "rc" },
      ["copy alone"] = { 'protection "+copy" is unknown', 0, 0, P, "+copy" },
      ["a protection that is a number"] = { "protection must be a string", 0, 0, P, 4 },
    } do -- 506
      it(name, function()
        helpers.raises(case[1], region.attach, region, section, table.unpack(case, 2))
        assert.equal("0+16 reserved", runs(region))
      end)
    end

    it("what is no section", function()
      helpers.raises("vmem.section expected", region.attach, region, region)
      helpers.raises("vmem.section expected", region.attach, region)
      section:close()
      helpers.raises("section is closed", region.attach, region, section)
    end)

    for _, option in ipairs { "sparse", "conceal", "wipe" } do -- 533
      it("regions with " .. option, function()
        local other <close> = vmem.reserve(4 * U, { [option] = true })
        if not other or (option == "sparse" and not other.sparse) then return end
        assert.equal("not_supported", refusal(other:attach(section)))
        assert.equal("0+4 reserved", runs(other))
      end)
    end

    it("pages whose reads are trapped", function()
      region:trap(U, U, { read = function() return 0 end })
      assert.equal("in_use", refusal(region:attach(section)))
      assert(region:attach(section, 2 * U))
    end)
  end)

  describe("and snapshots", function()
    it("exclude each other where pages are shared", function() -- 536
      do
        local snapshot <close> = assert(region:snapshot())
        assert.equal("in_use", refusal(region:attach(section)))
        assert.is_nil(snapshot:changed()())
      end
      assert(region:attach(section))
      assert.equal("not_supported", refusal(region:snapshot()))
      region:decommit()
      assert(region:snapshot()):close()
    end)

    it("do not, once nobody has the snapshot", function()
      for _ = 1, 3 do assert(region:snapshot()) end
      assert.equal(region, region:attach(section))
    end)

    it("know private copies", function()
      assert(region:attach(section)):write(0, "section")
      region:decommit()
      assert(region:attach(section, 0, 0, 2 * U, "rw+copy"))
      local snapshot <close> = assert(region:snapshot())
      region:write(0, "written"):write(U, "too")
      assert(region:restore(snapshot))
      assert.equal("section", region:read(0, 7))
      assert.equal(("\0"):rep(3), region:read(U, 3))
    end)

    it("are refused where a page would get what its section forbids, and nothing has changed", function()
      region:commit(0, U, "rwx"):write(0, "private")
      region:commit(4 * U, U)
      local snapshot <close> = assert(region:snapshot())
      if helpers.on_windows then -- over committed pages
        assert.equal("not_supported", refusal(region:attach(section, 0, 0, U, "r+copy")))
        return
      end
      assert(region:attach(section, 0, 0, U, "r+copy"))
      region:decommit(4 * U, U)
      local message, code = select(2, region:restore(snapshot))
      assert.equal("permission_denied", code)
      assert.is_true(message:find("section", 1, true) ~= nil, message)
      assert.equal("0+1 r, 1+15 reserved", runs(region))
      region:decommit()
      assert(region:restore(snapshot))
      assert.equal("private", region:read(0, 7))
    end)

    it("find no change at the border of a copy", function()
      local watched <close> = assert(vmem.reserve(8 * U, { watch = true }))
      if not helpers.on_windows then watched:commit() end -- or it would be refused
      assert(watched:attach(section, 2 * U, 0, U, "rw+copy"))
      watched:commit()
      local snapshot <close> = assert(watched:snapshot { all = true })
      assert(watched:restore(snapshot))
      assert.is_nil(watched:written()())
    end)

    it("keep what a copy is attached over", function()
      region:commit(0, U):write(0, "private")
      local snapshot <close> = assert(region:snapshot())
      if helpers.on_windows then
        assert.equal("not_supported", refusal(region:attach(section, 0, 0, 2 * U, "rw+copy")))
      else
        assert(region:attach(section, 0, 0, 2 * U, "rw+copy"))
      end
      assert(region:restore(snapshot))
      assert.equal("private", region:read(0, 7))
      assert.equal("0+1 rw, 1+15 reserved", runs(region))
    end)
  end)
end)

describe("section.path", function()
  helpers.no_regions_left()
  local function path_it(name, run)
    it(name, function()
      local section <close> = assert(vmem.section(U, { name = "shown", growable = true }))
      if not section.path then return end -- not on this system
      run(section)
    end)
  end

  path_it("opens the same section again", function(section)
    local again <close> = assert(vmem.section(section.path, "r+"))
    assert.is_false(again.created)
    local region <close> = assert(vmem.reserve(4 * U))
    assert(region:attach(section))
    assert(region:attach(again, 2 * U))
    region:write(0, "same")
    assert.equal("same", region:read(2 * U, 4))
    assert(section:resize(2 * U))
    assert.equal(2 * U, again.size)
  end)

  path_it("opened with r gives pages that cannot be written, but for copies", function(section) -- 352, 504
    local readable <close> = assert(vmem.section(section.path, "r"))
    local region <close> = assert(vmem.reserve(4 * U))
    assert.equal("permission_denied", refusal(region:attach(readable)))
    assert.equal("permission_denied", refusal(readable:resize(2 * U)))
    assert(region:attach(readable, 0, 0, U, "r"))
    assert.equal("permission_denied", refusal(region:protect(0, U, "rw")))
    assert(region:attach(readable, U, 0, U, "rw+copy")):write(U, "x")
    assert.equal("\0", region:read(0, 1))
  end)

  path_it("gives a file that nobody can make smaller", function(section) -- 528
    local file = io.open(section.path, "w")
    assert.is_nil(file)
    assert.equal(U, section.size)
  end)

  local SEAL <const>, SHRINK <const>, GROW <const>, WRITE <const>, FUTURE_WRITE <const> = 1, 2, 4, 8, 16

  for what, case in pairs {
    ["cannot become smaller"] = { SHRINK | SEAL },
    ["cannot become smaller or larger"] = { SHRINK | GROW | SEAL },
    ["can become smaller, so that it is a file like any other"] = { SEAL },
    ["can get further seals, so that it is a file like any other"] = { SHRINK },
    ["cannot be written"] = { SHRINK | SEAL | WRITE, "permission_denied" },
    ["cannot be written in new mappings"] = { SHRINK | SEAL | FUTURE_WRITE, "permission_denied" },
  } do
    path_it("of another program's file in memory, which " .. what .. ", is checked", function()
      local file = require("probe").memfd(case[1])
      if not file then return end -- this kernel does not know that seal
      local path = "/proc/self/fd/" .. file
      local result, message, code = vmem.section(path, "r+")
      assert.same({ case[2] == nil, case[2] }, { result ~= nil, code }, message)
      assert(vmem.section(path, "r")):close()
    end)
  end

  path_it("is not the path of just any file", function()
    for path, code in pairs {
      ["/dev/null"] = "bad_file", ["/"] = "bad_file", ["/proc/cpuinfo"] = "bad_file",
      ["/there/is/no/such/file"] = "no_file", [""] = "no_file",
    } do
      local result, message, found = vmem.section(path, "r")
      assert.same({ path, nil, code }, { path, result, found }, message)
    end
  end)
end)
