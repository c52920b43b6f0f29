--- A region page by page: `print(region:map())`. Loaded when region:map is first called.

---@alias vmem.map.mark
---| "reserved"
---| "none"
---| "r"
---| "rw"
---| "x" # and "rx", "rwx"
---| "guard"
---| "trap" # reserved, with a trap: a device
---| "trapped" # committed, with a trap for writes: ROM that a script watches
---| "section" # committed pages of a section, which other places may show, too
---| "copy" # private copies of a section's pages
---| "mixed" # pages that are not alike, in one cell

--- A cell stands for one page, or, of a large region, for as many as it takes to fit.
---@class vmem.map.cell
---@field mark vmem.map.mark
---@field resident number? the part of it that is in RAM, 0 to 1; nil when the system does not tell

local checks = require "vmem.internal.checks"
local public = require "vmem.internal.public"
local core = require "vmem.core"
local picture = require "vmem.draw.picture"

--- The state of a region's pages when region:map was called. tostring(map) is a picture, of which
--- each row begins with the offset of its first page.
---@class vmem.map: vmem.draw.picture
---@field title string what the region says of itself
---@field name string?
---@field base integer
---@field size integer bytes
---@field page_size integer
---@field pages integer
---@field committed integer bytes
---@field resident integer? bytes in RAM; nil when the system does not tell
---@field cell_pages integer pages of a cell
---@field cells vmem.map.cell[]
---@field private options vmem.picture
local map = {}
map.__index = map
map.__name = "vmem.map"

local MOST_CELLS <const> = 1 << 20 -- each is a table

-- {====== Looking at the pages ======

local marks = { none = "none", r = "r", rw = "rw", x = "x", rx = "x", rwx = "x" }

-- Attached pages have their own mark where others have one of these: what refuses an access comes first.
local ATTACHED <const> = { r = true, rw = true, x = true }

local function mark_of(state, protection, trap, attached)
  if state == "reserved" then return trap and "trap" or "reserved" end
  local mark = trap and "trapped" or marks[protection] or "guard"
  return attached and ATTACHED[mark] and attached or mark
end

--- A function that says of ascending offsets what is attached there: "section", "copy" or nil. A run of pages
--- never crosses the border of an attachment.
local function attached_in(region)
  local step = region:attachments()
  local offset, size, _, _, copy = step()
  return function(place)
    while offset and offset + size <= place do
      offset, size, _, _, copy = step()
    end
    if offset and offset <= place then return copy and "copy" or "section" end
  end
end

--- Goes by runs and not page by page: a region may have 2^34 pages.
local function mark_cells(region, cells, cell_size)
  local attached_at = attached_in(region)
  for offset, size, state, protection, trap in region:runs() do
    local mark = mark_of(state, protection, trap, attached_at(offset))
    local first, last = offset // cell_size + 1, (offset + size - 1) // cell_size + 1
    for i = first, last do
      local cell = cells[i]
      if not cell then
        cells[i] = { mark = mark }
      elseif cell.mark ~= mark then
        cell.mark = "mixed"
      end
    end
  end
end

--- Only committed pages can be in RAM.
local function weigh_cells(region, cells, cell_size)
  local sum = 0
  for i, cell in ipairs(cells) do
    local offset = (i - 1) * cell_size
    local size = math.min(cell_size, region.size - offset)
    local bytes = 0
    if cell.mark ~= "reserved" and cell.mark ~= "trap" then bytes = region:resident(offset, size) end
    if not bytes then return nil end -- the system does not say
    cell.resident, sum = bytes / size, sum + bytes
  end
  return sum
end

-- ====== }

--- The map of a region as it is now; later changes do not change it.
---@param region vmem.region
---@param options? vmem.picture of its pictures, by default
---@return vmem.map
function map.of(region, options)
  checks.region(1, "of", region)
  options = picture.check(2, "of", options)
  local page, pages, cell_pages = core.module.page_size, #region, 1
  local most = math.min(options.cells or 4096, MOST_CELLS)
  while pages > most * cell_pages do cell_pages = cell_pages * 2 end
  local cells = {}
  mark_cells(region, cells, cell_pages * page)
  return setmetatable({
    options = options,
    title = tostring(region), name = region.name, base = region.base, size = region.size, pages = pages,
    page_size = page, committed = region.committed, cell_pages = cell_pages, cells = cells,
    resident = weigh_cells(region, cells, cell_pages * page),
  }, map)
end

picture.add(map, "map")
checks.methods(map, "text svg __tostring")

return public.module("vmem.map", "pictures of a region, page by page", map)
