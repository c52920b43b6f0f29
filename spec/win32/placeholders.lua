-- Section 13: VirtualAlloc2, requirements on addresses, placeholders.
return {
  { 99, "a placeholder cannot be committed, and a decommit finds nothing to do (as in Wine's own source)", [[
    p = VA2(NULL, NULL, G, R | HOLD, NA)
    VA(p, PAGE, C, RW) fails 487
    VA2(NULL, p, PAGE, C, RW) fails 487
    VA(p, PAGE, RESET, NA) fails 487
    VF(p, PAGE, D)
    VF(p, 0, D)
    VF(p + PAGE, 0, D) fails 487
    VF(p, G + 1, D) fails 87
    VQ(p) gives State=RES, AllocationProtect=NA, RegionSize=G
  ]] },
  { 248, "no process is this one; others are not offered", [[
    VA2(NULL, NULL, G, R, NA)
    VA2(w32.GetCurrentProcess(), NULL, G, R | C, RW)
    VA2(4, NULL, G, R, NA) fails 6
  ]] },
  { 249, "a placeholder is reserved, without access", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    p % G == 0
    VQ(p) gives State=RES, AllocationProtect=NA, Protect=0, Type=PRIVATE, RegionSize=2*G, AllocationBase=p
    read(p, 1) faults AV, 0, p
    VA(p, G, C, RW) fails 487
    VP(p, G, RW) fails 487
    VL(p, G) fails 998
  ]] },
  { 250, "it has no other protection, and is not committed", [[
    VA2(NULL, NULL, G, R | HOLD, RW) fails 87
    VA2(NULL, NULL, G, R | C | HOLD, NA) fails 87
    VA2(NULL, NULL, G, HOLD, NA) fails 87
    VA2(NULL, NULL, G, R | HOLD | REPLACE, NA) fails 87
    VA2(NULL, NULL, G, R | HOLD | WW, NA) fails 87
    VA(NULL, G, R | HOLD, NA) fails 87
    VA(B, G, R | REPLACE, RW) fails 87
  ]] },
  { 251, "a split makes three, and the unit is the page", [[
    p = VA2(NULL, NULL, 3 * G, R | HOLD, NA)
    VF(p + G, G, REL | PRESERVE)
    VQ(p) gives AllocationBase=p, RegionSize=G, State=RES
    VQ(p + G) gives AllocationBase=p+G, RegionSize=G, State=RES, AllocationProtect=NA
    VQ(p + 2 * G) gives AllocationBase=p+2*G, RegionSize=G, State=RES
    q = VA2(NULL, NULL, 4 * PAGE, R | HOLD, NA)
    VF(q, PAGE, REL | PRESERVE)
    VF(q + 3 * PAGE, PAGE, REL | PRESERVE)
    VQ(q + PAGE + 1) gives AllocationBase=q+PAGE, BaseAddress=q+PAGE, RegionSize=2*PAGE
    VQ(q + 2 * PAGE) gives AllocationBase=q+PAGE, RegionSize=PAGE
    VQ(q + 3 * PAGE) gives AllocationBase=q+3*PAGE, RegionSize=PAGE
  ]] },
  { 253, "memory replaces a placeholder of exactly its address and size", [[
    p = VA2(NULL, NULL, 4 * G, R | HOLD, NA)
    VF(p + G, 2 * G, REL | PRESERVE)
    VA2(NULL, p + G, 2 * G - PAGE, R | C | REPLACE, RW) fails 487
    VA2(NULL, p + G + PAGE, 2 * G - PAGE, R | C | REPLACE, RW) fails 487
    VA2(NULL, p + G, 3 * G, R | C | REPLACE, RW) fails 487
    VA2(NULL, p, 4 * G, R | C | REPLACE, RW) fails 487
    VA2(NULL, p + G, 2 * G, R | C | REPLACE, RW) == p + G
    VQ(p + G) gives AllocationBase=p+G, RegionSize=2*G, State=COM, Protect=RW, AllocationProtect=RW
    VQ(p + G) gives Type=PRIVATE
    write(p + G, "in the middle")
    read(p + G, 13) == "in the middle"
    read(p, 1) faults AV
    read(p + 3 * G, 1) faults AV
    VA2(NULL, p + G, 2 * G, R | C | REPLACE, RW) fails 487
  ]] },
  { 254, "it must reserve", [[
    p = VA2(NULL, NULL, G, R | HOLD, NA)
    VA2(NULL, p, G, C | REPLACE, RW) fails 87
    VA2(NULL, p, G, R | REPLACE, RO) == p
    VQ(p) gives State=RES, AllocationProtect=RO
    VA(p, PAGE, C, RW) == p
    VQ(p) gives State=COM, Protect=RW, RegionSize=PAGE
    VF(p, PAGE, D)
    VQ(p) gives State=RES, RegionSize=G
  ]] },
  { 255, "with MEM_WRITE_WATCH", [[
    p = VA2(NULL, NULL, 4 * G, R | HOLD, NA)
    VF(p, 2 * G, REL | PRESERVE)
    VA2(NULL, p, 2 * G, R | C | REPLACE | WW, RW) == p
    VA2(NULL, p + 2 * G, 2 * G, R | C | REPLACE, RW) == p + 2 * G
    write(p + PAGE, "x")
    write(p + 2 * G, "x")
    GWW(0, p, 2 * G, 10) finds p + PAGE
    GWW(0, p + 2 * G, 2 * G, 10) fails 87
    GWW(0, p, 4 * G, 10) fails 87
  ]] },
  { 256, "given back and replaced again, it is full of zeros", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, G, REL | PRESERVE)
    VA2(NULL, p, G, R | C | REPLACE, RW) == p
    write(p, "x")
    VF(p, G, REL | PRESERVE)
    read(p, 1) faults AV
    VA2(NULL, p, G, R | C | REPLACE, RW) == p
    read(p, 1) == "\0"
  ]] },
  { 257, "neighbours become one again", [[
    p = VA2(NULL, NULL, 3 * G, R | HOLD, NA)
    VF(p, 3 * G, REL | COALESCE) fails 487
    VF(p + G, G, REL | PRESERVE)
    VF(p, 3 * G, REL | COALESCE)
    VQ(p) gives AllocationBase=p, RegionSize=3*G, State=RES, AllocationProtect=NA
    VA2(NULL, p, 3 * G, R | C | REPLACE, RW) == p
    VA(B, G, R, NA) == B
    VF(B, G, REL | COALESCE) fails 487
  ]] },
  { 259, "a placeholder is released as any allocation is, and its place is free", [[
    p = VA2(NULL, NULL, G, R | HOLD, NA)
    VF(p, 0, REL)
    VF(p, 0, REL) fails 487
    VA(p, G, R, NA) == p
  ]] },
  { 260, "Alignment is a power of two of 64 KiB or more", [[
    VA2(NULL, NULL, G, R | C, RW, need { Alignment = 0x1000 }) fails 87
    VA2(NULL, NULL, G, R | C, RW, need { Alignment = 0x30000 }) fails 87
    VA2(NULL, NULL, G, R | C, RW, need { Alignment = MIN }) fails 8
    VA2(NULL, NULL, G, R | C, RW, need { Alignment = 0x200000 }) % 0x200000 == 0
    VA2(NULL, NULL, G, C, RW, need { Alignment = 0x200000 }) % 0x200000 == 0
    VA2(NULL, NULL, G, R | HOLD, NA, need { Alignment = 0x200000 }) % 0x200000 == 0
    VA2(NULL, NULL, G, R | TD, NA, need { Alignment = 0x200000 }) % 0x200000 == 0
  ]] },
  { 261, "LowestStartingAddress is a multiple of 64 KiB", [[
    VA2(NULL, NULL, G, R, NA, need { LowestStartingAddress = 0x20001000 }) fails 87
    VA2(NULL, NULL, G, R, NA, need { LowestStartingAddress = 0x20000000 }) >= 0x20000000
  ]] },
  { 262, "HighestEndingAddress is the last byte of a page", [[
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = 0x60000000 }) fails 87
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = 0x5FFFFFFF }) <= 0x5FFF0000
  ]] },
  { 263, "no requirements with an address, unless all are 0", [[
    VA2(NULL, B, G, R, NA, need { Alignment = G }) fails 87
    VA2(NULL, B, G, R, NA, need { HighestEndingAddress = B + G - 1 }) fails 87
    VA2(NULL, B, G, R, NA, need { LowestStartingAddress = B }) fails 87
    VA2(NULL, B, G, R, NA, need { Alignment = 0, LowestStartingAddress = 0 }) == B
    VA2(NULL, B, G, C, RW, need { Alignment = G }) fails 87
  ]] },
  { 265, "requirements that no address meets", [[
    VA2(NULL, NULL, G, R, NA, need { Alignment = 0x20000000, HighestEndingAddress = 0x20000FFF }) fails 8
    VA2(NULL, NULL, G, R, NA, need { LowestStartingAddress = B, HighestEndingAddress = B - 1 }) fails 87
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = HIGHEST + PAGE }) fails 87
  ]], pages = 4096 },
  { 266, "a parameter twice, and one that is not there", [[
    both = { need { Alignment = G }, need { Alignment = G } }
    VA2(NULL, NULL, G, R, NA, both) fails 87
    VA2(NULL, NULL, G, R, NA, both, 1)
    VA2(NULL, NULL, G, R, NA, NULL, 1) fails 87
    VA2(NULL, NULL, G, R, NA, {}, 1) fails 87
    VA2(NULL, NULL, G, R, NA, NULL, 0)
    VA2(NULL, NULL, G, R, NA, { Type = 1 }) fails 87
    VA2(NULL, NULL, G, R, NA, { Pointer = { Alignment = G } }) fails 87
  ]] },
  { 280, "what was replaced and is given back looks as before", [[
    p = VA2(NULL, NULL, 8 * G, R | HOLD, NA)
    VF(p, 4 * G, REL | PRESERVE)
    VA2(NULL, p, 4 * G, R | C | REPLACE, RW) == p
    VF(p, 4 * G, REL | PRESERVE)
    VQ(p) gives State=RES, AllocationProtect=NA, RegionSize=4*G, AllocationBase=p
    VA2(NULL, p, 4 * G, R | C | REPLACE, RW) == p
    VF(p + PAGE, PAGE, REL | PRESERVE)
    VQ(p) gives State=COM, RegionSize=PAGE, AllocationBase=p
    VQ(p + PAGE) gives State=RES, AllocationProtect=NA, RegionSize=PAGE, AllocationBase=p+PAGE
    VQ(p + 2 * PAGE) gives State=COM, RegionSize=4*G-2*PAGE, AllocationBase=p+2*PAGE
  ]] },
  { 281, "a placeholder's addresses are taken", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VA2(NULL, p, G, R | HOLD, NA) fails 487
    VA2(NULL, p + G, G, R, NA) fails 487
    VA(p, G, R | C, RW) fails 487
  ]] },
  { 283, "MEM_REPLACE_PLACEHOLDER needs MEM_RESERVE and an address", [[
    p = VA2(NULL, NULL, G, R | HOLD, NA)
    VA2(NULL, p, G, C | REPLACE, RW) fails 87
    VA2(NULL, p, G, REPLACE, RW) fails 87
    VA2(NULL, NULL, G, R | REPLACE, RW) fails 87
    VA2(NULL, p, G, R | REPLACE | TD, RW) fails 87
    VA2(NULL, p, G, R | REPLACE, 0) fails 87
    VA2(NULL, B, G, R | C | REPLACE, RW) fails 487
  ]] },
  { 284, "the calls for placeholders need a size", [[
    p = VA2(NULL, NULL, G, R | HOLD, NA)
    VF(p, 0, REL | PRESERVE) fails 87
    VF(p, 0, REL | COALESCE) fails 87
    VF(p, G, PRESERVE) fails 87
    VF(p, G, COALESCE) fails 87
    VF(p, G, REL | PRESERVE | COALESCE) fails 87
    VF(p, G, D | PRESERVE) fails 87
  ]] },
  { 285, "only placeholders become one", [[
    p = VA2(NULL, NULL, 3 * G, R | HOLD, NA)
    VF(p + G, G, REL | PRESERVE)
    VA2(NULL, p + G, G, R | C | REPLACE, RW) == p + G
    VF(p, 3 * G, REL | COALESCE) fails 487
    VF(p + G, 0, REL)
    VF(p, 3 * G, REL | COALESCE) fails 487
    VQ(p + G) gives State=FREE, RegionSize=G, Protect=NA, Type=0, AllocationBase=0
  ]] },
  { 464, "a plain reservation is no placeholder", [[
    VA(B, 2 * G, R, NA) == B
    VF(B, G, REL | PRESERVE) fails 487
    VF(B, 2 * G, REL | PRESERVE) fails 487
  ]] },
  { 465, "a whole placeholder leaves nothing to split", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, 2 * G, REL | PRESERVE) fails 487
    VF(p + G, 2 * G, REL | PRESERVE) fails 487
  ]] },
  { 466, "sizes of 0", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, 0, REL | PRESERVE) fails 87
    VF(p, 0, REL | COALESCE) fails 87
  ]] },
  { 467, "each piece is released by itself, and its place can be had again", [[
    p = VA2(NULL, NULL, 3 * G, R | HOLD, NA)
    VF(p + G, G, REL | PRESERVE)
    VF(p, 0, REL)
    VQ(p) gives State=FREE, RegionSize=G
    VQ(p + G) gives State=RES, AllocationBase=p+G
    VF(p + G, 0, REL)
    VQ(p) gives State=FREE, RegionSize=2*G
    VA(p, 2 * G, R | C, RO) == p
    VQ(p) gives State=COM, AllocationProtect=RO, RegionSize=2*G, AllocationBase=p
    VF(p, G, REL | PRESERVE) fails 487
    VF(p + 2 * G, 0, REL)
    VF(p, 0, REL)
    VA(p, 3 * G, R, NA) == p
  ]] },
  { 468, "coalescing takes the exact range", [[
    p = VA2(NULL, NULL, 4 * G, R | HOLD, NA)
    VF(p, 2 * G, REL | PRESERVE)
    VF(p, 4 * G - PAGE, REL | COALESCE) fails 487
    VF(p, 4 * G + PAGE, REL | COALESCE) fails 487
    VF(p + PAGE, 4 * G - PAGE, REL | COALESCE) fails 487
    VF(p, 4 * G, REL | COALESCE)
    VQ(p) gives RegionSize=4*G
  ]] },
  { 470, "not with a piece that is replaced, or released", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, G, REL | PRESERVE)
    VA2(NULL, p, G, R | REPLACE, NA) == p
    VF(p, 2 * G, REL | COALESCE) fails 487
    VF(p, G, REL | PRESERVE)
    VF(p, 2 * G, REL | COALESCE)
    VF(p, G, REL | PRESERVE)
    VF(p, 0, REL)
    VF(p, 2 * G, REL | COALESCE) fails 487
  ]] },
  { 471, "releasing takes no size", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, G, REL | PRESERVE)
    VF(p, 2 * G, REL) fails 87
  ]] },
  { 472, "a piece that is gone", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, G, REL | PRESERVE)
    VF(p, 0, REL)
    VF(p, 0, REL) fails 487
    VF(p, G, D) fails 487
    VF(p, G, REL | PRESERVE) fails 487
    VA(p, G, C, RW) fails 487
    VP(p, G, RW) fails 487
    VL(p, G) fails 998
  ]] },
  { 473, "HighestEndingAddress past the last, or inside a page", [[
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = HIGHEST + PAGE }) fails 87
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = 0x5FFFFFFE }) fails 87
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = 0x5FFFF7FF }) fails 87
  ]] },
  { 474, "HighestEndingAddress may be the last of all", [[
    VA2(NULL, NULL, G, R, NA, need { HighestEndingAddress = HIGHEST })
  ]] },
  { 476, "requirements and an address", [[
    VA(B, G, R, NA) == B
    VA2(NULL, B, G, C, RW, need { LowestStartingAddress = B }) fails 87
    VA2(NULL, B, G, C, RW, need {}) == B
  ]] },
  { 477, "Alignment", [[
    VA2(NULL, NULL, G, R, NA, need { Alignment = 0x8000 }) fails 87
    VA2(NULL, NULL, G, R, NA, need { Alignment = 0x30000 }) fails 87
    VA2(NULL, NULL, G, R, NA, need { Alignment = 0x40000 }) % 0x40000 == 0
  ]] },
  { 478, "LowestStartingAddress inside a granule", [[
    each L in 0x20001000, 0x20000FFF, 0x20001001
    VA2(NULL, NULL, G, R, NA, need { LowestStartingAddress = L }) fails 87
  ]] },
  { 479, "LowestStartingAddress above the end", [[
    both = { LowestStartingAddress = B + G, HighestEndingAddress = B + G - 1 }
    VA2(NULL, NULL, G, R, NA, need(both)) fails 87
    VA2(NULL, NULL, G, R, NA, need { LowestStartingAddress = HIGHEST + 1 }) fails 87
  ]] },
  { 480, "in between", [[
    both = { LowestStartingAddress = 0x20000000, HighestEndingAddress = 0x2FFFFFFF }
    p = VA2(NULL, NULL, G, R, NA, need(both))
    p >= 0x20000000
    p + G - 1 <= 0x2FFFFFFF
  ]] },
  { 482, "types of parameters", [[
    each T in 0, w32.MemExtendedParameterMax, -1
    VA2(NULL, NULL, G, R, NA, { Type = T, Pointer = {} }) fails 87
    VA2(NULL, NULL, G, R, NA, { Type = w32.MemExtendedParameterNumaNode, ULong = 0 })
    VA2(NULL, NULL, G, R, NA, { Type = w32.MemExtendedParameterPartitionHandle }) fails 50
    VA2(NULL, NULL, G, R, NA, NULL, 1) fails 87
  ]] },
}
