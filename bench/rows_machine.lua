--- The 6502 of examples/machine: over a region, and over plain tables in the place of plain C.

local baseline = require "baseline"
local board = require "examples.machine.board"
local measure = require "bench.measure"
local programs = require "examples.machine.programs"
local tables = require "bench.table_memory"

local ROUNDS = 15
local CYCLES = 500000
local counting, drawing = { [0] = programs.banks[1] }, { [0] = programs.banks[2] }

local function machine(banks, memory)
  local made = board.new(programs.rom, banks, { memory = memory, input = "Lua\n", output = function() end })
  collectgarbage()
  return made
end

--- From the reset until the power is off: nanoseconds for a cycle.
local function whole(banks, memory)
  local made = machine(banks, memory)
  local start = baseline.now()
  return measure.each(start, made.run())
end

--- The program in the bank alone, for it takes longer than CYCLES.
local function part(banks, memory)
  local processor = machine(banks, memory).cpu
  local state = processor.get()
  state.PC = 0x8000
  processor.set(state)
  local start = baseline.now()
  processor.run(state.cycles + CYCLES)
  return measure.each(start, CYCLES)
end

return {
  title = "A 6502 in Lua (examples/machine), for each of its cycles; plain tables in the place of plain C",
  {
    name = "all its programs, with banks and interrupts", target = 1.50, rounds = ROUNDS,
    vmem = function() return whole(programs.banks, nil) end,
    c = function() return whole(programs.banks, tables.layered) end,
  },
  {
    name = "a triangle: a device access in 18 cycles", target = 1.50, rounds = ROUNDS,
    vmem = function() return whole(drawing, nil) end,
    c = function() return whole(drawing, tables.layered) end,
  },
  {
    name = "primes, against one table that has no ROM", target = 1.50, rounds = ROUNDS,
    vmem = function() return part(counting, nil) end,
    c = function() return part(counting, tables.flat) end,
  },
}
