-- Sections 17 and 18 of the list: making a section, names.
return {
  { 301, "memory needs a size", "CFM(PF, RW, 0) fails 87" },
  { 302, "a file without a byte", "CFM(OPEN(new(0), GR), RO, 0) fails 1006", needs = "files" },
  { 303, "longer than a file that is only read", "CFM(OPEN(new(0), GR), RO, 4096) fails 8", needs = "files" },
  { 305, "longer than a file: the file grows", [[
    p = new(4096)
    f = OPEN(p, GR | GW)
    CFM(f, RW, 0x100000)
    SIZE(f) == 0x100000
    #text(p) == 0x100000
  ]], needs = "files" },
  { 307, "and has zeros there", [[
    f = OPEN(new(4096), GR | GW)
    v = MV(CFM(f, RW, 0x10000), READ, 0, 0)
    read(v + 4094, 4) == "AA\0\0"
    read(v + 0xFFFF, 1) == "\0"
  ]], needs = "files" },
  { 308, "shorter than a file", [[
    f = OPEN(new(12288), GR | GW)
    s = CFM(f, RW, 4096)
    SIZE(f) == 12288
    MV(s, WRITE, 0, 4097) fails 5
    VQ(MV(s, WRITE, 0, 0)) gives RegionSize=0x1000
  ]], needs = "files", pages = 4096 },
  { 309, "a section of a file has its exact size", [[
    s = CFM(OPEN(new(0), GR | GW), RW, 36)
    MV(s, READ, 0, 37) fails 5
    MV(s, READ, 0, 36)
    s = CFM(OPEN(new(0x3456), GR), RO, 0)
    MV(s, READ, 0, 0x3457) fails 5
    MV(s, READ, 0, 0x3456)
  ]], needs = "files" },
  { 311, "a file that cannot be read, or only executed", [[
    f = OPEN(new(4096), GR | GW)
    CFM(f, NA, 0) fails 87
    CFM(f, X, 0) fails 87
  ]], needs = "files" },
  { 312, "protections that are none", [[
    each P in 0, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 0x30, 0x50, 0x60, 0x70, 0x90, 0xA0, 0xB0, 0xC0, 0xF0
    CFM(PF, P, 4096) fails 87
  ]] },
  { 313, "protections of a file that allows everything", [[
    each P in RO, RW, WC, XR, XRW, XWC
    CFM(OPEN(new(4096), GR | GW | GX), P, 0)
  ]], needs = "files" },
  { 314, "a file for reading cannot be written", "CFM(OPEN(new(9), GR), RW, 0) fails 5", needs = "files" },
  { 315, "but to be read and copied", [[
    f = OPEN(new(4096), GR)
    CFM(f, RO, 0)
    CFM(f, WC, 0)
  ]], needs = "files" },
  { 317, "a file that was opened for nothing", [[
    f = OPEN(new(4096), 0)
    each P in RO, RW, WC
    CFM(f, P, 0) fails 5
  ]], needs = "files" },
  { 318, "SEC_COMMIT and SEC_RESERVE", [[
    CFM(PF, RW | SCOM | SRES, 4096) fails 87
    CFM(PF, RW | SCOM, 4096)
    CFM(PF, RW | SRES, 4096)
  ]] },
  { 319, "flags that need one of them", [[
    each F in SNOCACHE, SCOMBINE, SLARGE
    CFM(PF, RW | F, 4096) fails 87
  ]] },
  { 320, "large pages are committed memory", [[
    CFM(PF, RW | SRES | SLARGE, 4096) fails 87
    CFM(OPEN(new(4096), GR | GW), RW | SCOM | SLARGE, 0) fails 87
  ]], needs = "files" },
  { 321, "SEC_FILE is an answer, no question", [[
    CFM(PF, RW | SFILE, 4096) fails 87
    CFM(PF, RW | SFILE | SCOM, 4096) fails 87
  ]] },
  { 323, "SEC_RESERVE means nothing to a file", [[
    each F in SRES, SCOM
    v = MV(CFM(OPEN(new(4096), GR | GW), RW | F, 0), WRITE, 0, 0)
    VQ(v) gives State=COM, Protect=RW
    read(v, 1) == "A"
  ]], needs = "files" },
  { 324, "large pages need a privilege", "CFM(PF, RW | SCOM | SLARGE, 4096) fails 1314" },
  { 325, "memory that can only be read", [[
    v = MV(CFM(PF, RO, 4096), READ, 0, 0)
    read(v, 4096) == ("\0"):rep(4096)
  ]] },

  { 331, "a new name", [[
    CFM(PF, RW, 4096, NAME)
    LE() == 0
  ]], needs = "names" },
  { 332, "again with another size: the first one", [[
    a = CFM(PF, RW, 0x3000, NAME)
    b = CFM(PF, RW, 0x20000, NAME)
    LE() == 183
    v = MV(a, WRITE, 0, 0)
    write(v, "same")
    read(MV(b, READ, 0, 0), 4) == "same"
    MV(b, READ, 0, 0x20000) fails 5
  ]], needs = "names" },
  { 334, "case matters", [[
    CFM(PF, RW, 4096, "Wine Test Mapping")
    CFM(PF, RW, 4096, "WINE TEST MAPPING")
    LE() == 0
  ]], needs = "names" },
  { 335, "a name that nothing has", [[
    OFM(READ, NAME) fails 2
    CH(CFM(PF, RW, 4096, NAME))
    OFM(READ, NAME) fails 2
  ]], needs = "names" },
  { 336, "a view does what the handle may", [[
    CFM(PF, RW, 4096, NAME)
    MV(OFM(READ, NAME), WRITE, 0, 0) fails 5
    MV(OFM(WRITE, NAME), READ, 0, 0) fails 5
    MV(OFM(READ, NAME), READ, 0, 0)
    MV(OFM(READ, NAME), COPY, 0, 0)
    MV(OFM(COPY, NAME), COPY, 0, 0)
  ]], needs = "names" },
  { 337, "a handle for writing", [[
    CFM(PF, RW, 4096, NAME)
    VQ(MV(OFM(WRITE, NAME), WRITE, 0, 0)) gives Protect=RW, AllocationProtect=RW
  ]], needs = "names" },
  { 341, "a backslash", [[
    CFM(PF, RW, 4096, "a\\b") fails 3
    OFM(READ, "a\\b") fails 3
    CFM(PF, RW, 4096, "Local\\" .. NAME)
    OFM(READ, NAME)
    OFM(READ, "Global\\" .. NAME) fails 2
    CFM(PF, RW, 4096, "Global\\" .. NAME)
    LE() == 0
  ]], needs = "names" },
}
