local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("a page", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.reserve(4 * P, { protection = "rwx" }) end)
  after_each(function() region:release() end)

  it("knows its place", function()
    for i = 1, 4 do
      local page = region[i]
      assert.equal(i, page.index)
      assert.equal((i - 1) * P, page.offset)
      assert.equal(region.base + page.offset, page.address)
      assert.equal(P, page.size)
      assert.equal(region, page.region)
    end
  end)

  it("is found by ipairs, by # and by nothing outside the region", function()
    local count = 0
    for i, page in ipairs(region) do
      assert.equal(i, page.index)
      count = i
    end
    assert.equal(#region, count)
    for _, index in ipairs { 0, -1, 5, math.maxinteger, math.mininteger } do assert.is_nil(region[index]) end
    assert.equal(2, region[2.0].index)
  end)

  it("equals itself, however often it is asked for, and no other", function()
    local other <close> = vmem.reserve(P)
    assert.equal(region[1], region[1])
    assert.is_false(region[1] == region[2])
    assert.is_false(region[1] == other[1])
    assert.is_false(region[1] == region)
  end)

  it("shows its state as it is now", function()
    local page = region[2]
    assert.same({ "reserved" }, { page.state, page.protection })
    region:commit(P, P, "r")
    assert.same({ "committed", "r" }, { page.state, page.protection })
    region:protect(P, P, "rw+guard")
    assert.same({ "committed", "rw+guard" }, { page.state, page.protection })
    region:decommit()
    assert.same({ "reserved" }, { page.state, page.protection })
  end)

  it("commits, with the region's protection or its own", function()
    assert.equal(region[2], region[2]:commit())
    assert.equal(region[4], region[4]:commit("rw+guard"))
    assert.equal("reserved rwx reserved rw+guard", helpers.pages(region))
    assert.equal(2 * P, region.committed)
  end)

  it("decommits", function()
    region:commit():fill(0, 4 * P, 65)
    assert.equal(region[2], region[2]:decommit())
    assert.equal(region[2], region[2]:decommit())
    assert.equal("rwx reserved rwx rwx", helpers.pages(region))
    assert.equal(("\0"):rep(P), region[2]:commit():read())
    assert.equal(("A"):rep(P), region[3]:read())
  end)

  it("protects, and returns the old protection", function()
    region:commit()
    assert.equal("rwx", region[3]:protect("r"))
    assert.equal("r", region[3]:protect("none"))
    assert.equal("rwx rwx none rwx", helpers.pages(region))
  end)

  it("that is reserved cannot be protected", function()
    local old, message, code = region[3]:protect("r")
    assert.is_nil(old)
    local asked = ("cannot protect page 3 at 0x%x: "):format(region.base + 2 * P)
    assert.equal(asked, message:sub(1, #asked))
    assert.equal("not_committed", code)
  end)

  it("reads as a whole, and writes up to a whole", function()
    local page = region:commit()[2]
    assert.equal(page, page:write("start"))
    assert.equal("start" .. ("\0"):rep(P - 5), page:read())
    page:write(("A"):rep(P)):write("")
    assert.equal(("A"):rep(P), page:read())
    helpers.raises(("%d"):format(P + 1), page.write, page, ("B"):rep(P + 1))
    assert.equal("\0" .. ("A"):rep(P) .. "\0", region:read(P - 1, P + 2))
  end)

  it("faults like any other access", function()
    local fault = helpers.fault(region[3].read, region[3])
    assert.same({ "read", 3, 2 * P }, { fault.access, fault.page, fault.offset })
    assert.equal("write", helpers.fault(region[3].write, region[3], "x").access)
    assert.equal(region[3], region[3]:write(""))
  end)

  it("becomes one line of text", function()
    region:commit(P, P, "r+guard")
    assert.equal(("vmem.page 1 at 0x%x: reserved"):format(region.base), tostring(region[1]))
    assert.equal(("vmem.page 2 at 0x%x: committed r+guard"):format(region.base + P), tostring(region[2]))
  end)

  it("has no fields but its own, and none that can be set", function()
    assert.is_nil(region[1].colour)
    assert.has_error(function() region[1].state = "committed" end)
  end)

  it("keeps its region alive", function()
    local page = vmem.reserve(P)[1]
    collectgarbage()
    collectgarbage()
    assert.equal("reserved", page.state)
    assert.equal("kept", page:commit():write("kept").region:read(0, 4))
  end)
end)
