-- Banks: the machine with its memory from sections: banks of ROM in one call, RAM that is seen twice
local folder = arg[0]:match "^.*[/\\]" or ""
package.path = folder .. "?.lua;" .. package.path
local vmem = require "vmem"
local banks = require "machine.banks"
local board = require "machine.board"
local programs = require "machine.programs"

do -- not where pages of sections cannot be put into the middle of a region
  local ring, message = vmem.mirror(1)
  if not ring then
    print("Not on this system: " .. message)
    return
  end
  ring:release()
end

local machine = board.new(programs.rom, programs.banks, { memory = banks.memory, input = "Lua\n" })
print "Its programs print what they print on the machine of machine.lua:"
machine.run()

local names = {}
print "\nIts memory, by what is attached where:\n"
for offset, size, section, from in machine.region:attachments() do
  if not names[section] then names[section] = offset == 0 and "RAM" or "ROM" end
  print(("%04X to %04X  %s from %04X on"):format(offset, offset + size - 1, names[section], from))
end
print()
print(machine.region:map())

-- What a bank costs: one call for one of 16 KiB, against copying it.
local TIMES <const> = 2000
local bytes = programs.banks[0]
local region <close> = assert(vmem.allocate(#bytes))
local function seconds(choose)
  local start = os.clock()
  for i = 1, TIMES do choose(i) end
  return (os.clock() - start) / TIMES
end
local write = machine.region:view("u8", { from = 0 })
local last = machine.region.size - 1
local switch = seconds(function(i) write[last] = i % 3 end) -- a write to ROM chooses a bank
local copy = seconds(function()
  region:protect(0, #bytes, "rw")
  region:write(0, bytes)
  region:protect(0, #bytes, "r")
end)
print(("\nTo choose a bank takes %.1f microseconds; to copy one, %.1f."):format(switch * 1e6, copy * 1e6))
