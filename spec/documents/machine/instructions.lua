--- What each instruction of the MOS 6502 does, with its flags and cycles: written from what is published of
--- the instruction set, and for decimal mode of the NMOS chip. Nothing here was computed by the example.
---
--- instruction | bytes | before | after | cycles. Numbers are hexadecimal, except for cycles: "A=80" is a
--- register, "1F0=04" a byte of memory. Letters alone are flags: "Nz" means that N is set and Z clear.
--- Before, flags that are not named are all set, and then all clear; A is 11, X 22, Y 33, S F0, PC 400.
--- After, what is not named is as it was, and PC is behind the instruction.

return [[
LDA #$80     | A9 80    |                            | A=80 Nz             | 2
LDA #$00     | A9 00    |                            | A=00 nZ             | 2
LDA #$7F     | A9 7F    |                            | A=7F nz             | 2
LDA $10      | A5 10    | 10=42                      | A=42 nz             | 3
LDA $F0,X    | B5 F0    | X=20 10=99                 | A=99 Nz             | 4
LDA $1234    | AD 34 12 | 1234=00                    | A=00 nZ             | 4
LDA $1234,X  | BD 34 12 | X=01 1235=56               | A=56 nz             | 4
LDA $12F0,X  | BD F0 12 | X=20 1310=56               | A=56 nz             | 5
LDA $FFFF,X  | BD FF FF | X=11 10=33                 | A=33 nz             | 5
LDA $1234,Y  | B9 34 12 | Y=02 1236=80               | A=80 Nz             | 4
LDA $12FF,Y  | B9 FF 12 | Y=01 1300=80               | A=80 Nz             | 5
LDA ($20,X)  | A1 20    | X=04 24=34 25=12 1234=77   | A=77 nz             | 6
LDA ($FE,X)  | A1 FE    | X=01 FF=34 0=12 1234=77    | A=77 nz             | 6
LDA ($FE,X)  | A1 FE    | X=04 2=34 3=12 1234=77     | A=77 nz             | 6
LDA ($20),Y  | B1 20    | Y=05 20=30 21=12 1235=08   | A=08 nz             | 5
LDA ($20),Y  | B1 20    | Y=10 20=F8 21=12 1308=08   | A=08 nz             | 6
LDA ($FF),Y  | B1 FF    | Y=01 FF=33 0=12 1234=09    | A=09 nz             | 5
LDX #$80     | A2 80    |                            | X=80 Nz             | 2
LDX #$00     | A2 00    |                            | X=00 nZ             | 2
LDX $10      | A6 10    | 10=01                      | X=01 nz             | 3
LDX $F0,Y    | B6 F0    | Y=20 10=99                 | X=99 Nz             | 4
LDX $1234    | AE 34 12 | 1234=7F                    | X=7F nz             | 4
LDX $1234,Y  | BE 34 12 | Y=01 1235=00               | X=00 nZ             | 4
LDX $12FF,Y  | BE FF 12 | Y=02 1301=FF               | X=FF Nz             | 5
LDY #$80     | A0 80    |                            | Y=80 Nz             | 2
LDY #$00     | A0 00    |                            | Y=00 nZ             | 2
LDY $10      | A4 10    | 10=01                      | Y=01 nz             | 3
LDY $F0,X    | B4 F0    | X=20 10=99                 | Y=99 Nz             | 4
LDY $1234    | AC 34 12 | 1234=7F                    | Y=7F nz             | 4
LDY $1234,X  | BC 34 12 | X=01 1235=00               | Y=00 nZ             | 4
LDY $12FF,X  | BC FF 12 | X=02 1301=FF               | Y=FF Nz             | 5

STA $10      | 85 10    | A=00                       | 10=00               | 3
STA $F0,X    | 95 F0    | A=80 X=20                  | 10=80               | 4
STA $1234    | 8D 34 12 | A=80                       | 1234=80             | 4
STA $1234,X  | 9D 34 12 | A=80 X=01                  | 1235=80             | 5
STA $12FF,X  | 9D FF 12 | A=80 X=01                  | 1300=80             | 5
STA $1234,Y  | 99 34 12 | A=80 Y=01                  | 1235=80             | 5
STA $12FF,Y  | 99 FF 12 | A=80 Y=01                  | 1300=80             | 5
STA ($20,X)  | 81 20    | A=80 X=04 24=34 25=12      | 1234=80             | 6
STA ($FE,X)  | 81 FE    | A=80 X=01 FF=34 0=12       | 1234=80             | 6
STA ($20),Y  | 91 20    | A=80 Y=05 20=30 21=12      | 1235=80             | 6
STA ($20),Y  | 91 20    | A=80 Y=10 20=F8 21=12      | 1308=80             | 6
STX $10      | 86 10    | X=80                       | 10=80               | 3
STX $F0,Y    | 96 F0    | X=80 Y=20                  | 10=80               | 4
STX $1234    | 8E 34 12 | X=00                       | 1234=00             | 4
STY $10      | 84 10    | Y=80                       | 10=80               | 3
STY $F0,X    | 94 F0    | Y=80 X=20                  | 10=80               | 4
STY $1234    | 8C 34 12 | Y=00                       | 1234=00             | 4

TAX          | AA       | A=80                       | X=80 Nz             | 2
TAX          | AA       | A=00                       | X=00 nZ             | 2
TAY          | A8       | A=80                       | Y=80 Nz             | 2
TAY          | A8       | A=00                       | Y=00 nZ             | 2
TXA          | 8A       | X=80                       | A=80 Nz             | 2
TXA          | 8A       | X=00                       | A=00 nZ             | 2
TYA          | 98       | Y=80                       | A=80 Nz             | 2
TYA          | 98       | Y=00                       | A=00 nZ             | 2
TSX          | BA       | S=80                       | X=80 Nz             | 2
TSX          | BA       | S=00                       | X=00 nZ             | 2
TXS          | 9A       | X=80                       | S=80                | 2
TXS          | 9A       | X=00                       | S=00                | 2

PHA          | 48       | A=C3                       | S=EF 1F0=C3         | 3
PHA          | 48       | A=C3 S=00                  | S=FF 100=C3         | 3
PHP          | 08       | nvdizc                     | S=EF 1F0=30         | 3
PHP          | 08       | NVDIZC                     | S=EF 1F0=FF         | 3
PHP          | 08       | NvDizC                     | S=EF 1F0=B9         | 3
PHP          | 08       | nVdIZc                     | S=EF 1F0=76         | 3
PLA          | 68       | S=EF 1F0=80                | S=F0 A=80 Nz        | 4
PLA          | 68       | S=FF 100=00                | S=00 A=00 nZ        | 4
PLP          | 28       | S=EF 1F0=00                | S=F0 nvdizc         | 4
PLP          | 28       | S=EF 1F0=FF                | S=F0 NVDIZC         | 4
PLP          | 28       | S=EF 1F0=89                | S=F0 NvDizC         | 4
PLP          | 28       | S=EF 1F0=76                | S=F0 nVdIZc         | 4

AND #$0F     | 29 0F    | A=3C                       | A=0C nz             | 2
AND #$0F     | 29 0F    | A=F0                       | A=00 nZ             | 2
AND #$F0     | 29 F0    | A=8F                       | A=80 Nz             | 2
AND $10      | 25 10    | A=FF 10=81                 | A=81 Nz             | 3
AND $F0,X    | 35 F0    | A=FF X=20 10=01            | A=01 nz             | 4
AND $1234    | 2D 34 12 | A=0F 1234=F8               | A=08 nz             | 4
AND $1234,X  | 3D 34 12 | A=0F X=01 1235=F8          | A=08 nz             | 4
AND $12FF,X  | 3D FF 12 | A=0F X=01 1300=F8          | A=08 nz             | 5
AND $1234,Y  | 39 34 12 | A=0F Y=01 1235=F8          | A=08 nz             | 4
AND $12FF,Y  | 39 FF 12 | A=0F Y=01 1300=F8          | A=08 nz             | 5
AND ($20,X)  | 21 20    | A=0F X=04 24=34 25=12 1234=F8 | A=08 nz          | 6
AND ($20),Y  | 31 20    | A=0F Y=05 20=30 21=12 1235=F8 | A=08 nz          | 5
AND ($20),Y  | 31 20    | A=0F Y=10 20=F8 21=12 1308=F8 | A=08 nz          | 6
ORA #$0F     | 09 0F    | A=30                       | A=3F nz             | 2
ORA #$00     | 09 00    | A=00                       | A=00 nZ             | 2
ORA #$80     | 09 80    | A=01                       | A=81 Nz             | 2
ORA $10      | 05 10    | A=01 10=02                 | A=03 nz             | 3
ORA $F0,X    | 15 F0    | A=01 X=20 10=02            | A=03 nz             | 4
ORA $1234    | 0D 34 12 | A=01 1234=02               | A=03 nz             | 4
ORA $1234,X  | 1D 34 12 | A=01 X=01 1235=02          | A=03 nz             | 4
ORA $12FF,X  | 1D FF 12 | A=01 X=01 1300=02          | A=03 nz             | 5
ORA $1234,Y  | 19 34 12 | A=01 Y=01 1235=02          | A=03 nz             | 4
ORA $12FF,Y  | 19 FF 12 | A=01 Y=01 1300=02          | A=03 nz             | 5
ORA ($20,X)  | 01 20    | A=01 X=04 24=34 25=12 1234=02 | A=03 nz          | 6
ORA ($20),Y  | 11 20    | A=01 Y=05 20=30 21=12 1235=02 | A=03 nz          | 5
ORA ($20),Y  | 11 20    | A=01 Y=10 20=F8 21=12 1308=02 | A=03 nz          | 6
EOR #$FF     | 49 FF    | A=70                       | A=8F Nz             | 2
EOR #$55     | 49 55    | A=55                       | A=00 nZ             | 2
EOR #$01     | 49 01    | A=03                       | A=02 nz             | 2
EOR $10      | 45 10    | A=0F 10=3C                 | A=33 nz             | 3
EOR $F0,X    | 55 F0    | A=0F X=20 10=3C            | A=33 nz             | 4
EOR $1234    | 4D 34 12 | A=0F 1234=3C               | A=33 nz             | 4
EOR $1234,X  | 5D 34 12 | A=0F X=01 1235=3C          | A=33 nz             | 4
EOR $12FF,X  | 5D FF 12 | A=0F X=01 1300=3C          | A=33 nz             | 5
EOR $1234,Y  | 59 34 12 | A=0F Y=01 1235=3C          | A=33 nz             | 4
EOR $12FF,Y  | 59 FF 12 | A=0F Y=01 1300=3C          | A=33 nz             | 5
EOR ($20,X)  | 41 20    | A=0F X=04 24=34 25=12 1234=3C | A=33 nz          | 6
EOR ($20),Y  | 51 20    | A=0F Y=05 20=30 21=12 1235=3C | A=33 nz          | 5
EOR ($20),Y  | 51 20    | A=0F Y=10 20=F8 21=12 1308=3C | A=33 nz          | 6
BIT $10      | 24 10    | A=01 10=C1                 | NVz                 | 3
BIT $10      | 24 10    | A=3E 10=C1                 | NVZ                 | 3
BIT $10      | 24 10    | A=FF 10=40                 | nVz                 | 3
BIT $10      | 24 10    | A=FF 10=80                 | Nvz                 | 3
BIT $10      | 24 10    | A=FF 10=00                 | nvZ                 | 3
BIT $1234    | 2C 34 12 | A=80 1234=80               | Nvz                 | 4
BIT $1234    | 2C 34 12 | A=01 1234=7E               | nVZ                 | 4

ADC #$10     | 69 10    | A=50 dc                    | A=60 nvzc           | 2
ADC #$10     | 69 10    | A=50 dC                    | A=61 nvzc           | 2
ADC #$50     | 69 50    | A=50 dc                    | A=A0 NVzc           | 2
ADC #$90     | 69 90    | A=50 dc                    | A=E0 Nvzc           | 2
ADC #$D0     | 69 D0    | A=50 dc                    | A=20 nvzC           | 2
ADC #$10     | 69 10    | A=D0 dc                    | A=E0 Nvzc           | 2
ADC #$50     | 69 50    | A=D0 dc                    | A=20 nvzC           | 2
ADC #$90     | 69 90    | A=D0 dc                    | A=60 nVzC           | 2
ADC #$D0     | 69 D0    | A=D0 dc                    | A=A0 NvzC           | 2
ADC #$00     | 69 00    | A=FF dC                    | A=00 nvZC           | 2
ADC #$00     | 69 00    | A=7F dC                    | A=80 NVzc           | 2
ADC #$FF     | 69 FF    | A=FF dC                    | A=FF NvzC           | 2
ADC #$80     | 69 80    | A=80 dc                    | A=00 nVZC           | 2
ADC #$00     | 69 00    | A=00 dc                    | A=00 nvZc           | 2
ADC #$34     | 69 34    | A=12 Dc                    | A=46 nvzc           | 2
ADC #$26     | 69 26    | A=15 Dc                    | A=41 nvzc           | 2
ADC #$46     | 69 46    | A=58 DC                    | A=05 NVzC           | 2
ADC #$92     | 69 92    | A=81 Dc                    | A=73 nVzC           | 2
ADC #$01     | 69 01    | A=99 Dc                    | A=00 NvzC           | 2
ADC #$00     | 69 00    | A=99 DC                    | A=00 NvzC           | 2
ADC #$01     | 69 01    | A=79 Dc                    | A=80 NVzc           | 2
ADC #$00     | 69 00    | A=00 Dc                    | A=00 nvZc           | 2
ADC #$99     | 69 99    | A=99 DC                    | A=99 nVzC           | 2
ADC $10      | 65 10    | A=01 dc 10=02              | A=03 nvzc           | 3
ADC $F0,X    | 75 F0    | A=01 dc X=20 10=02         | A=03 nvzc           | 4
ADC $1234    | 6D 34 12 | A=01 dc 1234=02            | A=03 nvzc           | 4
ADC $1234,X  | 7D 34 12 | A=01 dc X=01 1235=02       | A=03 nvzc           | 4
ADC $12FF,X  | 7D FF 12 | A=01 dc X=01 1300=02       | A=03 nvzc           | 5
ADC $1234,Y  | 79 34 12 | A=01 dc Y=01 1235=02       | A=03 nvzc           | 4
ADC $12FF,Y  | 79 FF 12 | A=01 dc Y=01 1300=02       | A=03 nvzc           | 5
ADC ($20,X)  | 61 20    | A=01 dc X=04 24=34 25=12 1234=02 | A=03 nvzc     | 6
ADC ($20),Y  | 71 20    | A=01 dc Y=05 20=30 21=12 1235=02 | A=03 nvzc     | 5
ADC ($20),Y  | 71 20    | A=01 dc Y=10 20=F8 21=12 1308=02 | A=03 nvzc     | 6
SBC #$F0     | E9 F0    | A=50 dC                    | A=60 nvzc           | 2
SBC #$B0     | E9 B0    | A=50 dC                    | A=A0 NVzc           | 2
SBC #$70     | E9 70    | A=50 dC                    | A=E0 Nvzc           | 2
SBC #$30     | E9 30    | A=50 dC                    | A=20 nvzC           | 2
SBC #$F0     | E9 F0    | A=D0 dC                    | A=E0 Nvzc           | 2
SBC #$B0     | E9 B0    | A=D0 dC                    | A=20 nvzC           | 2
SBC #$70     | E9 70    | A=D0 dC                    | A=60 nVzC           | 2
SBC #$30     | E9 30    | A=D0 dC                    | A=A0 NvzC           | 2
SBC #$50     | E9 50    | A=50 dC                    | A=00 nvZC           | 2
SBC #$4F     | E9 4F    | A=50 dc                    | A=00 nvZC           | 2
SBC #$50     | E9 50    | A=50 dc                    | A=FF Nvzc           | 2
SBC #$01     | E9 01    | A=80 dC                    | A=7F nVzC           | 2
SBC #$12     | E9 12    | A=46 DC                    | A=34 nvzC           | 2
SBC #$13     | E9 13    | A=40 DC                    | A=27 nvzC           | 2
SBC #$02     | E9 02    | A=32 Dc                    | A=29 nvzC           | 2
SBC #$21     | E9 21    | A=12 DC                    | A=91 Nvzc           | 2
SBC #$34     | E9 34    | A=21 DC                    | A=87 Nvzc           | 2
SBC #$01     | E9 01    | A=00 DC                    | A=99 Nvzc           | 2
SBC #$45     | E9 45    | A=45 DC                    | A=00 nvZC           | 2
SBC #$01     | E9 01    | A=80 DC                    | A=79 nVzC           | 2
SBC $10      | E5 10    | A=05 dC 10=02              | A=03 nvzC           | 3
SBC $F0,X    | F5 F0    | A=05 dC X=20 10=02         | A=03 nvzC           | 4
SBC $1234    | ED 34 12 | A=05 dC 1234=02            | A=03 nvzC           | 4
SBC $1234,X  | FD 34 12 | A=05 dC X=01 1235=02       | A=03 nvzC           | 4
SBC $12FF,X  | FD FF 12 | A=05 dC X=01 1300=02       | A=03 nvzC           | 5
SBC $1234,Y  | F9 34 12 | A=05 dC Y=01 1235=02       | A=03 nvzC           | 4
SBC $12FF,Y  | F9 FF 12 | A=05 dC Y=01 1300=02       | A=03 nvzC           | 5
SBC ($20,X)  | E1 20    | A=05 dC X=04 24=34 25=12 1234=02 | A=03 nvzC     | 6
SBC ($20),Y  | F1 20    | A=05 dC Y=05 20=30 21=12 1235=02 | A=03 nvzC     | 5
SBC ($20),Y  | F1 20    | A=05 dC Y=10 20=F8 21=12 1308=02 | A=03 nvzC     | 6

CMP #$40     | C9 40    | A=40                       | nZC                 | 2
CMP #$41     | C9 41    | A=40                       | Nzc                 | 2
CMP #$3F     | C9 3F    | A=40                       | nzC                 | 2
CMP #$FF     | C9 FF    | A=00                       | nzc                 | 2
CMP #$00     | C9 00    | A=FF                       | NzC                 | 2
CMP #$80     | C9 80    | A=7F                       | Nzc                 | 2
CMP #$7F     | C9 7F    | A=80                       | nzC                 | 2
CMP $10      | C5 10    | A=05 10=02                 | nzC                 | 3
CMP $F0,X    | D5 F0    | A=05 X=20 10=02            | nzC                 | 4
CMP $1234    | CD 34 12 | A=05 1234=02               | nzC                 | 4
CMP $1234,X  | DD 34 12 | A=05 X=01 1235=02          | nzC                 | 4
CMP $12FF,X  | DD FF 12 | A=05 X=01 1300=02          | nzC                 | 5
CMP $1234,Y  | D9 34 12 | A=05 Y=01 1235=02          | nzC                 | 4
CMP $12FF,Y  | D9 FF 12 | A=05 Y=01 1300=02          | nzC                 | 5
CMP ($20,X)  | C1 20    | A=05 X=04 24=34 25=12 1234=02 | nzC              | 6
CMP ($20),Y  | D1 20    | A=05 Y=05 20=30 21=12 1235=02 | nzC              | 5
CMP ($20),Y  | D1 20    | A=05 Y=10 20=F8 21=12 1308=02 | nzC              | 6
CPX #$40     | E0 40    | X=40                       | nZC                 | 2
CPX #$41     | E0 41    | X=40                       | Nzc                 | 2
CPX $10      | E4 10    | X=05 10=02                 | nzC                 | 3
CPX $1234    | EC 34 12 | X=00 1234=FF               | nzc                 | 4
CPY #$40     | C0 40    | Y=40                       | nZC                 | 2
CPY #$41     | C0 41    | Y=40                       | Nzc                 | 2
CPY $10      | C4 10    | Y=05 10=02                 | nzC                 | 3
CPY $1234    | CC 34 12 | Y=00 1234=FF               | nzc                 | 4

ASL A        | 0A       | A=41                       | A=82 Nzc            | 2
ASL A        | 0A       | A=80                       | A=00 nZC            | 2
ASL $10      | 06 10    | 10=C0                      | 10=80 NzC           | 5
ASL $F0,X    | 16 F0    | X=20 10=01                 | 10=02 nzc           | 6
ASL $1234    | 0E 34 12 | 1234=81                    | 1234=02 nzC         | 6
ASL $1234,X  | 1E 34 12 | X=01 1235=40               | 1235=80 Nzc         | 7
ASL $12FF,X  | 1E FF 12 | X=01 1300=40               | 1300=80 Nzc         | 7
LSR A        | 4A       | A=81                       | A=40 nzC            | 2
LSR A        | 4A       | A=01                       | A=00 nZC            | 2
LSR $10      | 46 10    | 10=80                      | 10=40 nzc           | 5
LSR $F0,X    | 56 F0    | X=20 10=00                 | 10=00 nZc           | 6
LSR $1234    | 4E 34 12 | 1234=FF                    | 1234=7F nzC         | 6
LSR $1234,X  | 5E 34 12 | X=01 1235=02               | 1235=01 nzc         | 7
LSR $12FF,X  | 5E FF 12 | X=01 1300=02               | 1300=01 nzc         | 7
ROL A        | 2A       | A=40 c                     | A=80 Nzc            | 2
ROL A        | 2A       | A=80 c                     | A=00 nZC            | 2
ROL A        | 2A       | A=80 C                     | A=01 nzC            | 2
ROL $10      | 26 10    | 10=55 C                    | 10=AB Nzc           | 5
ROL $F0,X    | 36 F0    | X=20 10=AA C               | 10=55 nzC           | 6
ROL $1234    | 2E 34 12 | 1234=00 c                  | 1234=00 nZc         | 6
ROL $1234,X  | 3E 34 12 | X=01 1235=00 C             | 1235=01 nzc         | 7
ROL $12FF,X  | 3E FF 12 | X=01 1300=FF c             | 1300=FE NzC         | 7
ROR A        | 6A       | A=02 c                     | A=01 nzc            | 2
ROR A        | 6A       | A=01 c                     | A=00 nZC            | 2
ROR A        | 6A       | A=01 C                     | A=80 NzC            | 2
ROR $10      | 66 10    | 10=AA C                    | 10=D5 Nzc           | 5
ROR $F0,X    | 76 F0    | X=20 10=55 c               | 10=2A nzC           | 6
ROR $1234    | 6E 34 12 | 1234=00 c                  | 1234=00 nZc         | 6
ROR $1234,X  | 7E 34 12 | X=01 1235=00 C             | 1235=80 Nzc         | 7
ROR $12FF,X  | 7E FF 12 | X=01 1300=FF c             | 1300=7F nzC         | 7
INC $10      | E6 10    | 10=7F                      | 10=80 Nz            | 5
INC $F0,X    | F6 F0    | X=20 10=FF                 | 10=00 nZ            | 6
INC $1234    | EE 34 12 | 1234=00                    | 1234=01 nz          | 6
INC $1234,X  | FE 34 12 | X=01 1235=09               | 1235=0A nz          | 7
INC $12FF,X  | FE FF 12 | X=01 1300=09               | 1300=0A nz          | 7
DEC $10      | C6 10    | 10=00                      | 10=FF Nz            | 5
DEC $F0,X    | D6 F0    | X=20 10=01                 | 10=00 nZ            | 6
DEC $1234    | CE 34 12 | 1234=80                    | 1234=7F nz          | 6
DEC $1234,X  | DE 34 12 | X=01 1235=10               | 1235=0F nz          | 7
DEC $12FF,X  | DE FF 12 | X=01 1300=10               | 1300=0F nz          | 7
INX          | E8       | X=7F                       | X=80 Nz             | 2
INX          | E8       | X=FF                       | X=00 nZ             | 2
INX          | E8       | X=00                       | X=01 nz             | 2
INY          | C8       | Y=7F                       | Y=80 Nz             | 2
INY          | C8       | Y=FF                       | Y=00 nZ             | 2
INY          | C8       | Y=00                       | Y=01 nz             | 2
DEX          | CA       | X=00                       | X=FF Nz             | 2
DEX          | CA       | X=01                       | X=00 nZ             | 2
DEX          | CA       | X=80                       | X=7F nz             | 2
DEY          | 88       | Y=00                       | Y=FF Nz             | 2
DEY          | 88       | Y=01                       | Y=00 nZ             | 2
DEY          | 88       | Y=80                       | Y=7F nz             | 2

CLC          | 18       | C                          | c                   | 2
SEC          | 38       | c                          | C                   | 2
CLI          | 58       | I                          | i                   | 2
SEI          | 78       | i                          | I                   | 2
CLV          | B8       | V                          | v                   | 2
CLD          | D8       | D                          | d                   | 2
SED          | F8       | d                          | D                   | 2
NOP          | EA       |                            |                     | 2

BPL $0407    | 10 05    | n                          | PC=407              | 3
BPL $0407    | 10 05    | N                          |                     | 2
BMI $0407    | 30 05    | N                          | PC=407              | 3
BMI $0407    | 30 05    | n                          |                     | 2
BVC $0407    | 50 05    | v                          | PC=407              | 3
BVC $0407    | 50 05    | V                          |                     | 2
BVS $0407    | 70 05    | V                          | PC=407              | 3
BVS $0407    | 70 05    | v                          |                     | 2
BCC $0407    | 90 05    | c                          | PC=407              | 3
BCC $0407    | 90 05    | C                          |                     | 2
BCS $0407    | B0 05    | C                          | PC=407              | 3
BCS $0407    | B0 05    | c                          |                     | 2
BNE $0407    | D0 05    | z                          | PC=407              | 3
BNE $0407    | D0 05    | Z                          |                     | 2
BEQ $0407    | F0 05    | Z                          | PC=407              | 3
BEQ $0407    | F0 05    | z                          |                     | 2
BEQ $03FD    | F0 FB    | Z                          | PC=3FD              | 4
BEQ $03FD    | F0 FB    | z                          |                     | 2
BEQ $0571    | F0 7F    | Z PC=4F0                   | PC=571              | 4
BEQ $0472    | F0 80    | Z PC=4F0                   | PC=472              | 3
BEQ $0500    | F0 05    | Z PC=4F9                   | PC=500              | 4
BEQ $0505    | F0 05    | Z PC=4FE                   | PC=505              | 3
JMP $1234    | 4C 34 12 |                            | PC=1234             | 3
JMP ($1234)  | 6C 34 12 | 1234=78 1235=56            | PC=5678             | 5
JMP ($12FF)  | 6C FF 12 | 12FF=78 1300=AA 1200=56    | PC=5678             | 5
JSR $1234    | 20 34 12 |                            | PC=1234 S=EE 1F0=04 1EF=02 | 6
JSR $1234    | 20 34 12 | S=00                       | PC=1234 S=FE 100=04 1FF=02 | 6
RTS          | 60       | S=EE 1EF=02 1F0=04         | S=F0 PC=403         | 6
RTS          | 60       | S=FE 1FF=FF 100=12         | S=00 PC=1300        | 6
RTI          | 40       | S=ED 1EE=89 1EF=34 1F0=12  | S=F0 PC=1234 NvDizC | 6
RTI          | 40       | S=ED 1EE=76 1EF=34 1F0=12  | S=F0 PC=1234 nVdIZc | 6
BRK          | 00 EA    | FFFE=34 FFFF=12 NvdiZc     | PC=1234 S=ED 1F0=04 1EF=02 1EE=B2 I | 7
BRK          | 00 EA    | FFFE=34 FFFF=12 nVDIzC     | PC=1234 S=ED 1F0=04 1EF=02 1EE=7D I | 7
]]
