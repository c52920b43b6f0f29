--- The board's memory from sections, in place of board.memory. All ROM is one section, of which the third
--- quarter of the addresses shows a bank: one call chooses another, and nothing is copied. RAM is a section
--- that is seen twice, as in machines that leave address lines open: $6000 to $7FFF is $0000 to $1FFF again.
local vmem = require "vmem"

local QUARTER <const>, MIRROR <const>, MIRRORED <const> = 0x4000, 0x6000, 0x2000
local UNIT <const> = vmem.system == "windows" and vmem.allocation_granularity or vmem.page_size

local banks = {}

--- A section that holds these quarters, each at a multiple of `spacing`.
local function burnt(quarters, spacing)
  local section = assert(vmem.section(#quarters * spacing))
  local writer <close> = assert(vmem.reserve(#quarters * spacing))
  assert(writer:attach(section))
  for i, bytes in ipairs(quarters) do writer:write((i - 1) * spacing, bytes) end
  return section
end

--- Where pages are larger than the mirror, each quarter has room of its own, and addresses are translated.
local function translated(bytes, spacing)
  local function offset(a)
    if a >= MIRROR and a < 2 * QUARTER then a = a - MIRROR end
    return a // QUARTER * spacing + a % QUARTER
  end
  return setmetatable({}, {
    __index = function(_, a) return bytes[offset(a)] end,
    __newindex = function(_, a, value) bytes[offset(a)] = value end,
  })
end

--- Takes and gives what board.memory does, and has snapshot and restore of its own: those of a region
--- cannot keep memory that is seen elsewhere.
function banks.memory(rom, list, device, spacing)
  spacing = spacing or UNIT <= MIRRORED and QUARTER or 4 * UNIT
  local direct = spacing == QUARTER
  local region = assert(vmem.reserve(4 * spacing, { name = "6502" }))
  local ram, all = assert(vmem.section(QUARTER)), burnt({ rom, table.unpack(list, 0) }, spacing)
  local chosen

  local function choose(bank)
    assert(region:attach(all, 2 * spacing, (bank + 1) * spacing, QUARTER, "r"))
    chosen = bank
  end

  assert(region:attach(ram))
  if direct then assert(region:attach(ram, MIRROR, 0, MIRRORED)) end
  assert(region:attach(all, 3 * spacing, 0, QUARTER, "r"))
  choose(0)
  assert(region:trap(spacing, direct and MIRROR - QUARTER or spacing, device))
  assert(region:trap(2 * spacing, 2 * spacing, {
    write = function(_, value) choose(value % (#list + 1)) end,
  }))

  local memory = { region = region, bytes = region:view("u8", { from = 0 }) }
  if direct then
    memory.words = region:view("u16le", { from = 0, stride = 1 })
  else
    memory.bytes = translated(memory.bytes, spacing)
  end
  function memory.snapshot() return { ram = region:read(0, QUARTER), bank = chosen } end
  function memory.restore(_, saved)
    region:write(0, saved.ram)
    choose(saved.bank)
    return true
  end
  return memory
end

return banks
