-- A first script: a fault, and a handler that mends it
local vmem = require "vmem"

-- A mebibyte of addresses, no memory yet.
local page = vmem.page_size
local region = assert(vmem.reserve(1 << 20))
print(region)

-- Page 2 is not committed.
print(pcall(region.write, region, page, "hello"))

-- From now on, commit pages that are touched.
-- What commit gives counts as true: mended, try again.
region:on_fault(function(fault)
  print("fault", fault.access, "page " .. fault.page)
  return fault.region:commit(fault.offset, 1)
end)
region:write(page, "hello")
print(region:read(page, 5), region.committed)

for offset, size, state, protection in region:runs() do
  print(offset, size, state, protection or "")
end
