local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local GUARDS = { "r+guard", "rw+guard", "x+guard", "rx+guard", "rwx+guard" }

describe("a guard page", function()
  helpers.no_regions_left()

  for _, guard in ipairs(GUARDS) do
    local plain = guard:match("^(%l+)")
    it(guard .. " faults once, for reading, and is " .. plain .. " then", function()
      local region <close> = vmem.allocate(P)
      region:write(0, "kept"):protect(0, P, guard)
      local fault = helpers.fault(region.read, region, 0, 1)
      assert.equal("guard_page", fault.kind)
      assert.equal("read", fault.access)
      assert.equal("committed", fault.state)
      assert.equal(guard, fault.protection)
      assert.equal(plain, region[1].protection)
      assert.equal("kept", region:read(0, 4))
    end)

    it(guard .. " faults for writing too, before it is asked whether " .. plain .. " allows it", function()
      local region <close> = vmem.allocate(P, { protection = guard })
      assert.equal("guard_page", helpers.fault(region.write, region, 0, "x").kind)
      if plain:find("w") then
        assert.equal("x", region:write(0, "x"):read(0, 1))
      else
        assert.equal("access_violation", helpers.fault(region.write, region, 0, "x").kind)
      end
    end)
  end

  for _, access in ipairs(helpers.accesses) do
    it("stops " .. access.name .. " once, and the second try goes as if nothing had been", function()
      local whole <close> = helpers.access_kit()
      local kit <close> = helpers.access_kit()
      kit.region:protect(P, P, "rw+guard")
      local fault = helpers.fault(access.touch, kit)
      assert.equal("guard_page", fault.kind)
      assert.equal(access.kind, fault.access)
      assert.equal(kit.base + P, fault.address)
      assert.equal("rw rw rw rw", helpers.pages(kit.region))
      if access.name == "region:load to the file's end" then return end -- has read half of the file
      assert.same(helpers.outcome(access, whole), helpers.outcome(access, kit))
    end)
  end

  it("loses its guard alone: its neighbours keep theirs", function()
    local region <close> = vmem.allocate(5 * P, { protection = "rw+guard" })
    helpers.fault(region.read, region, 2 * P, 1)
    assert.equal("rw+guard rw+guard rw rw+guard rw+guard", helpers.pages(region))
  end)

  it("is met one at a time by a long access", function()
    local region <close> = vmem.allocate(4 * P, { protection = "rw+guard" })
    for page = 1, 4 do assert.equal(page, helpers.fault(region.read, region).page) end
    assert.equal(("\0"):rep(4 * P), region:read())
  end)

  it("before a reserved page is met first, behind one it is not met at all", function()
    local region <close> = vmem.reserve(3 * P)
    region:commit(0, P, "rw+guard"):commit(2 * P, P, "rw+guard")
    assert.equal("guard_page", helpers.fault(region.read, region).kind)
    assert.equal(2, helpers.fault(region.read, region).page)
    assert.equal("rw reserved rw+guard", helpers.pages(region))
  end)

  it("can be armed again, by protect and by commit", function()
    local region <close> = vmem.allocate(P)
    for _, arm in ipairs { region.protect, region.commit } do
      arm(region, 0, P, "rw+guard")
      assert.equal("guard_page", helpers.fault(region.read, region).kind)
      region:read()
    end
  end)

  it("can be disarmed without a fault", function()
    local region <close> = vmem.allocate(2 * P, { protection = "rw+guard" })
    assert.equal("rw+guard", region:protect(0, P, "rw"))
    region:commit(P, P, "r")
    assert.equal(("\0"):rep(2 * P), region:read())
  end)

  it("that is decommitted is a reserved page, and no guard", function()
    local region <close> = vmem.allocate(P, { protection = "rw+guard" })
    region:decommit()
    assert.equal("access_violation", helpers.fault(region.read, region).kind)
    region:commit(0, P, "rw"):read()
  end)

  it("is not touched by looking at it", function()
    local region <close> = vmem.allocate(2 * P, { protection = "rw+guard" })
    local function look() end
    look(region:query(), region[1].protection, region[1].resident, region[1].frame, region:resident())
    look(tostring(region), tostring(region[1]), #region, region.committed, vmem.at(region.base))
    region:prefetch()
    region:discard()
    assert.is_nil((vmem.peek(region.base, 1)))
    assert.is_nil((region:lock()))
    assert.equal("2 rw+guard", helpers.runs(region))
  end)

  it("is not touched by an access that stops before it", function()
    local region <close> = vmem.allocate(3 * P)
    region:protect(P, P, "rw+guard")
    region:read(0, P)
    region:write(2 * P, "x")
    region:fill(P, 0, 1)
    region:cstring(0)
    assert.equal("rw rw+guard rw", helpers.pages(region))
  end)

  it("keeps the processor out until it has faulted", function()
    local region <close> = vmem.allocate(P)
    region:write(0, "kept"):protect(0, P, "r+guard")
    assert.is_nil((vmem.peek(region.base, 4)))
    helpers.fault(region.read, region)
    assert.equal("kept", vmem.peek(region.base, 4))
  end)

  it("lets a handler grow a stack downwards, page by page", function()
    local region <close> = vmem.reserve(6 * P)
    region:commit(5 * P, P):commit(4 * P, P, "rw+guard")
    region:on_fault(function(fault)
      if fault.kind ~= "guard_page" then return false end
      if fault.page > 1 then fault.region[fault.page - 1]:commit("rw+guard") end
      return true
    end)
    for offset = 6 * P - 8, P, -8 do region:pack(offset, "j", offset) end
    assert.equal("rw+guard rw rw rw rw rw", helpers.pages(region))
    assert.equal(P, region:unpack(P, "j"))
    assert.equal("access_violation", helpers.fault(function()
      region:decommit(0, P)
      region:fill(0, P, 1)
    end).kind)
  end)
end)
