--- Random operations of a view, and of the module: by name, functions that give the arguments.

local draw = require "model.draw"

local P <const> = draw.P
local one_of, chance = draw.one_of, draw.chance
local some_bytes, some_string, protection = draw.some_bytes, draw.some_string, draw.protection
local random = math.random

-- {====== Operations of a view ======

local function nothing() return { n = 0 } end

local of_view = {}

local function some_index() return chance(3) and random(-1, 70) or random(1, 8) end

local function some_number()
  return one_of { 0, 1, -1, 127, 128, 255, 256, -32768, 65535, 1 << 31, math.maxinteger, math.mininteger,
    2.0, 1.5, 1e300, random(-100, 100) }
end

function of_view.index() return { some_index(), n = 1 } end
function of_view.newindex() return { some_index(), some_number(), n = 2 } end
function of_view.get() return { some_index(), chance(3) and some_index() + 10 or nil, n = 2 } end
function of_view.fill() return { some_number(), n = 1 } end
function of_view.copy() return { { view = one_of { "v1", "v2", "v3" } }, n = 1 } end

function of_view.set()
  local values = { some_index(), n = 1 + random(0, 5) }
  for i = 2, values.n do values[i] = chance(3) and some_number() or random(0, 100) end
  return values
end

function of_view.slice()
  local i = some_index()
  return { i, chance(2) and i + random(-2, 9) or nil, n = 2, into = one_of { "v1", "v2", "v3" } }
end

function of_view.field() return { one_of { "region", "type", "offset", "stride", "from" }, n = 1 } end

local function near_index() return chance(20) and some_index() or random(1, 3) end

function of_view.add() return { near_index(), some_number(), n = 2 } end
of_view.exchange = of_view.add
function of_view.wait() return { near_index(), chance(2) and 0 or some_number(), n = 2 } end
function of_view.wake() return { near_index(), chance(2) and random(-1, 3) or nil, n = 2 } end

function of_view.compare_exchange()
  return { near_index(), chance(2) and 0 or some_number(), some_number(), n = 3 }
end

of_view.sum, of_view.minmax, of_view.length = nothing, nothing, nothing

-- ====== }

-- {====== Operations of the module ======

local of_module = {}

local MANY <const> = 1100 -- pages

-- Wine takes half a second for each TiB that is reserved, and to find a place it is reserved several times.
local is_slow <const> = require("vmem").system == "windows"

--- Somewhere in what no other code reserves. Mostly there is room.
local function bounds(plan, wants)
  local from = draw.ARENA + plan.number * 0x40000 + random(0, 0x40000)
  if not chance(4) then wants.lowest = from end
  if not chance(4) then wants.highest = from + plan.pages * P * random(1, 4) + random(0, 1 << 31) end
end

local function options(plan)
  local wants = {}
  if chance(3) then
    wants.address = draw.ARENA + plan.number * one_of { 0x10000, 0x40000, 0x1000000 } + one_of { 0, 0, P,
      123 }
  end
  if chance(20) then wants.address = one_of { 0, 1000, 0xffff } end
  if plan.pages <= MANY or not is_slow then
    if not wants.address and chance(4) or chance(60) then wants.alignment = 1 << random(0, 30) end
    if not wants.address and chance(6) or chance(60) then bounds(plan, wants) end
  end
  if chance(6) then wants.top_down = true end
  if chance(3) then wants.protection = protection() end
  if chance(4) then wants.name = "model" end
  if chance(6) then wants.wipe = true end
  if chance(10) then wants.conceal = true end
  if chance(2) then wants.watch = true end
  if chance(4) then wants.sparse = true end
  if chance(40) then wants.lazy = true end
  if chance(3) and plan.pages <= 1100 then wants.touch = "commit" end
  if chance(wants.touch and 2 or 40) then wants.around = one_of { 1, 2, 3, 16, 100, 1 << 40 } end
  return { options = wants }
end

local function make(plan)
  plan.pages = chance(8) and one_of(draw.LARGE) or one_of(draw.SIZES)
  return { plan.pages * P - (chance(5) and random(0, P - 1) or 0), options(plan), n = 2, into = plan.slot }
end

of_module.reserve = make

function of_module.allocate(plan)
  local op = make(plan)
  if plan.pages > 1100 then op.call = "reserve" end
  if not op.call and chance(4) then op[2].options.lazy = true end
  return op
end

local function some_address(plan)
  return { at = plan.slot, plus = (some_bytes(plan)) + (chance(20) and random(-9, 9) or 0) }
end

function of_module.at(plan) return { some_address(plan), n = 1 } end

function of_module.query(plan)
  if plan.pages > 1100 then return { n = 0, call = "regions" } end
  return { some_address(plan), n = 1 }
end

function of_module.read(plan)
  local _, size = some_bytes(plan, 2 * P)
  return { some_address(plan), size, n = 2 }
end

function of_module.write(plan)
  local _, size = some_bytes(plan, P)
  return { some_address(plan), some_string(size), n = 2 }
end

function of_module.record()
  return { chance(2) and { options = { writes = chance(2), reads = chance(2), merge = chance(2), limit = 5000,
    residency = chance(8) } } or nil, n = 1 }
end

of_module.regions, of_module.areas = nothing, nothing

function of_module.on_fault()
  return { not chance(4) and draw.some_handler() or nil, n = 1 }
end

-- ====== }

return { of_view = of_view, of_module = of_module }
