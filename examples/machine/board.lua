--- A board around the processor. Each quarter of its 64 KiB is of another kind:
---   $0000  RAM
---   $4000  devices: a console at $4000, the power switch at $4001
---   $8000  one of the banks of ROM. Writing its number to any ROM chooses it
---   $C000  ROM that stays, and ends with the addresses at which reset and interrupts begin
local vmem = require "vmem"
local cpu = require(((...):gsub("board$", "cpu")))

local board, QUARTER <const>, FRAME <const> = {}, 0x4000, 20000 -- each frame of cycles ends with an NMI

--- Makes pages of the region the device's, which has bytes.
function board.connect(device, region, from, bytes)
  assert(region:trap(from, bytes, {
    read = function(offset, size, type)
      local value = device.read(offset - from) -- one byte, or two for a program that runs here
      if size == 2 then value = value | device.read(offset + 1 - from) << 8 end
      return type and value or string.pack("<I" .. size, value)
    end,
    write = function(offset, value) device.write(offset - from, value) end,
  }))
end

--- The memory as a region. `rom` is the last quarter, `banks` are those of the third, from 0 on; `device`
--- reads and writes bytes. Where pages are larger, `spacing` gives each quarter a page of its own.
function board.memory(rom, banks, device, spacing)
  spacing = spacing or math.max(QUARTER, vmem.page_size)
  local region = assert(vmem.reserve(4 * spacing, { name = "6502" }))
  local function burn(offset, bytes)
    assert(region:commit(offset, QUARTER, "rw"))
    region:write(offset, bytes)
    assert(region:protect(offset, QUARTER, "r"))
  end
  assert(region:commit(0, QUARTER))
  burn(2 * spacing, banks[0])
  burn(3 * spacing, rom)
  board.connect(device, region, spacing, spacing)
  assert(region:trap(2 * spacing, 2 * spacing, {
    write = function(_, value) burn(2 * spacing, banks[value % (#banks + 1)]) end,
  }))
  local bytes, words = region:view("u8", { from = 0 }), region:view("u16le", { from = 0, stride = 1 })
  if spacing > QUARTER then
    local function offset(a) return a // QUARTER * spacing + a % QUARTER end
    local mem = { __index = function(_, a) return bytes[offset(a)] end }
    function mem.__newindex(_, a, value) bytes[offset(a)] = value end
    return { region = region, bytes = setmetatable({}, mem) }
  end
  return { region = region, bytes = bytes, words = words }
end

--- A board with its power on. Options: `output`, a function that is given what is printed; `input`, a text
--- that is typed; `memory`, a function in place of board.memory.
function board.new(rom, banks, options)
  local output, input, typed, on = options.output or io.write, options.input or "", 0, true
  local device, processor = {}, nil
  function device.read(offset)
    if offset == 0 then typed = typed + 1 end
    return offset == 0 and input:byte(typed) or 0
  end
  function device.write(offset, value)
    if offset == 0 then output(string.char(value)) end
    if offset == 1 then on = false; processor.stop() end
  end
  local memory = (options.memory or board.memory)(rom, banks, device)
  processor = cpu.new(memory.bytes, memory.words)
  processor.reset()
  local self = { region = memory.region, cpu = processor }

  --- Runs until a program switches the power off. Gives the count of cycles.
  function self.run()
    on = true
    while on do
      processor.run((processor.get().cycles // FRAME + 1) * FRAME)
      if on then processor.nmi() end
    end
    return processor.get().cycles
  end
  function self.save()
    local kept = memory.save and memory.save() or assert(memory.region:snapshot())
    return { memory = kept, cpu = processor.get(), typed = typed }
  end
  function self.restore(saved)
    if memory.restore then memory.restore(saved.memory) else assert(memory.region:restore(saved.memory)) end
    processor.set(saved.cpu)
    typed = saved.typed
  end
  return self
end

return board
