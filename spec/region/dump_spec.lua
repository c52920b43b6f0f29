-- region:dump: bytes as text, whatever the pages allow, without touching any that do not.

local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local UNIT = helpers.attach_unit or P

--- The dump without addresses, which differ: they count from the region's base.
local function dump(region, ...)
  local function distance(digits) return ("+%x"):format(tonumber(digits, 16) - region.base) end
  return (region:dump(...):gsub("0x(%x+)", distance))
end

local ZEROS <const> = "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|"

local function marks(mark)
  local eight = (mark .. " "):rep(8)
  return eight .. " " .. eight .. " |" .. (" "):rep(16) .. "|"
end

--- What was never written is not read where the system tells what that is, as Linux does.
local function brings_no_more_than_find(dumped, other)
  other:find "x"
  local resident = dumped:resident()
  assert.is_true(resident == nil or resident <= other:resident())
  if vmem.system == "linux" and helpers.tells_areas then assert.equal(0, resident) end
end

describe("region:dump", function()
  file_kit.leaves_nothing()

  it("shows addresses, hex and text, and begins each run with its offset and what it is", function()
    local region <close> = assert(vmem.reserve(4 * P))
    region:commit(P, P):write(P + 3, "hello\n\127\128é")
    assert.equal(table.concat({
      "+0  " .. marks "--" .. "  offset 0: reserved", "*",
      ("+%x  00 00 00 68 65 6c 6c 6f  0a 7f 80 c3 a9 00 00 00  |...hello........|  offset %d: committed rw")
        :format(P, P),
      ("+%x  "):format(P + 16) .. ZEROS, "*",
      ("+%x  "):format(2 * P) .. marks "--" .. ("  offset %d: reserved"):format(2 * P), "*",
      ("+%x"):format(4 * P),
    }, "\n"), dump(region))
  end)

  it("begins and ends at any byte, and leaves blank what lies beside", function()
    local region <close> = assert(vmem.allocate(P)):write(0, "0123456789abcdefghijklmnopqrstuvwxyz")
    local blank = (" "):rep(3)
    assert.equal("+0  " .. blank:rep(5) .. "35 36 37  " .. blank:rep(8) .. " |     567        |"
      .. "  offset 5: committed rw\n+8", dump(region, 5, 3))
    assert.equal("+10  " .. blank:rep(2) .. "69 6a " .. blank:rep(4) .. " " .. blank:rep(8)
      .. " |  ij            |  offset 18: committed rw\n+14", dump(region, 18, 2))
    assert.equal("+5", dump(region, 5, 0))
    assert.equal(("+%x"):format(P), dump(region, P))
  end)

  -- What is done to page 2 of 3, and what its first line then is.
  local kinds = {
    { "none", function(r) assert(r:protect(P, P, "none")) end, marks "##", "committed none: no access" },
    { "a guard page", function(r) assert(r:protect(P, P, "r+guard")) end, marks "!!",
      "committed r+guard: the next access takes the guard off" },
    { "a device", function(r) assert(r:decommit(P, P) and r:trap(P, P, { read = error, write = error })) end,
      marks "--", "reserved, a device: trap rw" },
    { "ROM that a trap watches",
      function(r) assert(r:protect(P, P, "r") and r:trap(P, P, { write = error })) end, ZEROS,
      "committed r, trap w" },
    { "reserved", function(r) assert(r:decommit(P, P)) end, marks "--", "reserved" },
  }
  for _, kind in ipairs(kinds) do
    it(("says that a page is %s, and asks nobody and changes nothing"):format(kind[1]), function()
      local region <close> = assert(vmem.allocate(3 * P))
      kind[2](region)
      region:on_fault(function() error "a handler was asked" end)
      local before, faults = tostring(region:runs()), 0
      vmem.on_fault(function() faults = faults + 1 end)
      local lines = {}
      for line in dump(region):gmatch "[^\n]+" do lines[#lines + 1] = line end
      vmem.on_fault(nil)
      assert.equal(("+%x  %s  offset %d: %s"):format(P, kind[3], P, kind[4]), lines[3])
      assert.equal(0, faults)
      assert.equal(before, tostring(region:runs()))
      region:on_fault(nil)
    end)
  end

  it("commits nothing where a touch commits, and gives no page of a lazy region memory", function()
    local region <close> = assert(vmem.reserve(16 * P, { touch = "commit", around = 4 }))
    region:dump()
    assert.equal(0, region.committed)
    local lazy <close>, _, code = vmem.allocate(64 * P, { lazy = true })
    if not lazy then return assert.equal("not_supported", code) end
    lazy:dump()
    local other <close> = assert(vmem.allocate(64 * P, { lazy = true }))
    brings_no_more_than_find(lazy, other)
  end)

  it("is no event of a recording", function()
    local region <close> = assert(vmem.allocate(2 * P))
    local recording <close> = require("vmem.recorder").start { reads = true, writes = true }
    region:dump()
    assert.equal(0, #recording)
  end)

  it("ends after 32 lines where no size is asked for, and says how to go on", function()
    local region <close> = assert(vmem.allocate(4 * P))
    for i = 0, 4 * P - 4, 4 do region:pack(i, "<I4", i) end
    local text = dump(region, 8)
    assert.equal(32, select(2, text:gsub("\n", "")))
    assert.equal("+200  and so on: region:dump(512)", text:match "[^\n]*$")
    assert.equal("+200 ", region:dump(512) and dump(region, 512):match "^+%x+ ")
    local all = dump(region, 0, 1024)
    assert.equal(1024 // 16, select(2, all:gsub("\n", "")))
    assert.equal("+400", all:match "[^\n]*$")
  end)

  local title = "takes no time for addresses without memory, nor for memory that was never written"
  helpers.vast_it(title, function()
    local region <close> = assert(vmem.reserve(1 << 40))
    region:commit((1 << 39) // P * P, P):write((1 << 39) // P * P, "far")
    assert.truthy(dump(region):find "66 61 72 00")
    assert.equal(7, select(2, dump(region, 0, 1 << 40):gsub("\n", "")))
    local large <close> = assert(vmem.allocate(1 << 28))
    assert.equal("+0  " .. ZEROS .. "  offset 0: committed rw\n*\n+10000000", dump(large))
    local other <close> = assert(vmem.allocate(1 << 28))
    brings_no_more_than_find(large, other)
  end)

  for word, guard in pairs { ["with a"] = true, ["without a"] = false } do
    file_kit.it(("shows what a file %s guard has lost, and leaves it as it is"):format(word), function()
      local path = file_kit.path_of(("A"):rep(2 * UNIT))
      local section <close> = assert(vmem.section(path, "r+", { guard = guard }))
      local region <close> = assert(vmem.reserve(2 * UNIT))
      assert(region:attach(section))
      region:on_fault(function() error "a handler was asked" end)
      file_kit.truncate(path, UNIT)
      local before = tostring(region:runs())
      assert.equal(table.concat({
        "+0  " .. (("41 "):rep(8) .. " "):rep(2) .. "|" .. ("A"):rep(16)
          .. "|  offset 0: committed rw, mapped", "*",
        ("+%x  %s  offset %d: lost: its file has become shorter"):format(UNIT, marks "??", UNIT), "*",
        ("+%x"):format(2 * UNIT),
      }, "\n"), dump(region))
      assert.equal(before, tostring(region:runs()))
      region:on_fault(nil)
    end)
  end

  it("needs a region that is not released", function()
    local region = assert(vmem.reserve(P))
    region:release()
    helpers.raises("region is released", region.dump, region)
    assert.has_error(function() region.dump({}) end)
  end)
end)
