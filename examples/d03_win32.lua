-- D3: The same in the Windows calls, line by line
local vmem = require "vmem"
local w = require "vmem.win32"

local function hex(p) return p and ("0x%x"):format(p) or "nil" end

-- Not in the listing: something small in the way, should nothing be there already.
w.VirtualAlloc(0x58000000, 64 * 1024, w.MEM_RESERVE, w.PAGE_READWRITE)

local p1 = w.VirtualAlloc(
  0x56781234,
  1024 * 1024 * 100, -- 100 MiB: they overlap with what is there
  w.MEM_RESERVE,
  w.PAGE_READWRITE)

print("Reserved Addr : " .. hex(p1)) -- nil, where C has 0
print("GetLastError  : " .. w.GetLastError())
if w.GetLastError() == w.ERROR_INVALID_ADDRESS then
  print("Reason        : something is there already")
end

-- For as much as this it is better to ask for no address.
p1 = w.VirtualAlloc(0, 1024 * 1024 * 100, w.MEM_RESERVE, w.PAGE_READWRITE)

print("Reserved Addr : " .. hex(p1))
if not p1 then return print("GetLastError  : " .. w.GetLastError()) end

-- *p1 = 'A': there is no memory yet. This would end the program in C; print is the handler here.
w.try(function()
  vmem.write(p1, "A")
end, w.EXCEPTION_EXECUTE_HANDLER, print)
