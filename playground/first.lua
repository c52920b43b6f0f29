-- A first script: a fault, and a handler that mends it
local vmem = require "vmem"

local page = vmem.page_size
local region = assert(vmem.reserve(1 << 20)) -- a mebibyte of addresses, no memory yet
print(region)

print(pcall(region.write, region, page, "hello")) -- page 2 is not committed

region:on_fault(function(fault) -- from now on, commit pages that are touched
  print("fault", fault.access, "page " .. fault.page)
  return fault.region:commit(fault.offset, 1) -- true: mended, try again
end)
region:write(page, "hello")
print(region:read(page, 5), region.committed)

for offset, size, state, protection in region:runs() do
  print(("%8x %8d %s %s"):format(offset, size, state, protection or ""))
end
