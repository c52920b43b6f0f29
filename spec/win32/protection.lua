-- Section 3: protection values.
return {
  { 59, "0 is none", [[
    VA(NULL, 0x1000, R, 0) fails 87
    VA(NULL, 0x1000, R | C, 0) fails 87
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, 0) fails 87
  ]] },
  { 61, "copy on write is for mapped views", [[
    each P in WRITECOPY, EXECUTE_WRITECOPY
    VA(NULL, 0x1000, R, P) fails 87
    VA(NULL, 0x1000, R | C, P) fails 87
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, P) fails 87
  ]] },
  { 62, "two of them at once", [[
    each P in 3, 5, 6, 7, 0x14, 0x24, 0x30, 0x44, 0x50, 0x60, 0x70, RO | X, RW | EXECUTE_WRITECOPY
    VA(NULL, 0x1000, R, P) fails 87
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, P) fails 87
  ]] },
  { 63, "a modifier alone", [[
    each P in GUARD, NOCACHE, WRITECOMBINE
    VA(NULL, 0x1000, R | C, P) fails 87
  ]] },
  { 64, "PAGE_GUARD with PAGE_NOACCESS", "VA(NULL, 0x1000, R | C, NA | GUARD) fails 87" },
  { 65, "caching with PAGE_NOACCESS", [[
    VA(NULL, 0x1000, R | C, NA | NOCACHE) fails 87
    VA(NULL, 0x1000, R | C, NA | WRITECOMBINE) fails 87
  ]] },
  { 67, "two modifiers", [[
    VA(NULL, 0x1000, R | C, RW | GUARD | NOCACHE) fails 87
    VA(NULL, 0x1000, R | C, RW | GUARD | WRITECOMBINE) fails 87
    VA(NULL, 0x1000, R | C, RW | NOCACHE | WRITECOMBINE) fails 87
  ]] },
  { 68, "unknown bits", [[
    VA(NULL, 0x1000, R | C, RW | 0x800) fails 87
    VA(NULL, 0x1000, R | C, RW | 0x1000) fails 87
  ]] },
  { 69, "PAGE_TARGETS_INVALID is for executable pages", [[
    VA(NULL, 0x1000, R | C, RW | 0x40000000) fails 87
    VA(NULL, 0x1000, R | C, XR | 0x40000000)
  ]] },
  { 70, "PAGE_GUARD shows in Protect and in AllocationProtect", [[
    each P in 0x102, 0x104, 0x110, 0x120, 0x140
    p = VA(NULL, 0x1000, R | C, P)
    VQ(p) gives Protect=P, AllocationProtect=P
  ]] },
  { 71, "PAGE_NOCACHE belongs to the allocation", [[
    p = VA(NULL, 0x2000, C, RW | NOCACHE)
    VP(p, 0x1000, RW) gives_old RW | NOCACHE
    VQ(p) gives Protect=RW | NOCACHE, RegionSize=0x2000
  ]], pages = 4096 },
  { 73, "and cannot be had later", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, RO | NOCACHE)
    VQ(p) gives Protect=RO
  ]] },
  { 75, "PAGE_EXECUTE can be read on x86, not written", [[
    p = VA(NULL, 0x1000, R | C, X)
    read(p, 1) == "\0"
    write(p, "x") faults AV
  ]] },
}
