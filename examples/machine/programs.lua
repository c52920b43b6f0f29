--- The programs in the machine's ROM: what runs after a reset, and one at the beginning of each bank.
local assemble = require(((...):gsub("programs$", "assembler")))

local QUARTER <const> = 0x4000

local FIXED <const> = [[
console = $4000           ; write: print; read: what is typed, or 0
power = $4001             ; write: switch off
bank = $8000              ; write: the number of a bank
bank_program = $8000

text = $10                ; where what is printed is
number = $12
digits = $14              ; three bytes, two digits in each
frames = $18

reset:   LDX #$FF
         TXS
         CLD
         LDA #0
         STA frames
         STA frames+1
         TAX
next:    STX bank         ; ROM is written to, which chooses a bank
         TXA
         PHA
         JSR bank_program
         PLA
         TAX
         INX
         CPX #3
         BNE next
         LDA frames
         STA number
         LDA frames+1
         STA number+1
         JSR decimal
         LDA #<ended
         LDY #>ended
         JSR print
         STA power
hang:    JMP hang

ended:   .byte " frames have passed.", 10, 0

nmi:     INC frames       ; at the end of each frame
         BNE nothing
         INC frames+1
nothing: RTI

; Prints the text at A (its lower byte) and Y (its upper one), up to a zero.
print:   STA text
         STY text+1
         LDY #0
letter:  LDA (text),Y
         BEQ printed
         STA console
         INY
         BNE letter
printed: RTS

; Prints a number above 0. Each turn doubles it in decimal mode, and brings in another bit.
decimal: LDA #0
         STA digits
         STA digits+1
         STA digits+2
         SED
         LDX #16
bit:     ASL number
         ROL number+1
         LDA digits
         ADC digits
         STA digits
         LDA digits+1
         ADC digits+1
         STA digits+1
         LDA digits+2
         ADC digits+2
         STA digits+2
         DEX
         BNE bit
         CLD
         LDX #2
         LDY #0           ; how many digits have been printed
two:     LDA digits,X
         LSR A
         LSR A
         LSR A
         LSR A
         JSR digit
         LDA digits,X
         AND #15
         JSR digit
         DEX
         BPL two
         RTS
digit:   BNE show
         CPY #0
         BEQ none         ; no zeros in front
show:    ORA #'0'
         STA console
         INY
none:    RTS

         .org $FFFA
         .word nmi, reset, nothing
]]

local BANKS <const> = {
  [0] = [[
; Asks for a name.
         LDA #<question
         LDY #>question
         JSR print
key:     LDA console
         BEQ key          ; nothing is typed yet
         CMP #10
         BEQ answer
         STA console      ; shows what is typed
         STA $0200,X
         INX
         BNE key
answer:  STA console
         LDA #0
         STA $0200,X
         LDA #<hello
         LDY #>hello
         JSR print
         LDA #$00
         LDY #$02
         JSR print
         LDA #<stop
         LDY #>stop
         JMP print
question: .byte "Who is there? ", 0
hello:   .byte "Hello, ", 0
stop:    .byte "!", 10, 0
]],
  [[
; Counts the primes below 8192, with a byte for each number.
flags = $1000
limit = $2000
i = $20
count = $22
at = $24
         LDA #<flags
         STA at
         LDA #>flags
         STA at+1
         LDX #>limit
         LDA #0
         STA count
         STA count+1
         STA i+1
         TAY
clear:   STA (at),Y
         INY
         BNE clear
         INC at+1
         DEX
         BNE clear
         LDA #2
         STA i
try:     CLC
         LDA i
         STA at           ; flags begin at a page
         LDA i+1
         ADC #>flags
         STA at+1
         LDA (at),Y
         BNE crossed      ; a multiple of a smaller one
         INC count
         BNE mark
         INC count+1
mark:    CLC
         LDA at
         ADC i
         STA at
         LDA at+1
         ADC i+1
         STA at+1
         CMP #>flags+limit
         BCS crossed
         LDA #1
         STA (at),Y
         BNE mark
crossed: INC i
         BNE try
         INC i+1
         LDA i+1
         CMP #>limit
         BNE try
         LDA count
         STA number
         LDA count+1
         STA number+1
         JSR decimal
         LDA #<primes
         LDY #>primes
         JMP print
primes:  .byte " primes are below 8192.", 10, 0
]], [[
; Draws Sierpinski's triangle.
x = $20
y = $21
         LDY #0
row:     STY y
         SEC
         LDA #15
         SBC y
         TAX
         BEQ cells
         LDA #$20
indent:  STA console
         DEX
         BNE indent
cells:   LDX #0
cell:    STX x
         SEC
         LDA y
         SBC x
         AND x
         BNE blank
         LDA #'*'
         BNE put
blank:   LDA #$20
put:     STA console
         CPX y
         BEQ newline
         LDA #$20
         STA console
         INX
         BNE cell
newline: LDA #10
         STA console
         INY
         CPY #16
         BNE row
         RTS
]],
}

local rom, names = assemble(FIXED, 0xC000)
local banks = {}
for i, text in pairs(BANKS) do
  local bytes = assemble(text, 0x8000, names)
  banks[i] = bytes .. ("\0"):rep(QUARTER - #bytes)
end
assert(#rom == QUARTER)

return { rom = rom, banks = banks, names = names }
