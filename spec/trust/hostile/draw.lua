--- Draws values, objects and functions that do harm at random, and logs calls. The same seed draws the same.
--- Uses only functions that it kept when it was loaded, because a hostile script changes metatables and
--- libraries.

local world = require "hostile.world"
local makers = require "hostile.makers"

local select, type, pcall, next, tostring_integer = select, type, pcall, next, math.tointeger
local unpack, format, sub, getmetatable_of = table.unpack, string.format, string.sub, debug.getmetatable
local of_files <const> = debug.getmetatable(io.stdout)
local write = of_files.__index.write
local is_light = require("foreign").is_light

-- {====== Drawing lots: the same seed draws the same ======

local state

local function random(least, most)
  state = state * 6364136223846793005 + 1442695040888963407
  return least + ((state >> 33) % (most - least + 1))
end

--- From here on the lots of this seed are drawn.
local function sow(seed) state = seed * 2654435761 + 12345 end

local draw = { random = random, sow = sow, entries = world.functions }

function draw.chance(one_in) return random(1, one_in) == 1 end
function draw.one_of(list) return list[random(1, #list)] end
function draw.entry() return draw.one_of(draw.entries) end
function draw.name() return draw.one_of(world.names) end

-- ====== }

-- {====== Values ======

local MOST <const> = 120 -- objects that are kept
local pool, made, said = {}, {}, 0
draw.made = made

for name in next, makers do made[#made + 1] = name end
table.sort(made)

--- For vmem.reserve.
function draw.options() return makers.options(draw) end

function draw.maker() return draw.one_of(made) end

--- Keeps an object, in the place of another where there are many.
function draw.put(object)
  if draw.is_over or type(object) == "string" and #object > 5000 then return end
  pool[#pool < MOST and #pool + 1 or random(1, MOST)] = object
end

function draw.drop()
  local last = #pool
  if last == 0 then return end
  local i = random(1, last)
  pool[i], pool[last] = pool[last], nil
end

--- Nothing is kept any more.
function draw.let_go()
  draw.is_over = true
  for i = #pool, 1, -1 do pool[i] = nil end
end

function draw.make(name)
  local ok, object = pcall(makers[name], draw)
  if ok and object ~= nil then draw.put(object) end
end

--- Keeps one in so many of the results of calls: otherwise nearly all values would be strings.
local interesting = { userdata = 1, table = 3, ["function"] = 3, thread = 2, string = 60 }

function draw.keep(_, ...)
  for i = 1, math.min(select("#", ...), 3) do
    local value = select(i, ...)
    local rare = interesting[type(value)]
    if rare and value ~= of_files and draw.chance(rare) then draw.put(value) end
  end
end

function draw.object()
  if #pool == 0 then return nil end
  return pool[random(1, #pool)]
end

--- Makers of objects with this __name.
local made_by = {
  ["vmem.region"] = { "region", "committed", "committed", "committed", "trapped", "trapped", "attached",
    "attached", "huge", "wide" },
  ["vmem.section"] = { "section", "section", "named", "section_of_file", "section_of_file" },
  ["vmem.file"] = { "file", "draft" },
  ["vmem.fault"] = { "fault", "fault_of_region" }, ["vmem.view"] = { "view", "device" },
  ["vmem.page"] = { "page" }, ["vmem.arena"] = { "arena" },
  ["vmem.arena.mark"] = { "mark" }, ["vmem.stack"] = { "stack" }, ["vmem.secret"] = { "secret" },
  ["vmem.sparse"] = { "sparse" }, ["vmem.pager"] = { "pager" }, ["vmem.recording"] = { "recording" },
  ["vmem.file.array"] = { "file_array" },
  ["vmem.map"] = { "map" }, ["vmem.pagetable"] = { "pagetable" }, ["vmem.paging.mmu"] = { "mmu" },
  ["vmem.paging.memory"] = { "allocator" }, ["vmem.paging.trace"] = { "trace" },
  ["vmem.paging.misses"] = { "misses" }, ["vmem.replacement.lru"] = { "policy" },
  ["vmem.replacement.clock"] = { "policy" }, ["vmem.replacement.aging"] = { "policy" },
  ["vmem.replacement.enhanced"] = { "policy" }, ["vmem.replacement.nru"] = { "policy" },
  ["vmem.replacement.random"] = { "policy" },
}

--- An object of that kind, from the pool if one is found in a few draws, else a new one.
function draw.some(name)
  for _ = 1, 12 do
    local object = draw.object()
    local meta = type(object) ~= "string" and getmetatable_of(object)
    if type(meta) == "table" and rawget(meta, "__name") == name then return object end
  end
  local ok, object = pcall(makers[draw.one_of(made_by[name])], draw)
  if ok then draw.put(object) end
  return ok and object or nil
end

local function some_table()
  local result = {}
  for _ = 1, random(0, 4) do result[draw.one_of(world.keys)] = draw.value() end
  return result
end

local depth = 0

function draw.value()
  local way = random(1, 20)
  if way <= 8 then return draw.one_of(draw.chance(5) and world.numbers or world.small_numbers) end
  if way <= 11 then return draw.one_of(world.strings) end
  if way <= 16 then return draw.object() end
  if way == 17 and depth < 3 then
    depth = depth + 1
    local result = some_table()
    depth = depth - 1
    return result
  end
  if way == 18 then return draw.callback() end
  return draw.one_of { nil, true, false, draw.entry().fn }
end

function draw.is_file(object) return getmetatable_of(object) == of_files end
function draw.is_userdata(object)
  return type(object) == "userdata" and not draw.is_file(object) and not is_light(object)
end

function draw.is_of_files(meta) return meta == of_files end
function draw.is_late() return said > draw.calls * 0.8 end
function draw.said() return said end

-- ====== }

-- {====== Saying what comes ======

local function describe(value)
  local kind = type(value)
  if kind == "number" then return format("%s", tostring_integer(value) or format("%a", value)) end
  if kind == "string" then return format("%q", sub(value, 1, 20)) end
  local meta = kind == "userdata" and getmetatable_of(value)
  local name = type(meta) == "table" and rawget(meta, "__name")
  return type(name) == "string" and name or kind
end

function draw.say(name, list)
  said = said + 1
  local words = {}
  for i = 1, list.n do words[i] = describe(list[i]) end
  write(draw.log, said, " ", name, "(", table.concat(words, ", "), ")\n")
end

--- A list of `most` values at most.
function draw.arguments(most)
  local list = { n = random(0, most) }
  for i = 1, list.n do list[i] = draw.value() end
  return list
end

--- Checks the results of a call in a tame process.
function draw.judge(...) return ... end

--- Calls the function, and keeps its results.
function draw.call(name, fn, list)
  draw.say(name, list)
  draw.keep(draw.judge(pcall(fn, unpack(list, 1, list.n))))
end

local function too_long() error("it takes too long", 0) end

--- Each coroutine has its own hook.
function draw.hurry(thread) debug.sethook(thread, too_long, "", 300000) end

function draw.attack(name) return draw.attacks[name](draw) end

-- ====== }

require "hostile.deeds"(draw)

return draw
