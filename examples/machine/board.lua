--- A board around the processor. Each quarter of its 64 KiB is of a kind of its own:
---   $0000  RAM
---   $4000  devices: a console at $4000, the power switch at $4001
---   $8000  one of the banks of ROM. A write to any ROM chooses it, by its number
---   $C000  ROM that stays, and ends with the addresses at which reset and interrupts begin
--- Each 20,000 cycles are a frame, whose end is an NMI.
local vmem = require "vmem"
local cpu = require(((...):gsub("board$", "cpu")))

local board = { QUARTER = 0x4000, FRAME = 20000 }
local QUARTER <const> = board.QUARTER

--- The memory as a region. `rom` has the bytes of the last quarter, `banks` those of the third, from 0 on.
function board.memory(rom, banks, device)
  local spacing = math.max(QUARTER, vmem.page_size) -- where pages are larger, each quarter has one to itself
  local region = assert(vmem.reserve(4 * spacing, { name = "6502" }))
  local function burn(offset, bytes)
    assert(region:commit(offset, QUARTER, "rw"))
    region:write(offset, bytes)
    assert(region:protect(offset, QUARTER, "r"))
  end
  local function choose(bank) burn(2 * spacing, banks[bank % (#banks + 1)]) end
  assert(region:commit(0, QUARTER))
  choose(0)
  burn(3 * spacing, rom)
  region:trap(spacing, spacing, {
    read = function(offset) return device.read(offset - spacing) end,
    write = function(offset, _, value) device.write(offset - spacing, value) end,
  })
  region:trap(2 * spacing, 2 * spacing, { write = function(_, _, value) choose(value) end })

  local bytes = region:view("u8", 0, region.size, { from = 0 })
  if spacing > QUARTER then
    local function offset(a) return a // QUARTER * spacing + a % QUARTER end
    bytes = setmetatable({}, {
      __index = function(_, a) return region.bytes[offset(a)] end,
      __newindex = function(_, a, value) region.bytes[offset(a)] = value end,
    })
  end
  return {
    bytes = bytes, region = region,
    save = function() return region:snapshot() end,
    restore = function(saved) assert(region:restore(saved)) end,
  }
end

--- Options: `output`, a function that is given what is printed; `input`, a string that is typed; `memory`, a
--- function in place of board.memory.
function board.new(rom, banks, options)
  local output, input, typed = options.output or io.write, options.input or "", 0
  local self, processor = { on = true }, nil
  local device = {}
  function device.read(offset)
    if offset ~= 0 then return 0 end
    typed = typed + 1
    return input:byte(typed) or 0
  end
  function device.write(offset, value)
    if offset == 0 then output(string.char(value)) end
    if offset == 1 then self.on = false; processor.stop() end
  end
  local memory = (options.memory or board.memory)(rom, banks, device)
  processor = cpu.new(memory.bytes, memory.words)
  self.memory, self.cpu = memory, processor
  processor.reset()

  --- Runs until a program switches it off. Gives the cycles since it was switched on.
  function self.run()
    self.on = true
    while self.on do
      local frame = processor.get().cycles // board.FRAME + 1
      processor.run(frame * board.FRAME)
      if self.on then processor.nmi() end
    end
    return processor.get().cycles
  end

  function self.save() return { memory = memory.save(), cpu = processor.get(), typed = typed } end
  function self.restore(saved)
    memory.restore(saved.memory)
    processor.set(saved.cpu)
    typed = saved.typed
  end
  return self
end

return board
