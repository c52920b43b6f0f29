--- Tables of text: in few columns of a terminal they leave out what matters least.

local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

---@class vmem.draw.table_column
---@field title string
---@field width integer columns of a terminal; of one that stretches, the least
---@field rank integer the lowest ranks are the last to be left out
---@field left boolean? its cells begin at its left side
---@field stretches boolean? it is the last one, and takes what is left of the line

local table_text = {}

local INDENT <const> = "  "

--- An amount of bytes; "?" where it is unknown, "-" for none.
---@param bytes integer?
---@return string
function table_text.amount(bytes)
  if not bytes then return "?" end
  return bytes == 0 and "-" or units.size(bytes)
end

--- Which columns fit: a set.
local function fitting(columns, width)
  local order, chosen = table.move(columns, 1, #columns, 1, {}), {}
  table.sort(order, function(a, b) return a.rank < b.rank end)
  local left = width - #INDENT + 1
  for _, column in ipairs(order) do
    if column.width + 1 > left then break end
    left = left - column.width - 1
    chosen[column] = true
  end
  return chosen, left
end

--- The lines of a table, the first with the titles. A row is a list of cells, and may have `code`, the colour
--- of its cell `painted`.
---@param columns vmem.draw.table_column[]
---@param rows table[]
---@param width integer columns of the terminal
---@param look { box: table<string, string>, paint: fun(text: string, code: string?): string }
---@return string[]
function table_text.lines(columns, rows, width, look)
  local chosen, left = fitting(columns, width)
  local last
  for _, column in ipairs(columns) do last = chosen[column] and column or last end

  local function line(row)
    local cells = {}
    for i, column in ipairs(columns) do
      if chosen[column] then
        local text, room = row[i], column.width + (column.stretches and left or 0)
        if column.stretches then
          text = terminal.cut(text, room, look.box, text:find "^[/\\]" ~= nil)
        elseif column.left then
          text = column == last and terminal.cut(text, room, look.box) or terminal.fit(text, room, look.box)
        else
          text = (" "):rep(room - terminal.length(text)) .. text
        end
        cells[#cells + 1] = i == row.painted and look.paint(text, row.code) or text
      end
    end
    return ((INDENT .. table.concat(cells, " ")):gsub(" +$", ""))
  end

  local titles, lines = {}, {}
  for i, column in ipairs(columns) do titles[i] = column.title end
  lines[1] = line(titles)
  for i, row in ipairs(rows) do lines[i + 1] = line(row) end
  return lines
end

return table_text
