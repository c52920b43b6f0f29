-- Operations at the system's limits. Each spec runs in a separate process.

local helpers = require "helpers"
local vmem = require "vmem"
local bare_linux_it, P = helpers.bare_linux_it, vmem.page_size

describe("at the limits", function()
  helpers.no_regions_left()

  helpers.no_sanitizer_it("abandoned regions are collected when the system refuses", function()
    local output, ok = helpers.run_script([[
      local vmem = require "vmem"
      for turn = 1, 2000 do
        assert(vmem.allocate(1 << 30), turn)
      end
      print "still running"
    ]], "ulimit -v 4194304;")
    assert.equal("still running\n", output)
    assert.is_true(ok)
  end)

  helpers.no_sanitizer_it("what is still in use is not collected, and the refusal says why", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local kept = {}
      local message, code
      repeat
        kept[#kept + 1], message, code = vmem.allocate(1 << 30)
      until message
      print(#kept < 4, code, message:find("ulimit -v", 1, true) ~= nil)
      kept = nil
      print(vmem.allocate(1 << 30) ~= nil)
    ]], "ulimit -v 4194304;")
    assert.equal("true\tout_of_memory\ttrue\ntrue\n", output)
  end)

  helpers.no_sanitizer_it("a commit that is refused changes nothing", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region, P = vmem.reserve(1 << 30), vmem.page_size
      region:commit(16 * P, 2 * P):write(16 * P, "kept")
      print(region:protect(17 * P, P, "r"))
      local _, _, code = region:commit()
      print(code, region.committed // P, region:read(16 * P, 4), region[18].protection)
      print(vmem.peek(region.base, 1), (vmem.peek(region.base + 17 * P, 1)) == "\0")
      print(pcall(region.write, region, 17 * P, "x"))
    ]], "ulimit -d 262144;")
    assert.matches("^rw\nout_of_memory\t2\tkept\tr\nnil\t", output)
    assert.matches("true\nfalse\taccess violation writing", output)
  end)

  bare_linux_it("running out of mappings names the setting, and is survived", function()
    local output = helpers.run_script(([[
      local vmem = require "vmem"
      local region = vmem.reserve(%d)
      local count, message, code = 0
      repeat
        local done
        done, message, code = region:commit(count * 2 * vmem.page_size, 1)
        if done then count = count + 1 end
      until not done
      print(code, message:find("vm.max_map_count", 1, true) ~= nil)
      print(region.committed == count * vmem.page_size, region[2 * count + 1].state)
      region:write(2 * (count - 1) * vmem.page_size, "works")
      assert(region:decommit())
      assert(region:commit(0, 100 * vmem.page_size))
      print(region.committed == 100 * vmem.page_size)
      print(region:release())
    ]]):format(helpers.many_pages), "VMEM_COMMIT=plain; export VMEM_COMMIT;")
    assert.equal("too_many_mappings\ttrue\ntrue\treserved\ntrue\ntrue\n", output)
  end)

  -- At the limit, undoing a refused call needs mappings, too.
  local at_the_limit = ([[
    local vmem = require "vmem"
    local P = vmem.page_size
    local region, edge, filler = vmem.reserve(64 * P)
    --- Uses up every mapping, the last ones one by one.
    local function use_all()
      edge, filler = vmem.reserve(16 * P), vmem.reserve(MANY)
      assert(edge:commit(P, 14 * P, "r"))
      local count = 0
      while filler:commit(count * 2 * P, P, "r") do count = count + 1 end
      for page = 1, 8 do
        if not edge:protect(page * P, P, page % 2 == 0 and "rx" or "none") then break end
      end
    end
  ]]):gsub("MANY", helpers.many_pages)

  helpers.heap_it("a commit that is refused half-way at the limit leaves every page usable", function()
    local output = helpers.run_script(at_the_limit .. [[
      assert(region:commit(8 * P, 8 * P, "r"))
      for i = 0, 7 do assert(region:commit(i * P, P)) end
      region:fill(0, 8 * P, 65)
      assert(region:decommit(4 * P, P))
      use_all()
      print(select(3, region:commit(0, 12 * P, "rx")), region[1].protection, region[5].state)
      region:write(0, "works")
      print(region:read(0, 6), region[9].protection)
    ]])
    assert.equal("too_many_mappings\trw\treserved\nworksA\tr\n", output)
  end)

  helpers.heap_it("a protect that is refused half-way at the limit leaves every page usable", function()
    local output = helpers.run_script(at_the_limit .. [[
      assert(region:commit(0, P, "rw"))
      assert(region:commit(P, 4 * P, "x")) -- one mapping with the next
      assert(region:commit(5 * P, 4 * P, "rx"))
      assert(region:commit(9 * P, 8 * P))
      region:fill(9 * P, 8 * P, 65)
      region:protect(9 * P, 8 * P, "r")
      use_all()
      print(select(3, region:protect(P, 12 * P, "none")), region[2].protection, region[6].protection)
      print(#region:read(P, 8 * P) // P, region:read(9 * P, 1))
    ]], "VMEM_COMMIT=plain; export VMEM_COMMIT;")
    assert.equal("too_many_mappings\tx\trx\n8\tA\n", output)
  end)

  for kind, sparse in pairs { plain = "false", sparse = "true" } do
    helpers.heap_it(("a refused decommit loses nothing of a %s region"):format(kind), function()
      local output = helpers.run_script(at_the_limit .. ([[
        local region = vmem.reserve(2000 * P, { sparse = %s })
        assert(region:commit(0, 2000 * P)):fill(0, 2000 * P, 65)
        use_all()
        for page = 100, 1500, 200 do
          local done, _, code = region:decommit(page * P, 20 * P)
          assert(done or code == "too_many_mappings")
        end
        local committed, kept = 0, 0
        for i, page in ipairs(region) do
          if page.state == "committed" then
            committed = committed + 1
            if region:read((i - 1) * P, 1) == "A" then kept = kept + 1 end
          end
        end
        print(committed >= 1840, kept == committed)
      ]]):format(sparse))
      assert.equal("true\ttrue\n", output)
    end)
  end

  helpers.vast_it("mappings that are free again are used again", function()
    local output = helpers.run_script(at_the_limit .. [[
      local far = vmem.reserve(1 << 40)
]] .. helpers.take_mappings .. [[
      print(select(3, far:commit(0, P))) -- nothing is near
      filler:release()
      for i = 1, 20 do assert(far:commit(i << 30, P)) end
      for line in io.lines("/proc/self/status") do
        if line:find("VmPTE") then print(tonumber(line:match("%d+")) < 4096) end -- kB
      end
    ]])
    assert.equal("too_many_mappings\ntrue\n", output)
  end, helpers.has_proc and helpers.heap_it or helpers.proc_it)

  bare_linux_it("a region whose release is refused is over, and given back later", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local P, G = vmem.page_size, vmem.allocation_granularity
      -- Neighbours become one mapping, and to take one out of the middle is to cut it in two.
      local whole = vmem.reserve(1 << 30) -- at its start: malloc may map something at its end
      local base, parts = whole.base, {}
      whole:release()
      for i = 0, 9 do parts[i] = assert(vmem.reserve(G, { address = base + i * G })) end
]] .. helpers.take_mappings .. [[
      local view = parts[4]:view("u8")
      print(select(3, parts[5]:release()), parts[5].size)
      do local closed <close> = parts[4] end
      print(select(2, pcall(function() return #view end)):match("region is released$"))
      parts[4], parts[5] = nil
      collectgarbage()
      print(vmem.at(base + 4 * G), vmem.at(base + 5 * G))
      filler:release()
      print(vmem.reserve(2 * G, { address = base + 4 * G }).size)
    ]], "VMEM_COMMIT=plain; export VMEM_COMMIT;")
    assert.equal("too_many_mappings\t65536\nregion is released\nnil\tnil\n131072\n", output)
  end)

  -- limits/operations.lua has the operations, and limits/child.lua tries them: the refusal must name the
  -- setting and change no page of any region, and the same operation must succeed when there is room again.
  -- Here is the list of what each limit makes the system refuse. Every other operation must succeed, except
  -- that those in `may` depend on the neighbours of the mapping.
  -- Memory that Lua frees stays with the C library, so that Lua can continue when the system gives no more.
  local keeping = "export GLIBC_TUNABLES=glibc.malloc.trim_threshold=1000000000"
    .. ":glibc.malloc.mmap_threshold=1000000000;"

  local NEEDS <const> = { marked = "guard markers", [""] = "guard markers", missing = "userfaultfd",
    unmarked = "userfaultfd" }

  local new = {
    "reserve", "reserve aligned", "reserve top down", "reserve sparse", "allocate", "sparse.new", "arena.new",
    "stack.new", "pager.new", "secret.new",
  }
  local one_more = {
    "lock", "lock, sparse", "a guard touched", "secret:with", "release", "release, wiped", "discard",
    "protect, half-way", "protect, sparse, half-way", "commit, half-way", "win32", table.unpack(new),
  }
  local cuts = { -- even of regions that are marked
    "commit scattered", "commit scattered, sparse", "protect", "protect, sparse", "page:commit",
    "arena alloc", "stack alloc",
  }
  local plain_cuts = {
    "commit a page", "decommit", "decommit, sparse", "a fault mended", "sparse set", table.unpack(cuts),
  }
  -- Without userfaultfd a sparse array is cut as any other region.
  if helpers.lacks.userfaultfd then cuts[#cuts + 1] = "sparse set" end
  local limits = {
    { "vm.max_map_count", "", way = "plain", may = one_more,
      refused = { too_many_mappings = plain_cuts, refused = { "pager" } } },
    { "vm.max_map_count", "", way = "marked", may = one_more,
      refused = { too_many_mappings = cuts, refused = { "pager" } } },
    { "vm.max_map_count", "", way = "unmarked", may = one_more,
      refused = { too_many_mappings = cuts, refused = { "pager" } } },
    { "vm.max_map_count", "", way = "missing", may = one_more,
      refused = { too_many_mappings = cuts, refused = { "pager" } } },
    { "vm.max_map_count", "", way = "", may = one_more,
      refused = { too_many_mappings = cuts, refused = { "pager" } } },
    { "ulimit -v", "ulimit -v 2000000;", says = "ulimit -v is 2000000",
      refused = { out_of_memory = new, ["reserve: 8"] = { "win32" } } },
    { "ulimit -v", "ulimit -v 2000000;", way = "missing", says = "ulimit -v is 2000000",
      refused = { out_of_memory = new, ["reserve: 8"] = { "win32" } } },
    { "ulimit -d", "ulimit -d 300000;", says = "ulimit -d is 300000", -- counts pages that can be written
      refused = {
        out_of_memory = {
          "allocate", "stack.new", "secret.new", "commit a page", "commit all", "commit all, sparse",
          "commit scattered", "commit scattered, sparse", "release, wiped", "a fault mended", "sparse set",
          "arena alloc",
        },
        ["commit: 1455"] = { "win32" },
        refused = { "a guard touched", "stack alloc", "pager", "secret:with" },
      } },
    { "address space", "", says = "no room",
      refused = { out_of_memory = new, ["reserve: 8"] = { "win32" } } },
    { "ulimit -l 0", "ulimit -l 0; " .. helpers.NO_RIGHT_TO_LOCK, says = "ulimit -l",
      refused = { out_of_memory = { "lock", "lock, sparse", "secret.new" } } },
    { "ulimit -l", "ulimit -l 1100; " .. helpers.NO_RIGHT_TO_LOCK, says = "ulimit -l is 1100",
      refused = { out_of_memory = { "lock", "lock, sparse", "secret.new" } } },
    { "ulimit -n", "ulimit -n 32;",
      refused = {
        too_many_files = { "reserve top down", "resident", "query outside", "areas", "layout" },
        ["reserve: 4"] = { "win32" },
      } },
  }

  --- The lines that are to come out, sorted.
  local function expected_of(case)
    local lines = {}
    for code, operations in pairs(case.refused) do
      for _, name in ipairs(operations) do lines[#lines + 1] = ("%s: %s"):format(name, code) end
    end
    table.sort(lines)
    return lines
  end

  --- The lines that did, without those of what may be refused, which have nothing in capitals either.
  local function lines_of(output, case)
    local may, lines = {}, {}
    for _, name in ipairs(case.may or {}) do may[name] = true end
    for line in output:gmatch "[^\n]+" do
      if line:find "%a" and not may[line:match "^(.-): [%l%d_: ]+$"] then lines[#lines + 1] = line end
    end
    table.sort(lines)
    return lines
  end

  local tried, at = 0, 0

  -- CI runs this file in other ways, too.
  teardown(function()
    local again = helpers.under_valgrind or os.getenv "VMEM_COMMIT" or os.getenv "VMEM_LUA_API_ONLY"
    if at == 0 or again then return end
    print(("\ntrust: limits: %d operations at %d limits, and again with room"):format(tried, at))
  end)

  for _, case in ipairs(limits) do
    local limit, before = table.unpack(case)
    local needs = NEEDS[case.way]
    local lacks = helpers.on_linux and needs and helpers.lacks[needs]
    local way = case.way and (", VMEM_COMMIT=%s"):format(case.way) or ""
    local reason = lacks and (" (this system has no %s)"):format(needs) or ""
    local title = ("every operation goes through or is refused well: %s%s%s"):format(limit, way, reason)
    -- Without a heap Lua itself gets no memory at limits of memory and of mappings.
    local it_there = lacks and pending or limit:find "^ulimit %-[ln]" and bare_linux_it or helpers.heap_it
    it_there(title, function()
      local child <const> = "assert(loadfile 'spec/region/limits/child.lua')(%q, %q, %d)"
      local script = child:format(limit, case.says or limit, helpers.many_pages)
      local environment = case.way and ("export VMEM_COMMIT=%s;"):format(case.way) or ""
      local output = helpers.run_script(script, environment .. keeping .. before)
      tried, at = tried + #output:match "\n(%.*)\n$", at + 1
      assert.same(expected_of(case), lines_of(output, case))
    end)
  end

  bare_linux_it("a refusal for want of room names the limits that are in force, and no others", function()
    local output = helpers.run_script([[
      local _, message = require "vmem".reserve(1 << 46)
      print(message:match "%((.*)%)$")
    ]], "ulimit -v 4000000; ulimit -l 64;")
    local expected = "^ulimit %-v is 4000000, .*sysctl vm.overcommit_memory\n$"
    assert.matches(expected, output)
    assert.is_nil(output:find("ulimit -l", 1, true)) -- which is for locks
    assert.equal(helpers.run_script "io.write((io.popen('ulimit -d'):read()))" == "unlimited",
      not output:find("ulimit -d", 1, true))
  end)

  helpers.unix_it("vmem.peek works without a descriptor, or says that it takes one", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region = vmem.allocate(1)
    ]] .. helpers.take_descriptors .. [[
      local bytes, message, code = vmem.peek(region.base, 1)
      print(bytes == "\0" and "bytes" or code, message and message:match "ulimit %-n")
    ]], "ulimit -n 20;")
    assert.equal(helpers.on_linux and "bytes\tnil\n" or "too_many_files\tulimit -n\n", output)
  end)

  helpers.vast_it("a commit of more than there is names vm.overcommit_memory, and changes nothing", function()
    local file <close> = io.open "/proc/sys/vm/overcommit_memory"
    if not file then return pending "needs /proc/sys" end
    if file:read "n" == 1 then return pending("vm.overcommit_memory is 1: the system refuses nothing") end
    local region <close> = assert(vmem.reserve(1 << 45))
    region:commit(P, 3 * P):fill(P, 3 * P, 65)
    local done, message, code = region:commit()
    assert.is_nil(done)
    assert.equal("out_of_memory", code)
    assert.matches("vm.overcommit_memory", message, 1, true)
    assert.equal(3 * P, region.committed)
    assert.equal(("A"):rep(3 * P), region:read(P, 3 * P))
    assert.equal("reserved", region[1].state)
    assert(region:commit(0, 1 << 20))
    assert.equal("A", region:read(P, 1))
  end, bare_linux_it)

  bare_linux_it("a sparse region is an ordinary one while there is no descriptor left for it", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local function is_sparse() return assert(vmem.reserve(1 << 20, { sparse = true })).sparse end
    ]] .. helpers.take_descriptors .. [[
      print(is_sparse())
      for _, file in ipairs(files) do file:close() end
      collectgarbage()
      print(is_sparse() == (require "vmem.core".offers()[2][2] == nil))
    ]], "ulimit -n 32;")
    assert.equal("false\ntrue\n", output)
  end)

  helpers.vast_it("a region of 64 TiB costs a page or two until it is used", function()
    if helpers.ulimit "s" == "unlimited" then return pending "mappings begin in the middle" end
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local function resident()
        local kilobytes = io.open("/proc/self/status"):read("a"):match("VmRSS:%s*(%d+)")
        return tonumber(kilobytes) * 1024
      end
      local kept = {}
      for i = 1, 2000 do kept[i] = false end
      collectgarbage() collectgarbage()
      local before = resident()
      for i = 1, 1000 do kept[i] = assert(vmem.reserve(32 << 30)) end -- 32 TiB in all
      local largest = assert(vmem.reserve(64 << 40))
      collectgarbage()
      print((resident() - before) / 1001 < 2 * vmem.page_size)
      largest:commit(63 << 40, 1)
      largest:write(63 << 40, "far")
      print(largest:read(63 << 40, 3), largest.committed, #largest)
    ]])
    assert.equal(("true\nfar\t%d\t%d\n"):format(P, (64 << 40) // P), output)
  end, helpers.proc_it)
end)
