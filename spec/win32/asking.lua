-- Sections 7 to 9: protect, query, guard pages.
return {
  { 145, "one reserved page in the range, and nothing changes", [[
    p = VA(NULL, 0x10000, R, NA)
    VA(p, 0x1000, C, RW)
    VP(p, 0xFFFC, RO) fails 487
    VQ(p) gives Protect=RW, RegionSize=0x1000
  ]], pages = 4096 },
  { 146, "the old protection", [[
    p = VA(NULL, 0x1000, R | C, NA)
    VP(p, 0x1000, RO) gives_old NA
    VP(p, 0x1000, RW) gives_old RO
  ]] },
  { 147, "of the first page", [[
    p = VA(NULL, 0x10000, R | C, RW)
    VP(p + 0x8000, 0x8000, XRW)
    VP(p, 0x10000, XR) gives_old RW
  ]], pages = 4096 },
  { 148, "one byte changes its page", [[
    p = VA(NULL, 0x2000, R | C, RW)
    VP(p + 1, 1, RO)
    VQ(p) gives Protect=RO, RegionSize=0x1000
  ]], pages = 4096 },
  { 149, "two bytes across an edge change two pages", [[
    p = VA(NULL, 0x3000, R | C, RW)
    VP(p + 0xFFF, 2, RO)
    VQ(p) gives Protect=RO, RegionSize=0x2000
  ]], pages = 4096 },
  { 152, "a size of 0", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0, RO) fails 87
  ]] },
  { 153, "protections that are none", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, 0) fails 87
    VP(p, 0x1000, RW | EXECUTE_WRITECOPY) fails 87
    VP(p, 0x1000, WRITECOPY) fails 87
    VQ(p) gives Protect=RW
  ]] },
  { 154, "where nothing is", "VP(B, 0x1000, RO) fails 487" },
  { 155, "past the end, and across two reservations", [[
    VA(B, 0x10000, R | C, RW) == B
    VA(B + 0x10000, 0x10000, R | C, RW) == B + 0x10000
    VP(B + 0x8000, 0x10000, RO) fails 487
    VP(B + 0x10000, 0x10001, RO) fails 487
    VQ(B) gives Protect=RW, RegionSize=0x10000
  ]] },
  { 157, "beyond user space", "VP(HIGHEST + 1, 0x1000, RO) fails 87" },
  { 158, "contents survive every change", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "\xff")
    VP(p, 0x1000, RO)
    write(p, "x") faults AV
    read(p, 1) == "\xff"
    VP(p, 0x1000, NA)
    read(p, 1) faults AV
    VP(p, 0x1000, RO)
    read(p, 1) == "\xff"
  ]] },
  { 159, "AllocationProtect stays", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, RO)
    VQ(p) gives Protect=RO, AllocationProtect=RW
  ]] },
  { 160, "one page splits the run in three", [[
    p = VA(NULL, 0x3000, R | C, RW)
    VP(p + 0x1000, 0x1000, RO)
    VQ(p) gives Protect=RW, RegionSize=0x1000
    VQ(p + 0x1000) gives Protect=RO, RegionSize=0x1000
    VQ(p + 0x2000) gives Protect=RW, RegionSize=0x1000
  ]], pages = 4096 },
  { 161, "and back", [[
    p = VA(NULL, 0x3000, R | C, RW)
    VP(p + 0x1000, 0x1000, RO)
    VP(p + 0x1000, 0x1000, RW)
    VQ(p) gives Protect=RW, RegionSize=0x3000
  ]], pages = 4096 },

  { 169, "a query from the first page of a run", [[
    p = VA(NULL, 0x10000, R, RW)
    VA(p + 0x4000, 0x2000, C, RW)
    VQ(p + 0x4FFF) gives BaseAddress=p + 0x4000, RegionSize=0x2000
  ]], pages = 4096 },
  { 170, "counts from its page to the run's end, never back", [[
    p = VA(NULL, 0x10000, R, RW)
    VA(p + 0x4000, 0x2000, C, RW)
    VQ(p + 0x5ABC) gives BaseAddress=p + 0x5000, RegionSize=0x1000
  ]], pages = 4096 },
  { 171, "a walk over a region", [[
    VA(B, 0x20000, R, XR) == B
    VA(B + 0x4000, 0x8000, C, RW)
    VP(B + 0x6000, 0x2000, RO)
    VQ(B) gives State=RES, RegionSize=0x4000, AllocationProtect=XR
    VQ(B + 0x4000) gives State=COM, Protect=RW, RegionSize=0x2000, AllocationProtect=XR
    VQ(B + 0x6000) gives State=COM, Protect=RO, RegionSize=0x2000, AllocationProtect=XR
    VQ(B + 0x8000) gives State=COM, Protect=RW, RegionSize=0x4000, AllocationProtect=XR
    VQ(B + 0xC000) gives State=RES, RegionSize=0x14000, AllocationProtect=XR
  ]], pages = 4096 },
  { 172, "everything about one page", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0xF000, 0x1000, C, RW)
    VQ(B + 0xF700) gives BaseAddress=B + 0xF000, AllocationBase=B, AllocationProtect=NA
    VQ(B + 0xF700) gives RegionSize=0x1000, State=COM, Protect=RW, Type=PRIVATE
  ]], pages = 4096 },
  { 173, "free memory", [[
    VA(B + 0x100000, 0x10000, R, NA) == B + 0x100000
    VQ(B) gives State=FREE, Protect=NA, AllocationBase=0, AllocationProtect=0, Type=0, RegionSize=0x100000
  ]], where = "linux windows" },
  { 175, "a query in the middle of free memory counts from there", [[
    VA(B + 0x2800000, 0x10000, R, NA) == B + 0x2800000
    VQ(B + 0xA00000) gives State=FREE, RegionSize=0x1E00000
  ]], where = "linux windows" },
  { 176, "NULL is free", [[
    VQ(0) gives State=FREE, BaseAddress=0
    VQ(0).RegionSize >= 0x10000
  ]], where = "linux windows" },
  { 177, "the highest address, and one more", [[
    VQ(HIGHEST)
    VQ(HIGHEST + 1) fails 87
    VQ(MIN) fails 87
    VQ(-1) fails 87
  ]], where = "linux windows" },
  { 178, "too little room for the answer", [[
    p = VA(NULL, 0x1000, R, NA)
    VQ(p, 47) fails 24
    VQ(p, 0) fails 24
  ]] },
  { 179, "more room than needed", [[
    p = VA(NULL, 0x1000, R, NA)
    select(2, VQ(p, 100)) == 48
  ]] },
  { 181, "a reserved page", [[
    p = VA(NULL, 0x1000, R, XRW)
    VQ(p) gives State=RES, Protect=0, AllocationProtect=XRW, Type=PRIVATE
  ]] },
  { 182, "allocations side by side", [[
    VA(B, 0x10000, R | C, RW) == B
    VA(B + 0x10000, 0x10000, R | C, RW) == B + 0x10000
    VQ(B) gives RegionSize=0x10000
  ]] },
  { 183, "code", "VQ(CODE) gives State=COM, Type=IMAGE", where = "linux windows" },

  { 188, "pages with a guard", [[
    p = VA(NULL, 0x3000, R | C, RW | GUARD)
    VQ(p) gives Protect=0x104, AllocationProtect=0x104, RegionSize=0x3000
  ]], pages = 4096 },
  { 189, "reading trips it, or writing, and the exception says which", [[
    p = VA(NULL, 0x3000, R | C, RW | GUARD)
    read(p + 16, 1) faults GUARD_PAGE, 0, p + 16
    write(p + 0x1010, "x") faults GUARD_PAGE, 1, p + 0x1010
  ]], pages = 4096 },
  { 190, "it is gone then, its neighbours' are not", [[
    p = VA(NULL, 0x3000, R | C, RW | GUARD)
    read(p + 0x1000, 1) faults GUARD_PAGE
    VQ(p + 0x1000) gives Protect=RW, RegionSize=0x1000, AllocationProtect=0x104
    VQ(p) gives Protect=0x104, RegionSize=0x1000
    VQ(p + 0x2000) gives Protect=0x104
  ]], pages = 4096 },
  { 191, "a second access works", [[
    p = VA(NULL, 0x1000, R | C, RW | GUARD)
    write(p, "x") faults GUARD_PAGE
    write(p, "x")
  ]] },
  { 193, "a guard can be set again, and the contents stay", [[
    p = VA(NULL, 0x1000, R | C, RW)
    write(p, "kept")
    VP(p, 0x1000, RW | GUARD)
    read(p, 4) faults GUARD_PAGE
    read(p, 4) == "kept"
  ]] },
  { 194, "VirtualLock trips it", [[
    p = VA(NULL, 0x1000, R | C, RW | GUARD)
    VL(p, 0x1000) fails 0x80000001
    VQ(p) gives Protect=RW
    VL(p, 0x1000)
  ]] },
  { 197, "the access that trips it is not a write", [[
    p = VA(NULL, 0x1000, R | C | WW, RW | GUARD)
    write(p, "x") faults GUARD_PAGE
    GWW(0, p, 0x1000, 10) finds
    write(p, "x")
    GWW(0, p, 0x1000, 10) finds p
  ]] },
  { 199, "PAGE_NOACCESS knows no guard", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VP(p, 0x1000, NA | GUARD) fails 87
  ]] },
  { 200, "a reservation with a guard", [[
    p = VA(NULL, 0x1000, R, RW | GUARD)
    VQ(p) gives State=RES, Protect=0, AllocationProtect=0x104
  ]] },
}
