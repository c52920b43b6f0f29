--- generate.lua SEED COUNT FILE: writes random calls, most of them awkward. It does not know which succeed;
--- it only remembers what it asked for, so that later calls hit the edges of that.

local calls = require "calls"

local seed, count, path = math.tointeger(arg[1]), math.tointeger(arg[2]), arg[3]
math.randomseed(seed)
local random = math.random

local PAGE <const>, GRANULE <const> = 0x1000, 0x10000
local COMMIT <const>, RESERVE <const>, DECOMMIT <const>, RELEASE <const> = 0x1000, 0x2000, 0x4000, 0x8000
local RESET <const>, TOP_DOWN <const>, WRITE_WATCH <const> = 0x80000, 0x100000, 0x200000
local REMEMBERED <const> = 6 -- reservations a slot
local ACTIVE <const> = 64    -- granules of a slot where reservations are made

local function one_of(list) return list[random(#list)] end

local function chance(percent) return random(100) <= percent end

-- {====== Values ======

local valid = { 0x01, 0x02, 0x04, 0x04, 0x04, 0x10, 0x20, 0x40 }
local guards = { 0x102, 0x104, 0x110, 0x120, 0x140 }
local cachings = { 0x200, 0x400 }
local odd = {
  0, 0x08, 0x80, 0x100, 0x200, 0x400, 0x03, 0x05, 0x06, 0x07, 0x14, 0x24, 0x30, 0x44, 0x50, 0x60, 0x70, 0x12,
  0x84, 0x0C, 0x101, 0x201, 0x401, 0x108, 0x180, 0x304, 0x504, 0x604, 0x704, 0x804, 0x1004, 0x80000004,
  0x40000004, 0x40000020, 0x40000040, 0xFFFFFFFF,
}

local function random_protect()
  local n = random(100)
  if n <= 66 then return one_of(valid) end
  if n <= 82 then return one_of(guards) end
  if n <= 86 then return one_of(valid) | one_of(cachings) end
  if n <= 98 then return one_of(odd) end
  return random(0, 0xFFFFFFFF)
end

local other_types = {
  0, TOP_DOWN, WRITE_WATCH, RESET, RESET | COMMIT, RESET | RESERVE, RESET | TOP_DOWN, COMMIT | WRITE_WATCH,
  TOP_DOWN | WRITE_WATCH, COMMIT | TOP_DOWN | WRITE_WATCH, RESET | WRITE_WATCH, RESET | RESERVE | COMMIT,
  RESERVE | DECOMMIT, RESERVE | RELEASE, RESERVE | 0x40000, RESERVE | 0x40000000, RESERVE | 0x80000000,
  COMMIT | 0x1, COMMIT | 0x10000, RESERVE | 0x20000, RESERVE | 0x800, 0xFFFFFFFF,
  0x400000, RESERVE | 0x400000, COMMIT | 0x400000, 0x1000000, COMMIT | 0x1000000, 0x20000000,
  RESERVE | 0x20000000, RESERVE | COMMIT | 0x20000000,
}

local function with_modifiers(type)
  if chance(10) then type = type | TOP_DOWN end
  if type & RESERVE ~= 0 and chance(10) then type = type | WRITE_WATCH end
  return type
end

local small = { 0, 1, 2, 0xFFF, 0x1000, 0x1001, 0x1FFF, 0x2000, 0x2001, 0xFFFF, 0x10000, 0x10001 }
local wrapping = {
  -1, -2, -0xFFF, -PAGE, -PAGE - 1, -GRANULE, math.mininteger, math.maxinteger, 0x7FFFFFFF0000,
  0x7FFFFFFF0000 - calls.WINDOW, 0x800000000000, -calls.WINDOW, -calls.WINDOW - 1,
}

local function random_size()
  local n = random(100)
  if n <= 30 then return one_of(small) end
  if n <= 70 then return random(24) * PAGE + (chance(30) and random(-1, 1) or 0) end
  if n <= 90 then return random(8) * GRANULE + (chance(50) and random(-1, 1) or 0) end
  if n <= 98 then return random(1, 0x300000) end
  return one_of(wrapping)
end

-- ====== }

-- {====== Places ======

local remembered = {}
for slot = 0, calls.SLOTS - 1 do remembered[slot] = {} end

--- Remembers a request that should succeed.
local function remember(slot, offset, size, protect)
  if size <= 0 or size > 0x400000 or protect & ~0x1FF ~= 0 or protect & 0x88 ~= 0 then return end
  local base = protect & 0xFF
  if base == 0 or base & (base - 1) ~= 0 then return end
  local list = remembered[slot]
  local from, to = offset & -GRANULE, (offset + size + PAGE - 1) & -PAGE
  for _, area in ipairs(list) do
    if from < area.to and area.from < to then return end
  end
  list[#list + 1] = { from = from, to = to }
end

local function recall(slot)
  local list = remembered[slot]
  local at = #list > 0 and random(#list)
  return at and list[at], at
end

local function random_offset() return random(0, ACTIVE - 1) * GRANULE end

local function jitter(offset)
  local n = random(10)
  if n == 1 then return offset + random(-1, 1) end
  if n == 2 then return offset + random(0, PAGE - 1) end
  return offset
end

--- Where a range inside (mostly) one reservation begins, and how many bytes it has.
local function random_range(slot)
  local area = recall(slot)
  if not area or chance(3) then return jitter(random_offset()), random_size() end
  local pages = (area.to - area.from) // PAGE
  local n = random(100)
  if n <= 2 then return area.from - PAGE, random_size() end
  if n <= 4 then return jitter(area.to), random_size() end
  if n <= 10 then return jitter(area.to - PAGE), one_of(small) end
  local from = n <= 25 and area.from or area.from + random(0, math.max(pages - 1, 0)) * PAGE
  from = jitter(from)
  local rest = area.to - from
  n = random(100)
  if n <= 12 then return from, rest end
  if n <= 15 then return from, rest + 1 end
  if n <= 20 then return from, rest - 1 end
  if n <= 30 or rest < 1 then return from, random_size() end
  return from, random(1, rest)
end

local nowhere = {
  1, 0x1000, 0xF000, 0xFFFF, 0x7FFFFFFF0000, 0x7FFFFFFFFFFF, 0x800000000000, math.mininteger, -1, -PAGE,
}

-- ====== }

-- {====== Calls ======

local make = {}

function make.reserve(slot)
  if #remembered[slot] == REMEMBERED then return make.release(slot) end
  local offset
  local area = recall(slot)
  if area and chance(50) then
    offset = chance(70) and (area.to + GRANULE - 1) & -GRANULE or area.from - GRANULE
  else
    offset = random_offset()
  end
  -- A chain of neighbours must not leave the window.
  if offset < -GRANULE or offset > calls.SLOT_SIZE // 2 then offset = random_offset() end
  offset = jitter(offset)
  if chance(10) then offset = offset + random(0, 15) * PAGE end
  local size, protect = random_size(), random_protect()
  local type = with_modifiers(chance(50) and RESERVE or RESERVE | COMMIT)
  remember(slot, offset, size, protect)
  return { op = "A", slot = slot, offset = offset, size = size, type = type, protect = protect }
end

function make.commit(slot)
  local offset, size = random_range(slot)
  return {
    op = "A", slot = slot, offset = offset, size = size, type = with_modifiers(COMMIT),
    protect = random_protect(),
  }
end

function make.reset(slot)
  local offset, size = random_range(slot)
  return { op = "A", slot = slot, offset = offset, size = size, type = RESET, protect = random_protect() }
end

function make.other(slot)
  local offset, size = random_range(slot)
  local type = chance(90) and one_of(other_types) or random(0, 0xFFFFFFFF)
  return { op = "A", slot = slot, offset = offset, size = size, type = type, protect = random_protect() }
end

function make.anywhere()
  local size = random_size()
  local n = random(100)
  local type = with_modifiers(n <= 45 and COMMIT or n <= 70 and RESERVE or RESERVE | COMMIT)
  if n > 90 then type = one_of(other_types) end
  return { op = "A", slot = -1, offset = 0, size = size, type = type, protect = random_protect() }
end

function make.nowhere()
  local address = one_of(nowhere)
  local n = random(4)
  if n == 1 then
    local type = one_of { RESERVE, COMMIT, RESERVE | COMMIT, RESET }
    return {
      op = "A", slot = -1, offset = address, size = random_size(), type = type, protect = random_protect(),
    }
  elseif n == 2 then
    local type = one_of { DECOMMIT, RELEASE }
    return { op = "F", slot = -1, offset = address, size = random_size(), type = type }
  elseif n == 3 then
    return { op = "P", slot = -1, offset = address, size = random_size(), protect = random_protect() }
  end
  -- What lies below the lowest address ends where the system's first allocation begins: not comparable.
  return { op = "Q", slot = -1, offset = math.ult(address, 0x10000) and -GRANULE or address }
end

function make.decommit(slot)
  local offset, size = random_range(slot)
  if chance(15) then size = 0 end
  return { op = "F", slot = slot, offset = offset, size = size, type = DECOMMIT }
end

function make.release(slot)
  local area, at = recall(slot)
  local offset = area and area.from or random_offset()
  local n = random(100)
  if n <= 80 then
    if at then table.remove(remembered[slot], at) end
    return { op = "F", slot = slot, offset = offset, size = 0, type = RELEASE }
  end
  if n <= 88 then return { op = "F", slot = slot, offset = random_range(slot), size = 0, type = RELEASE } end
  if n <= 94 then
    local size = area and area.to - area.from or random_size()
    return { op = "F", slot = slot, offset = offset, size = size, type = RELEASE }
  end
  local type = one_of {
    0, 1, COMMIT, RESERVE, 0x10000, DECOMMIT | RELEASE, DECOMMIT | 1, RELEASE | 2, 0xFFFFFFFF,
  }
  return { op = "F", slot = slot, offset = offset, size = chance(50) and 0 or random_size(), type = type }
end

function make.protect(slot)
  local offset, size = random_range(slot)
  return { op = "P", slot = slot, offset = offset, size = size, protect = random_protect() }
end

function make.query(slot)
  local offset = random_range(slot)
  return { op = "Q", slot = slot, offset = offset }
end

--- A range in a single page: nothing of it is done when its page faults.
local function in_page(slot)
  local offset = random_range(slot)
  return offset, random(1, math.min(PAGE - offset % PAGE, chance(90) and 64 or PAGE))
end

function make.move(slot)
  local offset, size = in_page(slot)
  local source, most = in_page(slot)
  if chance(30) then source, most = offset, PAGE - offset % PAGE end
  return { op = "M", slot = slot, offset = offset, size = math.min(size, most), source = source }
end

function make.fill(slot)
  local offset, size = in_page(slot)
  return { op = "B", slot = slot, offset = offset, size = size, byte = random(0, 255) }
end

function make.zero(slot)
  local offset, size = in_page(slot)
  return { op = "Z", slot = slot, offset = offset, size = size }
end

local accesses = { 0, 1, 1, 2, 2, 2, 4, 4, 3, 5, 6, 0x21, 0x22, 0x24, 0x20, 0xF001F }
local places = { 0, 0, 0, 0, 0x10000, 0x10000, 0x20000, 0x30000, 0x40000, 0x1000, 1, -GRANULE }

function make.map(slot)
  if #remembered[slot] == REMEMBERED then return make.unmap(slot) end
  local section, from = random(0, #calls.sections), one_of(places)
  local offset = chance(95) and random_offset() or jitter(random_offset())
  local size = chance(60) and 0 or random_size()
  local bytes = size == 0 and calls.sections[section][2] - from or size
  remember(slot, offset, bytes, 4)
  return {
    op = "V", slot = slot, offset = offset, section = section, access = one_of(accesses), from = from,
    size = size,
  }
end

function make.unmap(slot)
  local area, at = recall(slot)
  if at and chance(80) then table.remove(remembered[slot], at) end
  local offset = area and jitter(area.from) or random_offset()
  return { op = "U", slot = slot, offset = chance(80) and offset or random_range(slot) }
end

function make.flush(slot)
  local offset, size = random_range(slot)
  return { op = "L", slot = slot, offset = offset, size = chance(50) and 0 or size }
end

local weights = {
  { "map", 8 }, { "unmap", 6 }, { "flush", 2 },
  { "reserve", 12 }, { "commit", 20 }, { "reset", 3 }, { "other", 3 }, { "anywhere", 2 }, { "nowhere", 1 },
  { "decommit", 9 }, { "release", 10 }, { "protect", 22 }, { "query", 18 },
  { "move", 8 }, { "fill", 12 }, { "zero", 2 },
}
local wheel = {}
for _, entry in ipairs(weights) do
  for _ = 1, entry[2] do wheel[#wheel + 1] = make[entry[1]] end
end

-- ====== }

local file = assert(io.open(path, "w"))
local written = 0
local function write(call)
  file:write(calls.format(call), "\n")
  written = written + 1
end

while written < count do
  local call = one_of(wheel)(random(0, calls.SLOTS - 1))
  write(call)
  -- A query at the place of a call shows its effect best.
  if call.op ~= "Q" and call.slot >= 0 and chance(40) then
    write { op = "Q", slot = call.slot, offset = call.offset }
  end
end
assert(file:close())
