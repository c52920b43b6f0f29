local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- it(), with a region of eight committed pages that holds nothing yet.
local function with_region(name, run, only)
  (only or it)(name, function()
    local region <close> = vmem.allocate(8 * P)
    run(region)
  end)
end

local function discard_it(name, run) helpers.advice_it("DONTNEED", name, run) end

local function with_discard(name, run) with_region(name, run, discard_it) end

--- Whether this process may lock eight pages; else the reason.
local function may_lock()
  local probe <close> = vmem.allocate(8 * P)
  local done, _, code = probe:lock()
  return done ~= nil, ("this process may lock nothing: %s"):format(code)
end

describe("what is in RAM", function()
  helpers.no_regions_left()

  it("is nothing of reserved pages", function()
    local region <close> = vmem.reserve(8 * P)
    assert.equal(0, region:resident())
    assert.is_false(region[1].resident)
  end)

  with_region("is what has been touched", function(region)
    assert.equal(0, region:resident())
    region:write(2 * P - 1, "xx")
    assert.equal(2 * P, region:resident())
    assert.equal(P, region:resident(2 * P))
    assert.equal(2 * P, region:resident(2 * P - 1, 2))
    assert.equal(0, region:resident(3 * P, 5 * P))
    assert.equal(0, region:resident(P, 0))
    assert.same({ false, true, true }, { region[1].resident, region[2].resident, region[3].resident })
  end)

  with_region("goes with decommit", function(region)
    region:fill(0, 8 * P, 1)
    region:decommit(2 * P, 3 * P)
    assert.equal(5 * P, region:resident())
    region:commit()
    assert.equal(5 * P, region:resident())
  end)

  with_region("is known of pages that nobody may touch, too", function(region)
    region:fill(0, 8 * P, 1)
    region:protect(0, 2 * P, "none")
    region:protect(2 * P, 2 * P, "rw+guard")
    assert.equal(8 * P, region:resident())
  end, helpers.unix_it) -- Windows takes them out of the working set

  helpers.vast_it("can be asked of a huge region", function()
    local region <close> = vmem.reserve(1 << 40)
    region:commit(1 << 39, 1):write(1 << 39, "x")
    assert.equal(P, region:resident())
  end)
end)

describe("region:prefetch", function()
  helpers.no_regions_left()

  with_region("brings pages in", function(region)
    assert.equal(region, region:prefetch(P, 2 * P))
    assert.equal(2 * P, region:resident())
    assert.equal(region, region:prefetch())
    assert.equal(8 * P, region:resident())
    assert.equal(("\0"):rep(8 * P), region:read())
  end)

  with_region("changes no contents, whatever the protection", function(region)
    region:fill(0, 8 * P, 65)
    for i, protection in ipairs { "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard" } do
      region[i]:protect(protection)
    end
    local before = helpers.pages(region)
    assert.equal(region, region:prefetch())
    assert.equal(before, helpers.pages(region))
    region:protect(0, 8 * P, "r")
    assert.equal(("A"):rep(8 * P), region:read())
  end)
end)

describe("region:discard", function()
  helpers.no_regions_left()

  with_discard("forgets contents, and the pages stay committed", function(region)
    region:fill(0, 8 * P, 65)
    assert.equal(region, region:discard(P, 2 * P))
    assert.equal("8 rw", helpers.runs(region))
    assert.equal(6 * P, region:resident())
    assert.equal(("A"):rep(P) .. ("\0"):rep(2 * P) .. ("A"):rep(5 * P), region:read())
  end)

  with_discard("leaves pages alone that lie only partly in the range", function(region)
    for _, range in ipairs { { 1, P }, { 0, P - 1 }, { P - 1, P }, { 5, 1 }, { P + 1, 2 * P - 2 } } do
      region:fill(0, 8 * P, 65)
      assert.equal(region, region:discard(table.unpack(range)))
      assert.equal(("A"):rep(8 * P), region:read())
    end
    region:discard(P - 1, P + 2)
    assert.equal(("A"):rep(P) .. ("\0"):rep(P) .. ("A"):rep(6 * P), region:read())
  end)

  with_discard("leaves protections and guards as they are", function(region)
    for i, protection in ipairs { "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard" } do
      region[i]:write("A")
      region[i]:protect(protection)
    end
    local before = helpers.pages(region)
    region:discard()
    assert.equal(before, helpers.pages(region))
    for i, page in ipairs(region) do
      local allowed = page.protection:find("^[rx]") and not page.protection:find("guard")
      assert.equal(allowed and "\0" or nil, (vmem.peek(page.address, 1)), "page " .. i)
    end
  end)
end)

describe("region:lock", function()
  helpers.no_regions_left()

  --- A spec of locks, for a process that may lock eight pages.
  local function with_lock(name, run, only)
    with_region(name, function(region)
      local may, why = may_lock()
      if not may then return pending(why) end
      local probe <close> = vmem.allocate(8 * P):lock()
      -- A sanitizer replaces mlock by a function that does nothing.
      if probe:resident() == 0 then return pending("locks do nothing here") end
      probe:unlock()
      run(region)
    end, only)
  end

  with_lock("brings pages in, and keeps them until unlock", function(region)
    assert.equal(region, region:lock(P, 2 * P))
    assert.equal(2 * P, region:resident())
    assert.equal(2 * P, region:locked())
    assert.equal(P, region:locked(2 * P))
    assert.equal("8 rw", helpers.runs(region))
    assert.equal(region, region:unlock(P, 2 * P))
    assert.equal(0, region:locked())
  end)

  with_lock("may be repeated, and so may unlock", function(region)
    for _, verb in ipairs { "lock", "lock", "unlock", "unlock" } do
      assert.equal(region, region[verb](region, 0, 3 * P))
    end
  end)

  with_lock("keeps no page from being decommitted, protected or released", function(region)
    region:write(0, "A"):lock()
    assert.equal("rw", region:protect(0, P, "none"))
    assert.equal("none", region:protect(0, P, "r"))
    assert.equal("A", region:read(0, 1))
    assert.equal(region, region:decommit(0, 2 * P))
    assert.equal("\0", region:commit():read(0, 1))
    assert.equal(region, region:unlock())
  end)

  with_lock("and discard give zeros or what there was, in sparse regions too", function(plain)
    local sparse <close> = vmem.allocate(8 * P, { sparse = true })
    for _, region in ipairs { plain, sparse } do
      region:fill(0, 8 * P, 65):lock(0, 4 * P)
      assert.equal(region, region:discard())
      for i = 1, 8 do assert.matches("^[A\0]", region[i]:read()) end
      region:fill(0, 4 * P, 66)
      assert.equal(4 * P, region:resident(0, 4 * P))
      region:unlock()
    end
  end, discard_it)

  helpers.unix_it("takes more than the process may have for an answer, not an error", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region = vmem.allocate(16 * vmem.page_size)
      local done, message, code = region:lock()
      local refusal = { permission_denied = true, out_of_memory = true, not_supported = true }
      print(done == region or refusal[code], message ~= "")
      region:unlock()
      region:write(0, "x")
    ]], "ulimit -l 0;")
    assert.equal("true\ttrue\n", output)
  end)
end)

describe("pages that are not all committed", function()
  helpers.no_regions_left()

  for _, verb in ipairs { "lock", "unlock", "prefetch", "discard" } do
    local with = verb == "discard" and with_discard or with_region
    with("refuse " .. verb .. ", and nothing changes", function(region)
      region:fill(0, 8 * P, 65):decommit(3 * P, P)
      local done, message, code = region[verb](region, P, 4 * P)
      assert.is_nil(done)
      assert.equal("not_committed", code)
      local asked = ("cannot %s %d bytes at 0x%x: "):format(verb, 4 * P, region.base + P)
      assert.equal(asked, message:sub(1, #asked))
      assert.equal(("A"):rep(3 * P), region:read(0, 3 * P))
      if verb == "lock" and not may_lock() then return end
      assert.equal(region, region[verb](region, 4 * P, 2 * P))
    end)
  end

  for _, protection in ipairs { "none", "r+guard", "rw+guard" } do
    with_region("and " .. protection .. " pages refuse lock", function(region)
      region:protect(3 * P, P, protection)
      assert.equal("permission_denied", select(3, region:lock(0, 5 * P)))
      assert.equal(protection, region[4].protection)
    end)
  end
end)

describe("vmem.faults", function()
  helpers.no_regions_left()

  with_region("counts the page faults of the process", function(region)
    local minor, major = vmem.faults()
    region:fill(0, 8 * P, 1)
    local minor_after, major_after = vmem.faults()
    assert.equal("integer", math.type(major))
    assert.is_true(minor_after > minor) -- by one for each page, or for several pages brought in together
    assert.is_true(major_after >= major)
  end, helpers.unix_it) -- Wine does not count
end)

describe("page.frame", function()
  helpers.no_regions_left()

  with_region("is nil without a frame, and where the system hides it", function(region)
    assert.is_nil(region[1].frame)
    region:write(0, "x")
    local frame = region[1].frame
    assert.is_true(frame == nil or frame > 0)
    region:decommit()
    assert.is_nil(region[1].frame)
  end)

  helpers.linux_it("tells one page's frame from another's", function()
    local region <close> = vmem.allocate(8 * P)
    region:fill(0, 8 * P, 1)
    if not region[1].frame then return pending("this process may not see frames") end
    assert.is_false(region[1].frame == region[2].frame)
  end)
end)

describe("vmem.peek", function()
  helpers.no_regions_left()

  with_region("reads what the processor allows", function(region)
    region:write(P - 2, "over")
    assert.equal("over", vmem.peek(region.base + P - 2, 4))
    assert.equal("", vmem.peek(region.base, 0))
    assert.equal(region:read(), vmem.peek(region.base, 8 * P))
  end)

  with_region("says no where one byte is out of reach, and is never a fault", function(region)
    region:decommit(2 * P, P):protect(4 * P, P, "none")
    for _, offset in ipairs { 2 * P - 1, 2 * P, 4 * P - 1, 5 * P - 1 } do
      local bytes, message, code = vmem.peek(region.base + offset, 2)
      assert.is_nil(bytes)
      local asked = ("cannot read 2 bytes at 0x%x: "):format(region.base + offset)
      assert.equal(asked, message:sub(1, #asked))
      assert.equal("invalid_address", code)
    end
    assert.is_nil((vmem.peek(0, 1)))
    assert.is_nil((vmem.peek(math.maxinteger - 1, 1)))
  end)

  it("knows the memory of others, too", function()
    assert.is_string((vmem.peek(tonumber((("%p"):format(_G):gsub("^0x", "")), 16), 16)))
  end)

  helpers.no_sanitizer_it("says no when there is no room for so many bytes", function()
    local bytes, _, code = vmem.peek(0, 1 << 60)
    assert.is_nil(bytes)
    assert.equal("out_of_memory", code)
  end)
end)
