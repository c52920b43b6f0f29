-- Mapped: a file of records as memory, opened twice; and a draft that leaves it alone
local files = require "vmem.file"

local DAYS <const>, HEAD <const> = 365, 64 -- a heading of 64 bytes, then a temperature for each day
local path = os.tmpname()

-- The first run makes the file. Room on the disk is taken now, not when a page is touched.
local file, message = files.open(path, "w+", { size = HEAD + 4 * DAYS })
if not file then
  print("Not on this system: " .. message)
  return
end
file:write("temperatures of a year\n")
local days = file:view("f32le", HEAD)
for day = 1, DAYS do days[day] = (day * 37 % 300) / 10 - 5 end
assert(file:flush()) -- on the disk when it returns
file:close()

-- The next one finds it.
local weather <close> = assert(files.open(path, "r+"))
days = weather:view("f32le", HEAD)
local least, most = days:minmax()
print(("%s: %d days, from %.1f to %.1f degrees"):format(weather:read "l", #days, least, most))

-- A year more, at the same addresses: the old view goes on, a new one has all.
local base = weather.region.base
assert(weather:resize(HEAD + 4 * 2 * DAYS))
print(("The file has %d bytes now, and %s"):format(weather.size,
  base == weather.region.base and "has not moved" or "has moved"))
local all = weather:view("f32le", HEAD)
print(("The view of the first year has %d days, a new one has %d"):format(#days, #all))

-- A draft: what is written to it stays in it, and it tells where it differs.
local draft <close> = assert(files.open(path, "copy"))
draft:view("f32le", HEAD)[1] = 100
for offset, size in draft:changed() do
  local pages = -(-size // require("vmem").page_size)
  print(("The draft differs in %d page, from byte %d on"):format(pages, offset))
end
print(("In the file, the first day still has %.1f degrees"):format(days[1]))

os.remove(path)
