--- A page table as text. Pages stand on odd lines, frames on even ones, and every link has a column of its
--- own, so that links cross, and only those that lead to one frame join.

local plain = require "vmem.internal.plain"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"
local words = require "vmem.draw.pagetable_words"

local FRAME = 16 -- characters

-- The character of a place, by the line ends that leave it: up 1, down 2, left 4, right 8.
local joints = {
  utf8 = { [3] = "│", [12] = "─", [6] = "┐", [5] = "┘", [10] = "┌", [9] = "└", [15] = "┼", [13] = "┴",
    [14] = "┬" },
  ascii = { [3] = "|", [12] = "-", [6] = "+", [5] = "+", [10] = "+", [9] = "+", [15] = "+", [13] = "+",
    [14] = "+" },
}

local palette = { "31", "32", "33", "34", "35", "36" }

--- Draws the links on a canvas of lines; canvas[y][x] is { ends, colour }.
local function draw_links(table, frames, columns)
  local canvas = {}
  local function mark(x, y, ends, colour)
    canvas[y] = canvas[y] or {}
    local place = canvas[y][x] or { 0 }
    canvas[y][x] = { place[1] | ends, colour }
  end
  local function draw_link(entry, to)
    local from = 2 * entry - 1
    local column = math.max((entry * columns) // (#table.entries + 1), 1)
    local colour = palette[(entry - 1) % #palette + 1]
    for x = 1, column - 1 do mark(x, from, 12, colour) end
    for x = column + 1, columns do mark(x, to, 12, colour) end
    local down = to > from
    mark(column, from, down and 6 or 5, colour)
    mark(column, to, down and 9 or 10, colour)
    for y = math.min(from, to) + 1, math.max(from, to) - 1 do mark(column, y, 3, colour) end
  end
  for j, place in ipairs(frames) do
    for _, entry in ipairs(place.entries) do draw_link(entry, 2 * j) end
  end
  return canvas
end

local function draw_line(row, columns, joint, paint)
  local text = {}
  for x = 1, columns do
    local place = row and row[x]
    text[x] = place and paint(joint[place[1]], place[2]) or " "
  end
  return table.concat(text)
end

local function draw_entries(lines, self, options)
  local box, paint = terminal.box(options.ascii), terminal.painter(terminal.colour(options.colour))
  local joint = box.down == "|" and joints.ascii or joints.utf8
  local frames, left = words.frames(self), 0
  local texts = {}
  for i, entry in ipairs(self.entries) do
    local state = words.state(entry)
    texts[i] = ("%s  %s%s"):format(units.address(entry.address), words.pages(entry),
      state ~= "" and ", " .. state or "")
    left = math.max(left, #texts[i])
  end
  local columns = math.max(terminal.width(options.width) - left - 2 - FRAME, #self.entries + 1)
  local canvas = draw_links(self, frames, columns)
  for y = 1, 2 * #self.entries do
    local entry, place = y % 2 == 1 and (y + 1) // 2, y % 2 == 0 and frames[y // 2]
    local line = terminal.fit(entry and texts[entry] or "", left, box) .. " "
      .. draw_line(canvas[y], columns, joint, paint)
    if place then line = ("%s%s frame %s"):format(line, box.arrow, units.address(place.frame)) end
    lines[#lines + 1] = (line:gsub(" +$", ""))
  end
end

--- The text that pagetable:text returns.
---@param self vmem.pagetable
---@param options vmem.picture
---@return string
return function(self, options)
  local lines = { plain.text(self.title), "" }
  draw_entries(lines, self, options)
  while lines[#lines] == "" do lines[#lines] = nil end
  lines[#lines + 1] = words.left(self)
  local summary = self.note or words.summary(self)
  if summary then table.move({ "", summary }, 1, 2, #lines + 1, lines) end
  return terminal.text(lines, options.width)
end
