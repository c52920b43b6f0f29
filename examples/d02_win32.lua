-- D2: The same in the Windows calls, line by line
local w = require "vmem.win32"

local function hex(p) return p and ("0x%x"):format(p) or "nil" end

local p1 = w.VirtualAlloc(
  0x56781234,
  1024 * 1024 * 10,
  w.MEM_RESERVE, -- address space only
  w.PAGE_READWRITE)

print("Reserved Addr : " .. hex(p1)) -- 0x56780000
if not p1 then print("GetLastError  : " .. w.GetLastError()) end
