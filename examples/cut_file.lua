-- Cut file: another process cuts a file off while it is read; a handler makes it long again
local files = require "vmem.file"

if package.config:sub(1, 1) == "\\" then
  print "Not on this system: Windows lets nobody cut off a file that is mapped"
  return
end

-- With arguments this is the other process.
if arg[1] == "cut" then
  local file <close> = assert(files.open(arg[2], "r+"))
  assert(file:resize(100))
  return
end

local path, SIZE <const> = os.tmpname(), 1 << 20
local file, message = files.open(path, "w+", { size = SIZE })
if not file then
  print("Not on this system: " .. message)
  return
end
local bytes = file:view "u8"
bytes:fill(65)
assert(bytes:sum() == 65 * SIZE)

local first = -1 -- where the interpreter's name is
while arg[first - 1] do first = first - 1 end
assert(os.execute(("%s %s cut %s"):format(arg[first], arg[0], path)))

-- Where a page of the file has gone, most programs end by a signal. In vmem it is a fault like any other.
local ok, fault = pcall(bytes.sum, bytes)
print(ok, fault.kind, fault.reason)
print(("The file has %d bytes, and %d are attached"):format(file.size, file.region.committed))

file.region:on_fault(function(lost)
  print(("page %d is %s; the file becomes %d bytes long"):format(lost.page, lost.state, SIZE))
  return lost.access == "read" and file:resize(SIZE)
end)
print(("Sum of what is left: %d, which is 100 times 65"):format(bytes:sum()))

file:close()
os.remove(path)
