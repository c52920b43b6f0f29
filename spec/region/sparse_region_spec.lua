-- Regions reserved with sparse = true: scripts see no difference; the system's map and page tables have one.
-- On systems without it these regions are like all others, so the specs for scripts run there, too.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

local sparse_it, bare_sparse_it = helpers.sparse_it, helpers.bare_sparse_it

--- For what is asked of /proc, too.
local function bare_sparse_proc_it(name, run)
  local there = helpers.has_proc and bare_sparse_it or helpers.proc_it
  there(name, run)
end

--- Whether the processor would allow a read of each page.
local function open_pages(region)
  local open = {}
  for i = 1, #region do open[i] = vmem.peek(region.base + (i - 1) * P, 1) and "open" or "shut" end
  return table.concat(open, " ")
end

-- {====== As seen by scripts ======

--- Each changes a region of eight pages, of which the first four are committed and full of "A", and may
--- give something that must be the same in both kinds of region.
local verbs = {
  ["commit over what is there"] = function(r) return r:commit(2 * P, 4 * P) == r end,
  ["commit of what is there"] = function(r) return r:commit(0, 4 * P, "r") == r end,
  ["commit with a protection"] = function(r) return r:commit(5 * P, 2 * P, "rx") == r end,
  ["commit of nobody's pages"] = function(r) return r:commit(3 * P, 3 * P, "none") == r end,
  ["decommit"] = function(r) return r:decommit(P, 5 * P) == r end,
  ["decommit of pages that are not writable"] = function(r)
    r:protect(0, P, "r")
    r:protect(P, P, "rw+guard")
    return r:decommit(0, 3 * P) == r
  end,
  ["decommit and commit again"] = function(r) return r:decommit():commit(2 * P, 2 * P) == r end,
  ["protect"] = function(r) return r:protect(P, 2 * P, "r") end,
  ["protect over a reserved page"] = function(r) return select(3, r:protect(P, 4 * P, "r")) end,
  ["a guard page"] = function(r)
    r:commit(2 * P, 3 * P, "rw+guard")
    return pcall(r.read, r, 4 * P, 1) == false and r:read(4 * P, 1) .. r:read(0, 1)
  end,
  ["discard of a part"] = function(r) return r:discard(P + 1, 3 * P) == r end,
  ["prefetch"] = function(r) return r:prefetch(0, 4 * P) == r and r:resident() end,
  ["lock and unlock"] = function(r)
    local locked = r:lock(P, 2 * P) and r:locked()
    return r:unlock(0, 4 * P) == r and (locked or "not allowed")
  end,
  ["decommit of locked pages"] = function(r)
    local locked = r:lock(P, 2 * P)
    r:decommit(2 * P, 2 * P)
    return locked and r:locked() or "not allowed"
  end,
  ["discard of locked pages"] = function(r) return r:lock(P, P) and (r:discard(0, 2 * P) ~= nil) end,
  ["a page's verbs"] = function(r)
    r[6]:commit():write("x")
    r[1]:decommit()
    return r[2]:protect("r")
  end,
  ["a handler that commits"] = function(r)
    r:on_fault(function(fault) return r:commit(fault.offset, 1) end)
    r:write(6 * P - 1, "xy")
  end,
  ["watched writes"] = function(r)
    local written = {}
    for offset, size in r:written() do written[#written + 1] = ("%d %d"):format(offset, size) end
    r:rearm():write(P, "x")
    for offset, size in r:written() do written[#written + 1] = ("%d %d"):format(offset, size) end
    return table.concat(written, ", ")
  end,
}

--- All visible properties of a region: its pages, their contents, and what the processor allows.
local function picture(region)
  local contents = {}
  for i = 1, #region do contents[i] = vmem.peek(region[i].address, P) or "nothing" end
  return { helpers.runs(region), region.committed, region:is_committed(0, 4 * P), contents }
end

local function outcome(verb, options)
  local region <close> = assert(vmem.reserve(8 * P, options))
  region:commit(0, 4 * P):fill(0, 4 * P, 65)
  return { verb(region), picture(region) }
end

describe("in a sparse region", function()
  helpers.no_regions_left()

  for name, verb in pairs(verbs) do
    it(name .. " comes to the same as in any other", function()
      assert.same(outcome(verb, { watch = true }), outcome(verb, { watch = true, sparse = true }))
    end)
  end

  for _, access in ipairs(helpers.accesses) do
    it(access.name .. " does the same as in any other", function()
      local used <close> = helpers.access_kit { sparse = true }
      local usual <close> = helpers.access_kit()
      assert.same(helpers.outcome(access, usual), helpers.outcome(access, used))
    end)

    it(access.name .. " is a fault at a reserved page, and goes on when a handler has mended it", function()
      local used <close> = helpers.access_kit { sparse = true }
      local usual <close> = helpers.access_kit()
      used.region:decommit(P, P):on_fault(function(fault)
        assert.same({ access.kind, "reserved", P }, { fault.access, fault.state, fault.offset })
        return helpers.mend(fault)
      end)
      assert.same(helpers.outcome(access, usual), helpers.outcome(access, used))
    end)
  end

  it("address, protection, name and top_down are what was asked for", function()
    local region <close> = assert(vmem.allocate(P, { sparse = true, protection = "r", name = "far" }))
    assert.same({ "r", "far", "r" }, { region.protection, region.name, helpers.pages(region) })
    local base = region.base
    region:release()
    local again <close> = assert(vmem.reserve(P, { sparse = true, address = base }))
    assert.equal(base, again.base)
    assert.equal("address_in_use", select(3, vmem.reserve(P, { sparse = true, address = base })))
    local high <close> = assert(vmem.reserve(P, { sparse = true, top_down = true }))
    assert.equal("rw", helpers.pages(high:commit()))
  end)

  it("large commits, and pieces taken out of them, read as zeros and what was written", function()
    local region <close> = assert(vmem.reserve(4000 * P, { sparse = true }))
    region:commit(100 * P, 3000 * P):write(2000 * P, "here")
    region:decommit(500 * P, 900 * P)
    region:commit(700 * P, 10 * P):commit(1000 * P, 600 * P)
    assert.equal("100 reserved, 400 rw, 200 reserved, 10 rw, 290 reserved, 2100 rw, 900 reserved",
      helpers.runs(region))
    assert.equal(2510 * P, region.committed)
    assert.same({ 2000 * P, 2000 * P + 3 }, { region:nonzero(1000 * P, 2100 * P) })
    assert.is_nil(region:nonzero(700 * P, 10 * P))
    for page, open in pairs { [99] = false, [100] = true, [499] = true, [500] = false, [699] = false,
      [700] = true, [709] = true, [710] = false, [1000] = true, [3099] = true, [3100] = false } do
      assert.equal(open, vmem.peek(region.base + page * P, 1) ~= nil, page)
    end
  end)

  helpers.linux_it("committed pages that nobody has written take no RAM, few or many", function()
    for _, pages in ipairs { 1, 512, 513, 100000 } do
      local region <close> = assert(vmem.reserve(pages * P, { sparse = true }))
      region:commit()
      -- Many of them come when they are touched.
      local there = (helpers.zeros_are_shared(region) or pages > 512) and 0 or region.size
      assert.equal(there, region:resident())
      region:write(region.size - 1, "x")
      assert.equal(math.max(there, P), region:resident())
    end
  end)
end)

-- ====== }

-- {====== As seen by the processor and the system ======

describe("a sparse region's pages", function()
  helpers.no_regions_left()

  sparse_it("trap as long as they are reserved, and again after a decommit", function()
    local region <close> = vmem.reserve(6 * P, { sparse = true })
    assert.equal("shut shut shut shut shut shut", open_pages(region))
    region:commit(P, P):commit(3 * P, 2 * P, "none"):commit(4 * P, P)
    assert.equal("shut open shut shut open shut", open_pages(region))
    region:decommit(P, P)
    assert.equal("shut shut shut shut open shut", open_pages(region))
    region:decommit()
    assert.equal("shut shut shut shut shut shut", open_pages(region))
  end)

  sparse_it("are open and zero after a discard", function()
    local region <close> = vmem.allocate(4 * P, { sparse = true })
    region:fill(0, 4 * P, 65)
    region:discard(P, 2 * P)
    assert.equal("open open open open", open_pages(region))
    assert.same({ 0, P - 1 }, { region:nonzero(0, 3 * P) })
    region:write(P, "new")
    assert.equal("newA", region:read(P, 3) .. region:read(3 * P, 1))
  end)

  sparse_it("trap after a decommit that has unlocked them", function()
    local region <close> = vmem.allocate(4 * P, { sparse = true })
    if not region:lock(P, 2 * P) then return pending("this process may lock nothing") end
    region:write(P, "old")
    region:decommit(P, P)
    assert.equal("open shut open open", open_pages(region))
    assert.equal(P, region:locked())
    region:commit(P, P)
    assert.equal("\0\0\0", region:read(P, 3))
    assert.equal(P, region:locked())
  end)

  -- A page of the system's tables maps as many pages as addresses fit into it.
  bare_sparse_proc_it("are one mapping however many are used, and cost the page tables of plain C", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local P = vmem.page_size
      local function tables()
        local file <close> = io.open("/proc/self/status")
        return file:read("a"):match("VmPTE:%s*(%d+)") * 1024
      end
      local region = assert(vmem.reserve(1 << 40, { sparse = true }))
      local before, stretches, needed = tables(), {}, 0
      math.randomseed(24)
      for _ = 1, 100000 do
        local page = math.random(0, region.size // P - 1)
        assert(region:commit(page * P, 1))
        local stretch = page // (P // 8)
        if not stretches[stretch] then needed = needed + P end
        stretches[stretch] = true
      end
      local count, last = 0, region.base + region.size
      for line in io.lines("/proc/self/maps") do
        local from, to = line:match("^(%x+)%-(%x+)")
        if tonumber(from, 16) < last and tonumber(to, 16) > region.base then count = count + 1 end
      end
      local ratio = (tables() - before) / needed
      print(count, region.committed // P > 99000, ratio < 1.1 or ratio,
        region:resident() == 0 or region:resident() == region.committed)
      region:release()
    ]])
    assert.equal("1\ttrue\ttrue\ttrue\n", output)
  end)
end)

describe("a sparse region whose descriptor somebody has closed", function()
  helpers.no_regions_left()

  local has_sockets = pcall(require, "socket") -- no other module of Debian's closes any number
  local maybe_it = has_sockets and sparse_it or pending

  -- Like programs that close all descriptors they do not know.
  maybe_it("goes on with another", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local P = vmem.page_size
      local region = assert(vmem.reserve(4096 * P, { sparse = true }))
      region:commit(0, P):write(0, "kept")
      local files = io.popen("ls -l /proc/$PPID/fd 2>/dev/null"):read("a")
      for number in files:gmatch("(%d+) %-> anon_inode:%[userfaultfd%]") do
        local socket = require("socket").tcp()
        socket:setfd(tonumber(number))
        socket:close()
      end
      assert(region:commit(P, 2 * P):decommit(2 * P, P):commit(8 * P, 2000 * P):decommit(8 * P, 2000 * P))
      print(region:read(0, 4), region:write(P, "new") and region:read(P, 3), region.committed // P)
      print((vmem.peek(region.base + 2 * P, 1)), (vmem.peek(region.base + 9 * P, 1)))
    ]])
    assert.equal("kept\tnew\t2\nnil\tnil\n", output)
  end)
end)

describe("sparse = true", function()
  helpers.no_regions_left()

  it("is a hint: without it, and with conceal or wipe, a region is as any other", function()
    for _, options in ipairs { {}, { sparse = false }, { sparse = true, wipe = true },
      helpers.on_linux and { sparse = true, conceal = true } or nil } do
      local region <close> = assert(vmem.allocate(4 * P, options))
      if (os.getenv("VMEM_COMMIT") or "") ~= "missing" then assert.is_false(region.sparse) end
      assert.same({ options.wipe or false, options.conceal or false }, { region.wiped, region.concealed })
      region:write(P, "x")
      assert.equal("rw rw rw rw", helpers.pages(region))
    end
  end)

  helpers.vast_it("asks nothing of a system that is told to do without", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region = assert(vmem.reserve(1 << 40, { sparse = true }))
      assert(region:commit(1 << 39, 1)):write(1 << 39, "works")
      print(region.sparse, region:read(1 << 39, 5), vmem.peek(region.base, 1))
    ]], "VMEM_COMMIT=plain; export VMEM_COMMIT;")
    assert.matches("^false\tworks\tnil\t", output)
  end, helpers.linux_it)
end)

-- ====== }
