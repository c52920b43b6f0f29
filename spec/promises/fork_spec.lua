-- Regions of each kind in a child of fork: what the child can do with them, and what can never happen, as in
-- docs/fork.md, sentence by sentence. Files, servers and pagers are in spec/pager/*fork_spec.lua.

local fork_kit = require "fork_kit"
local helpers = require "helpers"
local interpreter = require "interpreter"

-- The start of each script: `touch` accesses memory as C code does.
local prelude <const> = [[
  local vmem = require "vmem"
  local P = vmem.page_size
  local touch = require("trap").touch
]]

--- `way`: how pages are committed, by VMEM_COMMIT; as usual without.
local function run(script, way)
  local set = way and ("VMEM_COMMIT=%s; export VMEM_COMMIT;"):format(way) or ""
  fork_kit.run(prelude .. script, "export LC_ALL=C;" .. set)
end

--- Name, options, the way pages are committed, and what a child reads where its parent has written.
local sorts <const> = {
  { "plain", {}, way = "plain", written = "kept" },
  { "marked", {}, way = "marked", written = "kept" },
  { "sparse by VMEM_COMMIT", {}, way = "missing", written = "kept" },
  { "sparse", { sparse = true }, written = "kept" },
  { "sparse, with many pages committed at once", { sparse = true }, many = true, written = "kept" },
  { "concealed", { conceal = true }, written = "\0\0\0\0" },
  { "concealed and sparse", { conceal = true, sparse = true }, many = true, written = "\0\0\0\0" },
  { "turned sparse at the limit of mappings", {}, way = "unmarked", turned = true, written = "kept" },
  { "wiped", { wipe = true }, written = "kept" },
  { "wiped and sparse", { wipe = true, sparse = true }, written = "kept" },
  { "watched", { watch = true }, written = "kept" },
  { "watched and sparse", { watch = true, sparse = true }, written = "kept" },
  { "all of that", { conceal = true, sparse = true, watch = true, wipe = true }, written = "\0\0\0\0" },
}

local function options_of(sort)
  local words = {}
  for name in pairs(sort[2]) do words[#words + 1] = name .. " = true" end
  return "{ " .. table.concat(words, ", ") .. " }"
end

-- A region of 2,048 pages: every fourth page of the first 64 is committed, and has "kept".
local function region_of(sort)
  local lines = {
    ("local region = vmem.reserve(2048 * P, %s)"):format(options_of(sort)),
    "if not region then io.write 'done' os.exit(0, true) end", -- nothing is concealed here
    "for page = 0, 63, 4 do region:commit(page * P, P):write(page * P, 'kept') end",
  }
  if sort.many then lines[#lines + 1] = "region:commit(1024 * P, 1000 * P):write(1100 * P, 'kept')" end
  if sort.turned then
    lines[#lines + 1] = "do " .. helpers.take_mappings
    lines[#lines + 1] = "local is_turned = region:commit(512 * P, P) filler:release()"
    lines[#lines + 1] = "if not is_turned then io.write 'done' os.exit(0, true) end" -- no userfaultfd here
    lines[#lines + 1] = "region:decommit(512 * P, P) end"
  end
  return table.concat(lines, "\n") .. "\n"
end

local it_there = helpers.under_valgrind and pending or fork_kit.it
local linux_it = helpers.on_linux and it_there or pending -- what needs the probe

describe("a child of fork", function()
  for _, sort in ipairs(sorts) do
    local title = (" (%s)"):format(sort[1])
    local function each(name, script)
      it_there(name .. title, function()
        run(region_of(sort) .. ("local written = %q\n"):format(sort.written) .. script, sort.way)
      end)
    end

    each("reads what its parent has written, and neither sees what the other writes from then on", [[
      in_child(function()
        assert(region:read(4 * P, 4) == written)
        region:write(4 * P, "child")
        assert(region:read(4 * P, 5) == "child")
      end)
      assert(region:read(4 * P, 4) == "kept")
    ]])

    each("reads zeros, also from C, where a page is committed and has never been written", [[
      region:commit(65 * P, P)
      in_child(function()
        assert(touch(region.base + 65 * P) == 0 and region:read(65 * P, 4) == "\0\0\0\0")
        region:write(65 * P, "new")
        assert(region:read(65 * P, 3) == "new")
      end)
      assert(region:read(65 * P, 3) == "\0\0\0")
    ]])

    each("cannot reach a reserved page, by vmem or from C", [[
      in_child(function()
        for _, page in ipairs { 1, 2, 63, 64, 511, 512, 1000, 2047 } do
          assert(not pcall(region.read, region, page * P, 1))
          assert(touch(region.base + page * P) == nil, page)
          assert(touch(region.base + page * P, 1) == nil, page)
        end
      end)
    ]])

    each("reads zeros from a page that it commits", [[
      in_child(function()
        for _, page in ipairs { 1, 63, 511, 700 } do
          touch(region.base + page * P, 7)
          assert(region:commit(page * P, P))
          assert(touch(region.base + page * P) == 0, page)
          region:write(page * P, "new")
          assert(region:read(page * P, 4) == "new\0")
        end
        assert(region:commit())
        assert(region:read(2 * P, 8) == ("\0"):rep(8) and region:read(P, 3) == "new")
      end)
    ]])

    each("decommits, protects, discards and releases on its own", [[
      in_child(function()
        assert(region:decommit(0, P) and touch(region.base) == nil)
        assert(region:protect(4 * P, P, "r") == "rw" and not pcall(region.write, region, 4 * P, "x"))
        assert(region:discard(8 * P, P))
        local base = region.base
        assert(region:commit(0, P) and touch(region.base) == 0)
        region:release()
        assert(vmem.at(base) == nil and touch(base) == nil)
      end)
      for _, page in ipairs { 0, 4, 8 } do assert(region:read(page * P, 4) == "kept") end
      region:write(4 * P, "rw still")
    ]])

    each("leaves its parent's region as it was, when it has ended", [[
      in_child(function() region:commit():fill(0, region.size, 1) end)
      for page = 0, 63, 4 do assert(region:read(page * P, 4) == "kept") end
      assert(touch(region.base + P) == nil and touch(region.base + 2047 * P) == nil)
      assert(region:commit(P, P) and touch(region.base + P) == 0)
      assert(region:decommit(P, P) and touch(region.base + P) == nil)
    ]])

    if not sort[2].conceal and not sort[2].wipe then -- they have no snapshots
      each("restores its own copy of the region from a snapshot, and its parent restores the other", [[
        local snapshot = assert(region:snapshot())
        local function change(who)
          region:write(4 * P, who)
          assert(region:decommit(8 * P, P) and region:commit(P, P) and region:protect(12 * P, P, "r"))
        end
        local function restores(four, eight)
          assert(region:restore(snapshot) == region)
          assert(region:read(4 * P, 5) == four .. "\0" and region:read(8 * P, 4) == eight)
          assert(touch(region.base + P) == nil and not pcall(region.read, region, P, 1))
          region:write(12 * P, "rw")
        end
        region:write(0, "mine")
        in_child(function()
          change "child"
          restores(written, written)
          change "again"
          restores(written, written)
          assert(snapshot:close() and not pcall(region.restore, region, snapshot))
        end)
        assert(region:read(0, 4) == "mine" and region:read(4 * P, 4) == "kept")
        change "other"
        -- Copies that its parent has made are the child's, too.
        in_child(function() restores("kept", "kept") end)
        assert(region:read(4 * P, 5) == "other" and touch(region.base + P) == 0)
        restores("kept", "kept")
        assert(region:read(0, 4) == "kept")
      ]])
    end

    each("has all of that in a child of its own, too", [[
      in_child(function()
        region:commit(P, P):write(P, "mine")
        in_child(function()
          assert(region:read(P, 4) == (region.concealed and "\0\0\0\0" or "mine"))
          assert(touch(region.base + 2 * P) == nil)
          assert(region:commit(2 * P, P) and touch(region.base + 2 * P) == 0)
        end)
        assert(region:read(P, 4) == "mine" and touch(region.base + 2 * P) == nil)
      end)
    ]])
  end

  it_there("has no locks: its pages are not locked, and can be locked by itself", function()
    run [[
      local region = vmem.allocate(8 * P)
      local sparse = vmem.reserve(8 * P, { sparse = true }):commit()
      for _, r in ipairs { region, sparse } do
        if not r:lock(0, 4 * P) then return io.write "done" end -- ulimit -l
      end
      local function in_ram()
        local file <close> = assert(io.open "/proc/self/status")
        return tonumber(file:read("a"):match "VmLck:%s*(%d+)") * 1024
      end
      if in_ram() == 0 then return io.write "done" end -- a sanitizer locks nothing
      in_child(function()
        for _, r in ipairs { region, sparse } do
          assert(r:locked() == 0 and in_ram() == 0)
          assert(r:discard(0, 4 * P) and r:decommit(P, P) and r:commit(P, P))
          assert(r:lock(2 * P, P) and r:locked() == P and in_ram() == P)
          assert(r:unlock() and r:locked() == 0 and in_ram() == 0)
        end
      end)
      assert(region:locked() == 4 * P and sparse:locked() == 4 * P and in_ram() == 8 * P)
    ]]
  end)

  it_there("may end by os.exit after it has forgotten its parent's locks", function()
    run [[
      local region = vmem.allocate(8 * P)
      if not region:lock(0, 4 * P) then return io.write "done" end -- ulimit -l
      local child = fork()
      if child == 0 then
        local none = region:locked() == 0
        os.exit(none and region:unlock() == region, true)
      end
      assert(wait(child) == 0 and region:locked() == 4 * P)
    ]]
  end)

  it_there("has a secret that is full of zeros, and says that it is not locked", function()
    run [[
      local secret = require "vmem.secret"
      local key = assert(secret.new(32))
      if key.refused.lock or key.refused.conceal then return io.write "done" end
      assert(tostring(key) == "vmem.secret: 32 bytes, locked, not dumped, not forked")
      key:with(function(bytes) bytes:fill(7) end)
      in_child(function()
        assert(tostring(key) == "vmem.secret: 32 bytes, not locked, not dumped, not forked", tostring(key))
        key:with(function(bytes) assert(bytes:sum() == 0) bytes:fill(9) end)
      end)
      assert(tostring(key):find(", locked,", 1, true))
      key:with(function(bytes) assert(bytes:sum() == 7 * 32) end)
    ]]
  end)

  it_there("has its parent's marks of what has been written, and adds to its own", function()
    run [[
      local region = vmem.allocate(8 * P, { watch = true })
      region:write(P, "x")
      in_child(function()
        region:write(5 * P, "y")
        local seen = {}
        for offset in region:written() do seen[#seen + 1] = offset // P end
        assert(#seen == 2 and seen[1] == 1 and seen[2] == 5)
      end)
      local seen = {}
      for offset in region:written() do seen[#seen + 1] = offset // P end
      assert(#seen == 1 and seen[1] == 1)
    ]]
  end)

  local section_it = helpers.has_sections and it_there or pending

  section_it("has the same sections: what one writes, both read, wherever it is attached", function()
    run [[
      local section = assert(vmem.section(2 * P))
      local region = vmem.reserve(8 * P):attach(section)
      in_child(function()
        region:write(0, "child")
        local other = vmem.reserve(2 * P):attach(section)
        assert(other:read(0, 5) == "child" and region:query().section == section)
        other:write(P, "from another place")
        section:close()
        region:decommit()
      end)
      assert(region:read(0, 5) == "child" and region:read(P, 18) == "from another place")
      region:write(0, "still")
      assert(vmem.reserve(2 * P):attach(section):read(0, 5) == "still")
    ]]
  end)

  section_it("keeps a section that its parent has closed", function()
    run [[
      local section = assert(vmem.section(P))
      local region = vmem.reserve(8 * P):attach(section):write(0, "kept")
      in_child(function()
        section:close()
        region:release()
        in_child(function() os.exit(0, true) end)
      end)
      in_child(function() assert(vmem.reserve(P):attach(section):read(0, 4) == "kept") end)
      assert(region:read(0, 4) == "kept")
    ]]
  end)

  section_it("has private copies of its own", function()
    run [[
      local section = assert(vmem.section(2 * P))
      local region = vmem.reserve(8 * P):attach(section, 0, 0, P, "rw+copy")
      region:write(0, "copy")
      in_child(function()
        assert(region:read(0, 4) == "copy")
        region:write(0, "child")
        assert(region:discard(0, P) and region:read(0, 4) == "\0\0\0\0")
        region:write(0, "again")
      end)
      assert(region:read(0, 5) == "copy\0")
      assert(region:discard(0, P) and region:read(0, 4) == "\0\0\0\0")
    ]]
  end)

  it_there("goes on with a recording of its own, which nobody else sees", function()
    run [[
      local recorder = require "vmem.recorder"
      local recording = recorder.start()
      local region = vmem.reserve(8 * P)
      local before = #recording
      in_child(function()
        region:commit(0, P)
        assert(#recording == before + 1)
        recording:stop()
      end)
      assert(#recording == before)
      region:commit(P, P)
      assert(#recording == before + 1)
    ]]
  end)

  it_there("closes its Lua state without harm to its parent", function()
    run [[
      local regions = {}
      for i, options in ipairs { {}, { sparse = true }, { wipe = true }, { watch = true } } do
        regions[i] = vmem.reserve(64 * P, options):commit(0, P):write(0, "kept")
      end
      local child = fork()
      if child == 0 then os.exit(0, true) end
      assert(wait(child) == 0)
      for _, region in ipairs(regions) do
        assert(region:read(0, 4) == "kept" and touch(region.base + P) == nil)
        assert(region:commit(P, P) and touch(region.base + P) == 0)
      end
    ]]
  end)
end)

-- {====== The descriptor of sparse regions ======

describe("a sparse region", function()
  -- `descriptors` returns the numbers of this process's userfaultfds.
  local of_descriptors <const> = [[
    local trap = require "trap"
    local region = assert(vmem.reserve(4096 * P, { sparse = true }))
    if not region.sparse then return io.write "done" end -- this system has no userfaultfd
    region:commit(0, P):write(0, "kept")
    region:commit(1024 * P, 2000 * P):write(2000 * P, "kept")
    local function descriptors()
      local found = {}
      for line in io.popen("ls -l /proc/$PPID/fd 2>/dev/null"):lines() do
        found[#found + 1] = tonumber(line:match "(%d+) %-> anon_inode:%[userfaultfd%]")
      end
      return found
    end
    local function works(r)
      assert(r:read(0, 4) == "kept" and r:read(2000 * P, 4) == "kept")
      assert(r:commit(P, P) and touch(r.base + P) == 0)
      assert(touch(r.base + 2 * P) == nil and touch(r.base + 4000 * P) == nil)
      assert(r:commit(3 * P, 700 * P) and touch(r.base + 500 * P) == 0)
      assert(r:decommit(3 * P, 700 * P) and touch(r.base + 500 * P) == nil)
      assert(r:decommit(2000 * P, P) and touch(r.base + 2000 * P) == nil)
      assert(r:decommit(P, P) and r:commit(2000 * P, P):write(2000 * P, "kept"))
    end
  ]]

  local function each(name, script) it_there(name, function() run(of_descriptors .. script) end) end

  each("goes on when a daemon has closed all descriptors", [[
    in_child(function()
      trap.close_from(3)
      works(region)
    end)
    works(region)
  ]])

  each("goes on when other code has closed its descriptor, and what was written meanwhile is gone", [[
    for _, number in ipairs(descriptors()) do assert(trap.close(number)) end
    touch(region.base + 5 * P, 7) -- nothing traps until vmem is next told to do something
    touch(region.base + 800 * P, 7)
    assert(region:commit(5 * P, P) and touch(region.base + 5 * P) == 0)
    assert(region:commit(6 * P, 1000 * P) and touch(region.base + 800 * P) == 0)
    assert(region:decommit(5 * P, 1001 * P))
    works(region)
  ]])

  each("goes on when its descriptor was closed and something else still has it", [[
    local number = descriptors()[1]
    local other = trap.dup(number)
    trap.close(number)
    works(region)
    local again = assert(vmem.reserve(64 * P, { sparse = true }))
    assert(again:commit(0, P) and touch(again.base) == 0 and touch(again.base + P) == nil)
    trap.close(other)
    works(region)
  ]])

  -- Some files answer an unknown ioctl as a userfaultfd does. `which` tells one file from another.
  local others <const> = {
    "epoll", "eventfd", "pipe", "socket", "userfaultfd", "/dev/null", "/dev/urandom", "/",
  }
  for _, other in ipairs(others) do
    linux_it("leaves alone what has its descriptor's number by now: " .. other, function()
      run(of_descriptors .. ([[
        local probe = require "probe"
        local number = descriptors()[1]
        trap.close(number)
        if not probe.take(%q, number) then return io.write "done" end
        local other = probe.which(number)
        in_child(function()
          assert(probe.which(number) == other)
          assert(touch(region.base + 2 * P) == nil)
          works(region)
          assert(probe.which(number) == other)
        end)
        assert(region:decommit(1024 * P, 10 * P) and touch(region.base + 1024 * P) == nil)
        assert(touch(region.base + 2 * P) == nil)
        works(region)
        assert(probe.which(number) == other)
      ]]):format(other))
    end)
  end

  linux_it("of a child that can have no descriptor is checked by vmem, and commits are refused", function()
    run(of_descriptors .. [[
      require("probe").limit_files(3)
      in_child(function()
        assert(region:read(0, 4) == "kept" and not pcall(region.read, region, P, 1))
        local committed, message, code = region:commit(P, P)
        assert(not committed and message and code == "too_many_files", code)
        assert(not pcall(region.read, region, P, 1))
        require("probe").limit_files(64)
        works(region)
      end)
      assert(touch(region.base + P) == nil and region:commit(P, P) and touch(region.base + P) == 0)
    ]])
  end)

  each("goes on when its descriptor was closed while a child has it", [[
    local child = fork()
    if child == 0 then os.execute "sleep 1" leave(0) end
    trap.close(descriptors()[1])
    works(region)
    assert(wait(child) == 0)
    works(region)
  ]])

  each("has one descriptor in a child, and its parent keeps its own", [[
    local before = table.concat(descriptors(), " ")
    in_child(function()
      works(region)
      assert(#descriptors() == 1)
    end)
    assert(table.concat(descriptors(), " ") == before)
    works(region)
  ]])

  -- A caller that makes clone as a system call, without the C library: vmem notices it only when called.
  each("of a child that the C library knows nothing of traps from the next commit on", [[
    local ok, forking = pcall(require, "forking")
    if not ok then return io.write "done" end
    local child = forking.clone()
    if child == 0 then
      local fine, message = xpcall(works, debug.traceback, region)
      if not fine then io.stderr:write(message) end
      forking.leave(fine and 0 or 1)
    end
    assert(forking.wait(child) == 0)
    works(region)
  ]])
end)

-- ====== }

-- {====== A host in C ======

describe("a C program that forks", function()
  local host = interpreter.build .. "/forkhost"
  local there = io.open(host)
  if there then there:close() end
  -- The program is not built with a sanitizer, and the sanitizer takes the signals that it waits for.
  local host_it = there and helpers.no_sanitizer_it or pending

  for _, sort in ipairs(sorts) do
    if sort.written == "kept" then
      host_it("finds in both processes what docs/fork.md says: " .. sort[1], function()
        local name = os.tmpname()
        finally(function() os.remove(name) end)
        local file <close> = assert(io.open(name, "w"))
        file:write(("local vmem = require 'vmem'\nlocal P = vmem.page_size\n"
          .. "region = assert(vmem.reserve(2048 * P, %s))\nregion:commit(0, P):write(0, 'kept')\n"
          .. "function work() assert(region:commit(P, P)) end\n"):format(options_of(sort)))
        file:close()
        local way = sort.way and ("VMEM_COMMIT=%s"):format(sort.way) or ""
        local command = ("%s %s %s %s 2>&1"):format(way, interpreter.variables, host, name)
        local pipe = assert(io.popen(command))
        local output = pipe:read "a"
        pipe:close()
        assert.equal("done\n", output)
      end)
    end
  end
end)

-- ====== }
