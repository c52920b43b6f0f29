-- D12: Reserving and committing at once
local vmem = require "vmem"

local function show(step, address)
  local found = vmem.query(address)
  local state = found and found.state or "in no region" -- all that some systems can tell
  local protection = found and found.protection
  print(("%-14s: 0x%x is %s"):format(step, address,
    protection and state .. ", " .. protection or state))
  print("Region there  : " .. tostring(vmem.at(address)))
end

local region = assert(vmem.allocate(4096))
local address = region.base -- noted now: a released region no longer tells
print(("Address       : 0x%x"):format(address))
show("Allocated", address)

-- Fresh pages are full of zeros and can be used at once.
print("First byte    : " .. region:read(0, 1):byte())
region:write(0, "hello")
print("Read back     : " .. region:read(0, 5))

region:release()
show("Released", address)

-- From now on the region and its addresses are refused, and the script goes on.
print("Region, read  : " .. select(2, pcall(region.read, region, 0, 5)))
print("Address, read : " .. tostring(select(2, pcall(vmem.read, address, 5))))
