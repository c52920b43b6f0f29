-- Section 1: rounding and placement.
return {
  { 1, "a size rounds up to a page, not to a granule", [[
    p = VA(NULL, 1, R, RW)
    p % G == 0
    VQ(p) gives State=RES, RegionSize=0x1000, Protect=0, AllocationProtect=RW, Type=PRIVATE
  ]], pages = 4096 },
  { 2, "Protect is 0 while reserved, whatever was asked for", [[
    p = VA(NULL, 0xFFFC, R, NA)
    VQ(p) gives State=RES, RegionSize=0x10000, AllocationProtect=NA, Protect=0
  ]] },
  { 3, "one byte over a granule takes one page more", [[
    p = VA(NULL, 0x10001, R, NA)
    VQ(p) gives RegionSize=0x11000
  ]], pages = 4096 },
  { 4, "an address rounds down to a granule, the end up to a page", [[
    VA(B + 0x8000, 1, R, NA) == B
    VQ(B) gives RegionSize=0x9000
  ]], pages = 4096 },
  { 5, "an address inside the first page", [[
    VA(B + 0x10, 0x1000, R, NA) == B
    VQ(B) gives RegionSize=0x2000
  ]], pages = 4096 },
  { 7, "the last byte of a granule", [[
    VA(B + 0xFFFF, 0x3000, R, NA) == B
    VQ(B) gives RegionSize=0x13000
  ]], pages = 4096 },
  { 8, "an odd address, seven pages", [[
    VA(B + 0x1010, 0x7000, R, NA) == B
    VQ(B) gives RegionSize=0x9000
  ]], pages = 4096 },
  { 9, "an odd address, twelve pages", [[
    VA(B + 0x1010, 0xC000, R, NA) == B
    VQ(B) gives RegionSize=0xE000
  ]], pages = 4096 },
  { 10, "an odd address, one page", [[
    VA(B + 0x1010, 0x1000, R, NA) == B
    VQ(B) gives RegionSize=0x3000
  ]], pages = 4096 },
  { 11, "reserving and committing at an odd address commits from the base on", [[
    VA(B + 0x4080, 0x1000, R | C, RW) == B
    VQ(B) gives State=COM, RegionSize=0x6000
    write(B, "x")
    write(B + 0x4080, "x")
  ]], pages = 4096 },
  { 13, "MEM_COMMIT without an address reserves too", [[
    p = VA(NULL, 200, C, RW)
    VQ(p) gives State=COM, RegionSize=0x1000, AllocationProtect=RW
    read(p, 200) == ("\0"):rep(200)
  ]], pages = 4096 },
  { 14, "executable memory is aligned alike", [[
    p = VA(NULL, 0x2000, R | C, XRW)
    p % G == 0
  ]] },
  { 15, "a second reservation in the same granule collides", [[
    VA(B, 0x3000, R, NA) == B
    VA(B + 0x8000, 0x1000, R, NA) fails 487
  ]] },
  { 16, "so does one that commits", [[
    p = VA(NULL, 0x1000, R | C, RW)
    VA(p + 0x1000, 0x1000, R | C, RW) fails 487
  ]] },
  { 17, "what lies behind a reservation is free", [[
    VA(B, 0x3000, R, NA) == B
    VQ(B + 0x3000) gives State=FREE, AllocationBase=0, AllocationProtect=0, Protect=NA, Type=0
  ]], where = "linux windows", pages = 4096 },
  { 19, "a commit past the end fails and changes nothing", [[
    p = VA(NULL, 0x4000, R, NA)
    VA(p, 0x10000, C, RW) fails 487
    VQ(p) gives State=RES, RegionSize=0x4000
  ]], pages = 4096 },
  { 20, "a released place can be had again", [[
    p = VA(NULL, 0x2000, R | C, RW)
    VF(p, 0, REL)
    VA(p, 0x1000, R | C, RW) == p
  ]] },
  { 21, "neighbours never merge", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x10000, 0x10000, R, NA) == B + 0x10000
    VQ(B) gives AllocationBase=B, RegionSize=0x10000
    VQ(B + 0x10000) gives AllocationBase=B + 0x10000, RegionSize=0x10000
  ]] },
  { 22, "a hole of one granule can be filled", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x20000, 0x10000, R, NA) == B + 0x20000
    VA(B + 0x10000, 0x10000, R, NA) == B + 0x10000
  ]] },
  { 23, "but not with one byte more", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x20000, 0x10000, R, NA) == B + 0x20000
    VA(B + 0x10000, 0x10001, R, NA) fails 487
  ]] },
  { 25, "reserving what is reserved fails and leaves it", [[
    VA(B, 0x10000, R, NA) == B
    VA(B, 0x1000, R | C, RW) fails 487
    VQ(B) gives State=RES, RegionSize=0x10000, AllocationProtect=NA
  ]] },
  { 26, "overlaps on either side fail", [[
    VA(B, 0x10000, R, NA) == B
    VA(B + 0x8000, 0x10000, R, NA) fails 487
    VA(B - 0x10000, 0x20000, R, NA) fails 487
  ]] },
  { 27, "MEM_TOP_DOWN takes the highest free places, one below the other", [[
    p = VA(NULL, 0x10000, R | TD, NA)
    q = VA(NULL, 0x10000, R | TD, NA)
    q < p
    p > 0x700000000000
  ]], where = "linux windows" },
  { 28, "MEM_TOP_DOWN with an address is ignored", [[
    VA(B, 0x10000, R | TD, NA) == B
  ]] },
  { 29, "MEM_TOP_DOWN with MEM_COMMIT and each protection", [[
    VA(NULL, 0x1000, C | TD, RW)
    VA(NULL, 0x1000, C | TD, RO)
    VA(NULL, 0x1000, C | TD, X)
    VA(NULL, 0x1000, C | TD, XR)
    VA(NULL, 0x1000, C | TD, NA)
  ]] },
  { 31, "16 TiB of address space", [[
    VA(NULL, 16 * TiB, R, NA)
  ]], slow_under_wine = true, vast = true },
  { 32, "16 TiB cannot be committed", [[
    VA(NULL, 16 * TiB, R | C, RW) fails 1455
  ]], where = "linux posix", vast = true },
  { 33, "GetSystemInfo", [[
    SI().dwPageSize == PAGE
    SI().dwAllocationGranularity == 0x10000
    SI().lpMinimumApplicationAddress == 0x10000
    SI().lpMaximumApplicationAddress == HIGHEST
    HIGHEST == 0x7FFFFFFEFFFF or HIGHEST & (HIGHEST + 1) == 0
  ]] },
  { 34, "pages that were never committed can be decommitted, whatever their protection", [[
    each P in RO, RW, X, XR, NA
    p = VA(NULL, 1024, R, P)
    VF(p, 1024, D)
  ]] },
}
