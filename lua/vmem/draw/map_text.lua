--- A region as text: a character for each cell, a row for each 64 or so of them.

local colours = require "vmem.draw.colours"
local marks = require "vmem.draw.map_marks"
local plain = require "vmem.internal.plain"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

local GROUP = 16 -- cells between two spaces
local ALIKE = 3  -- so many rows that look the same are folded

--- How many cells a row has: a power of two that fits.
local function cells_of_row(room)
  local cells = 8
  while cells * 2 + (cells * 2 - 1) // GROUP <= room do cells = cells * 2 end
  return cells
end

--- Cells first to last, those of the same look painted together.
local function draw_cells(cells, first, last, paint)
  local words, look, code = {}, "", nil
  for i = first, last do
    local cell = cells[i]
    local own = colours[cell.mark].sgr
    if own ~= code and look ~= "" then
      words[#words + 1] = paint(look, code)
      look = ""
    end
    code = own
    look = look .. ((i > first and (i - first) % GROUP == 0) and " " or "") .. marks.letter(cell)
  end
  words[#words + 1] = paint(look, code)
  return table.concat(words)
end

--- Adds the rows; of several that look the same the first one.
local function draw_rows(lines, map, options, paint, box)
  local cells, cell_size = map.cells, map.cell_pages * map.page_size
  local across = #units.address(map.size)
  local per_row = cells_of_row(terminal.width(options.width) - across - 2)
  local above, alike = nil, {}
  local function settle()
    if #alike >= ALIKE then
      lines[#lines + 1] = ("%" .. across + #box.more - 1 .. "s  %s more like this"):format(
        box.more, units.of(#alike, "row"))
    else
      table.move(alike, 1, #alike, #lines + 1, lines)
    end
    alike = {}
  end
  for first = 1, #cells, per_row do
    local row = draw_cells(cells, first, math.min(first + per_row - 1, #cells), paint)
    local line = ("%" .. across .. "s  %s"):format(units.address((first - 1) * cell_size), row)
    if row == above and not options.all then
      alike[#alike + 1] = line
    else
      settle()
      lines[#lines + 1] = line
    end
    above = row
  end
  settle()
end

--- The legend of the characters that occur, as words, which the caller breaks into lines.
local function legend(map, paint)
  local words, capital = {}, marks.capital(map.cells)
  for _, mark in ipairs(marks.found(map.cells)) do
    words[#words + 1] = { paint(marks.letters[mark], colours[mark].sgr), marks.words[mark] }
  end
  if capital then
    local what = map.cell_pages == 1 and "the same, in RAM" or "the same, all of it in RAM"
    words[#words + 1] = { capital, what }
  end
  return words
end

local function draw_legend(lines, map, width, paint)
  local line, length = "", 0
  for _, entry in ipairs(legend(map, paint)) do
    local size = #entry[2] + 2
    if length > 0 and length + 3 + size > width then
      lines[#lines + 1] = line
      line, length = "", 0
    end
    local gap = length > 0 and "   " or ""
    line, length = line .. gap .. entry[1] .. " " .. entry[2], length + #gap + size
  end
  lines[#lines + 1] = line
end

local function cell_in_words(map)
  local text = units.of(map.pages, "page") .. " of " .. units.size(map.page_size)
  if map.cell_pages == 1 then return text .. ", one a character" end
  return ("%s, %s (%s) a character"):format(text, units.count(map.cell_pages),
    units.size(map.cell_pages * map.page_size))
end

--- The text that map:text returns.
---@param map vmem.map
---@param options vmem.picture
---@return string
return function(map, options)
  local paint = terminal.painter(terminal.colour(options.colour))
  local box, width = terminal.box(options.ascii), terminal.width(options.width)
  local resident = map.resident and units.amount(map.resident) .. " in RAM"
  local lines = {
    ("Region %s%s"):format(units.address(map.base), map.name and " " .. plain.text(map.name) or ""),
    ("%s, %s committed, %s"):format(units.size(map.size), units.amount(map.committed),
      resident or "the system does not tell what is in RAM"),
    cell_in_words(map),
    "",
  }
  draw_rows(lines, map, options, paint, box)
  lines[#lines + 1] = ""
  draw_legend(lines, map, width, paint)
  return terminal.text(lines, options.width)
end
