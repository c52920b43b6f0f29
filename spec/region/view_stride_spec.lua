-- Views whose elements are apart or lie over each other, of every type, against string.pack, element by
-- element, in a region of the same contents.
local element_types = require "element_types"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size
local SIZE = 16 * P

--- Strides for elements of a size: over each other, side by side, with gaps, a page apart, and more.
local function strides(size)
  return { 1, math.max(1, size - 1), size, size + 1, 14, P - 1, P, P + 1, 3 * P }
end

for _, type in ipairs(element_types) do
  local name, size = type.name, type.size

  describe("a view of " .. name, function()
    helpers.no_regions_left()
    local region, twin

    before_each(function()
      math.randomseed(size)
      region, twin = vmem.allocate(SIZE), vmem.allocate(SIZE)
      local words = {}
      for i = 1, 512 do words[i] = ("i8"):pack(math.random(0)) end
      for offset = 0, SIZE - 4096, 4096 do region:write(offset, table.concat(words)) end
      twin:copy(0, 0, SIZE, region)
    end)

    after_each(function()
      region:release()
      twin:release()
    end)

    --- The twin's elements, by string.unpack: of a view of five elements from byte 3 on.
    local function unpacked(stride)
      local list = {}
      for k = 1, 5 do list[k] = type.format:unpack(twin:read(3 + (k - 1) * stride, size)) end
      return list
    end

    --- Stores list[1], list[2], … in the twin, by string.pack, from such a view's element `first` on.
    local function pack(stride, first, list)
      for k, value in ipairs(list) do twin:write(3 + (first + k - 2) * stride, type.format:pack(value)) end
    end

    --- Calls fn(view, stride, first index) for each stride; afterwards all bytes are those of the twin.
    local function each(fn)
      for _, stride in ipairs(strides(size)) do
        for _, from in ipairs { 1, 0, 0x8000, (1 << 32) - 1 } do
          fn(region:view(name, 3, 5, stride, { from = from }), stride, from)
          assert.equal(0, (region:compare(0, 0, SIZE, twin)), ("stride %d, from %d"):format(stride, from))
        end
      end
    end

    --- As bytes, so that a NaN is like itself.
    local function same(expected, list)
      local format = type.format:rep(#expected)
      assert.equal(format:pack(table.unpack(expected)), format:pack(table.unpack(list)))
      for _, value in ipairs(list) do
        if math.type(value) ~= (type.floats and "float" or "integer") then error(math.type(value)) end
      end
    end

    it("with a stride is read as string.unpack reads", function()
      each(function(view, stride, from)
        local expected, list, walked = unpacked(stride), {}, {}
        for k = 1, 5 do list[k] = view[from + k - 1] end
        same(expected, list)
        same(expected, { view:get(from, from + 4) })
        for i, value in pairs(view) do
          walked[#walked + 1] = i == from + #walked and value or nil
        end
        same(expected, walked)
      end)
    end)

    it("with a stride is written as string.pack writes, and gaps are not", function()
      each(function(view, stride, from)
        local values = element_types.random(type, 5)
        for k = 1, 5 do view[from + k - 1] = values[k] end
        pack(stride, 1, values)
      end)
      each(function(view, stride, from)
        local values = element_types.random(type, 3)
        assert.equal(view, view:set(from + 1, table.unpack(values)))
        pack(stride, 2, values)
      end)
      each(function(view, stride, from) -- not all of them are numbers of the type's kind
        view:set(from, 1.0, 2, 3.0)
        pack(stride, 1, { 1.0, 2, 3.0 })
      end)
      each(function(view, stride)
        local value = element_types.random(type, 1)[1]
        assert.equal(view, view:fill(value))
        pack(stride, 1, { value, value, value, value, value })
      end)
    end)

    it("with a stride has a sum, and a least and a greatest element", function()
      local less = type.number == "u64" and math.ult or function(a, b) return a < b end
      for _, stride in ipairs { size, size + 1, 3 * size } do
        for _, count in ipairs { 1, 2, 63, 64, 65, 512, 513, 2000 } do
          local view = region:view(name, 1, count, stride, { from = 0 })
          local values = element_types.random(type, count)
          view:set(0, table.unpack(values))
          local sum, least, most = type.floats and 0.0 or 0, values[1], values[1]
          for _, value in ipairs(values) do
            sum = sum + value
            if less(value, least) then least = value end
            if less(most, value) then most = value end
          end
          assert.equal(sum, view:sum())
          assert.same({ least, most }, { view:minmax() })
        end
      end
    end)

    if type.floats then
      it("passes over NaN, however many there are before a number", function()
        for _, count in ipairs { 1, 64, 65, 512, 1025, 3000 } do
          local view = region:view(name, 1, count, size + 1):fill(0 / 0)
          assert.same({ n = 2 }, table.pack(view:minmax()))
          view[count] = -2.5
          assert.same({ -2.5, -2.5 }, { view:minmax() })
        end
      end)
    end

    it("copies from views of the same kind of number, in any order of bytes", function()
      for _, other in ipairs(element_types) do
        if other.number == type.number then
          for _, pair in ipairs { { size, size }, { 14, size }, { size, 14 }, { 14, 14 }, { P + 1, 9 },
            { 1, 1 } } do
            local values = element_types.random(type, 5)
            local source = region:view(other.name, 8 * P, 5, math.max(pair[2], size))
            source:set(1, table.unpack(values))
            twin:copy(8 * P, 8 * P, 100, region)
            local view = region:view(name, 3, 6, pair[1], { from = 0 })
            assert.equal(view, view:copy(source))
            pack(pair[1], 1, values)
            assert.equal(0, (region:compare(0, 0, SIZE, twin)))
          end
        end
      end
    end)

    it("copies as if all were read first, however the views lie over each other", function()
      local function check(other, to_stride, from_stride, shift)
        local swaps = type.format:pack(1) ~= other.format:pack(1)
        local elements = {}
        for k = 1, 9 do -- as bytes: a NaN may lose some of its bits as a number
          local element = twin:read(64 + (k - 1) * from_stride, size)
          elements[k] = swaps and element:reverse() or element
        end
        for k = 1, 9 do twin:write(64 + shift + (k - 1) * to_stride, elements[k]) end
        region:view(name, 64 + shift, 9, to_stride):copy(region:view(other.name, 64, 9, from_stride))
        assert.equal(0, (region:compare(0, 0, SIZE, twin)),
          ("from %s, %d and %d, by %d"):format(other.name, to_stride, from_stride, shift))
      end
      for _, other in ipairs(element_types) do
        for _, pair in ipairs { { size, size }, { 14, 14 }, { 14, 9 }, { 9, 14 }, { 1, 1 }, { 1, 3 },
          { size, 1 } } do
          for _, shift in ipairs { -29, -14, -size, -1, 0, 1, size, 14, 28, 31 } do
            if other.number == type.number then check(other, pair[1], pair[2], shift) end
          end
        end
      end
    end)

    it("has elements over the border of two pages, of which neither may refuse", function()
      for shift = 1, size - 1 do
        local view = region:view(name, P - shift, 3, 2 * P)
        view[1], view[2] = 1, 2
        assert.equal(type.format:pack(1), region:read(P - shift, size))
        assert.equal(1, view[1])
        for page = 1, 2 do
          region[page]:protect "none"
          assert.equal(page, helpers.fault(function() return view[1] end).page)
          assert.equal(page, helpers.fault(function() view[1] = 3 end).page)
          assert.equal(page, helpers.fault(view.set, view, 1, 3, 3).page)
          assert.equal(2, view[2])
          region[page]:protect "rw"
          assert.equal(type.format:pack(1), region:read(P - shift, size))
        end
      end
    end)

    it("of as many elements as fit has no byte behind the region", function()
      for _, stride in ipairs(strides(size)) do
        for _, offset in ipairs { SIZE - 4 * P, SIZE - size - 1, SIZE - size, SIZE - size + 1, SIZE } do
          local view, count = region:view(name, offset, nil, stride), 0
          while offset + count * stride + size <= SIZE do count = count + 1 end
          assert.equal(count, #view)
          assert.is_nil(view[count + 1])
          if count > 0 then view[count] = 1 end
          helpers.raises("outside the view", function() view[count + 1] = 1 end)
          local message = ("count is %d, but must be at most %d"):format(count + 1, count)
          helpers.raises(message, region.view, region, name, offset, count + 1, stride)
        end
      end
    end)
  end)
end
