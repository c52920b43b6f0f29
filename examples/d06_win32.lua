-- D6: The same in the Windows calls, line by line
local vmem = require "vmem"
local w = require "vmem.win32"

local function strcpy(p, s) vmem.write(p, s .. "\0") end

-- A line that is not typed at a terminal is printed behind its prompt; with --echo any line is.
local unix = package.config:sub(1, 1) == "/"
local echo = arg[1] == "--echo" or unix and not os.execute("test -t 0")

-- The next line of the input, or nil at its end.
local function ask(prompt)
  if not echo then io.write(prompt):flush() end
  local line = io.read()
  if line then
    line = line:gsub("\r$", "") -- lines of a file from Windows end in \r\n
    if echo then print(prompt .. line) end
  elseif not echo then
    print()
  end
  return line
end

local CELL, CELLS = vmem.page_size - 5, 10 -- sizeof(CELL), 4091 of a page of 4096; cells
if CELL ~= 4091 then print(("(Pages have %d bytes here, so a cell has %d.)"):format(vmem.page_size, CELL)) end

local pCell = assert(w.VirtualAlloc(0, CELL * CELLS, w.MEM_RESERVE, w.PAGE_READWRITE))

while true do
  local line = ask("index >> ")
  if not line then break end
  local idx = tonumber(line:match("^%s*(%d+)%s*$"))
  if idx and idx < CELLS then
    local s = ask("data >> ")
    if not s then break end
    if #s < CELL then
      w.try(function()
        strcpy(pCell + idx * CELL, s)
      end, 1, function() -- __except(1)
        assert(w.VirtualAlloc(pCell + idx * CELL, CELL, w.MEM_COMMIT, w.PAGE_READWRITE))
        print(idx .. " CELL Commit")
        strcpy(pCell + idx * CELL, s)
      end)
    else
      print(("This has %d bytes: a cell holds at most %d, and the zero byte that ends them")
        :format(#s, CELL - 1))
    end
  else
    print("There is no such cell: an index is a whole number from 0 to " .. CELLS - 1)
  end
end
