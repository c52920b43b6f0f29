-- Methods of views that touch many elements at once.
local element_types = require "element_types"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local NAN = 0 / 0

-- Counts of elements for single moves, for lanes, and for many rounds of lanes.
local COUNTS = { 0, 1, 2, 3, 63, 64, 65, 66, 127, 128, 129, 1000 }

for _, type in ipairs(element_types) do
  local name, format, size, floats = type.name, type.format, type.size, type.floats
  local least, most = type.least, type.most

  describe("a view of " .. name, function()
    helpers.no_regions_left()
    local region

    before_each(function() region = vmem.allocate(16 * P) end)
    after_each(function() region:release() end)

    it("sums up what a loop sums up", function()
      math.randomseed(1)
      for _, count in ipairs(COUNTS) do
        local values = element_types.random(type, count)
        local view = region:view(name, 3, count):set(1, table.unpack(values))
        local sum = floats and 0.0 or 0
        for _, value in ipairs(values) do sum = sum + value end
        assert.equal(sum, view:sum())
        assert.equal(math.type(sum), math.type(view:sum()))
      end
    end)

    it("sums up many of its largest and smallest values", function()
      local count = 64 * 65536 + 100
      local large <close> = vmem.allocate(count * size)
      for _, value in ipairs { least, most } do
        assert.equal(count * value, large:view(name, 0, count):fill(value):sum())
      end
    end)

    it("knows its smallest and largest element, wherever they are", function()
      for _, count in ipairs { 1, 2, 3, 65, 130, 200 } do
        local view = region:view(name, 1, count)
        for i = 1, count, count // 40 + 1 do
          view:fill(7)[i] = 3
          assert.same({ 3, count > 1 and 7 or 3 }, { view:minmax() })
          view:fill(7)[i] = 9
          assert.same({ count > 1 and 7 or 9, 9 }, { view:minmax() })
        end
        view:fill(7)[count] = most
        view[1] = least
        assert.same({ least, count > 1 and most or least }, { view:minmax() })
      end
    end)

    it("is filled to its last element, and not beyond", function()
      for _, value in ipairs { 0, 1, most, least } do
        for _, count in ipairs { 1, 2, 3, 100, 4096 // size, 4096 // size + 1, 10000 // size } do
          region:fill(0, region.size, 46)
          region:view(name, 3, count):fill(value)
          assert.equal("..." .. format:pack(value):rep(count) .. "...", region:read(0, count * size + 6))
        end
      end
    end)

    it("copies from others of its type", function()
      local other <close> = vmem.allocate(P)
      local values = element_types.random(type, 10)
      local source = other:view(name, 5, 10):set(1, table.unpack(values))
      local view = region:view(name, 2, 12):fill(1)
      assert.equal(view, view:copy(source))
      assert.same(values, { view:get(1, 10) })
      assert.same({ 1, 1 }, { view:get(11, 12) })
      assert.equal("\0\0", region:read(0, 2))
      assert.equal("\0", region:read(2 + 12 * size, 1))
    end)

    it("sets many values, in whatever form they come", function()
      local values = element_types.random(type, 2000)
      local view = region:view(name, 1):set(2, table.unpack(values))
      assert.same(values, { view:get(2, 2001) })
      view:set(1, 1, 2.0, 3)
      assert.same({ 1, 2, 3 }, { view:get(1, 3) })
      assert.equal(floats and "float" or "integer", math.type(view[2]))
      helpers.raises("value must be ", view.set, view, 1, 4, 5, "6")
      assert.same({ 1, 2, 3 }, { view:get(1, 3) })
    end)
  end)
end

describe("view:sum", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(P) end)
  after_each(function() region:release() end)

  it("wraps around, as Lua's integers do", function()
    for _, name in ipairs { "i64", "u64" } do
      local view = region:view(name, 0, 3):set(1, math.maxinteger, 1, 1)
      assert.equal(math.mininteger + 1, view:sum())
    end
  end)

  it("adds floats up as doubles", function()
    assert.equal(2.0 ^ 24 + 2, region:view("f32", 0, 3):set(1, 2.0 ^ 24, 1, 1):sum())
    assert.equal(2 * (2.0 ^ 127), region:view("f32", 0, 2):fill(2.0 ^ 127):sum())
  end)

  for _, case in ipairs {
    { "an infinity with one", { 1, math.huge, 2 }, math.huge },
    { "NaN with infinities of both signs", { math.huge, -math.huge }, NAN },
    { "NaN with a NaN", { 1, NAN, 2 }, NAN },
    { "infinity when it grows too large", { 1e308, 1e308 }, math.huge },
  } do
    local what, values, expected = table.unpack(case)
    it("of floats is " .. what, function()
      local sum = region:view("f64", 0, #values):set(1, table.unpack(values)):sum()
      assert.equal(tostring(expected):gsub("^-", ""), tostring(sum):gsub("^-", ""))
    end)
  end
end)

describe("view:minmax", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(P) end)
  after_each(function() region:release() end)

  it("is nil, nil without elements", function()
    for _, type in ipairs(element_types) do
      assert.same({ n = 2 }, table.pack(region:view(type.name, 0, 0):minmax()))
      assert.same({ n = 2 }, table.pack(region:view(type.name, P):minmax()))
    end
  end)

  it("compares u64 as unsigned", function()
    local view = region:view("u64", 0, 4):set(1, math.mininteger, 1, -1, math.maxinteger)
    assert.same({ 1, -1 }, { view:minmax() })
  end)

  it("passes over NaN", function()
    for _, name in ipairs { "f32", "f64" } do
      for count = 1, 200, 9 do
        local view = region:view(name, 1, count):fill(NAN)
        assert.same({ n = 2 }, table.pack(view:minmax()))
        for _, i in ipairs { 1, count // 2 + 1, count } do
          view:fill(NAN)[i] = -2.5
          assert.same({ -2.5, -2.5 }, { view:minmax() })
        end
        view:fill(4)[1] = NAN
        view[count] = NAN
        if count > 2 then assert.same({ 4, 4 }, { view:minmax() }) end
      end
    end
  end)

  it("takes infinities for the numbers they are", function()
    local view = region:view("f64", 0, 3)
    assert.same({ -math.huge, math.huge }, { view:set(1, math.huge, -math.huge, NAN):minmax() })
    assert.same({ math.huge, math.huge }, { view:fill(math.huge):minmax() })
  end)
end)

describe("view:copy", function()
  helpers.no_regions_left()
  local region

  before_each(function()
    region = vmem.allocate(P)
    region:write(0, "abcdefghijkl")
  end)

  after_each(function() region:release() end)

  for _, case in ipairs {
    { "forwards", 4, 0, "abcdabcdefgh" },
    { "backwards", 0, 4, "efghijklijkl" },
    { "forwards, by less than an element", 1, 0, "aabcdefghjkl" },
    { "onto itself", 2, 2, "abcdefghijkl" },
  } do
    local what, to, from, expected = table.unpack(case)
    it("may overlap, " .. what, function()
      region:view("u32", to):copy(region:view("u32", from, 2))
      assert.equal(expected, region:read(0, 12))
    end)
  end

  it("of nothing does nothing", function()
    for _, offset in ipairs { 0, P } do
      local empty = region:view("u8", offset, 0)
      assert.equal(empty, empty:copy(empty))
      region:view("u8"):copy(empty)
    end
    assert.equal("abcdefghijkl", region:read(0, 12))
  end)

  it("refuses a view that is longer", function()
    local view = region:view("u8", 0, 5)
    helpers.raises("cannot copy 6 elements into a view of 5", view.copy, view, region:view("u8", 6, 6))
    assert.equal("abcdefghijkl", region:read(0, 12))
  end)

  it("refuses a view of another type, and says what can be done", function()
    local view = region:view("u8")
    for _, name in ipairs { "i8", "f64" } do
      local message = ("cannot copy from a view of %s into one of u8: set the elements one by one, or copy "
        .. "the bytes with region:copy"):format(name)
      helpers.raises(message, view.copy, view, region:view(name, 0, 1))
    end
  end)
end)

describe("view:get", function()
  helpers.no_regions_left()

  it("gives nil for what is before the view and behind it", function()
    local region <close> = vmem.allocate(P)
    local view = region:view("i16", 0, 3):set(1, 7, 8, 9)
    assert.same({ nil, nil, 7, 8, 9, nil, n = 6 }, table.pack(view:get(-1, 4)))
    assert.same({ n = 2 }, table.pack(view:get(4, 5)))
    assert.same({ n = 2 }, table.pack(view:get(-1, 0)))
    assert.same({ n = 1 }, table.pack(view:get(math.mininteger)))
    assert.same({ n = 1 }, table.pack(view:get(math.maxinteger)))
  end)
end)
