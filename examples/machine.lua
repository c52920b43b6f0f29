-- Machine: a 6502 with RAM, banks of ROM, and a console that is a trap
local folder = arg[0]:match "^.*[/\\]" or ""
package.path = folder .. "?.lua;" .. package.path
local board = require "machine.board"
local programs = require "machine.programs"

local shown, printed = true, ""
local function output(letter)
  printed = printed .. letter
  if shown then io.write(letter) end
end

local machine = board.new(programs.rom, programs.banks, { output = output, input = "Lua\n" })
local fresh = machine.save()

print "Its programs print:"
local start = os.clock()
local cycles = machine.run()
local seconds = os.clock() - start
print(("\nIt was switched off after %d cycles, of which it makes %.1f million in a second."):format(cycles,
  cycles / seconds / 1e6))

-- Its memory, the bank, the processor and what is typed are as they were before; so all happens again.
local first = printed
shown, printed = false, ""
machine.restore(fresh)
local again = machine.run()
print(("Put back to how it was before, it %s, after %d cycles."):format(
  printed == first and "prints the same" or "prints something else", again))

print "\nIts memory is RAM, a console (with the power switch), a bank of ROM, and more ROM:\n"
print(machine.region:map())
