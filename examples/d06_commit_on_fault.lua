-- D6: Committing a cell when it is first needed
local vmem = require "vmem"

local CELL, CELLS = vmem.page_size - 5, 10 -- bytes a cell (4091 of a page of 4096), cells
if CELL ~= 4091 then print(("(Pages have %d bytes here, so a cell has %d.)"):format(vmem.page_size, CELL)) end

local cells <close> = assert(vmem.reserve(CELL * CELLS))

-- Runs when an access meets a page that does not allow it, before the access fails.
cells:on_fault(function(fault)
  local i = fault.offset // CELL
  assert(cells:commit(i * CELL, CELL))
  print(i .. " CELL Commit")
  return true -- mended: try the access again
end)

local function store(i, text)
  if #text < CELL then
    -- One write for text and zero byte: should it fault, nothing has been written yet.
    cells:write(i * CELL, text .. "\0")
  else
    print(("This has %d bytes: a cell holds at most %d, and the zero byte that ends them")
      :format(#text, CELL - 1))
  end
end

-- Who types at a terminal sees the line behind its prompt. A line from a file or a pipe is
-- printed there, so that the output reads like the same dialogue; --echo does so everywhere.
local function is_terminal()
  local unix = package.config:sub(1, 1) == "/"
  return not unix or os.execute("test -t 0")
end

local echo = arg[1] == "--echo" or not is_terminal()

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

local line = ask("index >> ")
while line do
  local i = tonumber(line:match("^%s*(%d+)%s*$"))
  if i and i < CELLS then
    local text = ask("data >> ")
    if not text then break end
    store(i, text)
  else
    print("There is no such cell: an index is a whole number from 0 to " .. CELLS - 1)
  end
  line = ask("index >> ")
end
