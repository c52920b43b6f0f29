-- D5: An array of cells that is only reserved
local vmem = require "vmem"

local CELL, CELLS = vmem.page_size - 5, 10 -- bytes a cell (4091 of a page of 4096), cells
if CELL ~= 4091 then print(("(Pages have %d bytes here, so a cell has %d.)"):format(vmem.page_size, CELL)) end

local cells <close> = assert(vmem.reserve(CELL * CELLS))
print(("Reserved Addr : 0x%x"):format(cells.base))
print(("Array         : %d cells of %d bytes, %d bytes committed"):format(
  CELLS, CELL, cells.committed))

-- Stores a C string: the text, and the zero byte that ends it.
local function store(i, text)
  cells:write(i * CELL, text .. "\0")
end

local ok, fault = pcall(store, 0, "hello")
print("hello, cell 0 : " .. (ok and "stored" or tostring(fault)))

-- A fault prints as a sentence, and tells a program the same in its fields.
if not ok then
  print(("Its fields    : kind %s, access %s, offset %d, page %d, state %s"):format(
    fault.kind, fault.access, fault.offset, fault.page, fault.state))
end
