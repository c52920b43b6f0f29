--- Rows of the list of cases for sections that are about files, as far as vmem.section and region:attach can
--- express them. file(text) gives the path of a new file, and contents(path) what it holds; cut(path, size)
--- has another process give it that length.
local rows = {
  { 302, "a file of no bytes: nothing to attach", [[
    empty = vmem.section(file "", "r")
    empty.size == 0
    r:attach(empty, 0, 0, U, "r") raises "the section has no bytes"
  ]] },
  { 303, "a file of no bytes, for reading, cannot get any", [[
    vmem.section(file "", "r", { size = 4096 }) refuses permission_denied
  ]] },
  { 305, "a longer section makes the file longer", [[
    path = file(("x"):rep(U))
    long = vmem.section(path, "r+", { size = 5 * U })
    long.size == 5 * U
    #contents(path) == 5 * U
  ]] },
  { 307, "bytes between the old and the new end are zeros", [[
    path = file "x"
    long = vmem.section(path, "r+", { size = 2 * U })
    contents(path) == "x" .. ("\0"):rep(2 * U - 1)
  ]] },
  { 308, "a part of a file", [[
    three = vmem.section(file(("x"):rep(3 * U)), "r+")
    r:attach(three, 0, 0, U)
    r:query(0).size == U
    three.size == 3 * U
  ]] },
  { 371, "two sections of one file are the same memory", [[
    path = file(("x"):rep(U))
    one = vmem.section(path, "r+")
    two = vmem.section(path, "r")
    r:attach(one)
    r:attach(two, 4 * U, 0, U, "r")
    write(0, "seen")
    read(4 * U, 4) == "seen"
  ]] },
  { 372, "memory and io.open see the same", [[
    path = file "hello"
    one = vmem.section(path, "r+")
    r:attach(one)
    write(0, "J")
    contents(path) == "Jello"
  ]] },
  { 428, "a flush of no size is one to the end", [[
    one = vmem.section(file(("x"):rep(3 * U)), "r+")
    r:attach(one)
    one:flush(U) == one
    one:start_flush(U) == one
  ]] },
  { 431, "a flush past the end", [[
    one = vmem.section(file "hello", "r+")
    one:flush(0, 6) raises "runs past the section's end"
    one:flush(6) raises "is outside the section"
  ]] },
  { 433, "a flush of what is only read, or a copy, has nothing to do", [[
    each W in "r", "copy"
    one = vmem.section(file "hello", W)
    r:attach(one, 0, 0, 5, "r")
    one:flush() == one
  ]] },
  { 441, "a file becomes shorter below what is attached: those pages are reserved", [[
    path = file(("x"):rep(3 * U))
    one = vmem.section(path, "r+")
    r:attach(one)
    one:resize(U) == one
    r:query(0).size == U
    r:query(U).state == "reserved"
    #contents(path) == U
  ]] },
  { 443, "a file becomes longer: what is attached stays", [[
    one = vmem.section(file "x", "r+")
    r:attach(one)
    one:resize(3 * U) == one
    read(0, 2) == "x\0"
    r:query(0).size == P
  ]] },
  { 444, "a longer section of the file, while it is attached", [[
    path = file "x"
    one = vmem.section(path, "r+")
    r:attach(one)
    two = vmem.section(path, "r+", { size = 3 * U })
    r:attach(two, 4 * U)
    write(4 * U, "y")
    read(0, 1) == "y"
    one.size == 3 * U
  ]] },
  { 445, "more than the section has, also after the file has grown", [[
    path = file "x"
    one = vmem.section(path, "r+")
    r:attach(one, 0, 0, U + 1) raises "runs past the section's end"
    cut(path, 3 * U)
    r:attach(one, 0, 0, 3 * U) == r
    r:attach(one, 0, 0, 3 * U + P) raises "runs past the section's end"
  ]] },
  { 446, "a file that is removed while it is attached", [[
    path = file "hello"
    one = vmem.section(path, "r+")
    r:attach(one)
    vmem.system == "windows" or os.remove(path)
    read(0, 5) == "hello"
  ]] },
  { 503, "a file that may only be read", [[
    path = file "hello"
    vmem.system == "windows" or os.execute("chmod 444 " .. path)
    io.open(path, "r+") or select(3, vmem.section(path, "r+")) == "permission_denied"
    draft = vmem.section(path, "copy")
    r:attach(draft)
    write(0, "J")
    contents(path) == "hello"
  ]] },
  { 523, "locks and prefetches past a truncated end", [[
    path = file(("x"):rep(3 * U))
    one = vmem.section(path, "r+")
    r:attach(one)
    cut(path, U)
    r:lock(U, P) refuses past_end
    r:prefetch(0, 3 * U) refuses past_end
  ]] },
  { 527, "shorter below an attachment: what is behind is reserved, the rest is attached", [[
    one = vmem.section(file(("x"):rep(4 * U)), "r+")
    r:attach(one)
    r:attach(one, 8 * U, 2 * U, 2 * U)
    one:resize(3 * U) == one
    r:query(0).size == 3 * U
    r:query(3 * U).state == "reserved"
    r:query(8 * U).size == U
    one.attachments == 2
  ]] },
}

for _, row in ipairs(rows) do row.files = true end

return rows
