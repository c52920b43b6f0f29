-- D7: Five bytes saved, a page lost
local vmem = require "vmem"
local sparse = require "vmem.sparse"

local CELLS = 10
local PAGE = vmem.page_size -- 4096 in the document
local CELL = PAGE - 5

-- Fills cells of `size` bytes in the given order; what is missing of one is committed when it is stored.
-- Returns how often that was necessary, the pages, and the bytes wasted.
local function fill_cells(size, order)
  local cells <close> = assert(sparse.new(size, CELLS))
  local commits = 0
  for i in order:gmatch("%d+") do
    local before = cells.region.committed
    cells[i + 1] = ("A"):rep(size) -- the documents count cells from 0
    if cells.region.committed > before then commits = commits + 1 end
  end
  local cost = cells:cost()
  return commits, cost.committed // vmem.page_size, cost.wasted
end

local orders = {
  { "one", "0" },
  { "one", "1" },
  { "ascending", "0 1" },
  { "descending", "1 0" },
  { "ascending", "0 1 2 3 4 5 6 7 8 9" },
  { "descending", "9 8 7 6 5 4 3 2 1 0" },
  { "even", "0 2 4 6 8" },
  { "random", "7 2 6 0 3" },
}

print(("%-31s | %-20s | cells of %d bytes"):format("", ("cells of %d bytes"):format(CELL), PAGE))
print("cells filled, in this order     | commits pages wasted | commits pages wasted")
for _, row in ipairs(orders) do
  local name, order = row[1], row[2]
  local commits, pages, wasted = fill_cells(CELL, order)
  local commits2, pages2, wasted2 = fill_cells(PAGE, order)
  print(("%-11s %-19s | %7d %5d %6d | %7d %5d %6d"):format(
    name, order, commits, pages, wasted, commits2, pages2, wasted2))
end

print(([[

Commit works in whole pages. A cell of %d bytes mostly lies across the edge of two, and takes
both: filled alone it wastes a whole page, and its neighbour finds its own page committed.
All ten cells need ten pages in either size: saving one page takes an array of %d cells.]])
  :format(CELL, (PAGE + 4) // 5))
