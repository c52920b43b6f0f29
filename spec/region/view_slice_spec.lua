-- Views that count from another number than 1, the options of region:view, and slices.
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("a view that counts from 0", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(4 * P) end)
  after_each(function() region:release() end)

  it("has an emulator's memory under its addresses", function()
    local memory = region:view("u8", { from = 0 })
    local words = region:view("u16le", { from = 0, stride = 1 }) -- at any address
    memory[0xfffc % #memory], memory[0x0fff], memory[0x1000 % #memory] = 0x12, 0x34, 0x56
    assert.equal(0x5634, words[0x0fff])
    words[0x0101] = 0xbeef
    assert.same({ 0xef, 0xbe }, { memory:get(0x0101, 0x0102) })
    assert.same({ #memory, #memory - 1 }, { #memory, #words })
    assert.is_nil(words[#words])
  end)

  it("has its first element at 0, and none at its count", function()
    local view = region:view("i16", 2, 3, { from = 0 }):set(0, 7, 8, 9)
    assert.same({ 7, 8, 9 }, { view[0], view[1], view[2] })
    for _, i in ipairs { -1, 3, math.maxinteger, math.mininteger } do
      assert.is_nil(view[i])
      helpers.raises(("index %d is outside the view, which has 3 elements from 0 on"):format(i),
        function() view[i] = 1 end)
    end
    assert.same({ nil, 7, 8, 9, nil, n = 5 }, table.pack(view:get(-1, 3)))
    helpers.raises("2 values from index 2 on run past the view's end", view.set, view, 2, 1, 1)
    assert.equal("7 8 9", table.concat(view, " ", 0, 2))
  end)

  it("may count from the address where a bank is seen", function()
    local rom = region:view("u8", P, P, { from = 0xc000 })
    region:write(P, "first")
    assert.equal(("f"):byte(), rom[0xc000])
    assert.is_nil(rom[0xbfff])
    assert.is_nil(rom[0xc000 + P])
    assert.equal(0xc000, (next { [0xc000] = true }))
    local i, value = pairs(rom)(rom, select(3, pairs(rom)))
    assert.same({ 0xc000, ("f"):byte() }, { i, value })
  end)

  it("says so, and what its stride is", function()
    local packed = region:view("u16be", 6, 4, 14)
    assert.same({ "u16be", 6, 14, 1 }, { packed.type, packed.offset, packed.stride, packed.from })
    assert.equal(("vmem.view of 4 u16be at 0x%x, stride 14"):format(region.base + 6), tostring(packed))
    local plain = region:view("u32", 4, 1, { from = 0 })
    assert.same({ "u32", 4, 4, 0 }, { plain.type, plain.offset, plain.stride, plain.from })
    assert.equal(("vmem.view of 1 u32 at 0x%x, from 0 on"):format(region.base + 4), tostring(plain))
    assert.equal(("vmem.view of 2 u8 at 0x%x, stride 2, from 5 on"):format(region.base),
      tostring(region:view("u8", 0, 2, { stride = 2, from = 5 })))
  end)
end)

describe("the options of a view", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(4 * P) end)
  after_each(function() region:release() end)

  it("stand behind any of the other arguments", function()
    for n = 1, 4 do
      local arguments = table.pack(table.unpack({ "u8", 1, 2, 3 }, 1, n))
      local plain = region:view(table.unpack(arguments))
      arguments[n + 1] = { from = 0 }
      local view = region:view(table.unpack(arguments))
      assert.same({ plain.offset, #plain, plain.stride }, { view.offset, #view, view.stride })
      assert.same({ 1, 0 }, { plain.from, view.from })
    end
    assert.equal(9, region:view("u8", nil, nil, { stride = 9.0 }).stride)
    assert.equal(1, region:view("u8", {}).from)
    assert.equal(0, region:view("u8", 1, { from = 0 }, nil, nil).from)
  end)

  it("are no options where something follows them", function()
    helpers.raises("offset must be an integer, not table", region.view, region, "u8", { from = 0 }, 5)
    helpers.raises("options must be a table, not number", region.view, region, "u8", 0, 1, 1, 0)
  end)

  it("say each thing once", function()
    helpers.raises("stride is both an argument and an option", region.view, region, "u8", 0, 1, 2,
      { stride = 2 })
    helpers.raises("option 'form' is unknown; there are from and stride", region.view, region, "u8",
      { form = 0 })
  end)

  it("are read without metamethods", function()
    local options = setmetatable({}, { __index = error, __pairs = error, __len = error })
    assert.equal(1, region:view("u8", options).stride)
  end)
end)

describe("view:slice", function()
  helpers.no_regions_left()
  local region, view

  before_each(function()
    region = vmem.allocate(4 * P)
    view = region:view("u16be", 3, 10, 7, { from = 0 })
    for i = 0, 9 do view[i] = i * i end
  end)

  after_each(function() region:release() end)

  it("is a view of the same elements, which counts like its origin", function()
    local slice = view:slice(3, 5)
    assert.same({ "u16be", 24, 7, 0 }, { slice.type, slice.offset, slice.stride, slice.from })
    assert.equal(region, slice.region)
    assert.same({ 9, 16, 25 }, { slice:get(0, #slice - 1) })
    slice[1] = 100
    assert.equal(100, view[4])
    assert.is_nil(slice[3])
    assert.equal(49 + 64 + 81, view:slice(7):sum())
    assert.same({ 36, 36 }, { view:slice(2):slice(4, 4):minmax() })
    assert.same({ 1, 4 }, { region:view("u16be", 3, 10, 7):slice(2, 3):get(1, 2) })
  end)

  it("may be empty, at each place up to the end", function()
    for i = 0, 10 do
      local empty = view:slice(i, i - 1)
      assert.equal(0, #empty)
      assert.equal(empty, empty:fill(1):copy(empty))
      assert.same({ 0, n = 1 }, table.pack(empty:sum()))
      assert.same({ n = 2 }, table.pack(empty:minmax()))
      assert.equal(0, #empty:slice(0))
    end
    assert.equal(0, #view:slice(10))
    assert.equal(0, #region:view("u8", 4 * P):slice(1))
    local far = region:view("u8", 4 * P - 1, 1, (1 << 32) - 1)
    assert.equal(0, #far:slice(2):fill(1))
  end)

  it("is refused where an element is not in the view", function()
    for _, case in ipairs { { -1, 3 }, { 0, 10 }, { 10, 10 }, { 11 }, { 5, 3 }, { 0, math.maxinteger },
      { math.mininteger, 0 }, { math.mininteger, math.maxinteger }, { math.maxinteger, math.mininteger } } do
      local i, j = case[1], case[2] or 9
      local message = ("elements %d to %d are not all in the view, which has 0 to 9"):format(i, j)
      helpers.raises(message, view.slice, view, table.unpack(case))
    end
  end)

  it("keeps the region, and ends with it", function()
    local slice
    do
      local other = vmem.allocate(P)
      other:write(0, "x")
      slice = other:view("u8"):slice(1, 3)
    end
    collectgarbage()
    assert.equal(("x"):byte(), slice[1])
    slice.region:release()
    helpers.raises("region is released", function() return slice[1] end)
    helpers.raises("region is released", slice.slice, slice, 1)
  end)

  it("takes no memory but for itself", function()
    local large <close> = assert(vmem.allocate(1 << 20))
    local bytes = large:view "u8"
    bytes:slice(1)
    collectgarbage()
    local before = collectgarbage "count"
    local slice = bytes:slice(1)
    assert.is_true(collectgarbage "count" - before < 1)
    assert.equal(1 << 20, #slice)
  end)
end)
