--- Accesses of the race to elements: views of every type, contiguous and with strides, and atomics.

local world = require "world"
local types <const> = dofile "spec/support/element_types.lua"

local P <const> = world.page
local any <const>, bytes <const>, check <const> = world.any, world.bytes, world.check

local accesses = {}

--- A view of up to `most` elements at a random place. Strides are such that a range of bytes holds it all.
local function draw_view(draw, at, most, stride)
  local type = types[math.random(#types)]
  stride = stride or (math.random(3) == 1 and math.random(1, 70) or type.size)
  local count = math.random(math.min(most, 4 * P // stride))
  local region, from = draw(at, (count - 1) * stride + type.size)
  return region:view(type.name, from, count, stride), type, from, stride, count
end

local function check_value(value, type, offset, what)
  check(type.format:pack(value), offset, what .. " of " .. type.name)
end

local function value_at(type, offset, kind) return (type.format:unpack(bytes(offset, type.size, kind))) end

-- {====== One by one, and several ======

local MANY <const> = 60

function accesses.elements(draw)
  local view, type, from, stride, count = draw_view(draw, any(), MANY)
  for _ = 1, MANY do
    local i = math.random(count)
    check_value(view[i], type, from + (i - 1) * stride, "an element")
  end
  world.accesses = world.accesses + MANY - 1
end

function accesses.set_elements(draw)
  local view, type, from, stride, count = draw_view(draw, any(), MANY)
  for _ = 1, MANY do
    local i = math.random(count)
    view[i] = value_at(type, from + (i - 1) * stride)
  end
  world.accesses = world.accesses + MANY - 1
end

--- A little faster, so that elements meet cuts more often.
function accesses.many_bytes(draw)
  local region, from = draw(any(), P)
  local view = region:view("u8", from, P)
  local seen = {}
  for i = 1, P, 16 do seen[#seen + 1] = view[i] end
  world.accesses = world.accesses + #seen - 1
  for i, value in ipairs(seen) do check(string.char(value), from + (i - 1) * 16, "an element") end
end

function accesses.get(draw)
  local view, type, from, stride, count = draw_view(draw, any(), 100)
  local first = math.random(count)
  local last = math.random(first, count)
  for i, value in ipairs { view:get(first, last) } do
    check_value(value, type, from + (first + i - 2) * stride, "get")
  end
end

function accesses.set(draw)
  local view, type, from, stride, count = draw_view(draw, any(), 100)
  local first, values = math.random(count), {}
  for i = first, math.random(first, count) do
    values[#values + 1] = value_at(type, from + (i - 1) * stride)
  end
  view:set(first, table.unpack(values))
end

function accesses.slice(draw)
  local view, type, from, stride, count = draw_view(draw, any(), 100)
  local first = math.random(count)
  check_value(view:slice(first)[1], type, from + (first - 1) * stride, "slice")
end

function accesses.pairs(draw)
  local view, type, from, stride = draw_view(draw, any(), 40)
  for i, value in pairs(view) do check_value(value, type, from + (i - 1) * stride, "pairs") end
end

-- ====== }

-- {====== All at once ======

--- Elements 64 bytes apart all have the same known values.
local function draw_alike(draw, at)
  local type = types[math.random(#types)]
  local count = math.random(3 * P // 64)
  local region, from = draw(at, (count - 1) * 64 + type.size)
  return region:view(type.name, from, count, 64), type, from, count
end

function accesses.minmax(draw)
  local view, type, from = draw_alike(draw, any())
  local least, most = view:minmax()
  check_value(least, type, from, "minmax")
  check_value(most, type, from, "minmax")
end

function accesses.minmax_of_all(draw)
  local view = draw_view(draw, any(), 4000, 1)
  local least, most = view:minmax()
  if not (least and most) then world.fail "minmax: nothing" end
end

function accesses.sum(draw)
  local count = math.random(3 * P)
  local region, from = draw(any(), count)
  local sum = region:view("u8", from, count):sum()
  if sum < 0 or sum > count * 0xd5 then world.fail("sum: %d of %d bytes", sum, count) end
end

function accesses.sum_of_all(draw)
  local view, type = draw_view(draw, any(), 1000)
  local sum = view:sum()
  if math.type(sum) ~= (type.floats and "float" or "integer") then world.fail("sum: %s", sum) end
end

function accesses.fill_alike(draw)
  local view, type, from = draw_alike(draw, any())
  view:fill(value_at(type, from))
end

--- Side by side, two bytes by turns.
function accesses.fill_pairs(draw)
  local type = types[math.random(#types)]
  if type.size == 1 then return end
  local count = math.random(3 * P // type.size)
  local region, from = draw(any(), count * type.size)
  region:view(type.name, from, count):fill(value_at(type, from, 3))
end

--- To elements of the other order of bytes, in memory that nothing else looks at.
local scratch <const> = assert(require("vmem").allocate(8 * 4 * P))

function accesses.copy_turned(draw)
  local view, type, from, stride, count = draw_view(draw, any(), 400)
  local name = type.name
  local turned = #type.number == #name and name .. (type.size > 1 and "be" or "") or type.number
  local target = scratch:view(turned, 0, count)
  target:copy(view)
  for _ = 1, 3 do
    local i = math.random(count)
    check_value(target[i], type, from + (i - 1) * stride, "a copy")
  end
end

function accesses.copy(draw)
  local type = types[math.random(#types)]
  local count = math.random(2 * P // type.size)
  local to, at = draw(any(), count * type.size, "whole")
  local from, source = draw(math.random(3) == 1 and world.memory or any(), count * type.size, "whole")
  to:view(type.name, at, count):copy(from:view(type.name, source, count))
end

-- ====== }

-- {====== Atomics ======

local ATOMIC <const> = {}
for _, type in ipairs(types) do
  if type.name:find "^[iu]%d+$" and type.size >= 4 then ATOMIC[#ATOMIC + 1] = type end
end

local function draw_atomic(draw)
  local type = ATOMIC[math.random(#ATOMIC)]
  local region, from = draw(any(), 64, "whole")
  return region:view(type.name, from, 64 // type.size), type, from
end

function accesses.add_nothing(draw)
  local view, type, from = draw_atomic(draw)
  check_value(view:add(1, 0), type, from, "add")
end

function accesses.exchange(draw)
  local view, type, from = draw_atomic(draw)
  check_value(view:exchange(1, value_at(type, from)), type, from, "exchange")
end

function accesses.compare_exchange(draw)
  local view, type, from = draw_atomic(draw)
  local was = view:compare_exchange(1, value_at(type, from), value_at(type, from))
  check_value(was, type, from, "compare_exchange")
end

function accesses.wait(draw)
  local view, type, from = draw_atomic(draw)
  if type.size == 4 then
    local woken, message, code = view:wait(1, value_at(type, from), 0)
    if woken == nil and code ~= "not_supported" and code ~= "permission_denied" then
      world.fail("wait: %s (%s)", message, code)
    end
    view:wake(1)
  end
end

--- What is added up is lost with the page, but never more than was added.
local added = 0

function accesses.count(draw)
  local at = any()
  local cell = 64 * race.number
  draw.note(at.region, world.counters + cell, 4)
  local view = at.region:view("u32", world.counters + cell, 1)
  added = added + 1
  local before = view:add(1, 1)
  if before < 0 or before >= added then world.fail("count: %d of %d", before, added) end
end

-- ====== }

return accesses
