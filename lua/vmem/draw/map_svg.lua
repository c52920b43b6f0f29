--- A region as SVG: a grid of cells, full in colour where they are in RAM, pale where they are not.

local marks = require "vmem.draw.map_marks"
local svg = require "vmem.draw.svg"
local units = require "vmem.internal.units"

local ACROSS, CELL, MARGIN = 64, 11, 16
local PALE = 0.25
local TIPS = 1000 -- with more cells to point at the document gets heavy

local function same(a, b)
  return b and a.mark == b.mark and a.resident == b.resident
end

--- How strong the colour is.
local function opacity_of(cell)
  if marks.is_empty(cell.mark) then return cell.mark == "trap" and 1 or 0.5 end
  return PALE + (1 - PALE) * (cell.resident or 0)
end

local function describe(map, cell, first, last)
  local size = map.cell_pages * map.page_size
  local text = ("%s to %s: %s"):format(units.address((first - 1) * size),
    units.address(math.min(last * size, map.size) - 1), marks.words[cell.mark])
  if marks.is_empty(cell.mark) or not cell.resident then return text end
  if cell.resident == 0 then return text .. ", not in RAM" end
  return text .. (cell.resident == 1 and ", in RAM" or ", partly in RAM")
end

--- Calls draw(cell, first, last) for the cells of a row that look the same and stand together.
local function each_span(cells, draw)
  local first = 1
  while first <= #cells do
    local last, border = first, first + ACROSS - 1 - (first - 1) % ACROSS
    while last < border and same(cells[first], cells[last + 1]) do last = last + 1 end
    draw(cells[first], first, last)
    first = last + 1
  end
end

local function draw_cells(s, map, left, top)
  local cells, spans = map.cells, 0
  each_span(cells, function() spans = spans + 1 end)
  each_span(cells, function(cell, first, last)
    local column, row = (first - 1) % ACROSS, (first - 1) // ACROSS
    local x, y = left + column * CELL, top + row * CELL
    s:rect(x, y, (last - first + 1) * CELL, CELL, cell.mark, opacity_of(cell),
      spans <= TIPS and describe(map, cell, first, last) or nil)
    if cell.mark ~= "reserved" then
      s:text(x + CELL / 2, y + CELL - 2.5, marks.letters[cell.mark], opacity_of(cell) > 0.6 and "on" or "ink",
        "middle", 9)
    end
  end)
end

--- Lines of the ground's colour between the cells.
local function draw_grid(s, count, left, top)
  local rows, columns = (count + ACROSS - 1) // ACROSS, math.min(count, ACROSS)
  local path = {}
  for i = 0, columns do path[#path + 1] = units.format("M%g %gv%g", left + i * CELL, top, rows * CELL) end
  for i = 0, rows do path[#path + 1] = units.format("M%g %gh%g", left, top + i * CELL, columns * CELL) end
  s:path(table.concat(path), "ground", 1)
  return rows * CELL
end

local function draw_offsets(s, map, left, top)
  local size, rows = map.cell_pages * map.page_size, (#map.cells + ACROSS - 1) // ACROSS
  for row = 0, rows - 1, rows > 4 and 4 or 1 do
    s:text(left - 8, top + row * CELL + 9, units.address(row * ACROSS * size), "dim", "end", 10)
  end
end

local function draw_legend(s, map, left, y, width)
  local x = left
  local function entry(mark, opacity, text)
    local needs = 36 + #text * 7.4
    if x > left and x + needs > left + width then x, y = left, y + 22 end
    s:rect(x, y - 10, 12, 12, mark, opacity)
    s:text(x + 18, y, text)
    x = x + needs
  end
  local shown
  for _, mark in ipairs(marks.found(map.cells)) do
    local letter = mark == "reserved" and "" or " (" .. marks.letters[mark] .. ")"
    entry(mark, mark == "reserved" and 0.5 or 1, marks.words[mark] .. letter)
    shown = shown or not marks.is_empty(mark) and mark
  end
  if shown and map.resident then entry(shown, PALE, "pale: not in RAM") end
  return y
end

--- The SVG document that map:svg returns.
---@param map vmem.map
---@param options vmem.picture
---@return string
return function(map, options)
  local title = ("Region %s%s"):format(units.address(map.base), map.name and " " .. map.name or "")
  local facts = ("%s, %s committed, %s"):format(units.size(map.size), units.amount(map.committed),
    map.resident and units.amount(map.resident) .. " in RAM" or "the system does not tell what is in RAM")
  local pages = units.of(map.pages, "page") .. " of " .. units.size(map.page_size)
  pages = pages .. (map.cell_pages == 1 and ", a cell for each" or
    (", %s (%s) a cell"):format(units.count(map.cell_pages), units.size(map.cell_pages * map.page_size)))
  local s = svg.new(title, facts .. "; " .. pages, options.scheme)
  local left = MARGIN + #units.address(map.size) * 7.4 + 8
  local width = ACROSS * CELL
  s:text(MARGIN, 28, svg.cut(title, (left + width) * 0.75), "ink", "start", 16)
  s:text(MARGIN, 50, facts)
  s:text(MARGIN, 68, pages, "dim")
  draw_cells(s, map, left, 84)
  local y = 84 + draw_grid(s, #map.cells, left, 84)
  draw_offsets(s, map, left, 84)
  y = draw_legend(s, map, MARGIN, y + 28, left + width - MARGIN)
  return s:document(left + width + MARGIN, y + MARGIN)
end
