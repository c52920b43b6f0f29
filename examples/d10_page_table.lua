-- D10: Pages side by side in virtual memory, frames scattered in physical memory
local vmem = require "vmem"
local pagetable = require "vmem.pagetable"

local PAGE = vmem.page_size

-- A page gets its frame when it is touched, so it is touched here and there. Pages 4 and 8 stay untouched.
local region <close> = assert(vmem.allocate(8 * PAGE, { name = "eight pages" }))
for _, page in ipairs { 6, 1, 3, 7, 2, 5 } do
  region:write((page - 1) * PAGE, "A")
end

print(pagetable.of(region))

-- The same figure where the system does not tell.
print()
print(pagetable.simulated(6))
