-- vmem.section(path, mode [, options]), and what such sections do: sizes, flush, resize, refresh. Numbers are
-- rows of the list of cases for sections.

local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local U <const>, P <const> = helpers.attach_unit, vmem.page_size
local file_it <const>, refusal <const> = file_kit.it, helpers.refusal
local path_of <const>, contents <const> = file_kit.path_of, file_kit.contents

local region

--- A fresh path for each spec, and a region of 16 units.
local function around_each()
  helpers.no_regions_left()
  before_each(function() region = assert(vmem.reserve(16 * U)) end)
  after_each(function()
    if pcall(region.query, region) then region:release() end
    file_kit.remove_all()
  end)
end

describe("a section of a file", function()
  around_each()

  file_it("is that file: what is written to one is in the other", function() -- 371, 372
    local path = path_of("hello world")
    local section <close> = assert(vmem.section(path, "r+"))
    assert.same({ 11, path, "r+", false, 0 },
      { section.size, section.path, section.mode, section.created, section.attachments })
    assert.is_nil(section.name)
    assert.equal(('vmem.section "%s": 11 bytes'):format(path), tostring(section))
    assert(region:attach(section))
    assert.equal(1, section.attachments)
    assert.equal("hello world\0", region:read(0, 12))
    region:write(0, "HELLO")
    assert.equal("HELLO world", contents(path))
    local file <close> = assert(io.open(path, "r+"))
    assert(file:seek("set", 6))
    file:write("there")
    file:flush()
    assert.equal("HELLO there", region:read(0, 11))
    local again <close> = assert(vmem.section(path, "r+"))
    assert(region:attach(again, 4 * U)):write(4 * U, "J")
    assert.equal("JELLO", region:read(0, 5))
  end)

  file_it("opened with r can be read, and nothing of it written", function() -- 504
    local section <close> = assert(vmem.section(path_of("hello"), "r"))
    assert.equal("permission_denied", refusal(region:attach(section, 0, 0, 5, "rw")))
    assert.equal("reserved", region:query(0).state)
    assert(region:attach(section, 0, 0, 5, "r"))
    assert.equal("permission_denied", refusal(region:protect(0, P, "rw")))
    assert.equal("permission_denied", refusal(region:commit(0, P, "rw")))
    assert.equal("r", region:query(0).protection)
    assert.equal("access_violation", helpers.fault(region.write, region, 0, "x").kind)
    assert.equal("permission_denied", refusal(section:resize(9)))
    assert.equal("permission_denied", refusal(section:resize(0)))
    assert.equal(section, section:resize(5))
    assert.equal(section, section:flush())
  end)

  file_it("opened with copy is never written", function()
    local path = path_of("hello")
    local section <close> = assert(vmem.section(path, "copy"))
    assert.equal("copy", section.mode)
    assert(region:attach(section)):write(0, "J")
    assert.equal("Jello", region:read(0, 5))
    assert(section:flush())
    assert.equal("hello", contents(path))
    for offset, _, _, _, copy in region:attachments() do assert.same({ 0, true }, { offset, copy }) end
    assert(region:discard(0, P))
    assert.equal("hello", region:read(0, 5))
    assert.equal("permission_denied", refusal(section:resize(9)))
  end)

  file_it("opened with w+ is made, or emptied", function()
    local path = path_of()
    do
      local section <close> = assert(vmem.section(path, "w+"))
      assert.same({ 0, true, "w+" }, { section.size, section.created, section.mode })
    end
    do
      local section <close> = assert(vmem.section(path, "w+", { size = 3 }))
      assert.same({ 3, false }, { section.size, section.created })
      assert(region:attach(section)):write(0, "abcdef") -- three of them are behind the end
    end
    assert.equal("abc", contents(path))
    region:decommit() -- Windows does not empty a file that is attached
    local section <close> = assert(vmem.section(path, "w+", { size = 5 }))
    assert.equal(5, section.size)
    assert.equal(("\0"):rep(5), contents(path))
  end)

  file_it("with r+ must exist, and becomes at least as long as it says", function()
    local path = path_of()
    assert.equal("no_file", refusal(vmem.section(path, "r+")))
    assert.is_nil(io.open(path))
    path = path_of("hello")
    for _, size in ipairs { 0, 3, 5, 9, 6 } do
      local before = #contents(path)
      local section <close> = assert(vmem.section(path, "r+", { size = size }))
      assert.equal(math.max(before, size), section.size)
    end
    assert.equal("hello\0\0\0\0", contents(path))
    assert.equal("permission_denied", refusal(vmem.section(path, "r", { size = 10 })))
    assert.equal("permission_denied", refusal(vmem.section(path, "copy", { size = 10 })))
    assert(vmem.section(path, "copy", { size = 9 })):close()
  end)

  file_it("of no bytes has nothing to attach, and can get some", function() -- 302, 303
    local section <close> = assert(vmem.section(path_of(""), "r+"))
    assert.equal(0, section.size)
    helpers.raises("the section has no bytes: there is nothing to attach", region.attach, region, section)
    helpers.raises("the section has no bytes", region.attach, region, section, 0, 0, P)
    assert(section:flush()):start_flush(0, 0)
    assert(section:resize(1))
    assert(region:attach(section)):write(0, "x")
    assert.equal("x", contents(section.path))
  end)

  file_it("keeps its exact size", function() -- 309
    for _, size in ipairs { 36, 0x3456, 3 * U } do
      local section <close> = assert(vmem.section(path_of(), "w+", { size = size }))
      assert.equal(size, section.size)
      assert.equal(size, #contents(section.path))
    end
  end)

  describe("is refused:", function()
    for what, case in pairs {
      ["a folder"] = { "/", "r" }, ["a folder, to write"] = { "/", "r+" },
      ["a device"] = { "/dev/null", "r" }, ["a device, to write"] = { "/dev/null", "r+" },
      ["a device, emptied"] = { "/dev/null", "w+" }, ["a file of /proc"] = { "/proc/cpuinfo", "r" },
    } do
      file_kit.unix_it(what, function() -- 502
        if not io.open(case[1]) then return end -- a system without it
        assert.equal("bad_file", refusal(vmem.section(case[1], case[2])))
      end)
    end

    file_kit.unix_it("a pipe, without waiting for its other end", function()
      local path = path_of()
      assert(os.execute("mkfifo " .. path))
      for _, mode in ipairs { "r", "r+", "w+", "copy" } do
        assert.equal("bad_file", refusal(vmem.section(path, mode)), mode)
      end
    end)

    file_it("no path at all, and a folder that there is not", function()
      for _, mode in ipairs { "r", "r+", "w+", "copy" } do
        assert.equal("no_file", refusal(vmem.section("", mode)))
        assert.equal("no_file", refusal(vmem.section(path_of() .. "/x", mode)))
      end
    end)

    for what, case in pairs {
      ["an unknown option"] = { "'grow' is unknown; there are guard, size and sparse", { grow = true } },
      ["a negative size"] = { "option size must be a number of bytes, 0 or more, not -1", { size = -1 } },
      ["a fraction"] = { "option size must be a number of bytes, 0 or more, not 1.5", { size = 1.5 } },
      ["a size that is text"] = { "option size must be a number of bytes", { size = "5" } },
      ["sparse that is no boolean"] = { "option sparse must be true or false", { sparse = 1 } },
      ["guard that is no boolean"] = { "option guard must be true or false", { guard = "no" } },
      ["options that are no table"] = { "options must be a table, not number", 5 },
      ["a number as an option's name"] = { "option names are strings", { true } },
    } do
      file_it(what, function()
        local path = path_of()
        helpers.raises(case[1], vmem.section, path, "w+", case[2])
        assert.is_nil(io.open(path))
      end)
    end

    for what, mode in pairs {
      ["a mode of io.open that there is not here"] = "w", ["another"] = "a+", ["binary, as text"] = "rb",
      ["no mode"] = "", ["a mode with more behind it"] = "r\0",
    } do
      file_it(what, function()
        helpers.raises('mode must be "r", "r+", "w+" or "copy"', vmem.section, path_of("x"), mode)
      end)
    end
  end)

  file_kit.unix_it("that this user cannot write is refused for r+, and copy works", function() -- 503
    local path = path_of("hello")
    assert(os.execute("chmod 444 " .. path))
    local writable <close> = io.open(path, "r+")
    if writable then return pending "this user can write any file" end
    assert.equal("permission_denied", refusal(vmem.section(path, "r+")))
    assert.equal("permission_denied", refusal(vmem.section(path, "w+")))
    assert.equal("hello", contents(path))
    local section <close> = assert(vmem.section(path, "copy"))
    assert(region:attach(section)):write(0, "J")
    assert.equal("Jello", region:read(0, 5))
  end)

  file_kit.unix_it("that it makes has the rights that the umask leaves", function()
    local path = path_of()
    local script = ("print(require('vmem').section(%q, 'w+').created)"):format(path)
    local output = helpers.run_script(script, "umask 027;")
    assert.equal("true\n", output)
    local pipe <close> = assert(io.popen("ls -l " .. path))
    assert.equal("-rw-r-----", pipe:read("a"):sub(1, 10))
  end)

  file_it("that was closed, or collected, stays attached", function() -- 511
    local path = path_of("hello")
    assert(region:attach(assert(vmem.section(path, "r+"))))
    collectgarbage()
    region:write(0, "J")
    assert.equal("Jello", contents(path))
    local section = region:query(0).section
    assert.same({ path, "r+", 5, 1 }, { section.path, section.mode, section.size, section.attachments })
    section:close()
    region:write(1, "E")
    assert.equal("JEllo", contents(path))
    assert.is_true((os.remove(path)))
    assert.equal("JEllo", region:read(0, 5))
  end)
end)

describe("a file's length", function()
  around_each()

  file_it("grows, by zeros", function() -- 305, 307, 443, 444
    local path = path_of("hello")
    local section <close> = assert(vmem.section(path, "r+"))
    assert(region:attach(section)):write(5, "behind the end")
    assert.equal(section, section:resize(3 * U + 7))
    assert.equal(3 * U + 7, section.size)
    assert.equal("hello" .. ("\0"):rep(3 * U + 2), contents(path))
    assert(region:attach(section)):write(3 * U, "seventh")
    assert.equal("seventh", contents(path):sub(-7))
    assert.equal("hello\0", region:read(0, 6))
  end)

  file_it("shrinks, also to 0; pages behind it are reserved, in all regions", function() -- 527
    local path = path_of(("x"):rep(5 * U))
    local section <close> = assert(vmem.section(path, "r+"))
    local other <close> = assert(vmem.reserve(8 * U))
    assert(region:attach(section)):attach(section, 8 * U, U, 2 * U)
    assert(other:attach(section, U))
    assert.equal(section, section:resize(2 * U + 1))
    assert.equal(2 * U + 1, section.size)
    assert.equal(2 * U + 1, #contents(path))
    local first = region:query(0)
    local held = 2 * U + P
    assert.same({ "committed", held }, { first.state, first.size })
    assert.equal("reserved", region:query(held).state)
    assert.same({ "committed", held - U }, { region:query(8 * U).state, region:query(8 * U).size })
    assert.same({ "committed", held }, { other:query(U).state, other:query(U).size })
    assert.equal(("x"):rep(2 * U + 1), region:read(0, 2 * U + 1))
    assert.equal("access_violation", helpers.fault(region.read, region, held, 1).kind)
    assert.equal(held + held - U, region.committed)
    assert(section:resize(0))
    assert.same({ 0, 0, 0, 0 }, { section.size, region.committed, other.committed, section.attachments })
    assert.equal("", contents(path))
    assert(section:resize(2 * U))
    assert(region:attach(section))
    assert.is_nil((region:nonzero(0, 2 * U)))
  end)

  file_it("that becomes shorter leaves other files, and private pages, alone", function()
    local one <close> = assert(vmem.section(path_of(("x"):rep(3 * U)), "r+"))
    local two <close> = assert(vmem.section(path_of(("y"):rep(3 * U)), "r+"))
    assert(region:attach(one, 0)):attach(two, 4 * U):attach(one, 8 * U)
    if not helpers.on_windows then region:commit(12 * U, U):write(12 * U, "own") end
    assert(one:resize(U))
    assert.equal("y", region:read(4 * U, 1))
    assert.equal(3 * U, region:query(4 * U).size)
    if not helpers.on_windows then assert.equal("own", region:read(12 * U, 3)) end
    assert.equal(U, region:query(8 * U).size)
  end)

  file_it("that another process changes is seen at once, and refresh lets go of what is gone", function()
    local path = path_of(("x"):rep(3 * U))
    local section <close> = assert(vmem.section(path, "r+"))
    assert(region:attach(section))
    file_kit.truncate(path, 7 * U)
    assert.equal(7 * U, section.size)
    assert(region:attach(section))
    assert.equal("x\0", region:read(3 * U - 1, 2))
    file_kit.truncate(path, U + 1)
    assert.equal(U + 1, section.size)
    assert.equal(section, section:refresh())
    assert.equal(U + P, region.committed)
    assert.equal("access_violation", helpers.fault(region.read, region, 2 * U, 1).kind)
    assert.equal(("x"):rep(U + 1), region:read(0, U + 1))
    assert.equal(section, section:refresh())
  end)

  file_it("that another process has cut: locks and prefetches say past_end", function() -- 523
    local path = path_of(("x"):rep(3 * U))
    local section <close> = assert(vmem.section(path, "r+"))
    assert(region:attach(section))
    file_kit.truncate(path, U)
    assert.equal("past_end", refusal(region:prefetch(0, 3 * U)))
    assert.equal("past_end", refusal(region:lock(U, P)))
    assert(region:prefetch(0, U))
    assert(section:refresh())
    assert.equal("not_committed", refusal(region:lock(U, P)))
  end)

  file_it("can be watched while it shrinks", function()
    local section <close> = assert(vmem.section(path_of(("x"):rep(3 * U)), "r+"))
    local watched <close> = assert(vmem.reserve(4 * U, { watch = true }))
    assert(watched:attach(section)):write(2 * U, "x")
    assert(section:resize(U))
    assert.is_nil((watched:written()()))
  end)

  file_kit.unix_it("beyond ulimit -f is refused, and no signal ends the process", function() -- 526
    local path = path_of("hello")
    local output = helpers.run_script(([[
      local vmem = require "vmem"
      local path = %q
      local section = assert(vmem.section(path, "r+"))
      print(select(3, section:resize(1 << 30)), section.size)
      print(select(3, vmem.section(path, "r+", { size = 1 << 30, sparse = true })))
      print(select(3, vmem.section(path, "w+", { size = 1 << 30 })), section.size)
      print(select(3, vmem.section(path .. ".new", "w+", { size = 1 << 30 })), io.open(path .. ".new"))
      assert(section:resize(2000))
    ]]):format(path), "ulimit -f 100;")
    assert.matches("^file_too_large\t5\nfile_too_large\nfile_too_large\t5\nfile_too_large\tnil\t[^\n]*\n$",
      output:gsub("\t[^\t]*\t2\n$", "\t-\n"))
    assert.equal("hello" .. ("\0"):rep(1995), contents(path))
  end)

  file_kit.disk_it("on a full disk stays as it was", [[ -- 306
    local path, new = folder .. "/file", folder .. "/new"
    local function full(result, _, code) assert(not result and code == "disk_full", code) end
    local function contents(name)
      local file <close> = assert(io.open(name))
      return file:read "a"
    end
    local region = assert(vmem.reserve(1 << 20))
    local section = assert(vmem.section(path, "w+", { size = 100 }))
    assert(region:attach(section)):write(0, "kept")
    full(section:resize(2 * free))
    assert(section.size == 100)
    full(vmem.section(path, "r+", { size = 2 * free }))
    full(vmem.section(path, "w+", { size = 2 * free }))
    assert(contents(path) == "kept" .. ("\0"):rep(96))
    full(vmem.section(new, "w+", { size = 2 * free }))
    assert(not io.open(new))
    assert(vmem.section(new, "w+", { size = 2 * free, sparse = true })):close() -- takes no room
    assert(section:resize(free // 2))
    region:write(0, "more")
    assert(contents(path):sub(1, 4) == "more")
  ]])
end)

describe("guard = false", function()
  around_each()

  file_kit.where(helpers.has_proc and helpers.no_sanitizer_it)("installs no signal handler", function()
    local output = helpers.run_script(([[
      local vmem = require "vmem"
      local region = assert(vmem.reserve(16 * vmem.page_size))
      local function catches()
        for line in io.lines "/proc/self/status" do
          local digits = line:match "^SigCgt:%%s*(%%x+)"
          if digits then return tonumber(digits:sub(-4), 16) & 0x40 ~= 0 end -- SIGBUS is 7
        end
      end
      local unguarded = assert(vmem.section(%q, "r+", { guard = false }))
      assert(region:attach(unguarded))
      print(catches(), region:read(0, 5))
      assert(region:attach(assert(vmem.section(%q, "r+"))))
      print(catches(), region:read(0, 5))
    ]]):format(path_of("hello"), path_of("there")))
    assert.equal("false\thello\ntrue\tthere\n", output)
  end)
end)

describe("flush", function()
  around_each()

  file_it("takes any range of the file, and no other", function()
    local section <close> = assert(vmem.section(path_of(("x"):rep(3 * U + 5)), "r+"))
    assert(region:attach(section)):write(U, "y")
    local ranges <const> = {
      {}, { 0 }, { 1, 5 }, { U - 1, U + 2 }, { 3 * U + 5 }, { nil, 3 * U + 5 }, { 0, 0 },
    }
    for _, range in ipairs(ranges) do
      assert.equal(section, section:flush(range[1], range[2]))
      assert.equal(section, section:start_flush(range[1], range[2]))
    end
    for _, method in ipairs { "flush", "start_flush" } do
      helpers.raises("is outside the section, which has", section[method], section, 3 * U + 6)
      helpers.raises("runs past the section's end: 5 bytes are left", section[method], section, 3 * U, 6)
      helpers.raises("from must not be negative", section[method], section, -1)
      helpers.raises("from must be an integer", section[method], section, "a")
      helpers.raises("size must be an integer", section[method], section, 0, 0.5)
    end
  end)

  file_it("does nothing for memory, and says so of nothing", function()
    local section <close> = assert(vmem.section(U))
    assert(region:attach(section)):write(0, "x")
    assert.equal(section, section:flush())
    assert.equal(section, section:start_flush())
    assert.equal(section, section:refresh())
  end)

  file_it("of a closed section is an error", function()
    local section = assert(vmem.section(path_of("x"), "r+"))
    section:close()
    for _, method in ipairs { "flush", "start_flush", "refresh", "resize" } do
      helpers.raises("section is closed", section[method], section, 0)
    end
  end)
end)
