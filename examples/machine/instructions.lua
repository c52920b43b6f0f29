--- The instruction set of the MOS 6502, as it is published: all 151 documented instructions.

-- All by opcode, but for opcodes[name][way of addressing]. `reads` tells what reads its operand from memory.
local set = { names = {}, ways = {}, cycles = {}, lengths = {}, reads = {}, opcodes = {} }

-- Name, what is done with the operand, and the opcode for each way of addressing it.
local WITH_OPERAND <const> = [[
     acc imm zp  zpx zpy abs abx aby izx izy
ADC read   - 69  65  75  -   6D  7D  79  61  71
AND read   - 29  25  35  -   2D  3D  39  21  31
ASL modify 0A -  06  16  -   0E  1E  -   -   -
BIT read   - -   24  -   -   2C  -   -   -   -
CMP read   - C9  C5  D5  -   CD  DD  D9  C1  D1
CPX read   - E0  E4  -   -   EC  -   -   -   -
CPY read   - C0  C4  -   -   CC  -   -   -   -
DEC modify - -   C6  D6  -   CE  DE  -   -   -
EOR read   - 49  45  55  -   4D  5D  59  41  51
INC modify - -   E6  F6  -   EE  FE  -   -   -
LDA read   - A9  A5  B5  -   AD  BD  B9  A1  B1
LDX read   - A2  A6  -   B6  AE  -   BE  -   -
LDY read   - A0  A4  B4  -   AC  BC  -   -   -
LSR modify 4A -  46  56  -   4E  5E  -   -   -
ORA read   - 09  05  15  -   0D  1D  19  01  11
ROL modify 2A -  26  36  -   2E  3E  -   -   -
ROR modify 6A -  66  76  -   6E  7E  -   -   -
SBC read   - E9  E5  F5  -   ED  FD  F9  E1  F1
STA write  - -   85  95  -   8D  9D  99  81  91
STX write  - -   86  -   96  8E  -   -   -   -
STY write  - -   84  94  -   8C  -   -   -   - ]]
local OTHERS <const> = [[
rel 2 BPL 10 BMI 30 BVC 50 BVS 70 BCC 90 BCS B0 BNE D0 BEQ F0
imp 2 CLC 18 SEC 38 CLI 58 SEI 78 CLV B8 CLD D8 SED F8 NOP EA
      TXA 8A TYA 98 TXS 9A TAY A8 TAX AA TSX BA DEY 88 INY C8 DEX CA INX E8
imp 3 PHP 08 PHA 48  imp 4 PLP 28 PLA 68  imp 6 RTI 40 RTS 60  imp 7 BRK 00
abs 3 JMP 4C  ind 5 JMP 6C  abs 6 JSR 20 ]]
-- Of what reads; others have 2. If an index leads to another page that takes one more, and writing always.
local CYCLES <const> = { zp = 3, zpx = 4, zpy = 4, abs = 4, abx = 4, aby = 4, izx = 6, izy = 5 }
local CROSSES <const> = { abx = 1, aby = 1, izy = 1 }
local LENGTH <const> = { acc = 1, imp = 1, abs = 3, abx = 3, aby = 3, ind = 3 } -- others have 2 bytes

local function define(name, way, use, opcode, cycles)
  set.names[opcode], set.ways[opcode], set.cycles[opcode] = name, way, cycles
  set.lengths[opcode], set.reads[opcode] = LENGTH[way] or 2, use == "read" and way ~= "imm"
  set.opcodes[name] = set.opcodes[name] or {}
  set.opcodes[name][way] = opcode
end

for name, use, opcodes in WITH_OPERAND:gmatch "(%u+) (%l+) +([^\n]+)" do
  local next_way = WITH_OPERAND:gmatch "%l+"
  for opcode in opcodes:gmatch "%S+" do
    local way = next_way()
    local more = (use ~= "read" and CROSSES[way] or 0) + (use == "modify" and way ~= "acc" and 2 or 0)
    if opcode ~= "-" then define(name, way, use, tonumber(opcode, 16), (CYCLES[way] or 2) + more) end
  end
end
for way, time, list in OTHERS:gmatch "(%l+) (%d)([^%l]+)" do
  for name, opcode in list:gmatch "(%u+) (%x+)" do define(name, way, nil, tonumber(opcode, 16), time // 1) end
end

return set
