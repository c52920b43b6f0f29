-- Alias: two pages and one frame, as a page table has it
local vmem = require "vmem"
local pagetable = require "vmem.pagetable"

local PAGE = vmem.page_size
local UNIT = vmem.system == "windows" and vmem.allocation_granularity or PAGE -- attach works in these

-- Three places for pages. The first and the last show the same memory, and the one between has its own.
local region <close> = assert(vmem.reserve(3 * UNIT, { name = "aliases" }))
local section <close> = assert(vmem.section(UNIT))
local done, message = region:attach(section, 0)
if done then done, message = region:attach(section, 2 * UNIT) end
if not done then
  print("Not on this system: " .. message)
  return
end
region:commit(UNIT, UNIT)

region:write(0, "written once")
region:write(UNIT, "other memory")
print("The first page has:  " .. region:read(0, 12))
print("The second page has: " .. region:read(UNIT, 12))
print("The last page has:   " .. region:read(2 * UNIT, 12))
print()
print(pagetable.of(region))

-- Linux tells frames to root alone. Anyone can see that the memory is the same, from what it holds.
region:view("u32le", 2 * UNIT)[1] = 0x21796548
print("\nWritten at the last page, read at the first: " .. region:read(0, 4))

print()
print(pagetable.made("The same, made up", PAGE, { 0, 1, 2 }, { [0] = 5, 9, 5 }))
