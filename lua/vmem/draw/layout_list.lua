--- An address space as a list: a line for each row of its picture, in any order.

local colours = require "vmem.draw.colours"
local plain = require "vmem.internal.plain"
local rows_of = require "vmem.draw.layout_rows"
local table_text = require "vmem.draw.table_text"
local totals = require "vmem.draw.layout_totals"
local units = require "vmem.internal.units"
local unused = require("vmem.internal.amounts").unused

local amount = table_text.amount

local list = {}

--- What rows can be sorted by: the largest first; names and addresses ascending.
list.keys = { "address", "name", "size", "ram", "pss", "dirty", "swapped" }

local FIELD <const> = { name = "label", size = "bytes", ram = "resident" }

--- Sorts rows in place.
---@param rows vmem.draw.row[]
---@param key string
function list.sort(rows, key)
  local field = FIELD[key] or key
  table.sort(rows, function(a, b)
    local one, other = a[field] or a[key], b[field] or b[key] -- of rows, or of areas
    if one == other then return math.ult(a.address, b.address) end
    if key == "address" then return math.ult(one, other) end
    if key == "name" then return other == "" or one ~= "" and one < other end -- those without a name last
    return (one or -1) > (other or -1)
  end)
end

--- The lines of the list.
---@param layout vmem.layout
---@param options { key: string, all: boolean?, width: integer }
---@param look table
---@return string[]
function list.lines(layout, options, look)
  local columns = {
    { title = "address", width = 14, rank = 4 }, { title = "kind", width = 8, rank = 3, left = true },
    { title = "access", width = 8, rank = 9, left = true },
    { title = "size", width = 9, rank = 1.5, key = "size" },
  }
  for i, field in ipairs(totals.amounts) do
    if layout.columns[field[1]] then
      columns[#columns + 1] = { title = field[2], width = 9, rank = 4 + i, field = field[1],
        key = field[1] == "resident" and "ram" or field[1] }
    end
  end
  for _, column in ipairs(columns) do
    if column.key == options.key then column.rank = 1 end
  end
  columns[#columns + 1] = { title = "name", width = 8, rank = 2, left = true, stretches = true }
  local rows, cells = {}, {}
  for _, row in ipairs(rows_of(layout, options.all)) do
    if not unused[row.kind] then rows[#rows + 1] = row end
  end
  list.sort(rows, options.key)
  for i, row in ipairs(rows) do
    local cell = { units.address(row.address), row.kind, row.protection, units.size(row.bytes),
      painted = 2, code = colours[row.kind].sgr }
    for c = 5, #columns - 1 do cell[c] = amount(row[columns[c].field]) end
    cell[#columns] = plain.text(row.label)
    cells[i] = cell
  end
  return table_text.lines(columns, cells, options.width, look)
end

return list
