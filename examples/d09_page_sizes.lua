-- D9: Small pages make the table big, large pages waste memory
--
-- With a path as an argument, draws the same as SVG there.
local paging = require "vmem.paging"

local KIB = 1024
local allocations = { 3072, 4091, 40910, 100000, 500000, 1000000, 2500000, 4000000 }

-- Every allocation gets whole pages of its own. The table has an entry of 8 bytes for each.
local sizes = paging.page_sizes(allocations)

print(("Allocated: %s bytes, %d in all\n"):format(table.concat(allocations, " + "), sizes.total))
print(sizes)
print(("\nFor these allocations pages of %d KiB cost least. This system has pages of %d KiB.")
  :format(sizes.best.page_size // KIB, sizes.own.page_size // KIB))

if arg[1] and arg[1] ~= "--echo" then
  assert(io.open(arg[1], "w")):write(sizes:svg()):close()
end
