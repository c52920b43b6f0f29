-- Section 24: views in the place of placeholders.
return {
  { 452, "a ring without a seam", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    VF(p, G, REL | PRESERVE)
    s = CFM(PF, RW, G)
    MV3(s, NULL, p, 0, G, REPLACE, RW) == p
    MV3(s, NULL, p + G, 0, G, REPLACE, RW) == p + G
    write(p + G - 1, "AB")
    read(p, 1) == "B"
    VQ(p) gives AllocationBase=p, RegionSize=G, State=COM, Protect=RW, AllocationProtect=RW, Type=MAPPED
    VQ(p + G) gives AllocationBase=p+G, RegionSize=G, Type=MAPPED
  ]] },
  { 453, "a view takes a placeholder of exactly its size", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    s = CFM(PF, RW, 4 * G)
    MV3(s, NULL, p, 0, G, REPLACE, RW) fails 487
    MV3(s, NULL, p + G, 0, G, REPLACE, RW) fails 487
    MV3(s, NULL, p, 0, 3 * G, REPLACE, RW) fails 487
    MV3(s, NULL, B, 0, G, REPLACE, RW) fails 487
    MV3(s, NULL, p, 2 * G, 0, REPLACE, RW) == p
    MV3(s, NULL, p, 2 * G, 0, REPLACE, RW) fails 487
  ]] },
  { 454, "addresses and offsets are those of pages", [[
    each D in PAGE - 1, 1
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    s = CFM(PF, RW, 4 * G)
    MV3(s, NULL, p + D, 0, G, REPLACE, RW) fails 1132
    MV3(s, NULL, p, D, G, REPLACE, RW) fails 1132
  ]] },
  { 455, "which need not be multiples of 64 KiB", [[
    p = VA2(NULL, NULL, 4 * PAGE, R | HOLD, NA)
    VF(p + PAGE, 2 * PAGE, REL | PRESERVE)
    s = CFM(PF, RW, 4 * G)
    MV3(s, NULL, p + PAGE, PAGE, 2 * PAGE, REPLACE, RW) == p + PAGE
    VQ(p + PAGE) gives AllocationBase=p+PAGE, RegionSize=2*PAGE
  ]], where = "linux posix" },
  { 456, "without a placeholder they are", [[
    s = CFM(PF, RW, 4 * G)
    MV3(s, NULL, B + PAGE, 0, G, 0, RW) fails 1132
    MV3(s, NULL, NULL, PAGE, G, 0, RW) fails 1132
    MV3(s, NULL, B, G, G, 0, RW) == B
    MV3(s, NULL, NULL, G, G, R, RW)
    write(B, "same")
    MV3(s, NULL, B, G, G, 0, RW) fails 487
  ]], pages = 4096 },
  { 458, "a view goes, and its placeholder is back", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    s = CFM(PF, RW, 2 * G)
    MV3(s, NULL, p, 0, 0, REPLACE, RW) == p
    write(p, "kept")
    UV2(SELF, p + G, PRESERVE)
    VQ(p) gives State=RES, AllocationProtect=NA, Type=PRIVATE, RegionSize=2*G
    read(p, 1) faults AV
    MV3(s, NULL, p, 0, 0, REPLACE, RO) == p
    read(p, 4) == "kept"
  ]] },
  { 459, "twice", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    MV3(CFM(PF, RW, 2 * G), NULL, p, 0, 0, REPLACE, RW) == p
    UV2(SELF, p, PRESERVE)
    UV2(SELF, p, PRESERVE) fails 487
    UV(p) fails 487
    UV2(SELF, p, 0) fails 487
  ]] },
  { 460, "a view that replaced nothing leaves nothing", [[
    p = MV3(CFM(PF, RW, G), NULL, NULL, 0, 0, 0, RW)
    VQ(p) gives AllocationBase=p, RegionSize=G, State=COM, Type=MAPPED, Protect=RW
    UV2(SELF, p, PRESERVE) fails 487
    VF(p, 0, REL) fails 87
    VF(p, G, D) fails 87
    VF(p, G, REL | PRESERVE) fails 87
    UV2(SELF, p, 0)
    UV(p) fails 487
  ]] },
  { 461, "flags", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    MV3(CFM(PF, RW, 2 * G), NULL, p, 0, 0, REPLACE, RW) == p
    UV2(SELF, p, REL | PRESERVE) fails 87
    UV2(NULL, p, PRESERVE) fails 6
    UV2(NULL, p, 0) fails 6
    UV2(SELF, p, 0)
    UV(p) fails 487
  ]] },
  { 462, "the section may be closed before", [[
    p = VA2(NULL, NULL, 2 * G, R | HOLD, NA)
    s = CFM(PF, RW, 2 * G)
    MV3(s, NULL, p, 0, 0, REPLACE, RW) == p
    CH(s)
    write(p, "x")
    UV2(SELF, p, w32.MEM_UNMAP_WITH_TRANSIENT_BOOST | PRESERVE)
    VQ(p) gives State=RES, RegionSize=2*G
  ]] },
  { 483, "a view has no alignment", [[
    each S in 16, 17, 21, 30
    MV3(CFM(PF, RW, G), NULL, NULL, 0, 0, 0, RW, need { Alignment = 1 << S }) fails 87
    MV3(CFM(PF, RW, G), NULL, NULL, 0, 0, 0, RW, need { HighestEndingAddress = 0x5FFFFFFF }) <= 0x5FFF0000
  ]] },
  { 376, "processes, handles, types", [[
    s = CFM(PF, RW, G)
    MV3(s, 4, NULL, 0, 0, 0, RW) fails 6
    MV3(4, NULL, NULL, 0, 0, 0, RW) fails 6
    MV3(s, NULL, NULL, 0, 0, REPLACE, RW) fails 87
    MV3(s, NULL, NULL, 0, 0, C, RW) fails 87
    MV3(s, NULL, NULL, 0, 0, 0, 0) fails 87
    MV3(s, SELF, NULL, 0, 0, 0, XRW) fails 5
  ]] },
}
