-- D4: Committing one page, and giving everything back
local vmem = require "vmem"

local SIZE, PAGE = 100 * 1024 * 1024, vmem.page_size -- a page has 4096 bytes on most systems

-- Prints what is at an address: it is free, reserved, or committed with a protection.
local function show(step, address)
  local found = vmem.query(address)
  local state = found and found.state or "in no region" -- all that some systems can tell
  local protection = found and found.protection
  print(("%-14s: 0x%x is %s"):format(step, address,
    protection and state .. ", " .. protection or state))
end

local function try_write(region, offset)
  local ok, fault = pcall(region.write, region, offset, "A")
  print("  " .. (ok and "written" or tostring(fault)))
end

-- top_down asks for the highest place that is free.
local region = assert(vmem.reserve(SIZE, { top_down = true }))
local base = region.base
show("Reserved Addr", base)

-- Offsets count bytes from the base: this commits the second page and no other.
assert(region:commit(PAGE, PAGE))
show("Committed Addr", base + PAGE)
region:write(PAGE, "A")
print("Read back     : " .. region:read(PAGE, 1))

print "Writing to its two neighbours:"
try_write(region, 0)
try_write(region, 2 * PAGE)

assert(region:decommit(PAGE, PAGE))
show("Decommitted", base + PAGE)
print "Writing to it now:"
try_write(region, PAGE)

region:release()
show("Released", base)

print "The same without decommit: release alone gives committed pages back too."
region = assert(vmem.reserve(SIZE, { top_down = true }))
base = region.base
assert(region:commit(PAGE, PAGE))
show("Committed Addr", base + PAGE)
region:release()
show("Released", base + PAGE)
