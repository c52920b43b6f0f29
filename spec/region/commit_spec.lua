local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local PROTECTIONS = {
  "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard", "x+guard", "rx+guard", "rwx+guard",
}

-- The pages, of four, to which a range widens: every page that holds at least one of its bytes.
local RANGES = {
  { "a byte", 0, 1, "1000" },
  { "a page", P, P, "0100" },
  { "a page and a byte", P, P + 1, "0110" },
  { "two bytes that lie on both sides of a border", 2 * P - 1, 2, "0110" },
  { "the last byte", 4 * P - 1, 1, "0001" },
  { "an offset alone: the rest", 2 * P + 5, nil, "0011" },
  { "a size alone: from the start", nil, P + 1, "1100" },
  { "nothing: all", nil, nil, "1111" },
}

local function expand(mask, with)
  return (mask:gsub("%d", with):gsub(" $", ""))
end

describe("region:commit", function()
  helpers.no_regions_left()

  for _, case in ipairs(RANGES) do
    local what, offset, size, mask = table.unpack(case, 1, 4)
    it("takes the right pages for " .. what, function()
      local region <close> = vmem.reserve(4 * P)
      assert.equal(region, region:commit(offset, size))
      assert.equal(expand(mask, { ["0"] = "reserved ", ["1"] = "rw " }), helpers.pages(region))
      assert.equal(select(2, mask:gsub("1", "1")) * P, region.committed)
    end)
  end

  for _, protection in ipairs(PROTECTIONS) do
    it("gives pages the protection " .. protection, function()
      local region <close> = vmem.reserve(3 * P)
      region:commit(P, 1, protection)
      assert.equal("reserved " .. protection .. " reserved", helpers.pages(region))
    end)
  end

  it("gives pages full of zeros", function()
    local region <close> = vmem.reserve(2 * P)
    assert.equal(("\0"):rep(2 * P), region:commit():read())
  end)

  it("keeps what committed pages hold, and sets their protection", function()
    local region <close> = vmem.reserve(4 * P)
    region:commit(P, P):write(P, "kept")
    region:commit(0, 3 * P, "r")
    assert.equal("r r r reserved", helpers.pages(region))
    assert.equal(3 * P, region.committed)
    assert.equal("kept", region:read(P, 4))
  end)

  it("may be partial, repeated and overlapping", function()
    local region <close> = vmem.reserve(6 * P)
    for first = 0, 4 do region:commit(first * P, 2 * P) end
    region:commit(0, 1)
    assert.equal("6 rw", helpers.runs(region))
    assert.equal(6 * P, region.committed)
  end)

  it("arms a guard, and takes one away", function()
    local region <close> = vmem.allocate(P)
    region:write(0, "kept")
    assert.equal("rw+guard", region:commit(0, P, "rw+guard")[1].protection)
    assert.equal("kept", region:commit(0, P, "rw"):read(0, 4))
  end)

  helpers.vast_it("changes nothing when the system refuses", function()
    local region <close> = assert(vmem.reserve(1 << 45))
    region:commit(P, P):write(P, "kept"):protect(P, P, "r")
    local done, message, code = region:commit()
    if done then return pending("this system promises any amount of memory") end
    assert.equal("out_of_memory", code)
    local asked = ("cannot commit %d bytes at 0x%x: "):format(region.size, region.base)
    assert.equal(asked, message:sub(1, #asked))
    assert.equal(("1 reserved, 1 r, %d reserved"):format((1 << 45) // P - 2), helpers.runs(region))
    assert.equal("kept", region:read(P, 4))
    assert.equal(P, region.committed)
    assert.is_nil((vmem.peek(region.base, 1)))
  end, helpers.unix_it) -- Wine takes minutes to reserve it
end)

describe("region:decommit", function()
  helpers.no_regions_left()

  for _, case in ipairs(RANGES) do
    local what, offset, size, mask = table.unpack(case, 1, 4)
    it("takes the right pages for " .. what, function()
      local region <close> = vmem.allocate(4 * P)
      assert.equal(region, region:decommit(offset, size))
      assert.equal(expand(mask, { ["0"] = "rw ", ["1"] = "reserved " }), helpers.pages(region))
      assert.equal(select(2, mask:gsub("0", "0")) * P, region.committed)
    end)
  end

  it("drops what the pages hold, and nothing else", function()
    local region <close> = vmem.allocate(3 * P)
    region:fill(0, 3 * P, 65):decommit(P, P):commit(P, P)
    local page = ("A"):rep(P)
    assert.equal(page .. ("\0"):rep(P) .. page, region:read())
  end)

  it("may take reserved pages", function()
    local region <close> = vmem.reserve(3 * P)
    region:commit(P, P)
    assert.equal(region, region:decommit())
    assert.equal(region, region:decommit())
    assert.equal("reserved reserved reserved", helpers.pages(region))
    assert.equal(0, region.committed)
  end)

  for _, protection in ipairs(PROTECTIONS) do
    it("takes pages that are " .. protection .. ", and forgets their protection", function()
      local region <close> = vmem.allocate(2 * P)
      region:fill(0, 2 * P, 65):protect(0, P, protection)
      assert.equal("reserved rw", helpers.pages(region:decommit(0, P)))
      assert.equal("\0", region:commit():read(P - 1, 1))
    end)
  end
end)

describe("region:protect", function()
  helpers.no_regions_left()

  for _, case in ipairs(RANGES) do
    local what, offset, size, mask = table.unpack(case, 1, 4)
    if offset and size then
      it("takes the right pages for " .. what, function()
        local region <close> = vmem.allocate(4 * P)
        assert.equal("rw", region:protect(offset, size, "r"))
        assert.equal(expand(mask, { ["0"] = "rw ", ["1"] = "r " }), helpers.pages(region))
      end)
    end
  end

  for _, from in ipairs(PROTECTIONS) do
    it("goes from " .. from .. " to any other, and returns the old one", function()
      local region <close> = vmem.reserve(P)
      for _, to in ipairs(PROTECTIONS) do
        region:commit(0, P, from)
        assert.equal(from, region:protect(0, P, to))
        assert.equal(to, region[1].protection)
      end
    end)
  end

  it("returns the old protection of the first page", function()
    local region <close> = vmem.reserve(3 * P)
    for i, protection in ipairs { "r", "rx+guard", "none" } do region[i]:commit(protection) end
    assert.equal("rx+guard", region:protect(P, 2 * P, "rw"))
    assert.equal("r", region:protect(P - 1, 2, "rw"))
  end)

  for _, mask in ipairs { "0111", "1011", "1110" } do
    it("changes nothing when a page is only reserved: " .. mask, function()
      local region <close> = vmem.reserve(4 * P)
      for i = 1, 4 do
        if mask:sub(i, i) == "1" then region[i]:commit():write("kept") end
      end
      local before = helpers.pages(region)
      local old, message, code = region:protect(0, 4 * P, "none")
      assert.is_nil(old)
      assert.equal("not_committed", code)
      assert.matches("^cannot protect %d+ bytes at 0x%x+: ", message)
      assert.equal(before, helpers.pages(region))
      assert.equal("kept", region:read(2 * P, 4))
    end)
  end

  it("keeps what the pages hold, through none and guards too", function()
    local region <close> = vmem.allocate(P)
    region:write(0, "kept")
    for _, protection in ipairs(PROTECTIONS) do
      region:protect(0, P, protection)
      region:protect(0, P, "r")
      assert.equal("kept", region:read(0, 4))
    end
  end)
end)

describe("a protection", function()
  helpers.no_regions_left()

  for _, protection in ipairs(PROTECTIONS) do
    local armed = protection:find("+guard", 1, true) ~= nil
    local readable = protection ~= "none" and not armed
    local writable = readable and protection:find("w") ~= nil

    it(protection .. " is kept by the access check", function()
      local region <close> = vmem.reserve(P)
      region:commit(0, P, protection)
      assert.equal(readable, (pcall(region.read, region, 0, 1)))
      region:protect(0, P, protection)
      assert.equal(writable, (pcall(region.write, region, 0, "x")))
    end)

    it(protection .. " is kept by the processor", function()
      local region <close> = vmem.reserve(P)
      region:commit(0, P, protection)
      assert.equal(readable and "\0" or nil, (vmem.peek(region.base, 1)))
    end)
  end

  it("is shared by no page that was not asked for", function()
    local region <close> = vmem.allocate(1030 * P)
    region:protect(511 * P, P, "r")
    region:protect(513 * P, P, "none")
    region:decommit(1023 * P, 2 * P)
    assert.equal("511 rw, 1 r, 1 rw, 1 none, 509 rw, 2 reserved, 5 rw", helpers.runs(region))
    assert.equal(1028 * P, region.committed)
  end)
end)
