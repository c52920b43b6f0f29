-- Placeholders split, replaced, given back and coalesced at random, against a naive model page by page.

local helpers = require "helpers"
local vmem = require "vmem"
local w = require "vmem.win32"

local P <const> = vmem.page_size
local PAGES <const> = math.max(3 * vmem.allocation_granularity // P, 24)

local R <const>, C <const>, REL <const> = w.MEM_RESERVE, w.MEM_COMMIT, w.MEM_RELEASE
local HOLD <const>, REPLACE <const> = w.MEM_RESERVE_PLACEHOLDER, w.MEM_REPLACE_PLACEHOLDER
local PRESERVE <const>, COALESCE <const> = w.MEM_PRESERVE_PLACEHOLDER, w.MEM_COALESCE_PLACEHOLDERS
local NA <const>, RW <const>, RO <const> = w.PAGE_NOACCESS, w.PAGE_READWRITE, w.PAGE_READONLY

--- For each page from 0 to PAGES - 1 the allocation that holds it, or false; its protection if it is
--- committed, or false; and whether it was written.
local function new_model() return { of = {}, protect = {}, bytes = {} } end

local function allocate(model, first, count, kind, protect, committed)
  local allocation = { first = first, count = count, kind = kind, protect = protect }
  for i = first, first + count - 1 do
    model.of[i], model.protect[i], model.bytes[i] = allocation, committed and protect or false, false
  end
end

--- What is left of an allocation beside [first, first + count) becomes two of their own, as they are.
local function cut(model, allocation, first, count)
  local function rest(from, to)
    if from >= to then return end
    local part = { first = from, count = to - from, kind = allocation.kind, protect = allocation.protect }
    for i = from, to - 1 do model.of[i] = part end
  end
  rest(allocation.first, first)
  rest(first + count, allocation.first + allocation.count)
end

local function is_whole(model, first, count)
  local allocation = model.of[first]
  return allocation and allocation.first == first and allocation.count == count and allocation
end

local function is_within(model, first, count)
  local allocation = model.of[first]
  return allocation and first + count <= allocation.first + allocation.count and allocation
end

local function all_placeholders(model, first, count)
  local pieces, i = 0, first
  if not model.of[first] or model.of[first].first ~= first then return false end
  while i < first + count do
    local allocation = model.of[i]
    if not allocation or allocation.kind ~= "placeholder" then return false end
    pieces, i = pieces + 1, i + allocation.count
  end
  return i == first + count and pieces > 1
end

local function all_free(model, first, count)
  for i = first, first + count - 1 do
    if i >= PAGES or model.of[i] then return false end
  end
  return true
end

--- Each gives whether the call must succeed, its result, and what it does to the model.
local RELEASE <const> = 4
local operations = {
  function(model, base, first, count) -- split, or give back
    local allocation = is_within(model, first, count)
    local may = allocation and allocation.kind ~= "plain"
      and not (allocation.kind == "placeholder" and allocation.count == count)
    return may, w.VirtualFree(base + first * P, count * P, REL | PRESERVE), function()
      cut(model, allocation, first, count)
      allocate(model, first, count, "placeholder", NA, false)
    end
  end,
  function(model, base, first, count)
    return all_placeholders(model, first, count), w.VirtualFree(base + first * P, count * P, REL | COALESCE),
      function() allocate(model, first, count, "placeholder", NA, false) end
  end,
  function(model, base, first, count, coin)
    local allocation = is_whole(model, first, count)
    local may = allocation and allocation.kind == "placeholder"
    local type = coin and R | C | REPLACE or R | REPLACE
    return may, w.VirtualAlloc2(nil, base + first * P, count * P, type, RW), function()
      allocate(model, first, count, "replaced", RW, coin)
    end
  end,
  function(model, base, first)
    local allocation = model.of[first]
    local may = allocation and allocation.first == first
    return may, w.VirtualFree(base + first * P, 0, REL), function()
      for i = first, first + allocation.count - 1 do
        model.of[i], model.protect[i], model.bytes[i] = false, false, false
      end
    end
  end,
  function(model, base, first, count, coin)
    local allocation = is_within(model, first, count)
    local may, protect = allocation and allocation.kind ~= "placeholder", coin and RW or RO
    return may, w.VirtualAlloc(base + first * P, count * P, C, protect), function()
      for i = first, first + count - 1 do model.protect[i] = protect end
    end
  end,
  function(model, base, first, count)
    local done = w.VirtualFree(base + first * P, count * P, w.MEM_DECOMMIT)
    return is_within(model, first, count), done, function()
      for i = first, first + count - 1 do model.protect[i], model.bytes[i] = false, false end
    end
  end,
  function(model, base, first, count, coin) -- a reservation of free addresses, at a granule
    local granule = vmem.allocation_granularity // P
    first = first // granule * granule
    return all_free(model, first, count), w.VirtualAlloc2(nil, base + first * P, count * P,
      coin and R | HOLD or R, NA), function()
      allocate(model, first, count, coin and "placeholder" or "plain", NA, false)
    end
  end,
  function(model, base, first)
    local may = model.protect[first] == RW
    local done = pcall(vmem.write, base + first * P, "x")
    return may, done, function() model.bytes[first] = true end
  end,
}

local function same(page, what, wanted, found)
  if wanted ~= found then error(("page %d: %s is %s, not %s"):format(page, what, found, wanted)) end
end

local function check(model, base)
  local i = 0
  while i < PAGES do
    local allocation, protect = model.of[i], model.protect[i]
    local found = w.VirtualQuery(base + i * P)
    local last = i
    while last + 1 < PAGES and model.of[last + 1] == allocation and model.protect[last + 1] == protect do
      last = last + 1
    end
    same(i, "RegionSize", (last + 1 - i) * P, found.RegionSize)
    same(i, "AllocationBase", allocation and base + allocation.first * P or 0, found.AllocationBase)
    same(i, "AllocationProtect", allocation and allocation.protect or 0, found.AllocationProtect)
    local state = not allocation and w.MEM_FREE or protect and C or R
    same(i, "State", state, found.State)
    same(i, "Protect", protect or allocation and 0 or NA, found.Protect)
    for page = i, last do
      if protect then same(page, "byte", model.bytes[page] and "x" or "\0", vmem.read(base + page * P, 1)) end
    end
    i = last + 1
  end
end

describe("placeholders", function()
  helpers.no_regions_left()

  -- A placeholder that stays keeps the region, else another could take its place in between.
  for seed = 1, 10 do
    it("are what a model of their pages says, " .. seed, function()
      math.randomseed(seed)
      local base = assert(w.VirtualAlloc2(nil, nil, (PAGES + 1) * P, R | HOLD, NA))
      assert.is_true(w.VirtualFree(base, PAGES * P, REL | PRESERVE))
      local model = new_model()
      allocate(model, 0, PAGES, "placeholder", NA, false)
      local done = 0
      for _ = 1, 200 do
        local first, count = math.random(0, PAGES - 1), math.random(1, 8)
        local allocation = model.of[first]
        if allocation and math.random(2) == 1 then first, count = allocation.first, allocation.count end
        local next_one = model.of[first + count]
        if next_one and math.random(3) == 1 then count = count + next_one.count end
        count = math.min(count, PAGES - first)
        local operation = math.random(2, #operations)
        if operation == RELEASE and math.random(5) > 1 then operation = 1 end
        local may, result, apply = operations[operation](model, base, first, count, math.random(2) == 1)
        local what = ("operation %d at %d, %d pages"):format(operation, first, count)
        assert.equal(not not may, not not result, what)
        if may then
          apply()
          done = done + 1
        end
        check(model, base)
      end
      assert.is_true(done > 15)
      for i = 0, PAGES - 1 do
        if model.of[i] and model.of[i].first == i then assert.is_true(w.VirtualFree(base + i * P, 0, REL)) end
      end
      assert.is_true(w.VirtualFree(base + PAGES * P, 0, REL))
    end)
  end

  helpers.section_it("hold views that behave as others do, wherever in their region they lie", function()
    local G <const> = vmem.allocation_granularity
    local base = assert(w.VirtualAlloc2(nil, nil, 4 * G, R | HOLD, NA))
    for i = 0, 2 do assert.is_true(w.VirtualFree(base + i * G, G, REL | PRESERVE)) end
    local this <const> = w.GetCurrentProcess()
    local memory <close> = w.CreateFileMapping(-1, RW, G)
    local reserved <close> = w.CreateFileMapping(-1, RW | w.SEC_RESERVE, 2 * G)
    local function map(section, i, from, protect)
      assert.equal(base + i * G, w.MapViewOfFile3(section, nil, base + i * G, from, G, REPLACE, protect))
    end
    map(memory, 1, 0, RW)
    map(memory, 2, 0, w.PAGE_WRITECOPY)
    vmem.write(base + G, "shared")
    vmem.write(base + 2 * G, "mine")
    assert.equal("shared", vmem.read(base + G, 6))
    assert.equal(RW, w.VirtualQuery(base + 2 * G).Protect)          -- of the page that was written
    assert.equal(w.PAGE_WRITECOPY, w.VirtualQuery(base + 2 * G + P).Protect)
    assert.is_true(w.FlushViewOfFile(base + G, 0))
    assert.same({ true, RW }, { w.VirtualProtect(base + G, P, RO) })
    assert.equal(RO, w.VirtualQuery(base + G).Protect)
    assert.is_false(pcall(vmem.write, base + G, "x"))
    assert.is_true(w.UnmapViewOfFile2(this, base + G, PRESERVE))
    map(reserved, 1, G, RW)
    map(reserved, 3, G, RW)
    assert.equal(R, w.VirtualQuery(base + G).State)
    assert.equal(base + G + P, w.VirtualAlloc(base + G + P, P, C, RW))
    vmem.write(base + G + P, "both")
    assert.equal("both", vmem.read(base + 3 * G + P, 4))
    assert.equal(R, w.VirtualQuery(base + 3 * G).State)
    for i = 1, 3 do assert.is_true(w.UnmapViewOfFile2(this, base + i * G, PRESERVE)) end
    assert.is_true(w.VirtualFree(base, 4 * G, REL | COALESCE))
    assert.is_true(w.VirtualFree(base, 0, REL))
  end)

  it("end with their last piece, and leave nothing in the book", function()
    local base = w.VirtualAlloc2(nil, nil, 4 * P, R | HOLD, NA)
    local gone = setmetatable({ vmem.at(base) }, { __mode = "v" })
    for i = 0, 2 do assert.is_true(w.VirtualFree(base + i * P, P, REL | PRESERVE)) end
    for i = 0, 3 do assert.is_true(w.VirtualFree(base + i * P, 0, REL)) end
    assert.is_nil(vmem.at(base))
    collectgarbage()
    collectgarbage()
    assert.is_nil(gone[1])
  end)

  it("are kept although nothing but a number tells of them", function()
    local base = w.VirtualAlloc2(nil, nil, 4 * P, R | HOLD, NA)
    collectgarbage()
    assert.equal(base, w.VirtualQuery(base).AllocationBase)
    assert.is_true(w.VirtualFree(base, 0, REL))
  end)
end)
