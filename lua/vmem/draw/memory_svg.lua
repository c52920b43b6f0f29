--- Memories as SVG, side by side: each a column, address 0 at the top, blocks to scale.

local owners = require "vmem.draw.memory_owners"
local svg = require "vmem.draw.svg"
local units = require "vmem.internal.units"

local MARGIN <const>, GAP <const>, HEIGHT <const>, NARROW <const>, WIDE <const> = 16, 22, 360, 150, 240
local TOP <const>, LINE <const> = 92, 17
local LEAST <const> = 13 -- a block as high has room for its name
local TICKS <const> = 8
local CHARACTER <const> = 7.4

local function draw_block(s, memory, block, x, width, classes)
  local y, height = TOP + block.address / memory.size * HEIGHT, block.size / memory.size * HEIGHT
  local words = ("%s %s"):format(block.name or "free", units.size(block.size))
  local tip = ("%s, %s to %s"):format(words, units.address(block.address),
    units.address(block.address + block.size - 1))
  s:rect(x, y, width, height, block.name and classes[block.name] or "free", block.name and 0.35 or 0.55, tip)
  if height >= LEAST then
    s:text(x + width / 2, y + height / 2 + 4, svg.cut(words, width - 8), block.name and "ink" or "dim",
      "middle")
  end
end

--- Lines between the blocks, and around all.
local function draw_borders(s, memory, column, x, width)
  local path = { units.format("M%g %gh%gv%gh%gz", x, TOP, width, HEIGHT, -width) }
  for i = 2, #column.blocks do
    path[i] = units.format("M%g %gh%g", x, TOP + column.blocks[i].address / memory.size * HEIGHT, width)
  end
  s:path(table.concat(path), "line", 1)
end

--- In lines that fit, broken at spaces; gives where the next one goes.
local function draw_words(s, text, x, y, width, class)
  local line = ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #line + 1 + #word > svg.room(width) then
      s:text(x, y, line, class)
      line, y = word, y + LINE
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  s:text(x, y, svg.cut(line, width), class)
  return y + LINE
end

local function draw_column(s, memory, column, x, width, classes)
  s:text(x, TOP - 12, column.title, "ink", "start", 14)
  for _, block in ipairs(column.blocks) do draw_block(s, memory, block, x, width, classes) end
  draw_borders(s, memory, column, x, width)
  local y = TOP + HEIGHT + 22
  if column.verdict then
    y = draw_words(s, column.verdict.text, x, y, width, column.verdict.good and "private" or "region")
  end
  for _, note in ipairs(column.notes) do y = draw_words(s, note, x, y, width, "dim") end
  return y
end

local function draw_addresses(s, memory, x)
  for i = 0, TICKS do
    s:text(x, TOP + i * HEIGHT / TICKS + 4, units.size(memory.size * i // TICKS), "dim", "end")
  end
end

--- The SVG document of memories.
---@param memory vmem.draw.memory
---@param options vmem.picture
---@return string
return function(memory, options)
  local columns = memory.columns
  local width = #columns > 3 and NARROW or WIDE
  local left = MARGIN + #units.size(memory.size) * CHARACTER + 14
  local whole = left + #columns * (width + GAP) - GAP + MARGIN
  local title = memory.title or columns[1].title
  local words = {}
  for i, column in ipairs(columns) do
    local notes = table.concat(column.notes, ", ")
    words[i] = ("%s: %s"):format(column.title, column.verdict and column.verdict.text .. "; " .. notes
      or notes)
  end
  local s = svg.new(title, table.concat(words, ". "), options.scheme)
  s:text(MARGIN, 28, svg.cut(title, (whole - 2 * MARGIN) * 0.75), "ink", "start", 16)
  s:text(MARGIN, 50, units.size(memory.size) .. " of memory, from address 0 at the top", "dim")
  local classes, bottom = owners.classes(columns), 0
  draw_addresses(s, memory, left - 10)
  for i, column in ipairs(columns) do
    bottom = math.max(bottom, draw_column(s, memory, column, left + (i - 1) * (width + GAP), width, classes))
  end
  return s:document(whole, bottom + MARGIN - 6)
end
