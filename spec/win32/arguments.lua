-- Section 2: argument errors, and the order in which they are judged.
return {
  { 35, "a size of 0", "VA(NULL, 0, R, NA) fails 87" },
  { 37, "an allocation type of 0", "VA(NULL, 0x1000, 0, RW) fails 87" },
  { 38, "MEM_TOP_DOWN alone", "VA(NULL, 0x1000, TD, RW) fails 87" },
  { 39, "MEM_WRITE_WATCH alone", "VA(NULL, 0x1000, WW, RW) fails 87" },
  { 40, "MEM_WRITE_WATCH without MEM_RESERVE", "VA(NULL, 0x1000, C | WW, RW) fails 87" },
  { 41, "MEM_PHYSICAL without MEM_RESERVE, or with MEM_COMMIT", [[
    VA(NULL, 0x1000, PHYSICAL, RW) fails 87
    VA(NULL, 0x1000, PHYSICAL | C, RW) fails 87
  ]] },
  { 43, "MEM_RESET with anything else", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VA(p, 0x1000, C | RESET, RW) fails 87
    VA(p, 0x1000, TD | RESET, RW) fails 87
    VA(p, 0x1000, R | C | RESET, RW) fails 87
  ]] },
  { 44, "all bits", "VA(NULL, 0x1000, -1, RW) fails 87" },
  { 45, "AT_ROUND_TO_PAGE", "VA(NULL, 0x1000, R | 0x40000000, RW) fails 87" },
  { 46, "MEM_4MB_PAGES, and the types of VirtualFree", [[
    VA(NULL, 0x1000, R | 0x80000000, RW) fails 87
    VA(NULL, 0x1000, R | D, RW) fails 87
    VA(NULL, 0x1000, R | REL, RW) fails 87
  ]] },
  { 47, "MEM_RESERVE_PLACEHOLDER is for VirtualAlloc2", "VA(NULL, 0x10000, R | 0x40000, NA) fails 87" },
  { 49, "a size that wraps", "VA(B, -0x1000, R, NA) fails 87" },
  { 50, "a legal size for which there is no room", [[
    VA(NULL, HIGHEST - 0xFFFF, R, NA) fails 8
  ]], vast = true },
  { 51, "a size beyond everything", "VA(NULL, 2147483647000000, C, RW) fails" },
  { 52, "addresses in the first 64 KiB", [[
    VA(0x1000, 0x1000, R, NA) fails 87
    VA(0xF000, 0x1000, R, NA) fails 87
    VA(0xFFFF, 0x1000, R, NA) fails 87
  ]] },
  { 53, "addresses beyond user space", [[
    VA(HIGHEST + 1, 0x1000, R, NA) fails 87
    VA(-0x1000, 0x1000, R, NA) fails 87
    VA(MIN, 0x1000, R, NA) fails 87
  ]] },
  { 55, "MEM_COMMIT where nothing is reserved", "VA(B, 0x1000, C, RW) fails 487" },
  { 56, "several wrong arguments at once", [[
    VA(NULL, 0, R, 0) fails 87
    VA(NULL, 0x1000, 0, 0) fails 87
  ]] },
  { 57, "the type is judged before everything, protection and place before what is there", [[
    VA(B, 0x1000, C | WW, RW) fails 87
    VA(B, 0x1000, C, 0) fails 87
    VA(B, 0, C, RW) fails 87
    VA(B, 0x1000, C, RW) fails 487
  ]] },
  { 290, "VirtualFree judges its type, then size and place, then what is there", [[
    VF(B, 0, D | REL) fails 87
    VF(B, 0x1000, REL) fails 87
    VF(-0x1000, 0x1000, D) fails 87
    VF(B, -1, D) fails 87
    VF(B, 0x1000, D) fails 487
    VF(B, 0, REL) fails 487
  ]] },
  { 291, "VirtualProtect judges the protection, then place and size, then what is there", [[
    VP(B, 0x1000, 0) fails 87
    VP(-0x1000, 0x1000, RO) fails 87
    VP(B, -1, RO) fails 87
    VP(B, 0, RO) fails 87
    VP(B, 0x1000, RO) fails 487
    p = VA(NULL, 0x1000, R, RW)
    VP(p, 0x1000, RO) fails 487
  ]] },
}
