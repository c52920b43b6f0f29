local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- The pages that were written, as runs of "first+count".
local function written(region, ...)
  local runs = {}
  for offset, size in region:written(...) do runs[#runs + 1] = offset // P + 1 .. "+" .. size // P end
  return table.concat(runs, " ")
end

describe("a watched region", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(8 * P, { watch = true }) end)
  after_each(function() region:release() end)

  it("knows that it is, and others that they are not", function()
    local other <close> = vmem.allocate(P)
    assert.is_true(region.watched)
    assert.is_false(other.watched)
    helpers.raises("region is not watched", other.written, other)
    helpers.raises("region is not watched", other.rearm, other)
  end)

  it("has not been written at first, by reading neither", function()
    assert.equal("", written(region))
    region:read()
    region:prefetch()
    assert.equal(0, region:view("u8")[1])
    assert.equal("", written(region))
  end)

  for _, access in ipairs(helpers.accesses) do
    it("notes " .. access.name .. (access.kind == "read" and " not at all" or ""), function()
      local kit <close> = helpers.access_kit { watch = true }
      kit.region:rearm()
      access.touch(kit)
      local expected = access.name == "page:write" and "2+1" or "1+2"
      assert.equal(access.kind == "write" and expected or "", written(kit.region))
    end)

    it("notes nothing when " .. access.name .. " faults", function()
      if access.name == "region:load to the file's end" then return end -- has done the first page
      local kit <close> = helpers.access_kit { watch = true }
      kit.region:decommit(P, P):rearm()
      helpers.fault(access.touch, kit)
      assert.equal("", written(kit.region))
    end)
  end

  it("tells the runs of written pages, within a range too", function()
    for _, page in ipairs { 1, 2, 4, 8 } do region[page]:write("x") end
    assert.equal("1+2 4+1 8+1", written(region))
    assert.equal("2+1 4+1", written(region, P, 4 * P))
    assert.equal("8+1", written(region, 8 * P - 1))
  end)

  it("forgets with rearm, all or a range of whole pages", function()
    region:fill(0, 8 * P, 1)
    assert.equal(region, region:rearm(2 * P - 1, 2))
    assert.equal("1+1 4+5", written(region))
    region:rearm()
    assert.equal("", written(region))
    region:view("u8")[1] = 1
    region:view("u8")[1] = 2
    assert.equal("1+1", written(region))
  end)

  it("forgets pages that are decommitted, and keeps what protect and commit find", function()
    region:fill(0, 8 * P, 1)
    region:decommit(0, 2 * P):commit(0, 4 * P, "rw")
    region:protect(0, 8 * P, "r")
    assert.equal("3+6", written(region))
  end)

  it("tells runs by written pages alone, and query by state alone", function()
    region:write(P, "x")
    assert.equal("8 rw", helpers.runs(region))
    region:protect(2 * P, P, "r")
    region:write(3 * P, "x")
    assert.equal("2+1 4+1", written(region))
  end)
end)
