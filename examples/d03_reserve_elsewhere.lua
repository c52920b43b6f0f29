-- D3: A place that is taken, and memory that is only reserved
local vmem = require "vmem"

local SIZE = 100 * 1024 * 1024
local wanted = 0x56781234

-- Something small in the way, in the middle of those 100 MiB. Should this fail, then something
-- else is there already, and that will do as well.
local obstacle <close> = vmem.reserve(64 * 1024, { address = 0x58000000 })
print("In the way    : " .. tostring(obstacle or "something else in this process"))

-- When the system refuses, the answer is nil, a message for people and a code for programs.
local region, message, code = vmem.reserve(SIZE, { address = wanted })
print("Reserved Addr : " .. tostring(region))
print("Reason        : " .. message)
print("Code          : " .. code)

-- With no address asked for, the system finds a place.
region = assert(vmem.reserve(SIZE))
print(("Reserved Addr : 0x%x"):format(region.base))

-- No page of it is committed, so there is nothing to write to. That is a fault: an error which
-- pcall catches like any other. The script goes on.
local ok, fault = pcall(region.write, region, 0, "A")
print("Write         : " .. (ok and "done" or tostring(fault)))

region:release()
