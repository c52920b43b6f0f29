-- D11: What contiguous allocation cannot place, paging can
--
-- With a path as an argument, draws the same as SVG there.
local paging = require "vmem.paging"

local KIB = 1024

-- { name, size } asks for memory, { name } gives it back.
local requests = {
  { "A", 192 * KIB },
  { "B", 128 * KIB },
  { "C", 256 * KIB },
  { "D", 192 * KIB },
  { "E", 192 * KIB },
  { "B" },
  { "D" },
  { "F", 256 * KIB }, -- there is enough, but in three pieces
}

local figure = paging.compare(requests, { "first", "paged" }, 1024 * KIB)
print(figure)

-- The other ways to choose a hole do not help.
print()
for _, way in ipairs(paging.compare(requests, { "first", "next", "best", "worst", "buddy", "paged" },
  1024 * KIB)) do
  local refused = way.refused[1]
  print(("%-6s %s"):format(way.way, refused and refused.message or "places everything"))
end

if arg[1] and arg[1] ~= "--echo" then
  assert(io.open(arg[1], "w")):write(figure:svg()):close()
end
