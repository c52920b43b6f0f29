--- The MOS 6502: its 151 documented instructions with their cycles, decimal mode, interrupts.
local set = require(((...):gsub("cpu$", "instructions")))
local names, ways, reads, base, lengths = set.names, set.ways, set.reads, set.cycles, set.lengths

--- A processor, which begins with `reset`. Its bus `mem` is anything that holds bytes from 0 to 65535: a view
--- or a table. `words`, if there is such a view, has the two bytes at each address as one number.
return function(mem, words)
  local A, X, Y, S, PC = 0, 0, 0, 0, 0
  local C, I, D, V, N, Z = 0, 0, 0, 0, 0, 1 -- 0 or 1; but N is set by bit 7 of N, and Z when Z is 0
  local operand = 0 -- the byte behind the opcode, which the processor always reads
  local cycles, limit, irq, nmi = 0, 0, false, false
  local function word(a) -- both its bytes are in one page: JMP ($10FF) looks at $1000, and not at $1100
    return a & 0xFF ~= 0xFF and words and words[a] or mem[a] | mem[a & 0xFF00 | a + 1 & 0xFF] << 8
  end

  -- Ways of addressing: each gives an address. For others it is `operand` itself.
  local function abs() return operand | mem[PC - 1 & 0xFFFF] << 8 end
  local function add(from, index, read)
    local a = from + index
    if read and (a ~ from) > 0xFF then cycles = cycles + 1 end
    return a & 0xFFFF
  end
  local address = {
    abs = abs, ind = function() return word(abs()) end,
    zpx = function() return operand + X & 0xFF end, zpy = function() return operand + Y & 0xFF end,
    abx = function(read) return add(abs(), X, read) end, aby = function(read) return add(abs(), Y, read) end,
    izx = function() return word(operand + X & 0xFF) end,
    izy = function(read) return add(word(operand), Y, read) end,
  }

  -- Operations: each takes the value that it reads, or else an address.
  local function push(value) mem[0x100 | S] = value; S = S - 1 & 0xFF end
  local function pull() S = S + 1 & 0xFF; return mem[0x100 | S] end
  local function push_word(value) push(value >> 8 & 0xFF); push(value & 0xFF) end
  local function pull_word() return pull() | pull() << 8 end
  local function status() return N & 0x80 | V << 6 | 0x20 | D << 3 | I << 2 | (Z == 0 and 2 or 0) | C end
  local function set_status(p) N, V, D, I, Z, C = p, p >> 6 & 1, p >> 3 & 1, p >> 2 & 1, ~p & 2, p & 1 end
  local function interrupt(vector, p) push_word(PC); push(p); I, PC = 1, word(vector) end
  local function jump_if(condition, distance)
    local to = PC + (distance ~ 0x80) - 0x80 & 0xFFFF
    if condition then cycles, PC = cycles + ((to ~ PC) > 0xFF and 2 or 1), to end
  end
  local function compare(register, value) N = register - value; Z, C = N, N < 0 and 0 or 1 end
  local function adc(value)
    local sum = A + value + C
    Z = sum & 0xFF -- in decimal mode too; there N and V are as before the upper digit is corrected (NMOS)
    local digit = D == 1 and (A & 15) + (value & 15) + C or 0
    if digit > 9 then sum = sum + (digit < 26 and 6 or -10) end
    N, V = sum, (~(A ~ value) & (A ~ sum)) >> 7 & 1
    if D == 1 and sum > 0x9F then sum = sum + 0x60 end
    A, C = sum & 0xFF, sum > 0xFF and 1 or 0
  end
  local function sbc(value) -- its flags are the same in decimal mode
    local rest, digit = A - value + C - 1, D == 1 and (A & 15) - (value & 15) + C - 1 or 0
    N, Z, V, C = rest, rest & 0xFF, ((A ~ value) & (A ~ rest)) >> 7 & 1, rest < 0 and 0 or 1
    if digit < 0 then rest = rest + (digit < -10 and 10 or -6) end
    A = (D == 1 and rest < 0 and rest - 0x60 or rest) & 0xFF
  end

  local operation = {
    LDA = function(v) A, N, Z = v, v, v end, STA = function(a) mem[a] = A end,
    LDX = function(v) X, N, Z = v, v, v end, STX = function(a) mem[a] = X end,
    LDY = function(v) Y, N, Z = v, v, v end, STY = function(a) mem[a] = Y end,
    TAX = function() X, N, Z = A, A, A end, TXA = function() A, N, Z = X, X, X end,
    TAY = function() Y, N, Z = A, A, A end, TYA = function() A, N, Z = Y, Y, Y end,
    TSX = function() X, N, Z = S, S, S end, TXS = function() S = X end,
    INX = function() X = X + 1 & 0xFF; N, Z = X, X end, DEX = function() X = X - 1 & 0xFF; N, Z = X, X end,
    INY = function() Y = Y + 1 & 0xFF; N, Z = Y, Y end, DEY = function() Y = Y - 1 & 0xFF; N, Z = Y, Y end,
    AND = function(v) A = A & v; N, Z = A, A end, ORA = function(v) A = A | v; N, Z = A, A end,
    EOR = function(v) A = A ~ v; N, Z = A, A end, BIT = function(v) N, V, Z = v, v >> 6 & 1, v & A end,
    ADC = adc, SBC = sbc, CMP = function(v) compare(A, v) end,
    CPX = function(v) compare(X, v) end, CPY = function(v) compare(Y, v) end,
    BPL = function(to) jump_if(N & 0x80 == 0, to) end, BMI = function(to) jump_if(N & 0x80 ~= 0, to) end,
    BVC = function(to) jump_if(V == 0, to) end, BVS = function(to) jump_if(V == 1, to) end,
    BCC = function(to) jump_if(C == 0, to) end, BCS = function(to) jump_if(C == 1, to) end,
    BNE = function(to) jump_if(Z ~= 0, to) end, BEQ = function(to) jump_if(Z == 0, to) end,
    CLC = function() C = 0 end, CLI = function() I = 0 end, CLD = function() D = 0 end,
    SEC = function() C = 1 end, SEI = function() I = 1 end, SED = function() D = 1 end,
    CLV = function() V = 0 end, NOP = function() end,
    PHA = function() push(A) end, PLA = function() A = pull(); N, Z = A, A end,
    PHP = function() push(status() | 0x10) end, PLP = function() set_status(pull()) end,
    JMP = function(a) PC = a end, JSR = function(a) push_word(PC - 1); PC = a end,
    RTS = function() PC = pull_word() + 1 & 0xFFFF end,
    RTI = function() set_status(pull()); PC = pull_word() end,
    BRK = function() PC = PC + 1 & 0xFFFF; interrupt(0xFFFE, status() | 0x10) end,
  }
  local change = { -- what is done to a byte of memory, or to A
    INC = function(v) return v + 1 & 0xFF end, DEC = function(v) return v - 1 & 0xFF end,
    ASL = function(v) C = v >> 7; return v << 1 & 0xFF end, LSR = function(v) C = v & 1; return v >> 1 end,
    ROL = function(v) local old = C; C = v >> 7; return v << 1 & 0xFF | old end,
    ROR = function(v) local old = C; C = v & 1; return v >> 1 | old << 7 end,
  }
  local function in_memory(f) return function(a) N = f(mem[a]); mem[a], Z = N, N end end
  local function in_register(f) return function() A = f(A); N, Z = A, A end end
  local addresses, operations = {}, {} -- by opcode
  for opcode, name in pairs(names) do
    local way, f = ways[opcode], change[name]
    operations[opcode] = f and (way == "acc" and in_register or in_memory)(f) or operation[name]
    addresses[opcode] = address[way]
  end

  local processor = {}
  --- Runs until so many cycles have been counted in all. Gives false if it was stopped before.
  function processor.run(last)
    limit = last
    while cycles < limit do
      if nmi or irq and I == 0 then
        interrupt(nmi and 0xFFFA or 0xFFFE, status())
        nmi, cycles = false, cycles + 7
      end
      local code = words and words[PC] or mem[PC] | mem[PC + 1 & 0xFFFF] << 8
      local opcode = code & 0xFF
      local operate, where, read = operations[opcode], addresses[opcode], reads[opcode]
      if not operate then error(("$%02X at $%04X is no documented instruction"):format(opcode, PC)) end
      operand, PC, cycles = code >> 8, PC + lengths[opcode] & 0xFFFF, cycles + base[opcode]
      local with = where and where(read) or operand
      operate(read and mem[with] or with)
    end
    return limit > 0
  end

  function processor.stop() limit = 0 end -- after the instruction that is being executed
  function processor.nmi() nmi = true end
  function processor.irq(level) irq = level end -- true for as long as a device asks
  function processor.reset() S, I, PC, cycles, nmi = S - 3 & 0xFF, 1, word(0xFFFC), cycles + 7, false end
  function processor.get()
    return { A = A, X = X, Y = Y, S = S, PC = PC, P = status(), cycles = cycles, irq = irq, nmi = nmi }
  end
  function processor.set(to)
    A, X, Y, S, PC, cycles, irq, nmi = to.A, to.X, to.Y, to.S, to.PC, to.cycles, to.irq, to.nmi
    set_status(to.P)
  end
  return processor
end
