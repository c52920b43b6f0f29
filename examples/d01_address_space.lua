-- D1: The address space of a process, drawn from this very one
local vmem = require "vmem"
local layout = require "vmem.layout"

-- Something of our own to find in it: 10 MiB reserved, of which 3 pages are committed and 1 is used.
local region <close> = assert(vmem.reserve(10 << 20, { name = "ours" }))
region:commit(0, 3 * vmem.page_size)
region:write(0, "A")

local here, message = layout.of()
if not here then
  print(message)
  return
end
print(here)

print(("\nThe region is at 0x%x, the NULL partition ends at 0x%x."):format(region.base, vmem.lowest_address))
