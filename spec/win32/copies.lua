-- Sections 21 to 23 and 25: protection and copy on write, unmapping, flushing, the file's length, prefetch.
return {
  { 401, "what the view allows counts, not what its section does", [[
    v = MV(CFM(PF, RW, 0x1000), READ, 0, 0)
    VP(v, 0x1000, RW) fails 87
    VQ(v) gives Protect=RO
  ]] },
  { 163, "nor more than the section", [[
    v = MV(CFM(PF, RW, 0x1000), WRITE, 0, 0)
    VP(v, 0x1000, XR) fails 87
    VP(v, 0x1000, XRW) fails 87
  ]] },
  { 402, "a view for reading", [[
    v = MV(CFM(PF, RW, 0x1000), READ, 0, 0)
    VP(v, 0x1000, RO) gives_old RO
    VP(v, 0x1000, WC) gives_old RO
    VP(v, 0x1000, RO) gives_old WC
  ]] },
  { 164, "and then what is written stays there", [[
    s = CFM(PF, RW, 0x1000)
    v = MV(s, READ, 0, 0)
    VP(v, 0x1000, WC)
    write(v, "mine")
    read(v, 4) == "mine"
    read(MV(s, READ, 0, 0), 4) == "\0\0\0\0"
  ]] },
  { 403, "PAGE_NOACCESS, and then each protection", [[
    s = CFM(PF, XRW, 0x1000)
    each P in RO, RW, WC, XR, XRW, XWC
    v = MV(s, WRITE | EXEC, 0, 0)
    VP(v, 0x1000, NA) gives_old XRW
    VP(v, 0x1000, P) gives_old NA
    VQ(v) gives Protect=P, AllocationProtect=XRW
  ]], needs = "executable" },
  { 405, "a guard", [[
    v = MV(CFM(PF, RW, 0x1000), WRITE, 0, 0)
    VP(v, 0x1000, RW | GUARD) gives_old RW
    VQ(v) gives Protect=0x104
    read(v, 1) faults GUARD_PAGE, 0, v
    read(v, 1) == "\0"
    VQ(v) gives Protect=RW
  ]] },
  { 406, "a view of copies", [[
    v = MV(CFM(PF, RW, 0x3000), COPY, 0, 0)
    VQ(v) gives Protect=WC, AllocationProtect=WC, RegionSize=0x3000
  ]], pages = 4096 },
  { 407, "a page that has been written is like any other", [[
    v = MV(CFM(PF, RW, 0x3000), COPY, 0, 0)
    write(v + 0x1005, "x")
    VQ(v) gives Protect=WC, RegionSize=0x1000
    VQ(v + 0x1000) gives Protect=RW, AllocationProtect=WC, RegionSize=0x1000
    VQ(v + 0x2000) gives Protect=WC, RegionSize=0x1000
  ]], pages = 4096 },
  { 408, "its old protection", [[
    v = MV(CFM(PF, RW, 0x1000), COPY, 0, 0)
    write(v, "x")
    VP(v, 0x1000, NA) gives_old RW
  ]] },
  { 409, "and nobody else sees it", [[
    p = new(4096)
    s = CFM(OPEN(p, GR | GW), RW, 0)
    c = MV(s, COPY, 0, 0)
    write(c, "mine")
    read(MV(s, READ, 0, 0), 4) == "AAAA"
    text(p):sub(1, 4) == "AAAA"
    FV(c, 0)
    text(p):sub(1, 4) == "AAAA"
  ]], needs = "files" },
  { 411, "a view for writing can become one of copies", [[
    p = new(0x2000)
    s = CFM(OPEN(p, GR | GW), RW, 0)
    v = MV(s, WRITE, 0, 0)
    write(v, "all")
    VP(v, 0x1000, WC) gives_old RW
    VQ(v) gives Protect=WC, RegionSize=0x1000
    write(v, "mine")
    VQ(v) gives Protect=RW, RegionSize=0x2000
    text(p):sub(1, 4) == "allA"
    VP(v, 0x2000, WC) gives_old RW
    VP(v, 0x2000, RW) gives_old RW
    read(v, 4) == "mine"
    write(v + 0x1000, "all")
    text(p):sub(0x1001, 0x1004) == "allA"
  ]], needs = "files", pages = 4096, where = "linux posix" },
  { 413, "a view for reading cannot be written", [[
    v = MV(CFM(PF, RW, 0x1000), READ, 0, 0)
    write(v + 9, "x") faults AV, 1, v + 9
  ]] },

  { 421, "after UnmapViewOfFile", [[
    v = MV(CFM(PF, RW, 0x1000), WRITE, 0, 0)
    UV(v)
    VQ(v) gives State=FREE, Protect=NA, AllocationBase=0, Type=0
  ]], where = "linux windows" },
  { 422, "any address of the view will do", [[
    s = CFM(PF, RW, 0x3000)
    each O in 100, 0x1000, 0x1064
    v = MV(s, WRITE, 0, 0)
    UV(v + O)
    UV(v) fails 487
  ]] },
  { 424, "what is no view", [[
    p = VA(NULL, 0x2000, R | C, RW)
    UV(p) fails 487
    UV(p + 0x1000) fails 487
    UV(0xdeadbeef) fails 487
  ]] },
  { 136, "and stays", [[
    p = VA(NULL, 0x1000, R | C, RW)
    UV(p) fails 487
    VQ(p) gives State=COM
  ]] },
  { 425, "NULL", "UV(NULL) fails 487" },
  { 427, "the contents stay", [[
    p = new(4096)
    s = CFM(OPEN(p, GR | GW), RW, 0)
    a = MV(s, WRITE, 0, 0)
    b = MV(s, READ, 0, 0)
    write(a, "stays")
    UV(a)
    read(b, 5) == "stays"
    text(p):sub(1, 5) == "stays"
  ]], needs = "files" },
  { 428, "a flush of 0 bytes goes to the view's end", [[
    v = MV(CFM(OPEN(new(0x3456), GR | GW), RW, 0), WRITE, 0, 0)
    write(v, "x")
    FV(v, 0)
    FV(v + 0x1000, 0)
    FV(v + 0x1000, 100)
  ]], needs = "files" },
  { 430, "a flush of what is no view", [[
    FV(VA(NULL, 0x1000, R | C, RW), 0) fails 487
    FV(B, 0) fails 487
  ]] },
  { 431, "a flush past the view's end", [[
    v = MV(CFM(PF, RW, 0x10000), WRITE, 0, 0)
    FV(v, 0x10001) fails 87
    FV(v + 0x1000, 0x10000) fails 87
    FV(v, -1) fails 87
    FV(v, 0x10000)
  ]] },
  { 432, "FlushFileBuffers comes after it", [[
    f = OPEN(new(4096), GR | GW)
    v = MV(CFM(f, RW, 0), WRITE, 0, 0)
    write(v, "x")
    FV(v, 0)
    FFB(f)
    FFB(OPEN(new(1), GR)) fails 5
    FFB(NULL) fails 6
  ]], needs = "files" },
  { 433, "a flush of what has not been written", [[
    s = CFM(OPEN(new(4096), GR | GW), RW, 0)
    FV(MV(s, READ, 0, 0), 0)
    FV(MV(s, COPY, 0, 0), 0)
  ]], needs = "files" },

  { 441, "a mapped file cannot become shorter", [[
    p = new(0x3000)
    f = OPEN(p, GR | GW)
    s = CFM(f, RW, 0)
    v = MV(s, READ, 0, 0)
    CH(s)
    END(f, 0x1000) fails 1224
    CREATE(p, GR | GW, 2) fails 1224
    CREATE(p, GR | GW, 5) fails 1224
    CREATE(respelt(p), GR | GW, 2) fails 1224
    END(OPEN(respelt(p), GR | GW), 0x1000) fails 1224
    SIZE(f) == 0x3000
    UV(v)
    END(f, 0x1000)
    SIZE(f) == 0x1000
  ]], needs = "files" },
  { 443, "but longer", [[
    f = OPEN(new(0x1000), GR | GW)
    v = MV(CFM(f, RW, 0), READ, 0, 0)
    END(f, 0x5000)
    SIZE(f) == 0x5000
    read(v, 1) == "A"
    VQ(v) gives RegionSize=0x1000
  ]], needs = "files", pages = 4096 },
  { 444, "also by a longer section", [[
    f = OPEN(new(0x1000), GR | GW)
    a = MV(CFM(f, RW, 0), WRITE, 0, 0)
    b = MV(CFM(f, RW, 0x5000), WRITE, 0, 0)
    write(a, "coherent")
    read(b, 8) == "coherent"
    SIZE(f) == 0x5000
  ]], needs = "files" },
  { 445, "a section stays as long as it was", [[
    f = OPEN(new(0x1000), GR | GW)
    s = CFM(f, RW, 0)
    MV(s, READ, 0, 0x1001) fails 5
    END(f, 0x5000)
    MV(s, READ, 0, 0x1001) fails 5
  ]], needs = "files" },

  { 491, "prefetch of nothing", "PVM(SELF, 0, NULL, 0) fails 87" },
  { 492, "of one entry", [[
    p = VA(NULL, 0x4000, R | C, RW)
    PVM(SELF, 1, { { VirtualAddress = p, NumberOfBytes = 0x1000 } }, 0)
    PVM(SELF, 1, { { VirtualAddress = p + 123, NumberOfBytes = 0x1000 } }, 0)
  ]] },
  { 493, "of what is not there", [[
    PVM(SELF, 1, { { VirtualAddress = NULL, NumberOfBytes = 0x1000 } }, 0)
    PVM(SELF, 1, { { VirtualAddress = VA(NULL, 0x4000, R, RW), NumberOfBytes = 0x10000 } }, 0)
  ]] },
}
