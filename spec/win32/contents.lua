-- Sections 10 to 12 and 14: reset, write watch, locks, contents.
return {
  { 201, "MEM_RESET leaves the page as it is, with or without its contents", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "old!")
    VA(p, 0x1000, RESET, NA) == p
    read(p, 4) == "old!" or read(p, 4) == "\0\0\0\0"
    VQ(p) gives State=COM, Protect=RW
  ]] },
  { 202, "reserved pages may be reset", [[
    p = VA(NULL, 0x10000, R, RW)
    VA(p, 0x1000, C, RW)
    VA(p + 0x1000, 0x1000, RESET, NA)
    VQ(p + 0x1000) gives State=RES, RegionSize=0xF000
  ]], pages = 4096 },
  { 203, "past the end", [[
    p = VA(NULL, 0x10000, R | C, RW)
    VA(p + 0xF000, 0x2000, RESET, NA) fails 487
  ]] },
  { 205, "NULL", "VA(NULL, 0x1000, RESET, NA) fails 87" },
  { 206, "where nothing is", "VA(B, 0x1000, RESET, NA) fails 487" },
  { 207, "a size of 0", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VA(p, 0, RESET, NA) fails 87
  ]] },
  { 209, "a part of a page takes nothing from the rest", [[
    p = VA(NULL, 0x2000, R | C, RW)
    write(p, "old!")
    write(p + 0x1000, "old!")
    VA(p + 8, 0x1000, RESET, NA) == p
    read(p, 4) == "old!"
    read(p + 0x1000, 4) == "old!"
  ]] },
  { 211, "what is written after a reset stays", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VA(p, 0x1000, RESET, NA)
    write(p, "new!")
    VP(p, 0x1000, RO)
    read(p, 4) == "new!"
  ]] },
  { 212, "DiscardVirtualMemory returns its error", [[
    p = VA(NULL, 0x2000, R | C, RW)
    DVM(p, 0x1000) == 0
    VQ(p) gives State=COM, RegionSize=0x2000
    DVM(p + 1, 0x1000) == 87
    DVM(p, 0x800) == 87
  ]], pages = 4096 },
  { 213, "one region a call", [[
    VA(B, 0x10000, R | C, RW) == B
    VA(B + 0x10000, 0x10000, R | C, RW) == B + 0x10000
    VA(B + 0x8000, 0x10000, RESET, NA) fails
    DVM(B + 0x8000, 0x10000) ~= 0
  ]] },

  { 217, "nothing is written at first", [[
    p = VA(NULL, 0x10000, R | C | WW, RW)
    GWW(0, p, 0x10000, 16) finds
    select(3, GWW(0, p, 0x10000, 16)) == 4096
  ]], pages = 4096 },
  { 218, "written pages, ascending", [[
    p = VA(NULL, 0x10000, R | C | WW, RW)
    write(p + 0x5000, "x")
    write(p + 0x1000, "x")
    GWW(0, p, 0x10000, 16) finds p + 0x1000, p + 0x5000
  ]], pages = 4096 },
  { 219, "four bytes across an edge", [[
    p = VA(NULL, 0x10000, R | C | WW, RW)
    write(p + 0x2FFE, "1234")
    GWW(0, p, 0x10000, 16) finds p + 0x2000, p + 0x3000
  ]], pages = 4096 },
  { 220, "what is reported can be rearmed", [[
    p = VA(NULL, 0x10000, R | C | WW, RW)
    write(p, "x")
    GWW(1, p, 0x10000, 16) finds p
    GWW(0, p, 0x10000, 16) finds
    write(p, "y")
    GWW(0, p, 0x10000, 16) finds p
  ]] },
  { 221, "only what is reported", [[
    p = VA(NULL, 0x10000, R | C | WW, RW)
    write(p, "x")
    write(p + 0x4000, "x")
    GWW(1, p, 0x10000, 1) finds p
    GWW(1, p, 0x10000, 1) finds p + 0x4000
    GWW(1, p, 0x10000, 1) finds
  ]], pages = 4096 },
  { 223, "room for no address", [[
    p = VA(NULL, 0x1000, R | C | WW, RW)
    GWW(0, p, 0x1000, 0) fails 87
  ]] },
  { 224, "wrong sizes, flags and regions", [[
    p = VA(NULL, 0x10000, R | C | WW, RW)
    GWW(0, p, 0, 16) fails 87
    GWW(2, p, 0x10000, 16) fails 87
    GWW(0, p, 0x10001, 16) fails 87
    GWW(0, p + 0xF000, 0x1001, 16) fails 87
    GWW(0, NULL, 0x1000, 16) fails 87
    q = VA(NULL, 0x1000, R | C, RW)
    GWW(0, q, 0x1000, 16) fails 87
  ]] },
  { 226, "ResetWriteWatch", [[
    p = VA(NULL, 0x1000, R | C | WW, RW)
    q = VA(NULL, 0x1000, R | C, RW)
    RWW(p, 0) fails 87
    RWW(q, 0x1000) fails 87
    write(p, "x")
    RWW(p, 0x1000) == 0
    GWW(0, p, 0x1000, 16) finds
  ]] },
  { 227, "a watch on reserved memory begins with its commit", [[
    p = VA(NULL, 0x10000, R | WW, NA)
    GWW(0, p, 0x10000, 16) finds
    VA(p, 0x2000, C, RW)
    write(p + 0x1000, "x")
    GWW(0, p, 0x10000, 16) finds p + 0x1000
  ]], pages = 4096 },
  { 230, "a page committed anew is unwritten", [[
    p = VA(NULL, 0x1000, R | C | WW, RW)
    write(p, "x")
    VF(p, 0x1000, D)
    VA(p, 0x1000, C, RW)
    GWW(0, p, 0x1000, 16) finds
    write(p, "x")
    GWW(0, p, 0x1000, 16) finds p
  ]] },
  { 231, "arguments are judged before the region", [[
    GWW(0, B, 0, 16) fails 87
    GWW(0, B, 0x1000, 16) fails 87
  ]] },

  { 232, "a page can be locked twice and unlocked once", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VL(p, 0x1000)
    VL(p, 0x1000)
    VU(p, 0x1000)
    VU(p, 0x1000) fails 158
  ]] },
  { 233, "what is not locked cannot be unlocked", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VU(p, 0x1000) fails 158
  ]] },
  { 235, "PAGE_NOACCESS cannot be locked", [[
    p = VA(NULL, 0x1000, R | C, NA)
    VL(p, 0x1000) fails 998
  ]] },
  { 236, "nor can nothing", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VL(p, 0) fails 87
  ]] },
  { 238, "locked memory can be released", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VL(p, 0x1000)
    VF(p, 0, REL)
  ]] },
  { 243, "large pages want a privilege that nobody has here", [[
    VA(NULL, 0x200000, R | C | LARGE, RW) fails 1314
  ]] },
  { 244, "large pages without MEM_COMMIT", "VA(NULL, 0x200000, R | LARGE, RW) fails 87" },
  { 245, "large pages with MEM_PHYSICAL, MEM_RESET, MEM_WRITE_WATCH", [[
    VA(NULL, 0x200000, R | C | LARGE | PHYSICAL, RW) fails 87
    VA(NULL, 0x200000, RESET | LARGE, RW) fails 87
    VA(NULL, 0x200000, R | C | LARGE | WW, RW) fails 87
  ]] },

  { 267, "a fresh page is zero", [[
    p = VA(NULL, 0x1000, R | C, RW)
    read(p, 0x1000) == ("\0"):rep(0x1000)
  ]] },
  { 268, "committing again keeps", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "kept")
    VA(p, 0x1000, C, RW)
    read(p, 4) == "kept"
  ]] },
  { 269, "decommit and commit is zero", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "gone")
    VF(p, 0x1000, D)
    VA(p, 0x1000, C, RW)
    read(p, 4) == "\0\0\0\0"
  ]] },
  { 271, "every protection keeps", [[
    each P in RO, XR, XRW, X, NA
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "kept")
    VP(p, 0x1000, P)
    VP(p, 0x1000, RW) gives_old P
    read(p, 4) == "kept"
  ]] },
  { 272, "tripping a guard keeps", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "kept")
    VP(p, 0x1000, RW | GUARD)
    read(p, 1) faults GUARD_PAGE
    read(p, 4) == "kept"
  ]] },
  { 273, "a reset keeps or zeroes", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "old!")
    VA(p, 0x1000, RESET, NA)
    read(p, 4) == "old!" or read(p, 4) == "\0\0\0\0"
  ]] },
  { 274, "a call that fails changes nothing", [[
    p = VA(NULL, 0x2000, R, RW)
    VA(p, 0x1000, C, RW)
    write(p, "kept")
    VA(p, 0, C, RO) fails 87
    VA(p, 0x3000, C, RO) fails 487
    VQ(p) gives Protect=RW, RegionSize=0x1000
    read(p, 4) == "kept"
  ]], pages = 4096 },
}
