--- What the race works on: regions that show files which another process cuts, and memory of its own. A byte
--- of them is one of four that its place may have (pattern.h): any other one is a finding.

local vmem = require "vmem"
local race <const> = race -- of host.c

local P <const> = vmem.page_size
local world = { page = P, size = race.pages * P, accesses = 0 }
local SIZE <const> = world.size
local BOTH <const> = SIZE + P -- a file: known bytes, and a page of counters

local ZERO <const>, OWN <const>, PAIR <const> = 0, 2, 3
local bytes_of <const> = {}
for _, kind in ipairs { ZERO, OWN, PAIR } do bytes_of[kind] = race.bytes(kind, SIZE + 64) end

--- How many bytes an access has: mostly few, and sometimes several pages.
local function draw_size(most)
  local size = math.random(10) == 1 and math.random(6 * P) or math.random(120)
  return math.min(size, most)
end

--- A finding: it ends the race.
function world.fail(text, ...) error("finding: " .. text:format(...), 0) end

--- Bytes that may be written at an offset.
function world.bytes(offset, size, kind)
  local first = offset % 64 + 1
  return bytes_of[kind or math.random(4) == 1 and ZERO or OWN]:sub(first, first + size - 1)
end

--- Checks bytes that were read at an offset, up to the page of counters: a string that has its length before
--- it, or ends with a zero, may reach into that.
function world.check(bytes, offset, what)
  bytes = bytes:sub(1, math.max(0, SIZE - offset % BOTH))
  local at = race.odd(bytes, offset)
  if not at then return end
  local around = bytes:sub(math.max(1, at - 8), at + 8)
  around = around:gsub(".", function(c) return ("%02x "):format(c:byte()) end)
  world.fail("%s: byte %d of %d at %d was never there: %s", what, at, #bytes, offset, around)
end

-- {====== Places ======

--- Each file is attached twice, side by side.
local function place(name, section, protection)
  local region = assert(vmem.reserve(2 * BOTH))
  return { name = name, region = region, section = section, protection = protection }
end

local file <const> = assert(vmem.section(race.path, "r+", { size = BOTH }))
local named <const> = assert(vmem.section(race.name, BOTH))
world.named_path = "/dev/shm/vmem." .. race.name
world.file = place("file", file)
world.named = place("named", named)
world.copy = place("copy", assert(vmem.section(race.path, "copy")), "rw+copy")
world.memory = { name = "memory", region = assert(vmem.allocate(2 * BOTH)) }
world.places = { world.file, world.named, world.copy }
world.place_of = {}
for _, at in ipairs(world.places) do world.place_of[at.region] = at end

--- All of a section at an offset. It may become shorter meanwhile, and then has no such pages.
local function attach_at(at, offset)
  local size = math.min(at.section.size, BOTH)
  if size == 0 then return end
  local ok, result, message = pcall(at.region.attach, at.region, at.section, offset, 0, size, at.protection)
  if ok and result then return end
  if ok or not (result:find "runs past the section's end" or result:find "the section has no bytes"
    or result:find "is outside the section") then
    world.fail("attach: %s", ok and message or result)
  end
end

--- The section's pages, as far as it goes just now.
function world.attach(at)
  attach_at(at, 0)
  attach_at(at, BOTH)
end

--- A random range of known bytes of a place; at a multiple of 64, if it is `whole`.
function world.range(at, size, whole)
  local from = math.random(0, SIZE - (size or 1))
  if math.random(3) == 1 then -- where pages meet
    from = math.random(0, race.pages - 1) * P + math.random(-40, 40)
  end
  from = math.max(0, math.min(from, SIZE - (size or 1)))
  if whole then from = from - from % 64 end
  local n = size or draw_size(SIZE - from)
  if math.random(2) == 1 then from = from + BOTH - BOTH % 64 end
  return at.region, from, n
end

function world.any() return world.places[math.random(#world.places)] end

--- Where the counters are.
world.counters = SIZE

-- ====== }

return world
