-- D5: The same in the Windows calls, line by line
local vmem = require "vmem"
local w = require "vmem.win32"

local function hex(p) return p and ("0x%x"):format(p) or "nil" end
local function strcpy(p, s) vmem.write(p, s .. "\0") end

local CELL = vmem.page_size - 5 -- sizeof(CELL): 4091 of a page of 4096
if CELL ~= 4091 then print(("(Pages have %d bytes here, so a cell has %d.)"):format(vmem.page_size, CELL)) end

local pCell = w.VirtualAlloc(
  0,
  CELL * 10, -- ten cells
  w.MEM_RESERVE,
  w.PAGE_READWRITE)

print("Reserved Addr : " .. hex(pCell))
if not pCell then return print("GetLastError  : " .. w.GetLastError()) end

-- The listing asks for these two, as D6 does; it does not get beyond the first.
local idx = 0
local s = "hello"

-- Nothing is committed. This would end the program in C; print is the handler here.
w.try(function()
  strcpy(pCell + idx * CELL, s)
end, w.EXCEPTION_EXECUTE_HANDLER, print)
