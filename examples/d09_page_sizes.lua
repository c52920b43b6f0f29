-- D9: Small pages make the table big, large pages waste memory
local vmem = require "vmem"

local KIB = 1024
local ENTRY = 8 -- bytes that a page table spends on a page
local allocations = { 3072, 4091, 40910, 100000, 500000, 1000000, 2500000, 4000000 }

local total = 0
for _, size in ipairs(allocations) do
  total = total + size
end
print(("Allocated: %s bytes, %d in all"):format(table.concat(allocations, " + "), total))

-- Table entries and wasted bytes when every allocation gets whole pages of its own.
local function cost(page)
  local entries = 0
  for _, size in ipairs(allocations) do
    entries = entries + (size + page - 1) // page
  end
  return entries, entries * page - total
end

print("\npage size  table entries  table bytes  wasted bytes  table + waste")
local best, least
local page = 1 * KIB
while page <= 2048 * KIB do
  local entries, wasted = cost(page)
  local sum = entries * ENTRY + wasted
  if not least or sum < least then
    best, least = page, sum
  end
  print(("%5d KiB  %13d  %11d  %12d  %13d%s"):format(page // KIB, entries, entries * ENTRY,
    wasted, sum, page == vmem.page_size and "  <- this system" or ""))
  page = page * 2
end

print(("\nFor these allocations pages of %d KiB cost least. This system has pages of %d KiB.")
  :format(best // KIB, vmem.page_size // KIB))
