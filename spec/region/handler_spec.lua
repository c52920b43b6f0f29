local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("a fault handler", function()
  helpers.no_regions_left()

  for _, access in ipairs(helpers.accesses) do
    it("can mend the page for " .. access.name .. ", which then goes as if nothing had been", function()
      local whole <close> = helpers.access_kit()
      local kit <close> = helpers.access_kit()
      local calls = 0
      kit.region:decommit(P, P):on_fault(function(fault)
        calls = calls + 1
        return helpers.mend(fault)
      end)
      assert.same(helpers.outcome(access, whole), helpers.outcome(access, kit))
      assert.equal(1, calls)
    end)

    it("may release the region under " .. access.name .. ", which is an error then", function()
      local kit <close> = helpers.access_kit()
      kit.region:decommit(P, P):on_fault(function(fault)
        fault.region:release()
        return true
      end)
      local _, message = pcall(access.touch, kit)
      assert.matches(access.when_released, tostring(message))
    end)
  end

  it("of the module is asked after the region's, and only if that has not mended the fault", function()
    local region <close> = vmem.reserve(P)
    local asked = {}
    local answer = {}
    region:on_fault(function(fault) asked[#asked + 1] = fault return answer.region end)
    vmem.on_fault(function(fault) asked[#asked + 1] = fault return answer.module end)
    local raised = helpers.fault(region.read, region)
    assert.equal(2, #asked)
    assert.is_true(rawequal(asked[1], asked[2]) and rawequal(asked[2], raised))
    region:on_fault(function(fault) asked[#asked + 1] = "region" return helpers.mend(fault) end)
    region:read()
    assert.equal("region", asked[3])
    assert.is_nil(asked[4])
    vmem.on_fault(nil)
  end)

  it("is returned by the call that replaces it", function()
    local region <close> = vmem.reserve(P)
    local function first() end
    local function second() end
    for _, set in ipairs { vmem.on_fault, function(handler) return region:on_fault(handler) end } do
      assert.is_nil(set(first))
      assert.equal(first, set(second))
      assert.equal(second, set(nil))
      assert.is_nil(set(nil))
    end
  end)

  for _, answer in ipairs { "", "nil", "false" } do
    it(("that returns %q has not mended the fault"):format(answer), function()
      local region <close> = vmem.reserve(P)
      region:on_fault(load("return " .. answer))
      assert.equal("reserved", helpers.fault(region.read, region).state)
    end)
  end

  it("may do its work and still let the fault be raised", function()
    local region <close> = vmem.reserve(P)
    region:on_fault(function(fault) helpers.mend(fault) return false end)
    assert.equal("reserved", helpers.fault(region.read, region).state)
    assert.equal("A", region:read(0, 1))
  end)

  it("is called for one page after the other of a long access", function()
    local region <close> = vmem.reserve(5 * P)
    region:commit(2 * P, P):fill(2 * P, P, 65)
    local pages = {}
    region:on_fault(function(fault) pages[#pages + 1] = fault.page return helpers.mend(fault) end)
    assert.equal(("A"):rep(5 * P), region:read())
    assert.same({ 1, 2, 4, 5 }, pages)
  end)

  local long = {
    ["region:read"] = function(region) return #region:read() end,
    ["region:write"] = function(region) region:write(0, ("x"):rep(200 * P)) end,
    ["region:cstring"] = function(region) return #region:cstring(4) end,
    ["region:unpack"] = function(region) return #region:unpack(0, "s4") end,
    ["region:copy"] = function(region) region:copy(0, 100 * P, 100 * P) end,
    ["region:save"] = function(region) return region:save(assert(io.tmpfile())) end,
    ["view:fill"] = function(region) region:view("u64"):fill(1) end,
    ["view:copy"] = function(region) region:view("u64"):copy(region:view("u64", 100 * P)) end,
    ["view:sum"] = function(region) return region:view("u64"):sum() end,
    ["view:minmax"] = function(region) return region:view("u64"):minmax() end,
  }
  for name, touch in pairs(long) do
    it("may be called for every page of a long " .. name, function()
      local region <close> = vmem.reserve(200 * P)
      region:commit(0, P):fill(0, P, 65):pack(0, "I4", 200 * P - 4)
      local calls = 0
      region:on_fault(function(fault) calls = calls + 1 return helpers.mend(fault) end)
      touch(region)
      assert.equal(199, calls)
    end)
  end

  it("may be called for every page of a vmem.read over several regions", function()
    local first <close> = assert(vmem.reserve(16 * 10 * P, { address = 0x56780000 }))
    local second <close> = assert(vmem.reserve(P, { address = 0x56780000 + first.size }))
    vmem.on_fault(helpers.mend)
    assert.equal(("A"):rep(161 * P), vmem.read(first.base, 161 * P))
    assert.equal(P, second.committed)
    vmem.on_fault(nil)
  end)

  it("sees a guard page that has lost its guard already", function()
    local region <close> = vmem.allocate(3 * P, { protection = "rw+guard" })
    local seen = {}
    region:on_fault(function(fault)
      seen[#seen + 1] = fault.kind .. " " .. fault.page .. " " .. fault.region[fault.page].protection
      return true
    end)
    assert.equal(("\0"):rep(2 * P), region:read(0, 2 * P))
    assert.same({ "guard_page 1 rw", "guard_page 2 rw" }, seen)
    assert.equal("rw rw rw+guard", helpers.pages(region))
  end)

  it("can put a region at an address that had none", function()
    local made
    vmem.on_fault(function(fault)
      made = vmem.allocate(1, { address = fault.address })
      return true
    end)
    vmem.write(0x56780010, "here")
    vmem.on_fault(nil)
    assert.equal("here", made:read(16, 4))
    made:release()
  end)

  it("may touch memory that faults, and so be called again", function()
    local region <close> = vmem.reserve(5 * P)
    local order = {}
    region:on_fault(function(fault)
      if fault.page < 5 then region:fill(fault.page * P, 1, 65) end
      order[#order + 1] = fault.page
      return helpers.mend(fault)
    end)
    assert.equal("A", region:read(0, 1))
    assert.same({ 5, 4, 3, 2, 1 }, order)
  end)

  it("may be replaced by itself while it runs", function()
    local region <close> = vmem.reserve(2 * P)
    region:on_fault(function(fault)
      region:on_fault(nil)
      collectgarbage()
      return helpers.mend(fault)
    end)
    assert.equal(2, helpers.fault(region.read, region).page)
  end)

  it("passes its errors on, and the memory is as it was", function()
    local region <close> = vmem.reserve(P)
    local problem = { "no disk" }
    region:on_fault(function() error(problem) end)
    assert.equal(problem, select(2, pcall(region.write, region, 0, "x")))
    vmem.on_fault(function() error("the module's", 0) end)
    region:on_fault(nil)
    assert.equal("the module's", select(2, pcall(region.write, region, 0, "x")))
    vmem.on_fault(nil)
    assert.equal(0, region.committed)
  end)
end)

describe("no handler can loop for ever:", function()
  helpers.no_regions_left()

  local cases = {
    { "one that lies is called once", 1, function() return true end },
    { "one that mends another page is called once", 1, function(fault)
      fault.region[3]:commit()
      return true
    end },
    { "one that changes the protection to another that refuses", 40, function(fault)
      fault.region[1]:commit(fault.protection == "r" and "none" or "r")
      return true
    end },
    { "one that commits and decommits", 40, function(fault)
      if fault.state == "reserved" then fault.region[1]:commit("r") else fault.region[1]:decommit() end
      return true
    end },
    { "one that sets a guard again", 40, function(fault)
      fault.region[1]:commit("rw+guard")
      return true
    end },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local region <close> = vmem.reserve(4 * P)
      local calls = 0
      region:on_fault(function(fault) calls = calls + 1 return case[3](fault) end)
      local fault = helpers.fault(region.write, region, P - 1, "x")
      assert.equal(1, fault.page)
      assert.is_true(calls <= case[2], calls .. " calls")
    end)
  end

  it("one that faults in itself is an error", function()
    local region <close> = vmem.reserve(P)
    region:on_fault(function() return region:read() end)
    helpers.raises("overflow", function() region:read() end)
    region:on_fault(nil)
    vmem.on_fault(function() return vmem.read(0, 1) end)
    helpers.raises("overflow", function() vmem.read(0, 1) end)
    vmem.on_fault(nil)
    assert.equal("A", region:commit():fill(0, 1, 65):read(0, 1))
  end)
end)
