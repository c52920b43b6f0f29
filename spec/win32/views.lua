-- Sections 19 and 20: mapping a view; memory that is reserved and committed in views.
return {
  { 352, "a section for reading", [[
    s = CFM(PF, RO, 0x3000)
    MV(s, WRITE, 0, 0) fails 5
    MV(s, READ, 0, 0)
    MV(s, COPY, 0, 0)
  ]] },
  { 353, "a section for copies", [[
    s = CFM(OPEN(new(4096), GR), WC, 0)
    MV(s, WRITE, 0, 0) fails 5
    MV(s, READ, 0, 0)
    MV(s, COPY, 0, 0)
  ]], needs = "files" },
  { 354, "a section without code", [[
    each P in RO, RW, WC
    MV(CFM(PF, P, 4096), READ | EXEC, 0, 0) fails 5
  ]] },
  { 355, "the protection is that of the access", [[
    s = CFM(PF, RW, 0x1000)
    VQ(MV(s, COPY, 0, 0)) gives Protect=WC, AllocationProtect=WC
    VQ(MV(s, WRITE, 0, 0)) gives Protect=RW, AllocationProtect=RW
    VQ(MV(s, WRITE | COPY, 0, 0)) gives Protect=RW, AllocationProtect=RW
    VQ(MV(s, READ, 0, 0)) gives Protect=RO, AllocationProtect=RO
    VQ(MV(s, READ | COPY, 0, 0)) gives Protect=RO, AllocationProtect=RO
    VQ(MV(s, READ | WRITE, 0, 0)) gives Protect=RW, AllocationProtect=RW
    VQ(MV(s, 0, 0, 0)) gives Protect=NA, AllocationProtect=NA
    VQ(MV(s, ALL, 0, 0)) gives Protect=RW, AllocationProtect=RW
  ]] },
  { 356, "with FILE_MAP_EXECUTE", [[
    s = CFM(PF, XRW, 0x1000)
    VQ(MV(s, COPY | EXEC, 0, 0)) gives Protect=XWC, AllocationProtect=XWC
    VQ(MV(s, WRITE | EXEC, 0, 0)) gives Protect=XRW, AllocationProtect=XRW
    VQ(MV(s, READ | EXEC, 0, 0)) gives Protect=XR, AllocationProtect=XR
    VQ(MV(s, EXEC, 0, 0)) gives Protect=NA, AllocationProtect=NA
  ]], needs = "executable" },
  { 358, "an offset behind the end", "MV(CFM(PF, RW, 0x3456), READ, 0x10000, 0) fails" },
  { 359, "a byte, or a page, more than is left", [[
    s = CFM(OPEN(new(0x3452), GR), RO, 0)
    MV(s, READ, 0, 0x3453) fails 5
    MV(s, READ, 0, 0x4452) fails 5
    m = CFM(PF, RW, 0x20000)
    MV(m, READ, 0x10000, 0x10001) fails 5
    MV(m, READ, 0, -1) fails 5
    MV(m, READ, 0, MIN) fails 5
  ]], needs = "files" },
  { 360, "a size of 0: to the section's end", [[
    s = CFM(PF, RW, 0x30000)
    VQ(MV(s, READ, 0x10000, 0)) gives RegionSize=0x20000
  ]] },
  { 361, "a byte is a page", [[
    VQ(MV(CFM(PF, RW, 0x3456), READ, 0, 1)) gives RegionSize=0x1000
  ]], pages = 4096 },
  { 362, "all of it, in pages", [[
    v = MV(CFM(OPEN(new(0x3456), GR), RO, 0), READ, 0, 0)
    VQ(v) gives RegionSize=0x4000
    VQ(v + 0x1000) gives RegionSize=0x3000, BaseAddress=v + 0x1000, AllocationBase=v
    read(v + 0x3455, 3) == "A\0\0"
  ]], needs = "files", pages = 4096 },
  { 364, "what a view is", [[
    v = MV(CFM(PF, RW, 0x1000), WRITE, 0, 0)
    VQ(v + 0x123) gives BaseAddress=v, AllocationBase=v, State=COM, Type=MAPPED
  ]] },
  { 365, "where", [[
    s = CFM(PF, RW, 0x11000)
    MV(s, READ, 0x10000, 0) % 0x10000 == 0
  ]] },
  { 366, "twice: one memory", [[
    s = CFM(PF, RW, 0x1000)
    a = MV(s, WRITE, 0, 0)
    b = MV(s, WRITE, 0, 0)
    a ~= b
    write(a, "one memory")
    read(b, 10) == "one memory"
  ]] },
  { 367, "where something is", [[
    s = CFM(PF, RW, 0x1000)
    p = VA(NULL, 0x10000, R, NA)
    MVX(s, READ, 0, 0, p) fails 487
    MVX(s, READ, 0, 0, MV(s, READ, 0, 0)) fails 487
    MVX(s, READ, 0, 0, B) == B
  ]] },
  { 368, "an address that is no multiple is seen first", [[
    s = CFM(PF, RW, 0x20000)
    p = VA(NULL, 0x10000, R, NA)
    MVX(s, READ, 0, 0, p + 42) fails 1132
    MVX(s, READ, 0, 0, p + 0x1000) fails 1132
    MV(s, READ, 0x1000, 0) fails 1132
  ]] },
  { 370, "its second half right behind all of it", [[
    s = CFM(PF, RW, 0x20000)
    MVX(s, WRITE, 0, 0, B) == B
    MVX(s, WRITE, 0x10000, 0, B + 0x20000) == B + 0x20000
    write(B + 0x1FFFE, "across")
    read(B + 0x20000, 4) == "ross"
    write(B + 0x20000, "R")
    read(B + 0x10000, 1) == "R"
  ]] },
  { 371, "two sections of one file", [[
    p = new(4096)
    a = MV(CFM(OPEN(p, GR | GW), RW, 0), WRITE, 0, 0)
    b = MV(CFM(OPEN(p, GR), RO, 0), READ, 0, 0)
    write(a, "coherent")
    read(b, 8) == "coherent"
  ]], needs = "files" },
  { 372, "a view and the file's own reads and writes", [[
    p = new(4096)
    v = MV(CFM(OPEN(p, GR | GW), RW, 0), WRITE, 0, 0)
    write(v, "view")
    text(p):sub(1, 5) == "viewA"
    store(p, 1, "aaa")
    read(v, 4) == "vaaa"
  ]], needs = "files", where = "linux" },
  { 374, "the handles can be closed in any order", [[
    p = new(4096)
    f = OPEN(p, GR | GW)
    s = CFM(f, RW, 0)
    CH(f)
    v = MV(s, WRITE, 0, 0)
    CH(s)
    write(v, "goes on")
    CH(s) fails 6
    MV(s, WRITE, 0, 0) fails 6
    UV(v)
    text(p):sub(1, 8) == "goes onA"
  ]], needs = "files" },

  { 381, "fresh memory", [[
    v = MV(CFM(PF, RW, 0x10000), WRITE, 0, 0)
    read(v, 0x10000) == ("\0"):rep(0x10000)
  ]] },
  { 382, "SEC_RESERVE", [[
    v = MV(CFM(PF, RW | SRES, 0x20000), WRITE, 0, 0)
    VQ(v) gives State=RES, Protect=0, AllocationProtect=RW, Type=MAPPED, RegionSize=0x20000
    VP(v, 0x1000, RO) fails 487
    VP(v, 0x1000, XR) fails 487
  ]] },
  { 383, "a touch of it", [[
    v = MV(CFM(PF, RW | SRES, 0x20000), WRITE, 0, 0)
    read(v, 1) faults AV, 0, v
    write(v + 5, "x") faults AV, 1, v + 5
  ]] },
  { 384, "pages become committed in all views of the section", [[
    s = CFM(PF, RW | SRES, 0x20000)
    a = MV(s, WRITE, 0, 0)
    b = MV(s, WRITE, 0, 0)
    VA(a, 0x10000, C, RO) == a
    VQ(a) gives State=COM, Protect=RO, RegionSize=0x10000
    VQ(a + 0x10000) gives State=RES, Protect=0, RegionSize=0x10000
    VQ(b) gives State=COM, Protect=RW, RegionSize=0x10000
    VQ(b + 0x10000) gives State=RES
    write(b, "seen")
    read(a, 4) == "seen"
  ]] },
  { 95, "and in those that come later", [[
    s = CFM(PF, RW | SRES, 0x30000)
    a = MV(s, WRITE, 0, 0)
    VA(a + 0x11000, 0x2000, C, RW) == a + 0x11000
    b = MV(s, WRITE, 0x10000, 0)
    VQ(b) gives State=RES, RegionSize=0x1000
    VQ(b + 0x1000) gives State=COM, Protect=RW, RegionSize=0x2000
    VA(b, 0x4000, C, RW)
    VQ(a + 0x10000) gives State=COM, RegionSize=0x4000
    VA(b + 0x1F000, 0x2000, C, RW) fails 487
  ]], pages = 4096 },
  { 386, "SEC_COMMIT", [[
    v = MV(CFM(PF, RW | SCOM, 0x20000), WRITE, 0, 0)
    VQ(v) gives State=COM, Protect=RW, RegionSize=0x20000
    VA(v, 0x10000, C, RO) == v
    VQ(v) gives State=COM, Protect=RO, RegionSize=0x10000
  ]] },
  { 97, "a commit of what is committed changes no contents", [[
    v = MV(CFM(PF, RW, 0x10000), WRITE, 0, 0)
    write(v, "kept")
    VA(v, 0x1000, C, RW) == v
    read(v, 4) == "kept"
  ]] },
  { 387, "nothing is decommitted", [[
    each F in SRES, SCOM
    v = MV(CFM(PF, RW | F, 0x20000), WRITE, 0, 0)
    VA(v, 0x10000, C, RW)
    write(v, "kept")
    VF(v, 0x10000, D) fails 87
    VF(v, 0, D) fails 87
    read(v, 4) == "kept"
  ]] },
  { 388, "MEM_RESET", [[
    v = MV(CFM(PF, RW, 0x20000), WRITE, 0, 0)
    VA(v, 0x10000, RESET, NA) == v
    VQ(v) gives State=COM, Protect=RW, RegionSize=0x20000
  ]] },
  { 389, "MEM_RESET of a file", [[
    v = MV(CFM(OPEN(new(4096), GR | GW), RW, 0), WRITE, 0, 0)
    VA(v, 4096, RESET, NA) fails
    read(v, 1) == "A"
  ]], needs = "files" },
  { 208, "a view forgets nothing for MEM_RESET", [[
    v = MV(CFM(PF, RW, 0x20000), WRITE, 0, 0)
    write(v, "kept")
    VA(v, 0x10000, RESET, NA)
    read(v, 4) == "kept"
  ]], where = "linux" },
  { 390, "a file cannot be committed", [[
    v = MV(CFM(OPEN(new(4096), GR | GW), RW, 0), WRITE, 0, 0)
    each P in RO, RW, WC
    VA(v, 4096, C, P) fails 5
  ]], needs = "files" },
  { 392, "a commit gives a protection that the view allows", [[
    v = MV(CFM(PF, RW, 0x10000), WRITE, 0, 0)
    VA(v, 0x1000, C, NA) == v
    VQ(v) gives Protect=NA
    VA(v, 0x1000, C, RO) == v
    VQ(v) gives Protect=RO
    VA(v, 0x1000, C, RW) == v
    VQ(v) gives Protect=RW
    VA(v, 0x1000, C, XR) fails 87
    VA(v, 0x1000, R, WC) fails 87
    VA(v, 0x1000, R, RW) fails 487
    VA(MV(CFM(PF, RW, 4096), READ, 0, 0), 4096, C, RW) fails 87
  ]] },
  { 393, "VirtualFree does not unmap", [[
    v = MV(CFM(PF, RW, 0x10000), WRITE, 0, 0)
    VF(v, 0, REL) fails 87
    VQ(v) gives State=COM
  ]] },
}
