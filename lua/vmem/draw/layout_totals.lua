--- The totals of an address space as a table of text.

local colours = require "vmem.draw.colours"
local table_text = require "vmem.draw.table_text"
local units = require "vmem.internal.units"
local unused = require("vmem.internal.amounts").unused

local amount = table_text.amount

--- Columns of amounts that layouts may have, with titles: the same wherever they are shown.
local AMOUNTS <const> = {
  { "resident", "in RAM" }, { "pss", "PSS" }, { "dirty", "dirty" }, { "swapped", "swapped" },
}

--- The lines of the table.
---@param layout vmem.layout
---@param width integer
---@param look table
---@return string[]
local function lines(layout, width, look)
  local totals, rows = layout:totals(), {}
  local columns = {
    { title = "kind", width = 8, rank = 1, left = true }, { title = "areas", width = 7, rank = 5 },
    { title = "size", width = 9, rank = 2 }, { title = "committed", width = 9, rank = 7 },
  }
  for i, field in ipairs(AMOUNTS) do
    if i == 1 or layout.columns[field[1]] then
      columns[#columns + 1] = { title = field[2], width = 9, rank = 3 + i / 10, field = field[1] }
    end
  end
  local function add(kind, total, code)
    local row = { kind, units.count(total.count), units.size(total.size), amount(total.committed),
      painted = 1, code = code }
    for i = 5, #columns do row[i] = amount(total[columns[i].field]) end
    rows[#rows + 1] = row
  end
  for _, kind in ipairs(layout.kinds) do
    if totals[kind] and not unused[kind] then add(kind, totals[kind], colours[kind].sgr) end
  end
  add("all", totals.all)
  return table_text.lines(columns, rows, width, look)
end

return { lines = lines, amounts = AMOUNTS }
