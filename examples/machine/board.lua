--- A board around the processor. Each quarter of its 64 KiB is of another kind:
---   $0000  RAM
---   $4000  devices: a console at $4000, the power switch at $4001
---   $8000  one of the banks of ROM. Writing its number to any ROM chooses it
---   $C000  ROM that stays, and ends with the addresses at which reset and interrupts begin
local vmem = require "vmem"
local new_processor = require(((...):gsub("board$", "cpu")))

local board, QUARTER <const>, FRAME <const> = {}, 0x4000, 20000 -- each frame of cycles ends with an NMI

--- The memory as a region. `rom` is the last quarter, `banks` are those of the third, from 0 on; `device` has
--- the functions of a trap. Where pages are larger, `spacing` gives each quarter a page of its own.
function board.memory(rom, banks, device, spacing)
  spacing = spacing or math.max(QUARTER, vmem.page_size)
  local region = assert(vmem.reserve(4 * spacing, { name = "6502" }))
  local function burn(offset, bytes)
    assert(region:commit(offset, QUARTER, "rw"))
    region:write(offset, bytes)
    assert(region:protect(offset, QUARTER, "r"))
  end
  local function choose(_, number) burn(2 * spacing, banks[number % (#banks + 1)]) end
  assert(region:commit(0, QUARTER))
  assert(region:trap(spacing, spacing, device))
  burn(2 * spacing, banks[0])
  burn(3 * spacing, rom)
  assert(region:trap(2 * spacing, 2 * spacing, { write = choose }))
  local bytes, words = region:view("u8", { from = 0 }), region:view("u16le", { from = 0, stride = 1 })
  if spacing == QUARTER then return { region = region, bytes = bytes, words = words } end
  local function offset(a) return a // QUARTER * spacing + a % QUARTER end
  local apart = { __index = function(_, a) return bytes[offset(a)] end }
  function apart.__newindex(_, a, value) bytes[offset(a)] = value end
  return { region = region, bytes = setmetatable({}, apart) }
end

--- A board with its power on. Options: `output`, a function that is given what is printed; `input`, a text
--- that is typed; `memory`, a function in place of board.memory.
function board.new(rom, banks, options)
  local output, input, typed = options.output or io.write, options.input or "", 0
  local device, processor = {}, nil
  function device.read(offset, size, type) -- a number for the processor; for what reads bytes, a string
    local value = 0
    if offset % QUARTER == 0 then value, typed = input:byte(typed + 1) or 0, typed + 1 end
    return type and value or string.pack("<I" .. size, value)
  end
  function device.write(offset, value)
    if offset % QUARTER == 0 then output(string.char(value)) end
    if offset % QUARTER == 1 then processor.stop() end
  end
  local memory = (options.memory or board.memory)(rom, banks, device)
  local saves = memory.snapshot and memory or memory.region
  processor = new_processor(memory.bytes, memory.words)
  processor.reset()
  local self = { region = memory.region, cpu = processor }

  --- Runs until a program switches the power off. Gives the count of cycles.
  function self.run()
    while processor.run((processor.get().cycles // FRAME + 1) * FRAME) do processor.nmi() end
    return processor.get().cycles
  end
  function self.save() return { memory = assert(saves:snapshot()), cpu = processor.get(), typed = typed } end
  function self.restore(saved)
    assert(saves:restore(saved.memory))
    processor.set(saved.cpu)
    typed = saved.typed
  end
  return self
end

return board
