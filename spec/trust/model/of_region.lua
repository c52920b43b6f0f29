--- Random operations of a region: by name, functions that give the arguments.

local draw = require "model.draw"

local P <const> = draw.P
local one_of, chance, some_page, some_pages = draw.one_of, draw.chance, draw.some_page, draw.some_pages
local some_bytes, some_string, protection = draw.some_bytes, draw.some_string, draw.protection
local random = math.random

local of_region = {}

local function range_call(name, longest)
  of_region[name] = function(plan)
    local offset, size = some_pages(plan, longest)
    if plan.pages <= 1100 and not longest and chance(12) then size = nil end
    return { offset, size, n = 2 }
  end
end

range_call "decommit"
range_call "rearm"
range_call "written"
range_call("discard", 600)
range_call("lock", 12)
range_call("unlock", 12)
range_call("locked", 600)
range_call("prefetch", 70)
range_call("resident", 600)
range_call "is_committed"

function of_region.commit(plan)
  local offset, size = some_pages(plan)
  return { offset, size, chance(2) and protection() or nil, n = 3 }
end

function of_region.protect(plan)
  local offset, size = some_pages(plan)
  return { offset, size, chance(200) and "rw+" or one_of(draw.PROTECTIONS), n = 3 }
end

--- Half of them end what was trapped.
function of_region.trap(plan)
  local offset, size = some_pages(plan, 70)
  local function some() return one_of { "answer", "answer", "decline" } end
  local functions = { read = chance(2) and some() or nil, yields = chance(3) or nil }
  functions.write = (not functions.read or chance(2)) and some() or nil
  return { offset, size, chance(2) and { functions = functions } or nil, n = 3 }
end

function of_region.read(plan)
  local offset, size = some_bytes(plan, 3 * P)
  return { offset, size, n = 2 }
end

function of_region.write(plan)
  local offset, size = some_bytes(plan, 2 * P)
  return { offset, some_string(size), n = 2 }
end

function of_region.fill(plan)
  local offset, size = some_bytes(plan, chance(20) and 600 * P or 5 * P)
  return { offset, size, chance(100) and 256 or random(0, 255), n = 3 }
end

function of_region.cstring(plan)
  local offset, size = some_bytes(plan, 3 * P)
  return { offset, (plan.pages > 1100 or chance(2)) and size or nil, n = 2 }
end

function of_region.find(plan)
  local offset, size = some_bytes(plan, 3 * P)
  return { one_of { "A", "AB", "BA", "\0\0", "z\0x", "", ("A"):rep(50) .. "B" }, offset, size, n = 3 }
end

function of_region.nonzero(plan)
  local offset, size = some_bytes(plan, 3 * P)
  return { offset, size, n = 2 }
end

--- Fewer lines than a dump has at most.
function of_region.dump(plan)
  local offset, size = some_bytes(plan, math.min(3 * P, 1 << 14))
  return { offset, size, n = 2 }
end

function of_region.pointer(plan)
  return { chance(3) and some_bytes(plan) or nil, n = 1 }
end

local function two_ranges(plan, others)
  local to, size = some_bytes(plan, 2 * P)
  local source = chance(3) and one_of(others) or nil
  local from = some_bytes(source and others[source] or plan)
  if chance(4) and not source then from = math.max(0, to + random(-20, 20)) end
  return { to, from, size, source and { region = source } or nil, n = 4 }
end

of_region.copy, of_region.compare = two_ranges, two_ranges

function of_region.pack(plan)
  local format = one_of(draw.FORMATS)
  return { (some_bytes(plan)), n = 1 + #format, table.unpack(format) }
end

function of_region.unpack(plan)
  return { (some_bytes(plan)), one_of(draw.FORMATS)[1], n = 2 }
end

function of_region.load(plan)
  local offset, size = some_bytes(plan, 2 * P)
  local content = some_string(chance(3) and random(0, 2 * P) or random(0, 30))
  return { { file = content }, offset, chance(2) and size or nil, n = 3 }
end

function of_region.save(plan)
  local offset, size = some_bytes(plan, 2 * P)
  return { { file = "" }, offset, size, n = 3 }
end

function of_region.query(plan)
  if plan.pages > 1100 and not (plan.pages <= 1 << 20 and chance(20)) then return { n = 0,
    call = "length" } end
  return { some_page(plan) * P, n = 1 }
end

function of_region.page(plan)
  local call = one_of { "commit", "decommit", "protect", "read", "write", "fields", "tostring", "is" }
  local page = chance(50) and one_of { 0, -1, plan.pages + 1 } or some_page(plan) + 1
  local argument = (call == "protect" or call == "commit") and one_of(draw.PROTECTIONS)
    or call == "write" and some_string(chance(4) and random(0, P + 1) or random(0, 9))
    or call == "is" and random(1, math.min(plan.pages, 3)) or nil
  return { call, page, argument, n = 3 }
end

function of_region.on_fault()
  return { not chance(4) and draw.some_handler() or nil, n = 1 }
end

--- Options of a view, or nothing.
local function view_options()
  if chance(2) then return nil end
  return { options = { from = chance(2) and one_of { 0, 1, 5 } or nil, stride = chance(3) and 3 or nil } }
end

function of_region.view(plan)
  local offset, size = some_bytes(plan, 3 * P)
  local list = { one_of(draw.TYPES), offset, chance(40) and 1 << 50 or size, n = 5,
    into = one_of { "v1", "v2", "v3" } }
  if chance(2) then
    list[4] = view_options()
  else
    list[3] = chance(40) and 300 or random(0, 12) -- each element may fault, and starts over from the first
    list[4] = one_of { 1, 2, 8, random(1, 20), P - 1, P, P + 1, 3 * P, 100 * P, chance(20) and 0 or 1 }
    list[5] = chance(2) and { options = { from = random(0, 2) } } or nil
  end
  if chance(2) then -- one that atomics can use
    list[1], list[2] = one_of { "u32", "i32", "u64", "i64", "u32le", "i64le" }, offset & -8
    if type(list[4]) == "number" then list[4] = list[4] + 7 & -8 end
  end
  local options = type(list[4]) == "table" and list[4].options
  if options and options.stride then list[3] = math.min(list[3] or 300, 300) end
  return list
end

function of_region.field()
  local names = { "base", "size", "protection", "name", "committed", "watched", "concealed", "wiped",
    "sparse", "lazy", "touch", "around" }
  return { one_of(names), n = 1 }
end

local function nothing() return { n = 0 } end

of_region.length, of_region.tostring, of_region.runs = nothing, nothing, nothing
of_region.release, of_region.drop = nothing, nothing

--- Now and then the kernel is asked, too.
function of_region.check() return { chance(3), n = 1 } end

return of_region
