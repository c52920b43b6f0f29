-- D12: The same in the Windows calls, line by line
local vmem = require "vmem"
local w = require "vmem.win32"

local function hex(p) return p and ("0x%x"):format(p) or "nil" end

-- Not in the listing: what is at an address now.
local states = {
  [w.MEM_FREE] = "MEM_FREE", [w.MEM_RESERVE] = "MEM_RESERVE", [w.MEM_COMMIT] = "MEM_COMMIT",
}
local function show_state(p)
  local information = w.VirtualQuery(p) -- some systems tell of their own regions only
  print("State         : " .. (information and states[information.State] or "in no region"))
end

local pMemory = w.VirtualAlloc(nil, 4096, w.MEM_COMMIT, w.PAGE_READWRITE)

print("Address       : " .. hex(pMemory))
if not pMemory then return print("GetLastError  : " .. w.GetLastError()) end
show_state(pMemory)

print("First byte    : " .. vmem.read(pMemory, 1):byte()) -- //...
vmem.write(pMemory, "hello")
print("Read back     : " .. vmem.read(pMemory, 5))

w.VirtualFree(pMemory, 0, w.MEM_RELEASE)
show_state(pMemory)
