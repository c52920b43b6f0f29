--- The instruction set of the MOS 6502: all 151 documented instructions.

-- All by opcode, but for opcodes[name][way of addressing]. `reads` tells what reads its operand from memory.
local set = { names = {}, ways = {}, cycles = {}, lengths = {}, reads = {}, opcodes = {} }

-- An opcode is the sum of two numbers, the instruction's and its way of addressing's: LDA abs is A1 + C = AD.
-- In front is what is done with the operand in memory; or, if nothing is, how many cycles it takes.
local OPCODES <const> = [[
read   ORA 01 AND 21 EOR 41 ADC 61 LDA A1 CMP C1 SBC E1 : izx 0 zp 4 imm 8 abs C izy 10 zpx 14 aby 18 abx 1C
write  STA 81                      : izx 0 zp 4 abs C izy 10 zpx 14 aby 18 abx 1C
write  STX 82                      : zp 4 abs C zpy 14
write  STY 80                      : zp 4 abs C zpx 14
read   LDX A2                      : imm 0 zp 4 abs C zpy 14 aby 1C
read   LDY A0                      : imm 0 zp 4 abs C zpx 14 abx 1C
read   CPX E0 CPY C0               : imm 0 zp 4 abs C
read   BIT 20                      : zp 4 abs C
modify ASL 02 ROL 22 LSR 42 ROR 62 DEC C2 INC E2 : zp 4 abs C zpx 14 abx 1C
2      ASL 0A ROL 2A LSR 4A ROR 6A : acc 0
2      CLC 18 SEC 38 CLI 58 SEI 78 CLV B8 CLD D8 SED F8 NOP EA : imp 0
2      TXA 8A TYA 98 TXS 9A TAY A8 TAX AA TSX BA DEY 88 INY C8 DEX CA INX E8 : imp 0
2      BPL 10 BMI 30 BVC 50 BVS 70 BCC 90 BCS B0 BNE D0 BEQ F0 : rel 0
3      PHP 08 PHA 48               : imp 0
4      PLP 28 PLA 68               : imp 0
6      RTI 40 RTS 60               : imp 0
7      BRK 00                      : imp 0
6      JSR 20                      : abs 0
3      JMP 4C                      : abs 0
5      JMP 6C                      : ind 0 ]]
-- Of what reads. If an index leads to another page that takes one more, and what writes always does.
local CYCLES <const> = { imm = 2, zp = 3, zpx = 4, zpy = 4, abs = 4, abx = 4, aby = 4, izx = 6, izy = 5 }
local INDEXED <const> = { abx = 1, aby = 1, izy = 1 }
local LENGTH <const> = { acc = 1, imp = 1, abs = 3, abx = 3, aby = 3, ind = 3 } -- others have 2 bytes

for use, instructions, ways in OPCODES:gmatch "(%w+) +(%u[^:]+):([^\n]+)" do
  for name, number in instructions:gmatch "(%u+) (%x+)" do
    set.opcodes[name] = set.opcodes[name] or {}
    for way, more in ways:gmatch "(%l+) (%x+)" do
      local opcode = tonumber(number, 16) + tonumber(more, 16)
      set.opcodes[name][way], set.names[opcode], set.ways[opcode] = opcode, name, way
      set.lengths[opcode], set.reads[opcode] = LENGTH[way] or 2, use == "read" and way ~= "imm"
      local longer = (use ~= "read" and INDEXED[way] or 0) + (use == "modify" and 2 or 0)
      set.cycles[opcode] = tonumber(use) or CYCLES[way] + longer
    end
  end
end

return set
