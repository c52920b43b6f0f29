-- region:snapshot, region:restore and the snapshot object.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- The pages that restore would change, as runs of "first+count".
local function changed(snapshot)
  local runs = {}
  for offset, size in snapshot:changed() do runs[#runs + 1] = offset // P + 1 .. "+" .. size // P end
  return table.concat(runs, " ")
end

local function runs(region)
  local list = {}
  for offset, size, state, protection in region:runs() do
    list[#list + 1] = ("%d+%d %s"):format(offset // P + 1, size // P, protection or state)
  end
  return table.concat(list, ", ")
end

--- The bytes of a page, whatever its protection is.
local function contents(region, page)
  local place = region:query((page - 1) * P)
  if place.state == "reserved" then return "reserved" end
  assert(region:protect((page - 1) * P, P, "rw"))
  local bytes = region[page]:read()
  assert(region:protect((page - 1) * P, P, place.protection))
  return bytes
end

--- All that a snapshot should bring back: runs, and the contents of each page.
local function whole(region)
  local list = { runs(region) }
  for page = 1, #region do list[page + 1] = contents(region, page) end
  return list
end

--- The kinds of regions, and options that make them.
local kinds = { plain = {}, sparse = { sparse = true }, watched = { watch = true } }

for kind, options in pairs(kinds) do
  describe("a snapshot of a " .. kind .. " region", function()
    helpers.no_regions_left()
    local region

    before_each(function() region = assert(vmem.allocate(8 * P, options)) end)
    after_each(function() if pcall(region.query, region) then region:release() end end)

    it("brings back what was written since", function()
      region:write(P - 2, "before")
      local snapshot <close> = assert(region:snapshot())
      region:write(P - 2, "behind"):fill(5 * P, 10, 1)
      region:view("u8")[7 * P + 1] = 3
      assert.equal("1+2 6+1 8+1", changed(snapshot))
      assert.equal(region, region:restore(snapshot))
      assert.equal("before", region:read(P - 2, 6))
      assert.equal(("\0"):rep(6 * P), region:read(2 * P))
      assert.equal("", changed(snapshot))
    end)

    it("can be restored again and again", function()
      local snapshot <close> = region:write(0, "first"):snapshot()
      for turn = 1, 5 do
        region:write(turn * P, "x"):write(0, "other")
        assert.equal(turn == 1 and "1+2" or ("1+1 %d+1"):format(turn + 1), changed(snapshot))
        region:restore(snapshot)
        assert.equal("first" .. ("\0"):rep(8 * P - 5), region:read())
      end
    end)

    it("keeps nothing until a page is written, and each page once", function()
      local snapshot <close> = region:fill(0, 8 * P, 7):snapshot()
      assert.equal(0, snapshot.size)
      region:read()
      assert.equal(0, snapshot.size)
      for _ = 1, 3 do
        region:write(0, "x"):write(3, "y"):fill(2 * P, 2 * P, 8)
        assert.equal(3 * P, snapshot.size)
        region:restore(snapshot)
        assert.equal(3 * P, snapshot.size)
      end
      assert.equal(("\7"):rep(8 * P), region:read())
    end)

    --- What a script may do to pages of two runs.
    local changes = {
      ["a decommit"] = function(r) r:decommit(P, 3 * P) end,
      ["a decommit and a commit"] = function(r) r:decommit(0, 2 * P):commit(P, P) end,
      ["a commit with another protection"] = function(r) r:commit(0, 3 * P, "r") end,
      ["a protect"] = function(r) r:protect(2 * P, P, "none") end,
      ["a write and a protect"] = function(r) r:fill(0, 4 * P, 9):protect(P, 2 * P, "r") end,
      ["a write and no access"] = function(r) r:fill(0, 4 * P, 9):protect(0, 3 * P, "none") end,
      ["a guard"] = function(r) r:fill(0, 2 * P, 9):commit(P, 2 * P, "rw+guard") end,
      ["a discard"] = function(r) r:discard(P, 2 * P) end,
      ["a discard of pages that are read-only"] = function(r)
        r:protect(0, 3 * P, "r")
        r:discard(0, 2 * P)
      end,
      ["pages that are executable"] = function(r) r:fill(0, 2 * P, 9):protect(0, 2 * P, "rx") end,
      ["everything at once"] = function(r)
        r:fill(0, 3 * P, 1):decommit(3 * P, 2 * P):protect(0, P, "r")
        r:protect(P, P, "none")
      end,
    }

    for name, change in pairs(changes) do
      it("undoes " .. name, function()
        for page = 1, 8 do region[page]:write(("page %d"):format(page)) end
        local before = whole(region)
        local snapshot <close> = region:snapshot()
        for _ = 1, 2 do
          change(region)
          assert.not_equal("", changed(snapshot))
          assert(region:restore(snapshot))
          assert.equal("", changed(snapshot))
          assert.same(before, whole(region))
          assert(region:restore(snapshot)) -- `whole` has changed protections, and back
        end
      end)
    end

    for _, protection in ipairs { "none", "r", "rw", "rx", "rwx", "x", "r+guard", "rw+guard", "rwx+guard" } do
      it("brings back pages that were " .. protection, function()
        region:fill(0, 4 * P, 65):protect(P, 2 * P, protection)
        local before = runs(region)
        local snapshot <close> = region:snapshot()
        local undone = {
          function() region:decommit() end,
          function() region:protect(0, 8 * P, "rw") region:fill(0, 8 * P, 66) end,
          function() region:protect(0, 8 * P, "rw") region:fill(0, 8 * P, 67):protect(0, 8 * P, "none") end,
          function() region:discard() end,
        }
        for _, change in ipairs(undone) do
          change()
          assert(region:restore(snapshot))
          assert.equal(before, runs(region))
          assert.equal(("A"):rep(P), contents(region, 2))
          assert.equal(("A"):rep(P), contents(region, 4))
          assert.equal(("\0"):rep(P), contents(region, 5))
          assert(region:restore(snapshot))
        end
      end)
    end

    it("decommits what has been committed since", function()
      region:decommit(4 * P, 4 * P)
      local snapshot <close> = region:snapshot()
      region:commit(4 * P, 2 * P):fill(4 * P, 2 * P, 1)
      assert.equal("5+2", changed(snapshot))
      assert(region:restore(snapshot))
      assert.equal("1+4 rw, 5+4 reserved", runs(region))
      assert.equal(4 * P, region.committed)
      assert.equal(("\0"):rep(P), region:commit(4 * P, P):read(4 * P, P))
    end)

    it("is one of several, each with its own contents", function()
      local list = {}
      for i = 1, 6 do
        region:fill((i - 1) * P, 2 * P, i)
        list[i] = { snapshot = region:snapshot(), before = whole(region) }
        list[i].snapshot:close()
        list[i].snapshot = region:snapshot()
      end
      for _, i in ipairs { 3, 1, 6, 6, 2, 5, 4, 1, 6 } do
        assert(region:restore(list[i].snapshot))
        assert.equal("", changed(list[i].snapshot))
        assert.same(list[i].before, whole(region))
        region:write((i - 1) * P, "scribble")
      end
      list[3].snapshot:close()
      list[6].snapshot:close()
      for _, i in ipairs { 5, 1, 2, 4 } do
        assert(region:restore(list[i].snapshot))
        assert.same(list[i].before, whole(region))
      end
      for _, one in ipairs(list) do one.snapshot:close() end
      assert.equal("", region:write(0, "as ever"):read(0, 0))
    end)

    it("shares what is alike with the others", function()
      local list = {}
      for i = 1, 10 do list[i] = region:fill(0, P, i):snapshot() end
      region:write(5 * P, "x")
      for i = 1, 10 do
        assert.equal("1+1 6+1", changed(list[i]):gsub("^6%+1$", "1+1 6+1"))
        assert(region:restore(list[i]))
        assert.equal(("\0"):rep(P), region:read(5 * P, P))
        assert.equal(i, region:view("u8")[1])
        list[i]:close()
      end
    end)

    it("is not restored by errors of its own", function()
      local other <close> = vmem.allocate(8 * P)
      local snapshot <close> = region:snapshot()
      local foreign <close> = other:snapshot()
      helpers.raises("snapshot is of another region", region.restore, region, foreign)
      helpers.raises("vmem.snapshot expected", region.restore, region, region)
      helpers.raises("vmem.snapshot expected", region.restore, region)
      assert.equal("", changed(snapshot))
    end)

    it("of all pages keeps them at once", function()
      for page = 1, 8 do region[page]:write(("page %d"):format(page)) end
      region:protect(P, P, "none")
      local before = whole(region)
      local snapshot <close> = assert(region:snapshot { all = true })
      assert.equal(8 * P, snapshot.size)
      assert.equal("", changed(snapshot))
      region:write(4 * P, "page 5"):write(5 * P, "changed")
      assert.equal("6+1", changed(snapshot)) -- the bytes of page 5 are the same
      assert(region:restore(snapshot))
      assert.same(before, whole(region))
      region:decommit(3 * P, 3 * P)
      assert.equal("4+3", changed(snapshot))
      assert(region:restore(snapshot))
      assert.same(before, whole(region))
    end)

    helpers.proc_it("of all pages brings back what other code has written", function()
      region:fill(0, 4 * P, 65)
      local other <close> = region:snapshot()
      local snapshot <close> = assert(region:snapshot { all = true })
      local memory <close> = assert(io.open("/proc/self/mem", "r+b"))
      memory:seek("set", region.base + 2 * P)
      memory:write(("x"):rep(P + 1))
      memory:seek("set", region.base + 6 * P)
      memory:write "y"
      memory:flush()
      assert.equal("x", region:read(3 * P, 1))
      assert.equal("3+2 7+1", changed(snapshot))
      assert.equal("", changed(other))
      region:protect(3 * P, P, "none")
      assert.equal("3+2 7+1", changed(snapshot))
      assert(region:restore(snapshot))
      assert.equal(("A"):rep(4 * P) .. ("\0"):rep(4 * P), region:read())
      assert.equal("", changed(snapshot))
    end)
  end)
end

-- {====== Watched regions ======

describe("a watched region with snapshots", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(8 * P, { watch = true }) end)
  after_each(function() region:release() end)

  --- The pages that were written, in the script's eyes.
  local function written()
    local list = {}
    for offset, size in region:written() do list[#list + 1] = offset // P + 1 .. "+" .. size // P end
    return table.concat(list, " ")
  end

  it("tells what was written as if there were none", function()
    region:write(0, "x")
    local snapshot <close> = region:snapshot()
    assert.equal("1+1", written())
    region:write(P, "y")
    assert.equal("1+2", written())
    region:rearm(0, P)
    assert.equal("2+1", written())
    local other <close> = region:snapshot()
    assert.equal("2+1", written())
    region:write(0, "z"):rearm()
    assert.equal("", written())
    assert.equal("1+2", changed(snapshot))
    region:write(3 * P, "z"):decommit(3 * P, P):commit(3 * P, P)
    assert.equal("", written())
    snapshot:close()
    other:close()
    region:write(5 * P, "z")
    assert.equal("6+1", written())
  end)

  it("has written the pages that restore has changed", function()
    region:fill(0, 3 * P, 1)
    local snapshot <close> = region:snapshot()
    region:write(P, "y"):write(4 * P, "x"):rearm()
    assert(region:restore(snapshot))
    assert.equal("2+1 5+1", written())
    region:rearm():decommit(P, P):protect(0, P, "r")
    assert(region:restore(snapshot))
    assert.equal("2+1", written())
    assert(region:rearm():restore(snapshot))
    assert.equal("", written())
  end)

  it("forgets pages that are decommitted, whatever a snapshot has armed", function()
    region:fill(0, 8 * P, 1)
    local snapshot <close> = region:snapshot()
    region:decommit(0, 8 * P):commit(0, 4 * P)
    assert.equal("", written())
    assert(region:restore(snapshot))
    assert.equal("1+8", written())
  end)
end)

-- ====== }

-- {====== The life of a snapshot ======

describe("a snapshot", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = assert(vmem.allocate(4 * P)) end)
  after_each(function() if pcall(region.query, region) then region:release() end end)

  local uses = {
    changed = function(s) return s:changed() end,
    restore = function(s) return region:restore(s) end,
    size = function(s) return s.size end,
    region = function(s) return s.region end,
    ["an iterator of changed"] = function(_, next_changed) return next_changed() end,
  }

  for name, use in pairs(uses) do
    it("refuses " .. name .. " once it is closed", function()
      local snapshot = region:snapshot()
      local next_changed = snapshot:changed()
      snapshot:close()
      helpers.raises("snapshot is closed", use, snapshot, next_changed)
    end)

    it("refuses " .. name .. " once its region is released", function()
      local snapshot = region:snapshot()
      local next_changed = snapshot:changed()
      region:release()
      helpers.raises("region is released", use, snapshot, next_changed)
    end)
  end

  it("may be closed twice, at the end of a block, and after its region", function()
    do
      local snapshot <close> = region:snapshot()
      snapshot:close()
      snapshot:close()
      assert.equal("vmem.snapshot (closed)", tostring(snapshot))
    end
    local snapshot <close> = region:snapshot()
    region:release()
    assert.equal("vmem.snapshot (released)", tostring(snapshot))
    snapshot:close()
  end)

  it("says what it is", function()
    local snapshot <close> = region:fill(0, P, 1):snapshot()
    assert.equal(region, snapshot.region)
    assert.equal(("vmem.snapshot of region 0x%x: 0 bytes kept"):format(region.base), tostring(snapshot))
    region:write(0, "x")
    assert.equal(("vmem.snapshot of region 0x%x: %d bytes kept"):format(region.base, P), tostring(snapshot))
  end)

  it("keeps its region, and is not kept by it", function()
    local snapshot = region:snapshot()
    local base = region.base
    region = nil
    collectgarbage()
    region = snapshot.region
    assert.equal(region, vmem.at(base))
    local other = setmetatable({ region:snapshot() }, { __mode = "v" })
    collectgarbage()
    assert.is_nil(other[1])
    snapshot:close()
    region:write(0, "x")
  end)

  it("takes options, and no others", function()
    region:snapshot({}):close()
    region:snapshot({ all = false }):close()
    helpers.raises("option 'lazy' is unknown; there is all", region.snapshot, region, { lazy = true })
    helpers.raises("option 'all' is unknown", region.snapshot, region, { ["all\0x"] = true })
    helpers.raises("option all must be true or false", region.snapshot, region, { all = 1 })
    helpers.raises("options must be a table, not string", region.snapshot, region, "all")
    helpers.raises("option names are strings, not number", region.snapshot, region, { true })
  end)

  for _, secret in ipairs { "wipe", "conceal" } do
    it("of a region with " .. secret .. " is refused, since nothing there may be copied", function()
      local other, _, code = vmem.allocate(P, { [secret] = true })
      if not other then
        assert.equal("not_supported", code)
        return
      end
      local none, message, why = other:snapshot()
      assert.is_nil(none)
      assert.equal("not_supported", why)
      assert.matches("^cannot take a snapshot of %d+ bytes at 0x%x+: the region is wiped", message)
      other:release()
    end)
  end
end)

-- ====== }

-- {====== Every access, and handlers ======

describe("with a snapshot", function()
  helpers.no_regions_left()

  for _, access in ipairs(helpers.accesses) do
    it(access.name .. " is undone", function()
      local kit <close> = helpers.access_kit()
      local before = kit.region:read()
      local snapshot <close> = kit.region:snapshot()
      access.touch(kit)
      assert.equal(access.kind == "write", changed(snapshot) ~= "")
      assert(kit.region:restore(snapshot))
      assert.equal(before, kit.region:read())
    end)

    it("a handler may restore it while " .. access.name .. " waits", function()
      local plain <close> = helpers.access_kit()
      local expected = helpers.outcome(access, plain)
      local kit <close> = helpers.access_kit()
      local snapshot <close> = kit.region:snapshot()
      kit.region:decommit()
      local asked = 0
      kit.region:on_fault(function(fault)
        asked = asked + 1
        return fault.region:restore(snapshot) == fault.region
      end)
      assert.same(expected, helpers.outcome(access, kit))
      assert.equal(1, asked)
    end)

    it("and one taken by a handler " .. access.name .. " is noted", function()
      local kit <close> = helpers.access_kit()
      local snapshot
      kit.region:protect(0, 4 * P, "rw+guard")
      kit.region:on_fault(function(fault)
        fault.region:protect(0, 4 * P, "rw")
        snapshot = snapshot or fault.region:snapshot()
        return true
      end)
      access.touch(kit)
      assert.equal(access.kind == "write", changed(snapshot) ~= "")
      assert(kit.region:restore(snapshot))
      assert.equal(("A"):rep(4 * P), kit.region:read())
      snapshot:close()
    end)
  end

  it("a file that is shorter than the range is no write of the rest", function()
    local kit <close> = helpers.access_kit()
    local snapshot <close> = kit.region:snapshot()
    assert.equal(8, kit.region:load(kit.file, P - 4, 2 * P))
    assert.equal("1+2", changed(snapshot))
  end)
end)

-- ====== }

-- {====== Random operations ======

describe("a region with snapshots, after random operations,", function()
  helpers.no_regions_left()
  local random = math.random

  local PROTECTIONS <const> = { "none", "r", "rw", "rw", "rw", "rx", "rwx", "rw+guard" }

  local function some_pages(region)
    local first = random(0, #region - 1)
    return first * P, random(1, math.min(#region - first, 20)) * P
  end

  local acts = {
    function(r) r:commit(some_pages(r)) end,
    function(r) r:decommit(some_pages(r)) end,
    function(r) pcall(r.discard, r, some_pages(r)) end,
    function(r)
      local offset, size = some_pages(r)
      r:protect(offset, size, PROTECTIONS[random(#PROTECTIONS)])
    end,
    function(r)
      local offset, size = some_pages(r)
      pcall(r.fill, r, offset, size, random(0, 255))
    end,
    function(r) pcall(r.write, r, random(0, r.size - 100), ("x"):rep(random(100))) end,
  }

  for kind, options in pairs(kinds) do
    it("is brought back to each of them: " .. kind, function()
      local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
      math.randomseed(seed)
      local region <close> = vmem.reserve(150 * P, options)
      local held = {}
      for step = 1, 400 do
        for _ = 1, random(6) do acts[random(#acts)](region) end
        local i = random(5)
        local one, what = held[i], random(3)
        if not one then
          held[i] = { snapshot = assert(region:snapshot { all = random(6) == 1 }), before = whole(region) }
        elseif what == 1 then
          one.snapshot:close()
          held[i] = nil
        elseif what == 2 then
          assert(region:restore(one.snapshot))
          local now = whole(region)
          for page = 1, #now do
            assert(now[page] == one.before[page], ("page %d, step %d, VMEM_SEED=%d: %s, %s"):format(
              page - 1, step, seed, now[page]:sub(1, 300), one.before[page]:sub(1, 300)))
          end
        end
      end
      for _, one in pairs(held) do one.snapshot:close() end
    end)
  end

  it("leaves traps as they are, and is refused where one reads what was committed", function()
    local region <close> = vmem.allocate(3 * P)
    region:fill(0, 3 * P, 65)
    local saved <close> = assert(region:snapshot())
    region:write(0, "B")
    region:decommit(P, P):trap(P, P, { read = function() return 7 end })
    local done, message, code = region:restore(saved)
    assert.same({ nil, "in_use" }, { done, code })
    assert.matches("trapped", message)
    assert.equal("B", region:read(0, 1))
    assert.equal("rw", region:trap(P, P, { write = print }):query(0).protection)
    assert.equal(region, region:restore(saved))
    assert.equal(("A"):rep(3 * P), region:read())
    assert.equal("w", region:query(P).trap)
  end)
end)

-- ====== }
