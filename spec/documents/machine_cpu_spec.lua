-- The processor of examples/machine: each instruction as its documentation has it, on a view and on a table.

package.path = "./?.lua;" .. package.path -- examples are found from the root, wherever the specs' path leads

local assemble = require "examples.machine.assembler"
local new_processor = require "examples.machine.cpu"
local cases = require "documents.machine.instructions"
local set = require "examples.machine.instructions"
local vmem = require "vmem"

local SIZE <const> = 0x10000
local FLAGS <const> = { C = 0x01, Z = 0x02, I = 0x04, D = 0x08, V = 0x40, N = 0x80 }
local ALL_FLAGS <const> = 0xCF

-- {====== Busses ======

--- Each gives what the processor is made with, and a function that gives all memory as a string.
local busses = {
  ["a view of vmem"] = function()
    local region = assert(vmem.allocate(SIZE))
    return { region:view("u8", 0, SIZE, { from = 0 }) }, function() return region:read(0, SIZE) end
  end,
  ["a view of vmem, with one of words"] = function()
    local region = assert(vmem.allocate(SIZE))
    local words = region:view("u16le", 0, SIZE - 1, { from = 0, stride = 1 })
    return { region:view("u8", 0, SIZE, { from = 0 }), words }, function() return region:read(0, SIZE) end
  end,
  ["a table"] = function()
    local bytes = {}
    for a = 0, SIZE - 1 do bytes[a] = 0 end
    return { bytes }, function()
      local parts = {}
      for a = 0, SIZE - 1, 128 do parts[#parts + 1] = string.char(table.unpack(bytes, a, a + 127)) end
      return table.concat(parts)
    end
  end,
}

-- ====== }

-- {====== Cases ======

local function trim(text) return text:match "^%s*(.-)%s*$" end

--- "A=80 10=FF Nz": registers by name, memory by address, flags that are set and that are clear.
local function state_of(text)
  local state = { memory = {}, registers = {}, set = 0, clear = 0 }
  for word in text:gmatch "%S+" do
    local where, value = word:match "^(%w+)=(%x+)$"
    if where and (#where == 1 and where:find "[AXYS]" or where == "PC") then
      state.registers[where] = tonumber(value, 16)
    elseif where then
      state.memory[tonumber(where, 16)] = tonumber(value, 16)
    else
      for letter in word:gmatch "%a" do
        local kind = letter:upper() == letter and "set" or "clear"
        state[kind] = state[kind] | assert(FLAGS[letter:upper()], word)
      end
    end
  end
  return state
end

--- The lines of the table.
local function each_case()
  local next_line = cases:gmatch "[^\n]+"
  return function()
    local line = next_line()
    if not line then return nil end
    local parts = {}
    for part in (line .. "|"):gmatch "(.-)|" do parts[#parts + 1] = trim(part) end
    local bytes = parts[2]:gsub("%x+%s*", function(byte) return string.char(tonumber(byte, 16)) end)
    return {
      line = line, instruction = parts[1], bytes = bytes, cycles = assert(tonumber(parts[5]), line),
      before = state_of(parts[3]), after = state_of(parts[4]),
    }
  end
end

local function poke(memory, changes)
  for a, value in pairs(changes) do memory[a] = value end
end

--- Runs a case with its unnamed flags set or clear, and says what is not as it should be.
local function run(case, bus, contents, others)
  local before, after = case.before, case.after
  local memory, touched = bus[1], { [0] = 0 }
  local start = { A = 0x11, X = 0x22, Y = 0x33, S = 0xF0, PC = 0x400, cycles = 0, irq = false, nmi = false }
  for name, value in pairs(before.registers) do start[name] = value end
  start.P = before.set | others & ~before.clear
  local changes = {}
  for i = 1, #case.bytes do changes[start.PC + i - 1] = case.bytes:byte(i) end
  for a, value in pairs(before.memory) do changes[a] = value end
  poke(memory, changes)

  local processor = new_processor(table.unpack(bus))
  processor.set(start)
  processor.run(1)
  local is = processor.get()

  local wrong = {}
  local function compare(what, wanted, got)
    if wanted ~= got then wrong[#wrong + 1] = ("%s is %X instead of %X"):format(what, got, wanted) end
  end
  for _, name in ipairs { "A", "X", "Y", "S" } do
    compare(name, after.registers[name] or start[name], is[name])
  end
  compare("PC", after.registers.PC or start.PC + #case.bytes, is.PC)
  compare("P", start.P & ~after.clear | after.set, is.P & ALL_FLAGS)
  compare("cycles", case.cycles, is.cycles)
  for a in pairs(after.memory) do touched[a] = 0 end
  for a in pairs(changes) do
    touched[a] = 0
    compare(("memory at %X"):format(a), after.memory[a] or changes[a], memory[a])
  end
  for a, value in pairs(after.memory) do compare(("memory at %X"):format(a), value, memory[a]) end
  poke(memory, touched) -- as it was: all zeros
  if contents():find "[^\0]" then wrong[#wrong + 1] = "other memory has changed" end
  return #wrong > 0 and ("%s: %s"):format(case.line, table.concat(wrong, ", "))
end

describe("the 6502", function()
  for kind, make in pairs(busses) do
    it("does with each instruction what is documented, on " .. kind, function()
      local bus, contents = make()
      local findings = {}
      for case in each_case() do
        findings[#findings + 1] = run(case, bus, contents, 0) or nil
        findings[#findings + 1] = run(case, bus, contents, ALL_FLAGS) or nil
      end
      assert.same({}, findings)
    end)
  end

  it("has a case for each of its 151 instructions, and no others", function()
    local seen, count = {}, 0
    for case in each_case() do
      local opcode = case.bytes:byte()
      if not seen[opcode] then count = count + 1 end
      seen[opcode] = true
      assert.equal(case.instruction:match "^%u+", set.names[opcode])
    end
    assert.equal(151, count)
    for opcode = 0, 255 do assert.equal(seen[opcode], set.names[opcode] and true, ("%02X"):format(opcode)) end
  end)

  it("has each crossing of a page as a case, where that costs a cycle", function()
    local counted = {}
    for case in each_case() do
      local opcode = case.bytes:byte()
      counted[opcode] = counted[opcode] or {}
      counted[opcode][case.cycles] = true
    end
    local both = 0
    for opcode, cycles in pairs(counted) do
      local least = math.huge
      for n in pairs(cycles) do least = math.min(least, n) end
      if cycles[least + 1] then both = both + 1 end
      assert.truthy(set.names[opcode])
    end
    -- ADC AND CMP EOR LDA ORA SBC in three ways, LDX and LDY in one, and eight branches.
    assert.equal(7 * 3 + 2 + 8, both)
  end)

  it("is written in the same way by the assembler", function()
    for case in each_case() do
      local bytes = assemble(case.instruction, case.before.registers.PC or 0x400)
      assert.equal(bytes, case.bytes:sub(1, #bytes), case.instruction)
    end
  end)
end)

-- ====== }

-- {====== Arithmetic, with all operands ======

describe("arithmetic of the 6502", function()
  local memory = {}
  local processor = new_processor(memory)

  --- Executes an instruction with an operand. Gives A, and the flags N, V, Z and C.
  local function execute(opcode, a, value, flags)
    memory[0], memory[1] = opcode, value
    processor.set { A = a, X = 0, Y = 0, S = 0, PC = 0, P = flags, cycles = 0, irq = false, nmi = false }
    processor.run(1)
    local is = processor.get()
    return is.A, is.P & 0xC3
  end

  local function signed(byte) return byte < 128 and byte or byte - 256 end

  local function flags_of(result, overflow, carry)
    return result & 0x80 | (overflow and 0x40 or 0) | (result == 0 and 2 or 0) | (carry and 1 or 0)
  end

  it("adds and subtracts all bytes, with and without carry", function()
    for a = 0, 255 do
      for value = 0, 255 do
        for carry = 0, 1 do
          local sum, sum_signed = a + value + carry, signed(a) + signed(value) + carry
          local got, flags = execute(0x69, a, value, carry)
          local overflow = sum_signed ~= signed(sum % 256)
          if got ~= sum % 256 or flags ~= flags_of(sum % 256, overflow, sum > 255) then
            error(("%X + %X + %d gives %X, flags %X"):format(a, value, carry, got, flags))
          end
          local rest, rest_signed = a - value - 1 + carry, signed(a) - signed(value) - 1 + carry
          got, flags = execute(0xE9, a, value, carry)
          overflow = rest_signed ~= signed(rest % 256)
          if got ~= rest % 256 or flags ~= flags_of(rest % 256, overflow, rest >= 0) then
            error(("%X - %X - %d gives %X, flags %X"):format(a, value, 1 - carry, got, flags))
          end
        end
      end
    end
  end)

  it("compares all bytes", function()
    for a = 0, 255 do
      for value = 0, 255 do
        local got, flags = execute(0xC9, a, value, 0x40)
        local wanted = flags_of((a - value) % 256, true, a >= value) -- V stays as it was
        if got ~= a or flags ~= wanted then error(("%X against %X: flags %X"):format(a, value, flags)) end
      end
    end
  end)

  it("adds and subtracts all pairs of decimal digits in decimal mode", function()
    local function decimal(n) return n // 10 * 16 + n % 10 end
    for a = 0, 99 do
      for value = 0, 99 do
        for carry = 0, 1 do
          local sum = a + value + carry
          local got, flags = execute(0x69, decimal(a), decimal(value), 8 | carry)
          local zero = (decimal(a) + decimal(value) + carry) % 256 == 0 -- Z is that of the binary sum
          if got ~= decimal(sum % 100) or flags & 1 ~= sum // 100 or (flags & 2 ~= 0) ~= zero then
            error(("%d + %d + %d gives %X, flags %X"):format(a, value, carry, got, flags))
          end
          local rest = a - value - 1 + carry
          got, flags = execute(0xE9, decimal(a), decimal(value), 8 | carry)
          local _, binary = execute(0xE9, decimal(a), decimal(value), carry)
          if got ~= decimal(rest % 100) or flags & 1 ~= (rest < 0 and 0 or 1) or flags ~= binary then
            error(("%d - %d - %d gives %X, flags %X"):format(a, value, 1 - carry, got, flags))
          end
        end
      end
    end
  end)
end)

-- ====== }

-- {====== Interrupts, reset ======

describe("interrupts of the 6502", function()
  local memory, processor

  --- A new processor at $0400, with these flags.
  local function start(with)
    processor = new_processor(with.bus or memory)
    local state = { A = 1, X = 2, Y = 3, S = 0xFF, PC = 0x400, cycles = 0, irq = false, nmi = false }
    state.P = with.P
    processor.set(state)
  end

  before_each(function()
    memory = {}
    for a = 0, SIZE - 1 do memory[a] = 0xEA end -- NOP
    memory[0xFFFB], memory[0xFFFD], memory[0xFFFF] = 0x10, 0x20, 0x30 -- NMI, reset, IRQ
    memory[0xFFFA], memory[0xFFFC], memory[0xFFFE] = 0, 0, 0
    start { P = 0x81 }
  end)

  --- PC, S, P and cycles after the next instruction.
  local function step()
    processor.run(processor.get().cycles + 1)
    local is = processor.get()
    return is.PC, is.S, is.P, is.cycles
  end

  it("are taken before the next instruction, in 7 cycles, and push PC and flags without B", function()
    processor.nmi()
    assert.same({ 0x1001, 0xFC, 0xA5, 9 }, { step() })
    assert.same({ 0x04, 0x00, 0xA1 }, { memory[0x1FF], memory[0x1FE], memory[0x1FD] })
  end)

  it("an NMI comes once, and while interrupts are disabled, too", function()
    start { P = 0x04 }
    processor.nmi()
    assert.equal(0x1001, (step()))
    assert.equal(0x1002, (step()))
  end)

  it("an IRQ waits until I is clear, and comes again for as long as a device asks", function()
    start { P = 0x04 }
    processor.irq(true)
    assert.equal(0x401, (step()))
    memory[0x401] = 0x58 -- CLI
    assert.equal(0x402, (step()))
    memory[0x3000] = 0x40 -- RTI, at once
    assert.same({ 0x402, 0xFF, 0x20, 17 }, { step() })
    assert.same({ 0x402, 0xFF, 0x20, 30 }, { step() })
    processor.irq(false)
    assert.equal(0x403, (step()))
  end)

  it("an NMI goes before an IRQ, which follows when I is clear again", function()
    processor.irq(true)
    processor.nmi()
    assert.equal(0x1001, (step()))
    assert.equal(0x1002, (step()))
    memory[0x1002] = 0x40 -- RTI
    assert.equal(0x400, (step()))
    assert.equal(0x3001, (step()))
  end)

  it("a reset takes PC from its vector, disables interrupts, and moves S down by 3", function()
    processor.nmi()
    processor.reset()
    local is = processor.get()
    assert.same({ 0x2000, 0xFC, 0xA5, 7 }, { is.PC, is.S, is.P, is.cycles })
    assert.same({ 1, 2, 3 }, { is.A, is.X, is.Y })
    assert.equal(0x2001, (step()))
  end)

  it("stop ends a run after the instruction that calls it", function()
    local bus = setmetatable({}, {
      __index = memory,
      __newindex = function(_, a, value)
        if a == 0x4000 then processor.stop() end
        memory[a] = value
      end,
    })
    for i, byte in ipairs { 0x8D, 0x00, 0x40 } do memory[0x3FF + i] = byte end -- STA $4000
    start { P = 0, bus = bus }
    processor.run(1000)
    assert.equal(0x403, processor.get().PC)
    assert.equal(4, processor.get().cycles)
  end)

  it("an opcode that is not documented is an error that names it", function()
    memory[0x400] = 0x02
    local ok, message = pcall(processor.run, 1000)
    assert.is_false(ok)
    assert.matches("%$02 at %$0400 is no documented instruction", message)
    assert.equal(0x400, processor.get().PC)
  end)
end)

-- ====== }
