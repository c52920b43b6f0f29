-- Section 4: commit. Sections 5 and 6: decommit and release.
return {
  { 76, "a page of PAGE_NOACCESS", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, NA) == B
    VQ(B) gives State=COM, RegionSize=0x1000, Protect=NA, AllocationProtect=NA
  ]], pages = 4096 },
  { 77, "two bytes across an edge commit two pages", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x1FFF, 2, C, RW) == B + 0x1000
    VQ(B) gives State=RES, RegionSize=0x1000
    VQ(B + 0x1000) gives State=COM, RegionSize=0x2000
    VQ(B + 0x3000) gives State=RES
  ]], pages = 4096 },
  { 79, "committing again keeps the contents", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, RW)
    write(B, "kept")
    VA(B, 0x1000, C, RW) == B
    read(B, 4) == "kept"
  ]] },
  { 80, "and applies the new protection", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x2000, C, RW)
    write(B, "kept")
    VA(B, 0x2000, C, RO) == B
    write(B, "x") faults AV
    read(B, 4) == "kept"
  ]] },
  { 81, "PAGE_NOACCESS becomes PAGE_READWRITE", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, NA)
    VA(B, 0x1000, C, RW)
    write(B, "x")
  ]] },
  { 82, "a range of all sorts becomes one", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, RW)
    write(B, "kept")
    VA(B + 0x1000, 0x1000, C, NA)
    VA(B, 0x3000, C, RO) == B
    VQ(B) gives State=COM, RegionSize=0x3000, Protect=RO
    read(B, 4) == "kept"
    read(B + 0x2000, 4) == "\0\0\0\0"
  ]], pages = 4096 },
  { 83, "contents survive PAGE_NOACCESS", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, RW)
    write(B, "kept")
    VA(B, 0x1000, C, NA)
    read(B, 4) faults AV
    VA(B, 0x1000, C, RW)
    read(B, 4) == "kept"
  ]] },
  { 85, "the last page", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0xF000, 0x1000, C, RW) == B + 0xF000
  ]], pages = 4096 },
  { 86, "one byte past the end", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0xF000, 0x1001, C, RW) fails 487
    VA(B, 0x10001, C, RW) fails 487
    VQ(B) gives State=RES, RegionSize=0x10000
  ]] },
  { 87, "across two reservations", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x10000, 0x10000, R, NA) == B + 0x10000
    VA(B + 0x8000, 0x10000, C, RW) fails 487
    VQ(B) gives State=RES, RegionSize=0x10000
    VQ(B + 0x10000) gives State=RES, RegionSize=0x10000
  ]] },
  { 88, "across two reservations, from the middle", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x10000, 0x10000, R, NA) == B + 0x10000
    VA(B + 0x4000, 0x10000, C, RW) fails 487
  ]] },
  { 91, "a protection of 0 changes nothing", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, RW)
    VA(B, 0x1000, C, 0) fails 87
    VQ(B) gives Protect=RW
  ]] },
  { 92, "MEM_TOP_DOWN is ignored", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C | TD, RW) == B
  ]] },
  { 93, "MEM_WRITE_WATCH comes too late", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C | WW, RW) fails 87
  ]] },
  { 94, "a commit takes a guard away", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, C, RW | GUARD)
    VA(B, 0x1000, C, RW)
    VQ(B) gives Protect=RW
    write(B, "x")
  ]] },
  { 98, "code is not ours to commit", "VA(CODE, 0x1000, C, RW) fails 487" },

  { 100, "two bytes across an edge decommit two pages", [[
    p = VA(NULL, 0x4000, R | C, RW)
    VF(p + 0x1FFF, 2, D)
    VQ(p) gives State=COM, RegionSize=0x1000
    VQ(p + 0x1000) gives State=RES, RegionSize=0x2000
    VQ(p + 0x3000) gives State=COM
  ]], pages = 4096 },
  { 101, "a decommitted page faults", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VF(p, 0x1000, D)
    read(p, 1) faults AV
  ]] },
  { 103, "a reserved page may be decommitted", [[
    p = VA(NULL, 0x1000, R, RW)
    VF(p, 0x1000, D)
  ]] },
  { 104, "a size of 0 at the base decommits everything", [[
    p = VA(NULL, 0x4000, R | C, RW)
    VF(p, 0, D)
    VQ(p) gives State=RES, RegionSize=0x4000
  ]], pages = 4096 },
  { 105, "the base may be anywhere in the first page", [[
    p = VA(NULL, 0x4000, R | C, RW)
    VF(p + 0xFFE, 0, D)
    VQ(p) gives State=RES, RegionSize=0x4000
  ]], pages = 4096 },
  { 106, "elsewhere a size of 0 is an error", [[
    p = VA(NULL, 0x4000, R | C, RW)
    VF(p + 0x1000, 0, D) fails 487
    VF(p + 0x1001, 0, D) fails 487
    VQ(p) gives State=COM, RegionSize=0x4000
  ]], pages = 4096 },
  { 107, "one byte past the end", [[
    p = VA(NULL, 0x4000, R | C, RW)
    VF(p, 0x4001, D) fails 87
    VQ(p) gives State=COM, RegionSize=0x4000
  ]], pages = 4096 },
  { 109, "a page but its first byte", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VF(p + 1, 0xFFF, D)
    VQ(p) gives State=RES
  ]] },
  { 110, "past the end from the last page", [[
    p = VA(NULL, 0x4000, R | C, RW)
    VF(p + 0x3000, 0x1001, D) fails 87
  ]], pages = 4096 },
  { 111, "across two reservations", [[
    VA(B, 0x10000, R | C, RW) == B
    VA(B + 0x10000, 0x10000, R | C, RW) == B + 0x10000
    VF(B + 0x8000, 0x10000, D) fails 87
  ]] },
  { 112, "where nothing is", "VF(B, 0x1000, D) fails 487" },
  { 113, "NULL", "VF(NULL, 0x1000, D) fails 487" },
  { 115, "types that are none", [[
    p = VA(NULL, 0x10000, R | C, RW)
    VF(p, 0x10000, 0) fails 87
    VF(p, 0, FREE) fails 87
    VF(p, 0x1000, C) fails 87
  ]] },
  { 116, "both types at once", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VF(p, 0, D | REL) fails 87
    VF(p, 1024, D | REL) fails 87
  ]] },
  { 117, "the type is judged first", [[
    VF(NULL, 0, C) fails 87
    VF(B, 0, 0) fails 87
  ]] },
  { 118, "a size of all ones", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VF(p, -1, D) fails 87
    VQ(p) gives State=COM
  ]] },
  { 119, "decommitted pages merge with their reserved neighbours", [[
    p = VA(NULL, 0x4000, R, RO)
    VA(p + 0x1000, 0x1000, C, RW)
    VF(p + 0x1000, 0x1000, D)
    VQ(p) gives State=RES, Protect=0, AllocationProtect=RO, RegionSize=0x4000
  ]], pages = 4096 },
  { 121, "a guard does not come back", [[
    p = VA(NULL, 0x1000, R | C, RW | GUARD)
    VF(p, 0x1000, D)
    VA(p, 0x1000, C, RW)
    VQ(p) gives Protect=RW
    write(p, "x")
  ]] },
  { 122, "locked pages can be decommitted", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VL(p, 0x1000)
    VF(p, 0x1000, D)
    VQ(p) gives State=RES
  ]] },
  { 124, "decommit clears the write watch", [[
    p = VA(NULL, 0x2000, R | C | WW, RW)
    write(p, "x")
    VF(p, 0x1000, D)
    GWW(0, p, 0x2000, 10) finds
  ]] },
  { 125, "a size of 0 decommits the whole region: the trap is Windows' own", [[
    p = VA(NULL, 0x2000, R | C, RW)
    VF(p, 0, D)
    VQ(p) gives State=RES, RegionSize=0x2000
  ]], pages = 4096 },

  { 127, "release wants a size of 0, even if another is right", [[
    p = VA(NULL, 0x10000, R | C, RW)
    VF(p, 1, REL) fails 87
    VF(p, 0x10000, REL) fails 87
  ]] },
  { 128, "release wants the base", [[
    p = VA(NULL, 0x2000, R | C, RW)
    VF(p + 0x1000, 0, REL) fails 487
  ]], pages = 4096 },
  { 129, "or any byte of the first page", [[
    p = VA(NULL, 0x2000, R | C, RW)
    VF(p + 0xFFF, 0, REL)
    VF(p, 0, REL) fails 487
  ]] },
  { 130, "once", [[
    p = VA(NULL, 0x1000, R, RW)
    VF(p, 0, REL)
    VF(p, 0, REL) fails 487
  ]] },
  { 131, "pages may be in any state", [[
    p = VA(NULL, 0x4000, R, RW)
    VA(p + 0x1000, 0x1000, C, RO)
    VF(p, 0, REL)
  ]] },
  { 133, "not NULL", "VF(NULL, 0, REL) fails 487" },
  { 134, "the size is judged before the place", "VF(B, 0x1000, REL) fails 87" },
  { 135, "code is not ours to release", "VF(CODE, 0, REL) fails 87", where = "linux windows" },
}
