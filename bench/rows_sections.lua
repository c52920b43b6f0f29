--- Sections: attaching, rings, and elements of attached pages.

local baseline = require "baseline"
local measure = require "bench.measure"
local vmem = require "vmem"

local BANK, TIMES, PUTS, READS = 16384, 2000, 20000, 200000
local RING <const> = 1 << 16

local region = assert(vmem.reserve(4 * BANK))
local banks = assert(vmem.section(4 * BANK))
local address, file = baseline.map(4 * BANK), baseline.shared(4 * BANK)

local ring = assert(vmem.mirror(RING))
local plain, split = assert(vmem.allocate(RING)), baseline.writable(RING)

--- Puts strings of so many bytes one behind the other.
local function putting(length, put)
  return function()
    local bytes, at = ("x"):rep(length), 0
    local start = baseline.now()
    for _ = 1, PUTS do
      put(at, bytes)
      at = (at + length) % RING
    end
    return measure.each(start, PUTS)
  end
end

local function put(at, bytes) ring:write(at, bytes) end

--- What a script does without a mirror.
local function put_in_two(at, bytes)
  if at + #bytes <= RING then return plain:write(at, bytes) end
  plain:write(at, bytes:sub(1, RING - at))
  plain:write(0, bytes:sub(RING - at + 1))
end

local function put_by_c(at, bytes) baseline.put(split, RING, at, bytes) end

local function row(length, against, other, target)
  return {
    name = ("a ring takes %d bytes, against %s"):format(length, against), target = target, rounds = 21,
    vmem = putting(length, put), c = putting(length, other),
  }
end

local attached = assert(vmem.reserve(1 << 20))
assert(attached:attach(assert(vmem.section(1 << 20))))
local private = assert(vmem.allocate(1 << 20))
local views = { vmem = attached:view "u32", c = private:view "u32" }
for _, view in pairs(views) do view:fill(1) end

return {
  title = "Sections: against mmap(MAP_FIXED), split copies, and pages that are not attached",
  {
    -- A third of what it takes more is a call that asks for the section's size.
    name = "attach a bank of 16 KiB over another", target = 1.60, rounds = 21,
    vmem = function()
      local start = baseline.now()
      for i = 0, TIMES - 1 do region:attach(banks, 0, i % 4 * BANK, BANK, "r") end
      return measure.each(start, TIMES)
    end,
    c = function() return baseline.attach(address, file, BANK, TIMES) end,
  },
  row(1000, "a split copy in Lua", put_in_two, 1.05),
  row(24, "a split copy in Lua", put_in_two, 1.05),
  row(1000, "one in C, called from Lua", put_by_c),
  row(24, "one in C, called from Lua", put_by_c),
  {
    name = "x = v[i] of attached pages, against private ones", target = 1.05, rounds = 21,
    vmem = function() return measure.reading(views.vmem, READS) end,
    c = function() return measure.reading(views.c, READS) end,
  },
  {
    name = "v[i] = i of attached pages, against private ones", target = 1.05, rounds = 21,
    vmem = function() return measure.writing(views.vmem, READS) end,
    c = function() return measure.writing(views.c, READS) end,
  },
}
