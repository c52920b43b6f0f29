--- The rows of the list of cases for sections that vmem.section and region:attach can express: number, what
--- it is about, and lines that cases_spec.lua runs. Every row starts with a region r of 16 units, a section s
--- of 3 units and 5 bytes, and nothing attached. U is a unit of attaching, P a page.
return {
  -- Making a section
  { 301, "a size of 0", 'vmem.section(0) raises "size must be at least 1"' },
  { 309, "sizes are exact", [[
    small = vmem.section(36)
    small.size == 36
    odd = vmem.section(0x3456)
    odd.size == 0x3456
  ]] },
  { 325, "a view for reading shows zeros", [[
    r:attach(s, 0, 0, U, "r")
    r:nonzero(0, U) == nil
  ]] },

  -- Names
  { 331, "a new name", "vmem.section(NAME, U).created", names = true },
  { 332, "again with another size: the first one, and its size", [[
    one = vmem.section(NAME, U)
    two = vmem.section(NAME, 2 * U)
    not two.created
    two.size == U
  ]], names = true },
  { 334, "case matters", [[
    one = vmem.section(NAME .. " Case", U)
    two = vmem.section(NAME .. " CASE", U)
    two.created
  ]], names = true },
  { 341, "a backslash", [[vmem.section("a\\b", U) raises "has no '/', '\\' or zero byte"]] },
  { 342, "by one name, the same memory", [[
    one = vmem.section(NAME, U)
    two = vmem.section(NAME, U)
    r:attach(one)
    r:attach(two, 4 * U)
    write(0, "\x4d\x3c\x2b\x1a")
    read(4 * U, 4) == "\x4d\x3c\x2b\x1a"
  ]], names = true },
  { 343, "a place for reading sees what another writes", [[
    r:attach(s, 0, 0, U, "r")
    r:attach(s, 4 * U, 0, U)
    write(4 * U, "x")
    read(0, 1) == "x"
  ]] },
  { 344, "and not what a copy holds", [[
    r:attach(s, 0, 0, U, "r")
    r:attach(s, 4 * U, 0, U, "rw+copy")
    write(4 * U, "x")
    read(0, 1) == "\0"
  ]] },

  -- Attaching
  { 352, "a section for reading: no writing, but reading and copies", [[
    readable = vmem.section(s.path, "r")
    r:attach(readable) refuses permission_denied
    r:attach(readable, 0, 0, U, "r")
    r:attach(readable, U, 0, U, "rw+copy")
  ]], paths = true },
  { 354, "executable pages of a section without them", [[
    r:attach(s, 0, 0, U, "x") refuses permission_denied
    r:attach(s, 0, 0, U, "rx") refuses permission_denied
    r:attach(s, 0, 0, U, "rwx") refuses permission_denied
  ]] },
  { 355, "the protection is the one asked for", [[
    each W in "none", "r", "rw", "r+guard", "rw+guard"
    r:attach(s, 0, 0, U, W)
    r:query(0).protection == W
    r:query(0).allocation_protection == "rw"
  ]] },
  { 356, "also an executable one", [[
    code = vmem.section(U, { executable = true })
    each W in "rx", "rwx", "x"
    r:attach(code, 0, 0, U, W)
    r:query(0).protection == W
  ]] },
  { 358, "an offset past the end", 'r:attach(s, 0, 4 * U) raises "is outside the section"' },
  { 359, "a byte or a page more than is left", [[
    r:attach(s, 0, 3 * U, P + 1) raises "runs past the section's end"
    r:attach(s, 0, 2 * U, 2 * U + 5 * P) raises "runs past the section's end"
  ]] },
  { 360, "no size: to the end", [[
    r:attach(s, 0, U)
    r:query(0).size == 2 * U + P
  ]] },
  { 361, "a size of 1: a page", [[
    r:attach(s, 0, 0, 1)
    r:query(0).size == P
  ]] },
  { 362, "the whole, from a page on", [[
    r:attach(s)
    r:query(0).size == 3 * U + P
    r:query(P).size == 3 * U
  ]] },
  { 364, "a query of it", [[
    r:attach(s)
    r:query(P).state == "committed"
    r:query(P).type == "mapped"
    r:query(P).section == s
    r:query(P).allocation_base == r.base
  ]] },
  { 365, "regions begin at multiples of the granularity", "r.base % vmem.allocation_granularity == 0" },
  { 366, "twice: two addresses, one memory", [[
    r:attach(s)
    r:attach(s, 8 * U)
    write(8 * U, "x")
    read(0, 1) == "x"
  ]] },
  { 368, "an address that is no multiple of a page", [[
    r:attach(s, 42) raises "is not a multiple of the page size"
    r:attach(s, 0, 42) raises "is not a multiple of the page size"
  ]] },
  { 370, "the second part right behind the whole", [[
    exact = vmem.section(2 * U)
    r:attach(exact)
    r:attach(exact, 2 * U, U)
    write(U, "a")
    write(3 * U - 1, "z")
    read(2 * U, 1) == "a"
    read(2 * U - 1, 1) == "z"
  ]] },
  { 374, "the section closed, and what is attached goes on", [[
    r:attach(s)
    s:close()
    write(0, "x")
    read(0, 1) == "x"
  ]] },
  { 381, "fresh: zeros", [[
    r:attach(s)
    r:nonzero(0, 3 * U) == nil
  ]] },
  { 386, "a commit with another protection", [[
    r:attach(s)
    r:commit(0, U, "r")
    r:query(0).protection == "r"
    r:query(0).type == "mapped"
    r:query(U).protection == "rw"
  ]] },
  { 392, "a commit of one page", [[
    r:attach(s, 0, 0, 2 * U, "r")
    r:commit(U, 1, "rw")
    r:query(U).protection == "rw"
    r:query(U).size == P
  ]] },

  -- Protection, copies
  { 402, "protect to what it is", [[
    r:attach(s, 0, 0, U, "r")
    r:protect(0, U, "r") == "r"
  ]] },
  { 403, "to none, and to every protection that the section allows", [[
    r:attach(s, 0, 0, U)
    r:protect(0, U, "none") == "rw"
    r:protect(0, U, "r") == "none"
    r:protect(0, U, "rw") == "r"
  ]] },
  { 405, "a guard faults once", [[
    r:attach(s, 0, 0, U)
    r:protect(0, U, "rw+guard") == "rw"
    read(0, 1) faults guard_page
    read(0, 1) == "\0"
  ]] },
  { 409, "what is written to a copy, others do not see", [[
    r:attach(s, 0, 0, U, "rw+copy")
    r:attach(s, 4 * U, 0, U)
    write(0, "x")
    read(4 * U, 1) == "\0"
  ]] },
  { 413, "a write where reading is allowed", [[
    r:attach(s, 0, 0, U, "r")
    write(0, "x") faults access_violation
  ]] },
  { 421, "detached: reserved, and the region's own", [[
    r:attach(s)
    r:decommit()
    r:query(0).state == "reserved"
    r:query(0).type == "private"
  ]] },
  { 427, "another place, after one is detached", [[
    r:attach(s)
    r:attach(s, 8 * U)
    write(0, "x")
    r:decommit(0, 4 * U)
    read(8 * U, 1) == "x"
  ]] },
  { 452, "a ring: the byte behind the last is the first", [[
    ring = vmem.mirror(U)
    ring:write(U - 1, "ab") == ring
    ring:read(0, 1) == "b"
  ]] },

  -- The idiomatic side
  { 502, "what cannot be a section", [[
    vmem.section("/", "r") refuses bad_file
    vmem.section("/dev/null", "r") refuses bad_file
    vmem.section("/proc/cpuinfo", "r") refuses bad_file
  ]], paths = true },
  { 504, "writing to a section for reading changes nothing", [[
    readable = vmem.section(s.path, "r")
    r:attach(readable) refuses permission_denied
    r:query(0).state == "reserved"
    r:attach(readable, 0, 0, U, "r")
    r:protect(0, U, "rw") refuses permission_denied
    r:query(0).protection == "r"
  ]], paths = true },
  { 505, "over reserved and committed pages", [[
    r:commit(U, U)
    write(U, "private")
    vmem.system ~= "windows" or select(3, r:attach(s)) == "not_supported" and r:decommit()
    r:attach(s)
    r:query(0).size == 3 * U + P
    r:nonzero(0, 3 * U) == nil
  ]] },
  { 506, "past the region, past the section", [[
    r:attach(s, 14 * U) raises "runs past the region's end"
    r:attach(s, 0, 0, 5 * U) raises "runs past the section's end"
  ]] },
  { 508, "commit over attached pages keeps their contents", [[
    r:attach(s)
    write(0, "kept")
    r:commit(0, (vmem.system == "windows" and 3 or 6) * U, "r")
    read(0, 4) == "kept"
    r:query(0).protection == "r"
  ]] },
  { 509, "decommit in the middle: two attachments", [[
    r:attach(s)
    r:decommit(U, U)
    attached() == "0+1@0 2+2@2"
  ]] },
  { 510, "and commit after it: private zeros", [[
    r:attach(s)
    write(U, "x")
    r:decommit(U, U)
    r:commit(U, U)
    read(U, 1) == "\0"
    r:query(U).type == "private"
  ]] },
  { 511, "closed or collected while attached", [[
    r:attach(vmem.section(U))
    collectgarbage()
    write(0, "x")
    read(0, 1) == "x"
    r:query(0).section.size == U
  ]] },
  { 512, "release, and a view after it", [[
    r:attach(s)
    v = r:view "u8"
    r:release()
    v[1] raises "region is released"
  ]] },
  { 514, "between the end and the page's end: zeros", [[
    r:attach(s)
    read(3 * U + 5, P - 5) == ("\0"):rep(P - 5)
  ]] },
  { 521, "discard of a copy shows the section again", [[
    r:attach(s, 0, 0, U, "rw+copy")
    write(0, "x")
    r:discard(0, U)
    read(0, 1) == "\0"
  ]] },
  { 522, "discard of shared pages keeps contents", [[
    r:attach(s)
    write(0, "x")
    r:discard(0, U)
    read(0, 1) == "x"
  ]] },
  { 524, "none and back, a guard: contents stay, also of a copy", [[
    each W in "rw", "rw+copy"
    r:attach(s, 0, 0, U, W)
    write(0, "x")
    r:protect(0, U, "none")
    r:protect(0, U, "rw+guard")
    read(0, 1) faults guard_page
    read(0, 1) == "x"
  ]] },
  { 528, "opened for cutting by its path: the system refuses", [[
    io.open(s.path, "w") == nil
    s.size == 3 * U + 5
  ]], paths = true },
  { 532, "one section at 0 and right behind itself", [[
    exact = vmem.section(U)
    r:attach(exact)
    r:attach(exact, U)
    write(U - 1, "ab")
    read(0, 1) == "b"
    read(2 * U - 1, 1) == "a"
  ]] },
  { 533, "regions that refuse", [[
    each W in { conceal = true }, { wipe = true }
    other = vmem.reserve(4 * U, W)
    other:attach(s) refuses not_supported
  ]], conceal = true },
  { 534, "snapshot and restore of copies", [[
    r:attach(s, 0, 0, 2 * U, "rw+copy")
    kept = r:snapshot()
    write(0, "x")
    r:commit(8 * U, U)
    r:protect(U, U, "r")
    r:restore(kept)
    read(0, 1) == "\0"
    r:query(0).size == 2 * U
    r:query(8 * U).state == "reserved"
    kept:changed()() == nil
  ]] },
  { 536, "a snapshot of shared pages", [[
    r:attach(s)
    r:snapshot() refuses not_supported
  ]] },
}
