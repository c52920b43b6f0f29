-- Regions that are concealed, and regions that are wiped. What becomes of contents before they are given
-- up is tried in spec/trust/core, where the kernel can be asked; here, where this one refuses to take them.

local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- For each page: whether dumps leave it out, "d", and whether a child has zeros, "w".
local function concealed(region)
  local words = {}
  for i, page in ipairs(region) do
    local flags = helpers.flags_at(page.address)
    words[i] = (flags.dd and "d" or "-") .. (flags.wf and "w" or "-")
  end
  return table.concat(words, " ")
end

--- it(), where Linux conceals.
local function conceal_it(name, run) helpers.advice_it("DONTDUMP", name, run, helpers.linux_it) end

--- The same, and /proc/self/smaps tells it.
local function shown_it(name, run) helpers.advice_it("DONTDUMP", name, run, helpers.proc_it) end

describe("a concealed region", function()
  helpers.no_regions_left()

  shown_it("is left out of core dumps, and of children of fork", function()
    local region <close> = assert(vmem.reserve(4 * P, { conceal = true }))
    local other <close> = assert(vmem.allocate(4 * P))
    region:commit(P, 2 * P)
    assert.is_true(region.concealed)
    assert.is_false(other.concealed)
    assert.equal("dw dw dw dw", concealed(region))
    assert.equal("-- -- -- --", concealed(other))
  end)

  local changes = {
    ["a decommit and a commit"] = function(region) region:decommit(P, 2 * P):commit(0, 3 * P) end,
    ["a change of protection"] = function(region)
      region:protect(P, P, "none")
      region:protect(0, 3 * P, "r")
    end,
    ["discard"] = function(region) region:discard() end,
    ["guards"] = function(region)
      region:protect(P, P, "rw+guard")
      helpers.fault(region.read, region, P, 1)
    end,
    ["a commit page after page"] = function(region)
      region:decommit()
      for i = 4, 1, -1 do region[i]:commit() end
    end,
  }
  for what, change in pairs(changes) do
    shown_it("stays so after " .. what, function()
      local region <close> = assert(vmem.allocate(4 * P, { conceal = true }))
      region:fill(0, 4 * P, 65)
      change(region)
      for _, page in ipairs(region) do
        local flags = helpers.flags_at(page.address)
        assert.is_true(page.state == "reserved" or (flags.dd and flags.wf))
      end
    end)
  end

  conceal_it("works as any other", function()
    local region <close> = assert(vmem.allocate(1000 * P, { conceal = true }))
    for i = 1, 1000, 2 do assert(region[i]:decommit()) end
    for i = 2, 1000, 2 do region[i]:write("A") end
    for i = 1, 1000, 2 do assert(region[i]:commit()) end
    for i = 1, 1000 do assert.equal(i % 2 == 0 and "A" or "\0", region:read((i - 1) * P, 1)) end
    assert.equal(1000 * P, region.committed)
  end)

  if not helpers.on_linux then
    it("is refused, in words, where the system has nothing for it", function()
      for _, make in ipairs { vmem.reserve, vmem.allocate } do
        local region, message, code = make(P, { conceal = true })
        assert.is_nil(region)
        assert.equal("not_supported", code)
        assert.matches("^cannot conceal " .. P .. " bytes: .", message)
      end
    end)
  end
end)

describe("a wiped region", function()
  helpers.no_regions_left()

  it("says that it is one", function()
    local region <close> = vmem.reserve(P, { wipe = true })
    local other <close> = vmem.reserve(P)
    assert.is_true(region.wiped)
    assert.is_false(other.wiped)
  end)

  local PROTECTIONS <const> = { "none", "r", "rw", "x", "rx", "rwx", "r+guard", "rw+guard" }

  --- Eight pages of "A", each with another protection.
  local function motley(options)
    local region = vmem.allocate(8 * P, options)
    region:fill(0, 8 * P, 65)
    for i, protection in ipairs(PROTECTIONS) do region[i]:protect(protection) end
    return region
  end

  helpers.advice_it("DONTNEED", "can be discarded, and keeps its protections", function()
    local region <close> = motley { wipe = true }
    assert.equal(region, region:discard())
    assert.equal(table.concat(PROTECTIONS, " "), helpers.pages(region))
    for _, page in ipairs(region) do
      local allowed = page.protection:find("^[rx]") and not page.protection:find("guard")
      assert.equal(allowed and "\0" or nil, (vmem.peek(page.address, 1)), page.protection)
    end
    region:protect(0, 8 * P, "r")
    assert.equal(("\0"):rep(8 * P), region:read()) -- on every system, also if it does not support discard
  end)

  it("loses nothing beside what is discarded or decommitted", function()
    local region <close> = vmem.allocate(8 * P, { wipe = true })
    region:fill(0, 8 * P, 65):discard(P - 1, P + 2)
    region:decommit(4 * P, P)
    assert.equal(("A"):rep(P), region:read(0, P))
    assert.equal(("A"):rep(2 * P), region:read(2 * P, 2 * P))
    assert.equal(("A"):rep(3 * P), region:read(5 * P, 3 * P))
  end)

  it("loses nothing by a discard that is misuse", function()
    local region <close> = vmem.allocate(4 * P, { wipe = true })
    region:fill(0, 4 * P, 65):decommit(3 * P, P)
    assert.equal("not_committed", select(3, region:discard()))
    assert.equal(("A"):rep(3 * P), region:read(0, 3 * P))
  end)

  it("can be locked, decommitted, and released, whatever its protections", function()
    local region = motley { wipe = true }
    region:lock(P, 2 * P)
    assert.equal(region, region:decommit(0, 4 * P))
    assert.is_true(region:release())
    do local _ <close> = motley { wipe = true } end
    motley { wipe = true }
  end)

  -- Twenty regions in one mapping: taking out the sixth splits the mapping. Without room for a new mapping
  -- the system refuses, and the contents can still be checked. Every second region is not wiped.
  local at_the_limit = ([[
    local vmem = require "vmem"
    local P, G = vmem.page_size, vmem.allocation_granularity
    local whole = vmem.reserve(1 << 30) -- at its start: malloc may map something at its end
    local base = whole.base
    local function left(i)
      local bytes = vmem.peek(base + i * G, G)
      return bytes == ("A"):rep(G) and "A" or bytes == ("\0"):rep(G) and "zeros" or "?"
    end
    -- At the end of a state finalizers run from the youngest on: of regions 9 and 8 first, this one last.
    late = setmetatable({}, { __gc = function(self) if self.looks then print(left(8), left(9)) end end })
    local filler, edge = vmem.reserve(MANY), vmem.allocate(2 * P)
    whole:release()
    parts = {}
    local function make(i)
      parts[i] = assert(vmem.allocate(G, { address = base + i * G, wipe = i % 2 == 0 }))
    end
    for i = 0, 19 do if i ~= 8 and i ~= 9 then make(i) end end
    make(8)
    make(9)
    for i = 0, 19 do parts[i]:fill(0, G, 65) end
    local count = 0
    while filler:commit(count * 2 * P, P, "r") do count = count + 1 end
    edge:protect(0, P, "r") -- a commit in the middle takes two mappings, this one
  ]]):gsub("MANY", helpers.many_pages)

  helpers.bare_linux_it("is overwritten by decommit, release, <close> and collection", function()
    local output = helpers.run_script(at_the_limit .. [[
      for i = 4, 5 do print(parts[i]:decommit(), left(i)) end
      for i = 7, 6, -1 do print(parts[i]:release(), left(i)) end
      for i = 10, 11 do
        do local closed <close> = parts[i] end
        print("close", left(i))
      end
      for i = 14, 15 do
        parts[i] = nil
        collectgarbage()
        print("collection", left(i))
      end
      print("the others", left(8), left(9))
    ]], "VMEM_COMMIT=plain; export VMEM_COMMIT;")
    assert.equal("nil\tzeros\nnil\tA\nnil\tA\nnil\tzeros\nclose\tzeros\nclose\tA\n"
      .. "collection\tzeros\ncollection\tA\nthe others\tA\tA\n", output)
  end)

  for how, text in pairs { ["os.exit(…, true)"] = "os.exit(true, true)", ["an error"] = "error('out')" } do
    helpers.bare_linux_it("is overwritten when the script ends by " .. how, function()
      local output = helpers.run_script(at_the_limit .. "late.looks = true " .. text,
        "VMEM_COMMIT=plain; export VMEM_COMMIT;")
      assert.equal("zeros\tA\n", output:match("[^\n]*\n$"))
    end)
  end
end)
