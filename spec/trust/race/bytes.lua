--- Accesses of the race to bytes: methods of regions and pages. Each gets the function that draws a range and
--- notes it, so that a fault elsewhere is a finding.

local vmem = require "vmem"
local world = require "world"

local P <const> = world.page
local bytes <const>, check <const>, any <const> = world.bytes, world.check, world.any
local memory <const> = world.memory

local accesses = {}

-- {====== Reading ======

function accesses.read(draw)
  local region, from, size = draw(any())
  check(region:read(from, size), from, "read")
end

function accesses.cstring(draw)
  local region, from, size = draw(any())
  local text = region:cstring(from, size)
  if text:find("\0", 1, true) or #text > size then world.fail("cstring: %q", text) end
  check(text, from, "cstring")
end

function accesses.page_read(draw)
  local region, from = draw(any(), P, "page")
  check(region[from // P + 1]:read(), from, "page:read")
end

function accesses.read_address(draw)
  local region, from, size = draw(any())
  check(vmem.read(region.base + from, size), from, "vmem.read")
end

function accesses.peek()
  local region, from, size = world.range(any())
  local text = vmem.peek(region.base + from, size)
  if text then check(text, from, "vmem.peek") end
end

--- Where it is found, such bytes must be possible.
function accesses.find(draw)
  local region, from, size = draw(any())
  local phase, length = math.random(0, 63), math.random(1, 6)
  local needle = race.bytes(math.random(0, 3), 128):sub(phase + 1, phase + length)
  local at = region:find(needle, from, size)
  if not at then return end
  if at < from or at + length > from + size then world.fail("find: at %d of %d, %d", at, from, size) end
  check(needle, at, "find")
end

function accesses.nonzero(draw)
  local region, from, size = draw(any())
  local first, last = region:nonzero(from, size)
  if first and not (from <= first and first <= last and last < from + size) then
    world.fail("nonzero: %d, %d of %d, %d", first, last, from, size)
  end
end

function accesses.compare(draw)
  local region, from, size = draw(any())
  local other, second = draw(math.random(4) == 1 and memory or any(), size)
  local order, at = region:compare(from, second, size, other)
  if at and not (order ~= 0 and 0 <= at and at < size) then world.fail("compare: %d, %d", order, at) end
end

local FORMATS <const> = { "<c7 c9", "c1", "c40 c3 c17", "=c8", "c64c64" }

function accesses.unpack(draw)
  local format = FORMATS[math.random(#FORMATS)]
  local region, from = draw(any(), format:packsize())
  local values = { region:unpack(from, format) }
  local last = table.remove(values)
  if last ~= from + format:packsize() then world.fail("unpack: it ends at %d", last) end
  check(table.concat(values), from, "unpack")
end

--- Strings that end with a zero, or have their length before them, reach as far as the bytes say.
function accesses.unpack_to_zero(draw)
  local region, from = draw(any(), 1)
  draw.rest(region, from)
  local text = region:unpack(from, "z")
  check(text, from, "unpack of z")
end

function accesses.unpack_of_length(draw)
  local region, from = draw(any(), 1)
  draw.rest(region, from)
  local text, last = region:unpack(from, "s1")
  check(string.char(#text) .. text, from, "unpack of s1")
  if last ~= from + 1 + #text then world.fail("unpack of s1: %d, %d", last, #text) end
end

function accesses.save(draw)
  local region, from, size = draw(any())
  local out = draw.output
  out:seek("set")
  assert(region:save(out, from, size) == size)
  out:seek("set")
  local text = out:read(size)
  if #text ~= size then world.fail("save: %d of %d bytes", #text, size) end
  check(text, from, "save")
end

-- ====== }

-- {====== Writing ======

function accesses.write(draw)
  local region, from, size = draw(any())
  region:write(from, bytes(from, size))
end

function accesses.page_write(draw)
  local region, from = draw(any(), P, "page")
  region[from // P + 1]:write(bytes(from, P))
end

function accesses.write_address(draw)
  local region, from, size = draw(any())
  vmem.write(region.base + from, bytes(from, size))
end

function accesses.fill(draw)
  local region, from, size = draw(any())
  region:fill(from, size, 0)
end

function accesses.pack(draw)
  local format = FORMATS[math.random(#FORMATS)]
  local region, from = draw(any(), format:packsize())
  local text = bytes(from, format:packsize())
  region:pack(from, format, format:unpack(text)) -- the offset behind the values is left out
end

function accesses.load(draw)
  local region, from, size = draw(any(), nil, "whole")
  draw.input:seek("set")
  local count = region:load(draw.input, from, size)
  if count ~= size then world.fail("load: %s of %d bytes", count, size) end
end

function accesses.load_to_the_end(draw)
  local size = math.random(100) * 64
  local region, from = draw(any(), size, "whole")
  draw.input:seek("set", world.size - size)
  local count = region:load(draw.input, from)
  if count ~= size then world.fail("load: %s of %d bytes", count, size) end
end

-- ====== }

-- {====== Copying ======

--- Distances are multiples of 64, so that bytes stay those of their places.
local function copy(draw, target, source)
  local region, to, size = draw(target, nil, "whole")
  local other, from = draw(source, size, "whole")
  region:copy(to, from, size, other)
end

function accesses.copy_from_memory(draw) copy(draw, any(), memory) end

function accesses.copy_to_memory(draw) copy(draw, memory, any()) end

function accesses.copy_between(draw) copy(draw, any(), any()) end

--- Within one region, near: the ranges overlap.
function accesses.copy_near(draw)
  local at = any()
  local region, to, size = draw(at, math.random(2000, 3 * P), "whole")
  local from = math.max(0, to + math.random(-20, 20) * 64)
  if to >= world.size then from = math.max(world.size + P, from) end
  local last = to >= world.size and 2 * world.size + P or world.size
  from = math.min(from, last - size)
  from = from - from % 64
  draw.note(region, from, size)
  region:copy(to, from, size)
end

-- ====== }

return accesses
