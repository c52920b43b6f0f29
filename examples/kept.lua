-- Kept: a sparse array and an array of numbers, made by one process and found again by another
local array = require "vmem.file.array"
local sparse = require "vmem.sparse"

local PEOPLE <const> = 1 << 36 -- numbers of people, of whom few are known: half a terabyte of addresses

local ages_path, log_path = os.tmpname(), os.tmpname()
os.remove(ages_path)
os.remove(log_path)

--- Opens both files, and makes them if there are none.
local function open()
  local ages, message = sparse.open(ages_path, "r+", "f64", PEOPLE)
  if not ages then return nil, message end
  return ages, assert(array.open(log_path, "r+", "u32", 1000))
end

-- The first run: it stores something, and ends.
local ages, log = open()
if not ages then
  print("Not on this system: " .. log)
  return
end
ages[7], ages[123456789], ages[1 << 35] = 33, 70.5, 18
log:set(1, 7, 123456789)
assert(ages:flush()) -- on the disk when it returns; without it, what was stored outlives the process alone
ages:close()
log:close()

-- The next run. Who is not known is nil, as before.
do
  local people <close>, visits = open()
  local unknown = people[8000000] == nil and "8000000" or "none"
  print(("%d numbers, of which %s is not known"):format(#people, unknown))
  for i, age in people:filled() do
    if age > 0 then print(("%11d: %g"):format(i, age)) end
  end
  print(("The sum of all is %g; the log begins with %d and %d"):format(people:sum(), visits:get(1, 2)))
  print(("%d KiB are in use"):format(people:cost().committed >> 10))
  visits:close()
end

-- A file says what is in it: taken for something else, it is not opened.
local _, message, code = sparse.open(ages_path, "r+", "f32", PEOPLE)
print(message:match ": (.*)", code)
_, message, code = array.open(ages_path)
print(message:match ": (.*)", code)

os.remove(ages_path)
os.remove(log_path)
