-- Values for f32 and f64: every number is rounded to the nearest, but no finite number to an infinity.

local helpers = require "helpers"
local kit = require "pager_kit"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size
local LARGEST = 0x1.fffffep127 -- of f32
local TOO_MUCH = 0x1.ffffffp127 -- the least that rounds to an infinity
local BELOW = 0x1.fffffefffffffp127 -- the float of 64 bits before it

--- A value, and the value that is read back.
local FITS = {
  f32 = {
    { 0.1, string.unpack("f", string.pack("f", 0.1)) }, { 1e-300, 0.0 }, { LARGEST, LARGEST },
    { -LARGEST, -LARGEST }, { BELOW, LARGEST }, { -BELOW, -LARGEST },
    { math.huge, math.huge }, { -math.huge, -math.huge }, { 0 / 0 }, { 3, 3.0 },
    { (1 << 24) + 1, 2.0 ^ 24 }, { math.maxinteger, 2.0 ^ 63 },
  },
  f64 = {
    { 1e300, 1e300 }, { math.huge, math.huge }, { 0 / 0 }, { (1 << 53) + 1, 2.0 ^ 53 },
    { math.maxinteger, 2.0 ^ 63 }, { math.mininteger, -2.0 ^ 63 },
  },
}
local REFUSED = { f32 = { 1e300, -1e300, TOO_MUCH, -TOO_MUCH, 1.7976931348623157e308 }, f64 = {} }

local function on_view(put)
  return function(type)
    local region = assert(vmem.allocate(P))
    local view = region:view(type)
    return function(value) put(view, value) end, function() return view[1] end,
      function() region:release() end
  end
end

local ways = {
  ["v[i] ="] = on_view(function(view, value) view[1] = value end),
  ["v:set"] = on_view(function(view, value) view:set(1, value) end),
  ["v:set of several"] = on_view(function(view, value) view:set(1, value, 1.0) end),
  ["v:fill"] = on_view(function(view, value) view:fill(value) end),
  ["a pager array's a[i] ="] = function(type)
    local array = kit.array { count = 4, frames = 1, type = type }
    return function(value) array[1] = value end, function() return array[1] end, function() array:close() end
  end,
  ["a pager array's set"] = function(type)
    local array = kit.array { count = 4, frames = 1, type = type }
    return function(value) array:set(1, value) end, function() return array[1] end,
      function() array:close() end
  end,
  ["a sparse array's c[i] ="] = function(type)
    local cells = assert(sparse.new(type, 4))
    return function(value) cells[1] = value end, function() return cells[1] end, function() cells:close() end
  end,
  ["a sparse array's set"] = function(type)
    local cells = assert(sparse.new(type, 4))
    return function(value) cells:set(1, value) end, function() return cells[1] end,
      function() cells:close() end
  end,
}

for way, make in pairs(ways) do
  for type, list in pairs(FITS) do
    describe(("%s with %s"):format(way, type), function()
      helpers.no_regions_left()

      it("rounds as Lua does, and lets infinities and NaN pass", function()
        local put, get, close = make(type)
        for _, case in ipairs(list) do
          put(case[1])
          local value = get()
          if case[2] then
            assert.equal(case[2], value)
          else
            assert.is_true(value ~= value)
          end
          assert.equal("float", math.type(value))
        end
        close()
      end)

      it("refuses what would become an infinity, and changes nothing", function()
        local put, get, close = make(type)
        put(1.5)
        for _, value in ipairs(REFUSED[type]) do
          assert.error_matches(function() put(value) end, "does not fit f32")
          assert.equal(1.5, get())
        end
        close()
      end)
    end)
  end
end
