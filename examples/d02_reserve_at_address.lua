-- D2: Reserving at an address of your own
local vmem = require "vmem"

-- Reserving takes address space only, no memory yet. The address is rounded down to a multiple
-- of vmem.allocation_granularity, which is 64 KiB.
local wanted = 0x56781234
local region, reason = vmem.reserve(10 * 1024 * 1024, { address = wanted })

print(("Asked for     : 0x%x"):format(wanted))
if not region then -- something is there already, and vmem never maps over anything
  print("Reserved Addr : nil")
  print("Reason        : " .. reason)
  return
end
print(("Reserved Addr : 0x%x"):format(region.base))

-- The end is rounded up to a whole page, so every byte that was asked for is there.
print(("Size          : 0x%x bytes, %d pages"):format(region.size, #region))
print(("Committed     : %d bytes"):format(region.committed))

region:release()
