--- Refusals of the system: dropped regions are collected first; nothing is lost; the messages are right.

local vmem = require "vmem"
local helpers = require "helpers"
local interpreter = require "interpreter"

local P <const> = vmem.page_size

-- Reaching a larger limit takes too much memory and time.
local MANY <const>, is_large <const> = 300000, "vm.max_map_count is larger than usual"

describe("at the limit of mappings, dropped regions are collected before", function()
  helpers.no_regions_left()

  local ways = {
    ["region:protect"] = "region:protect(i * P, P, 'r')",
    ["page:protect"] = "region[i + 1]:protect 'r'",
  }
  for name, call in pairs(ways) do
    helpers.bare_linux_it(name .. " is refused", function()
      if helpers.most_mappings > MANY then return pending(is_large) end
      local output = helpers.run_script(([[
        local vmem = require "vmem"
        local P <const>, most <const> = vmem.page_size, %d
        collectgarbage "stop"; collectgarbage "generational"; collectgarbage "stop"
        for _ = 1, most // 512 + 40 do
          local region = assert(vmem.allocate(512 * P))
          for i = 1, 511, 2 do assert(%s) end
        end
        print "done"
      ]]):format(helpers.most_mappings, call))
      assert.equal("done\n", output)
    end)
  end
end)

describe("at the limit of mappings, VirtualFree", function()
  helpers.no_regions_left()

  helpers.heap_it("that fails keeps the contents, and frees once there is room", function()
    if helpers.most_mappings > MANY then return pending(is_large) end
    local output = helpers.run_script [[
      local vmem, win32 = require "vmem", require "vmem.win32"
      local P, G = vmem.page_size, vmem.allocation_granularity
      local place = assert(vmem.reserve(3 * G))
      local base = place.base
      place:release()
      local both, rw = win32.MEM_COMMIT | win32.MEM_RESERVE, win32.PAGE_READWRITE
      for i = 0, 2 do assert(win32.VirtualAlloc(base + i * G, G, both, rw)) end
      vmem.write(base + G, "kept")
      local room = assert(vmem.allocate(70000 * P))
      local i = 1
      while i < 300000 and i < #room and room:protect(i * P, P, "r") do i = i + 2 end
      local done = win32.VirtualFree(base + G, 0, win32.MEM_RELEASE)
      if not done then
        assert(win32.GetLastError() == win32.ERROR_NO_SYSTEM_RESOURCES)
        collectgarbage()
        assert(vmem.read(base + G, 4) == "kept")
        room:release()
        assert(win32.VirtualFree(base + G, 0, win32.MEM_RELEASE))
      end
      print(done and "never refused" or "done")
    ]]
    assert.equal("done\n", output)
  end)
end)

describe("VirtualLock without a right to lock", function()
  for _, limit in ipairs { 0, 64 } do
    local it = helpers.under_valgrind and pending or helpers.bare_linux_it
    it(("says ERROR_WORKING_SET_QUOTA at %d KiB"):format(limit), function()
      local output = helpers.run_script([[
        local win32 = require "vmem.win32"
        local size, both = 1 << 20, win32.MEM_COMMIT | win32.MEM_RESERVE
        local open = win32.VirtualAlloc(0, size, both, win32.PAGE_READWRITE)
        local shut = win32.VirtualAlloc(0, size, both, win32.PAGE_NOACCESS)
        print(win32.VirtualLock(open, size), win32.GetLastError())
        print(win32.VirtualLock(shut, size), win32.GetLastError())
      ]], ("ulimit -l %d; %s"):format(limit, helpers.NO_RIGHT_TO_LOCK))
      assert.equal("false\t1453\nfalse\t998\n", output)
    end)
  end
end)

describe("the sentence of a guard page's fault", function()
  helpers.no_regions_left()

  local function sentence(handler)
    local region <close> = vmem.allocate(2 * P, { protection = "rw+guard" })
    region:on_fault(handler)
    return tostring(helpers.fault(region.read, region, 0, 1))
  end

  local cases = {
    { "nobody has changed it", nil, "is an ordinary page from now on" },
    { "put back, and said to be mended",
      function(fault) fault.region:protect(0, P, "rw+guard") return true end,
      "was a guard page, and a handler has made it one again" },
    { "put back", function(fault) fault.region:protect(0, P, "r+guard") end,
      "was a guard page, and a handler has made it one again" },
    { "taken away", function(fault) fault.region:decommit(0, P) end,
      "was a guard page, and a handler has taken it away" },
  }
  for _, case in ipairs(cases) do
    it("says what is: " .. case[1], function()
      assert.truthy(sentence(case[2]):find(case[3], 1, true), sentence(case[2]))
    end)
  end
end)

-- {====== Refusals that need system calls which Lua does not have ======

local built = io.open(interpreter.build .. "/probe.so")
if built then built:close() end
local probe_it = built and not helpers.under_valgrind and helpers.bare_linux_it or pending

describe("a sandbox that answers one advice with an errno", function()
  helpers.no_regions_left()

  local advices = { DONTDUMP = 16, WIPEONFORK = 18, POPULATE_READ = 22, POPULATE_WRITE = 23 }
  local errnos = { EPERM = 1, EACCES = 13, EINVAL = 22, ENOSYS = 38 }
  for advice, number in pairs(advices) do
    for name, errno in pairs(errnos) do
      probe_it(("%s with %s: a secret tells it, prefetch goes on"):format(advice, name), function()
        local conceals = number == 16 or number == 18
        local output = helpers.run_script(([[
          local vmem, probe = require "vmem", require "probe"
          if not probe.refuse("madvise", %d, 2, 0xff, %d) then print "done" return end
          local secret = require "vmem.secret"
          local key <close> = assert(secret.new(16))
          if %s then assert(key.refused.conceal) end
          local refused, _, code = secret.new(16, { require = { "conceal" } })
          if %s then assert(not refused and code == "not_supported", code) end
          for _, word in ipairs { "r", "rw" } do
            assert(vmem.allocate(8 * vmem.page_size, { protection = word }):prefetch())
          end
          print "done"
        ]]):format(errno, number, conceals, conceals))
        assert.equal("done\n", output)
      end)
    end
  end
end)

describe("a system call that is refused", function()
  helpers.no_regions_left()

  local ERRNOS <const> = {
    EPERM = 1, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EINVAL = 22, ENFILE = 23, EMFILE = 24, ENOSYS = 38,
  }
  local USUALLY <const> = {
    EPERM = "permission_denied", EACCES = "permission_denied",
    EAGAIN = "out_of_memory", ENOMEM = "out_of_memory",
    EINVAL = "invalid_address",
    ENFILE = "too_many_files", EMFILE = "too_many_files",
    ENOSYS = "not_supported",
  }
  local ALWAYS_DONE <const> = {}
  for name in pairs(ERRNOS) do ALWAYS_DONE[name] = "done" end

  -- What is done, the call that it makes, which of the call's arguments must have which value, and what is
  -- said to errnos that mean something else there.
  local cases = {
    { "return vmem.reserve(P)", "mmap", 2, "0" },
    { "return region:commit(0, P)", "mprotect", 2, "3" },
    { "return region:protect(P, P, 'rx')", "mprotect", 2, "5" },
    { "return region:decommit(P, P)", "mmap", 2, "0" },
    { "return table.remove(others):release()", "munmap", 1, "9 * P" },
    { "return region:lock(P, P)", "mlock", 1, "P", { EPERM = "out_of_memory" } }, -- ulimit -l is 0
    { "return region:unlock(2 * P, P)", "munlock", 1, "P" },
    -- where pages cannot be discarded, they keep their contents
    { "return region:discard(P, P)", "madvise", 2, "4",
      { EINVAL = "done", EPERM = "done", EACCES = "done", ENOSYS = "done" } },
    -- the range is right: there is no such call
    { "return sparse:commit(P, P)", "ioctl", 1, "probe.UFFDIO_ZEROPAGE",
      { EINVAL = "not_supported", EAGAIN = false } }, -- which means: try again
    { "return vmem.peek(region.base + P, 1)", "process_vm_readv", 2, "1", ALWAYS_DONE }, -- by a pipe
  }

  local SCRIPT <const> = [[
    local vmem, probe = require "vmem", require "probe"
    local P = vmem.page_size
    local region, sparse = assert(vmem.reserve(4 * P)), assert(vmem.reserve(4 * P, { sparse = true }))
    local others = {}
    for i = 1, 8 do others[i] = assert(vmem.reserve(9 * P)) end
    assert(region:commit(P, 2 * P))
    local locks = region:lock(2 * P, P)
    if %q == "munlock" and not locks then return print "this process may lock nothing" end
    if %q == "ioctl" and not sparse.sparse then return print "this system has no userfaultfd" end
    local function seen()
      local words = {}
      for _, page in ipairs(region) do words[#words + 1] = page.protection or page.state end
      for _, page in ipairs(sparse) do words[#words + 1] = page.protection or page.state end
      return table.concat(words, " ")
    end
    for _, errno in ipairs { %s } do
      if not probe.refuse(%q, errno, %d, 0xffffffff, %s) then
        return print "this system has no seccomp"
      end
      local before = seen()
      local done, message, code = (function() %s end)()
      local well = done or message:find "^cannot " and seen() == before
      print(errno, done and "done" or code, well and "well")
    end]]

  for _, case in ipairs(cases) do
    local action, call, place, value, exceptions = table.unpack(case)
    probe_it(("is named well, and changes nothing: %s, in %s"):format(call, action:sub(8)), function()
      local numbers, expected = {}, {}
      for name, errno in pairs(ERRNOS) do
        local word = exceptions and exceptions[name]
        if word == nil then word = USUALLY[name] end
        if word then
          numbers[#numbers + 1] = errno
          expected[#expected + 1] = ("%d\t%s\twell"):format(errno, word)
        end
      end
      local script = SCRIPT:format(call, call, table.concat(numbers, ", "), call, place, value, action)
      local output = helpers.run_script(script, call ~= "ioctl" and "export VMEM_COMMIT=plain;")
      if output:find "^this " then return pending(output) end
      assert.equal(table.concat(expected, "\n") .. "\n", output)
    end)
  end

  probe_it("for a descriptor that could only have the number of a standard one is named well", function()
    local output = helpers.run_script([[
      local vmem, probe = require "vmem", require "probe"
      assert(probe.limit_files(3))
      print(select(3, vmem.areas()))
    ]], "exec 0<&-;")
    assert.equal("too_many_files\n", output)
  end)

  for _, request in ipairs { "UFFDIO_ZEROPAGE", "UFFDIO_REGISTER" } do
    for name, errno in pairs { EPERM = 1, EACCES = 13, EINVAL = 22, ENOSYS = 38 } do
      probe_it(("makes no region sparse: ioctl %s, %s"):format(request, name), function()
        local output = helpers.run_script(([[
          local vmem, probe = require "vmem", require "probe"
          local P = vmem.page_size
          if not probe.refuse("ioctl", %d, 1, 0xffffffff, probe.%s) then
            return print "this system has no seccomp"
          end
          local region = assert(vmem.reserve(100 * P, { sparse = true }))
          for page = 0, 99, 2 do assert(region:commit(page * P, P)):write(page * P, "x") end
          print(region.sparse, require("vmem.core").offers()[2][2])
        ]]):format(errno, request))
        if output:find "^this " then return pending(output) end
        assert.matches("^false\t.*sandbox", output)
      end)
    end
  end
end)

describe("after the host has called mlockall", function()
  probe_it("pages are discarded and decommitted as locked ones are", function()
    local output = helpers.run_script [[
      local vmem, win32, probe = require "vmem", require "vmem.win32", require "probe"
      local P = vmem.page_size
      if not probe.lock_all() then print "done" return end -- its limit is too low
      local early = assert(vmem.allocate(64 * P))
      local sparse = assert(vmem.allocate(64 * P, { sparse = true }))
      for _, region in ipairs { early, sparse } do
        region:fill(0, region.size, 65)
        assert(region:discard(0, 16 * P))
        local byte = region:read(0, 1) -- a kernel before 5.18 leaves them as they were
        assert(byte == "\0" or byte == "A")
        assert(region:read(16 * P, 1) == "A")
        assert(region:decommit(16 * P, 32 * P))
        assert(region:commit(16 * P, P))
        assert(region:read(16 * P, 1) == "\0")
      end
      local both = win32.MEM_COMMIT | win32.MEM_RESERVE
      local base = assert(win32.VirtualAlloc(0, 64 * P, both, win32.PAGE_READWRITE))
      assert(win32.DiscardVirtualMemory(base, 64 * P) == 0)
      print "done"
    ]]
    assert.equal("done\n", output)
  end)

  -- A limit of locked memory that old and new pages together exceed.
  local probe_proc_it = helpers.has_proc and probe_it or helpers.proc_it
  probe_proc_it("large pieces are decommitted near the limit of locks, too", function()
    local output = helpers.run_script([[
      local vmem, probe = require "vmem", require "probe"
      local P = vmem.page_size
      local function locked()
        local file <close> = assert(io.open "/proc/self/status")
        return tonumber(file:read("a"):match "VmLck:%s*(%d+)") * 1024
      end
      if not probe.lock_all() then return print "done" end -- its limit is too low for all of it
      local limit = tonumber(io.popen "ulimit -l":read "a")
      local pages = limit and (limit * 1024 - locked()) // P - 300 or 1000
      if pages < 80 then return print "done" end
      local region = assert(vmem.reserve(pages * P))
      assert(region:commit()):fill(0, region.size, 1)
      assert(region:decommit())
      assert(region.committed == 0 and region:commit() and region:nonzero() == nil)
      print "done"
    ]], helpers.NO_RIGHT_TO_LOCK)
    assert.equal("done\n", output)
  end)
end)

-- ====== }
