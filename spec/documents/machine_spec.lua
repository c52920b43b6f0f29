-- The machine of examples/machine.lua: its board, its programs, and what the example prints.

package.path = "./?.lua;" .. package.path -- examples are found from the root, wherever the specs' path leads

local assemble = require "examples.machine.assembler"
local board = require "examples.machine.board"
local example = require "documents.example"
local helpers = require "helpers"
local from_sections = require "examples.machine.banks"
local programs = require "examples.machine.programs"
local tables = require "bench.table_memory"
local vmem = require "vmem"

local QUARTER <const> = 0x4000

-- {====== Boards ======

--- ROM with a program that runs after a reset; NMI and IRQ lead to an RTI.
local function rom_of(text)
  local bytes = assemble(text .. [[

rti: RTI
     .org $FFFA
     .word rti, $C000, rti]], 0xC000)
  assert(#bytes == QUARTER)
  return bytes
end

--- A bank that is full of one byte.
local function full(byte) return string.char(byte):rep(QUARTER) end

local function wide_memory(rom, banks, device)
  return board.memory(rom, banks, device, 4 * math.max(QUARTER, vmem.page_size))
end

--- The memories that a board can have.
local MEMORIES <const> = {
  ["a region"] = board.memory,
  ["a region whose pages are larger than a quarter"] = wide_memory,
  ["plain tables"] = tables.layered,
}

do
  local ring <close> = vmem.mirror(1) -- not where all regions are sparse
  if ring then
    MEMORIES["sections"] = from_sections.memory
    MEMORIES["sections whose pages are larger than a quarter"] = function(rom, banks, device)
      return from_sections.memory(rom, banks, device, 4 * math.max(QUARTER, helpers.attach_unit))
    end
  end
end

--- Runs a program. Gives what it prints, and the board.
local function run(memory, text, banks, input)
  local printed = {}
  local machine = board.new(rom_of(text), banks or { [0] = full(0) }, {
    memory = memory, input = input, output = function(letter) printed[#printed + 1] = letter end,
  })
  machine.run()
  return table.concat(printed), machine
end

describe("the board of the 6502", function()
  helpers.no_regions_left()

  for name, memory in pairs(MEMORIES) do
    local function on(text, ...) return run(memory, text, ...) end

    it("reads what is typed, and zeros behind it, from its console, on " .. name, function()
      assert.equal("ab0", (on([[
        LDA $4000
        STA $4000
        LDA $4000
        STA $4000
        LDA $4000
        ORA #'0'
        STA $4000
        STA $4001]], nil, "ab")))
    end)

    it("chooses a bank by a write to ROM, which it does not change, on " .. name, function()
      local banks = { [0] = full(0x41), full(0x42), full(0x43) }
      assert.equal("ABCBAA", (on([[
        LDA $8000
        STA $4000
        LDA #1
        STA $8000   ; in the bank
        LDA $BFFF
        STA $4000
        LDA #2
        STA $FFFF   ; in the ROM that stays
        LDA $9000
        STA $4000
        LDA #4      ; banks are counted from 0 again
        STA $C000
        LDA $8001
        STA $4000
        LDA #0
        STA $8000
        LDX $8000
        STX $4000
        LDA $C000
        CMP #$AD    ; the first instruction
        BNE off
        STX $4000
off:    STA $4001]], banks)))
    end)

    it("has RAM up to the last byte of its first quarter, on " .. name, function()
      assert.equal("1", (on [[
        LDA #$60        ; RTS
        STA $3FFF
        LDA #'1'
        JSR $3FFF
        STA $4000
        STA $4001]]))
    end)

    it("runs what is typed, where a program jumps into the console, on " .. name, function()
      assert.equal("1", (on([[
        LDX #'1'
        JSR $4000
        STX $4000
        STA $4001]], nil, "\x60"))) -- RTS
    end)

    it("ends each 20,000 cycles with an NMI, on " .. name, function()
      local rom = assemble([[
        LDX #'0'
wait:   CPX #'3'
        BNE wait
        STX $4000
        STA $4001
nmi:    INX
        RTI
        .org $FFFA
        .word nmi, $C000, nmi]], 0xC000)
      local printed = ""
      local machine = board.new(rom, { [0] = full(0) }, {
        memory = memory, output = function(letter) printed = printed .. letter end,
      })
      local cycles = machine.run()
      assert.equal("3", printed)
      assert.is_true(cycles > 60000 and cycles < 60050, cycles)
    end)
  end

  it("gives a string to what reads bytes of its console, and not a number", function()
    local machine = board.new(full(0), { [0] = full(0) }, { input = "ab" })
    local quarter = math.max(QUARTER, vmem.page_size)
    assert.equal("a", machine.region:read(quarter, 1))
    assert.equal("b\0\0", machine.region:read(quarter, 3))
  end)

  for name, memory in pairs(MEMORIES) do
    local it = memory ~= tables.layered and it or function() end -- tables cannot be saved
    it("goes on from where it was saved as it did before, on " .. name, function()
      local banks = { [0] = full(0x41), full(0x42) }
      local printed = ""
      local machine = board.new(rom_of [[
        LDA #1
        STA $8000
        LDX #0
again:  INC $0200
        LDA $4000
        STA $4001       ; off: here it is saved
        LDA $8000
        STA $4000
        LDA $0200
        ORA #'0'
        STA $4000
        LDA $4000
        STA $4000
        LDA #0
        STA $8000
        JMP again]], banks, {
        memory = memory, input = "xyz", output = function(letter) printed = printed .. letter end,
      })
      machine.run()
      local saved = machine.save()
      assert.equal("", printed)
      local cycles = machine.run()
      assert.equal("B1y", printed)
      printed = ""
      machine.restore(saved)
      assert.equal(cycles, machine.run())
      assert.equal("B1y", printed)
    end)
  end

  it("sees its RAM twice, with memory from sections", function()
    for name, memory in pairs(MEMORIES) do
      if name:find "^sections" then
        assert.equal("AB", (run(memory, [[
        LDA #'A'
        STA $0234
        LDA $6234
        STA $4000
        LDA #'B'
        STA $7FFF
        LDA $1FFF
        STA $4000
        STA $4001]])), name)
      end
    end
  end)

  it("shows what its memory is", function()
    local _, machine = run(board.memory, "STA $4001")
    local found = {}
    for offset, _, state, protection, trap in machine.region:runs() do
      local quarter = offset // math.max(QUARTER, vmem.page_size)
      found[#found + 1] = ("%d %s %s %s"):format(quarter, state, protection, trap)
    end
    local rest = {}
    for _, line in ipairs(found) do
      if not line:find "reserved nil nil" then rest[#rest + 1] = line end
    end
    assert.equal("0 committed rw nil", rest[1])
    assert.equal("1 reserved nil rw", rest[2])
    assert.equal("2 committed r w", rest[3])
  end)
end)

-- ====== }

-- {====== The example ======

describe("the example of a machine", function()
  local output, ok = example.run "machine"

  local function triangle()
    local lines = {}
    for y = 0, 15 do
      local cells = {}
      for x = 0, y do cells[#cells + 1] = x & (y - x) == 0 and "*" or " " end
      lines[#lines + 1] = (" "):rep(15 - y) .. table.concat(cells, " ") .. "\n"
    end
    return table.concat(lines)
  end

  local function primes(limit)
    local count = 0
    for n = 2, limit - 1 do
      local prime = true
      for d = 2, math.floor(math.sqrt(n)) do
        if n % d == 0 then
          prime = false
          break
        end
      end
      if prime then count = count + 1 end
    end
    return count
  end

  it("ends well", function() assert.is_true(ok, output) end)

  it("prints what its programs print: an answer, a count of primes, Sierpinski's triangle, frames", function()
    local cycles = tonumber(output:match "switched off after (%d+) cycles")
    local printed = "Its programs print:\nWho is there? Lua\nHello, Lua!\n"
      .. primes(8192) .. " primes are below 8192.\n" .. triangle()
      .. cycles // 20000 .. " frames have passed.\n"
    assert.equal(printed, output:sub(1, #printed))
  end)

  it("counts the cycles that the same machine counts over plain tables", function()
    local machine = board.new(programs.rom, programs.banks, {
      memory = tables.layered, input = "Lua\n", output = function() end,
    })
    assert.equal(machine.run(), tonumber(output:match "switched off after (%d+) cycles"))
  end)

  it("runs again from its snapshot, with the same output and the same cycles", function()
    local cycles = output:match "switched off after (%d+) cycles"
    assert.truthy(output:find("it prints the same, after " .. cycles .. " cycles.", 1, true), output)
  end)

  it("has a processor and a board of 250 lines together, as the changelog says", function()
    local lines = 0
    for _, name in ipairs { "cpu", "instructions", "board" } do
      for _ in io.lines(("examples/machine/%s.lua"):format(name)) do lines = lines + 1 end
    end
    assert.is_true(lines <= 250, lines)
  end)

  it("draws its memory", function()
    assert.truthy(output:find("6502", 1, true), output)
    assert.matches("Region 0x%x+ 6502\n", output)
  end)
end)

-- ====== }
