-- vmem.mirror. Numbers are rows of the list of cases for sections.

local helpers = require "helpers"
local vmem = require "vmem"

local U <const> = helpers.attach_unit
local it = helpers.section_it

describe("vmem.mirror", function()
  helpers.no_regions_left()

  it("makes a ring without a seam: what is written across the end is at the start", function() -- 452, 532
    local ring <close> = assert(vmem.mirror(U))
    ring:write(U - 2, "seam")
    assert.equal("am", ring:read(0, 2))
    assert.equal("seam", ring:read(U - 2, 4))
    ring:view("u16", 1)[1] = 0x4141
    assert.equal("aAA", ring:read(U, 3))
    ring:view("u8", 2 * U - 1, 1)[1] = 7
    assert.equal(7, ring:view("u8")[U])
  end)

  it("is twice as long as the section, committed, writable and full of zeros", function()
    local ring <close> = assert(vmem.mirror(3 * U))
    assert.equal(6 * U, ring.size)
    assert.equal(6 * U, ring.committed)
    assert.equal("rw", ring:query().protection)
    assert.is_nil(ring:nonzero())
    local found = {}
    for offset, size, section, from, copy in ring:attachments() do
      assert.equal(3 * U, section.size)
      found[#found + 1] = { offset, size, from, copy }
    end
    assert.same({ { 0, 3 * U, 0, false }, { 3 * U, 3 * U, 0, false } }, found)
  end)

  it("shows the section as many times as is asked for", function()
    for _, times in ipairs { 1, 2, 3, 5, 4.0 } do
      local ring <close> = assert(vmem.mirror(U, times))
      assert.equal(times * U, ring.size)
      ring:write((times - 1) * U, "all")
      for i = 0, times - 1 do assert.equal("all", ring:read(i * U, 3)) end
    end
  end)

  it("rounds the size up to what can be attached", function()
    for size, rounded in pairs { [1] = U, [U] = U, [U + 1] = 2 * U } do
      local ring <close> = assert(vmem.mirror(size))
      assert.equal(2 * rounded, ring.size)
    end
  end)

  it("gives a region like others: protect, decommit, release, the end of a block", function()
    local ring <close> = assert(vmem.mirror(U))
    assert.equal("rw", ring:protect(0, U, "r"))
    ring:write(U, "x")
    assert.equal("x", ring:read(0, 1))
    helpers.fault(ring.write, ring, 0, "y")
    assert(ring:decommit(0, U))
    assert.equal("x", ring:read(U, 1))
    assert.is_true(ring:release())
    helpers.raises("region is released", ring.read, ring, 0, 1)
  end)

  it("keeps no section that the script could not reach", function()
    local ring = assert(vmem.mirror(U))
    local section = ring:query().section
    ring:release()
    assert.equal(U, section.size)
    section:close()
  end)

  for what, case in pairs {
    ["no size"] = { "bad argument #1 to 'mirror' (size must be an integer of 1 or more" },
    ["a size of 0"] = { "bad argument #1 to 'mirror' (size must be", 0 },
    ["a size with a fraction"] = { "not " .. 1.5, 1.5 },
    ["a size that is no number"] = { "not 'large'", "large" },
    ["a size that no integer can double"] = { "bad argument #1", math.maxinteger },
    ["no times at all"] = { "#2 to 'mirror' (times must be an integer from 1 to 1024, not 0)", U, 0 },
    ["too many times"] = { "bad argument #2", U, 1025 },
    ["times that are no number"] = { "not true", U, true },
  } do
    it("refuses " .. what, function()
      if not case[2] then case[1] = "bad argument #1 to 'mirror' (size must be an integer" end
      helpers.raises(case[1], vmem.mirror, table.unpack(case, 2))
    end)
  end

  it("says that there is not so much memory", function()
    for _, size in ipairs { 1 << 45, 1 << 61 } do
      local ring, message, code = vmem.mirror(size)
      assert.is_nil(ring)
      assert.is_string(message)
      assert.truthy(code == "out_of_memory" or code == "file_too_large", code)
    end
  end)
end)

describe("vmem.mirror, refused in the middle,", function()
  helpers.no_regions_left()

  --- Calls it with one function of the module's replaced by what `change` makes of it.
  local function with(name, upvalue, change, ...)
    local new = require("vmem.mirror").new
    local function find(fn, wanted)
      for i = 1, 20 do
        local key, value = debug.getupvalue(fn, i)
        if not key then return nil end
        if key == wanted then return fn, i, value end
      end
    end
    local make = select(3, find(new, "make"))
    local fn, i, value = find(make, upvalue)
    if not fn then fn, i, value = find(select(3, find(make, "show")), upvalue) end
    debug.setupvalue(fn, i, change(value))
    local results <const> = table.pack(pcall(vmem.mirror, ...))
    debug.setupvalue(fn, i, value)
    assert.is_true(results[1], name)
    return table.unpack(results, 2, results.n)
  end

  --- A function that refuses when it is called for the n-th time.
  local function refusing_at(n)
    return function(real)
      local calls = 0
      return function(...)
        calls = calls + 1
        if calls == n then return nil, "cannot", "too_many_mappings" end
        return real(...)
      end
    end
  end

  for what, case in pairs {
    ["its section"] = { "section_of", 1 }, ["its addresses"] = { "reserve", 1 },
    ["its first place"] = { "attach", 1 }, ["its last place"] = { "attach", 3 },
  } do
    it("at " .. what .. ", leaves nothing behind", function()
      local regions = helpers.count_regions()
      assert.same({ nil, "cannot", "too_many_mappings" },
        { with(what, case[1], refusing_at(case[2]), U, 3) })
      assert.equal(regions, helpers.count_regions())
    end)
  end

  it("at whatever instruction a hook raises, leaves nothing behind", function()
    vmem.mirror(U):release()
    local regions, raised = helpers.count_regions(), 0
    for at = 1, 200 do
      local done = pcall(function()
        debug.sethook(function()
          debug.sethook()
          error("interrupted", 0)
        end, "", at)
        local ring = vmem.mirror(U, 3)
        debug.sethook()
        ring:release()
      end)
      if not done then raised = raised + 1 end
      assert.equal(regions, helpers.count_regions(), "at instruction " .. at)
    end
    assert.is_true(raised > 10)
  end)
end)
