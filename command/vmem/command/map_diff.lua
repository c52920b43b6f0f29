--- vmem map --diff: what has changed in an address space between two moments.

local changes = require "vmem.command.changes"
local colours = require "vmem.draw.colours"
local layout = require "vmem.layout"
local map_json = require "vmem.command.map_json"
local output = require "vmem.command.output"
local plain = require "vmem.internal.plain"
local table_text = require "vmem.draw.table_text"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"
local view = require "vmem.command.map_view"

local map_diff = {}

-- {====== As text ======

--- "+1.5 MiB", "-64 KiB"; nothing of what is as before.
local function difference(bytes)
  if not bytes then return "?" end
  if bytes == 0 then return "" end
  return (bytes < 0 and "-" or "+") .. units.size(math.abs(bytes))
end

local COLUMNS <const> = {
  { title = "size", width = 10, rank = 2, amount = "size", key = "size" },
  { title = "in RAM", width = 10, rank = 5, amount = "resident", key = "ram" },
  { title = "PSS", width = 10, rank = 6, amount = "pss", key = "pss" },
  { title = "dirty", width = 10, rank = 7, amount = "dirty", key = "dirty" },
  { title = "swapped", width = 10, rank = 8, amount = "swapped", key = "swapped" },
}

--- Amounts of which something is known; the one that the list is sorted by is left out last.
local function known_columns(list, key)
  local columns = {}
  for _, column in ipairs(COLUMNS) do
    local known = column.amount == "size"
    for _, change in ipairs(list) do known = known or (change.by[column.amount] or 0) ~= 0 end
    local copy = { rank = column.key == key and 1.5 or column.rank }
    if known then columns[#columns + 1] = setmetatable(copy, { __index = column }) end
  end
  return columns
end

--- Sorts changes in place: the largest first, whether more or less; names ascending, those without one last.
local function sort(list, key)
  local amount
  for _, column in ipairs(COLUMNS) do amount = column.key == key and column.amount or amount end
  local function weight(change)
    if amount then return -math.abs(change.by[amount] or 0) end
    return key == "name" and (change.area.name or "\xff") or 0
  end
  table.sort(list, function(a, b)
    local one, other = weight(a), weight(b)
    if one ~= other then return one < other end
    return math.ult(a.area.address, b.area.address)
  end)
end

--- "rw", and "r>rw" where that has changed.
local function access_of(change, arrow)
  local before, after = change.before and change.before.protection, change.after and change.after.protection
  if change.mark ~= "~" or before == after then return after or before or "" end
  return (before or "none") .. arrow .. (after or "none")
end

local function list_lines(list, amounts, manner)
  local columns, rows = {
    { title = "", width = 1, rank = 1, left = true }, { title = "address", width = 14, rank = 4 },
    { title = "kind", width = 8, rank = 2.5, left = true },
    { title = "access", width = 8, rank = 9, left = true },
  }, {}
  table.move(amounts, 1, #amounts, #columns + 1, columns)
  columns[#columns + 1] = { title = "name", width = 6, rank = 3, left = true, stretches = true }
  for i, change in ipairs(list) do
    local area = change.area
    local name = area.kind == "image" and area.name and area.name:match "[^/\\]+$" or area.name or ""
    local row = { change.mark, units.address(area.address), area.kind, access_of(change, manner.box.arrow),
      painted = 3, code = colours[area.kind] and colours[area.kind].sgr }
    for _, column in ipairs(amounts) do row[#row + 1] = difference(change.by[column.amount]) end
    row[#row + 1] = plain.text(name)
    rows[i] = row
  end
  return table_text.lines(columns, rows, manner.width, manner)
end

local function total_lines(list, amounts, manner)
  local totals, rows = changes.totals(list), {}
  local columns = { { title = "kind", width = 8, rank = 1, left = true } }
  table.move(amounts, 1, #amounts, 2, columns)
  local function add(kind)
    local total = totals[kind]
    if not total then return end
    local row = { kind, painted = 1, code = colours[kind] and colours[kind].sgr }
    for _, column in ipairs(amounts) do row[#row + 1] = difference(total[column.amount]) end
    rows[#rows + 1] = row
  end
  for _, kind in ipairs(layout.kinds) do add(kind) end
  add "all"
  return table_text.lines(columns, rows, manner.width, manner)
end

--- The changes as lines: one for each, and their sums.
---@param list vmem.command.change[]
---@param options { sort: string? }
---@return string[]
function map_diff.lines(list, options)
  if #list == 0 then return { "  nothing has changed" } end
  if options.sort then sort(list, options.sort) end
  local manner, amounts = view.manner(), known_columns(list, options.sort)
  local lines = list_lines(list, amounts, manner)
  lines[#lines + 1] = ""
  local sums = total_lines(list, amounts, manner)
  return table.move(sums, 1, #sums, #lines + 1, lines)
end

-- ====== }

-- {====== The two moments ======

--- Areas of a process now.
local function look(pid, chosen, has_pss)
  local here, message = view.look(pid, { pss = chosen.pss or has_pss, sort = chosen.sort })
  if not here then return nil, message end
  return { areas = here.areas, pid = pid, time = "now" }
end

--- The moments that the options name; or nil and a message, and "usage" where the options are wrong.
local function moments(chosen, to_pid)
  local before, message = map_json.read(chosen.diff[1])
  if not before then return nil, message end
  local second = chosen.diff[2]
  local pid = chosen.pid or second and to_pid(second) or not second and before.pid
  local after
  if pid then
    local has_pss = before.areas[1] and before.areas[1].pss ~= nil
    after, message = look(pid, chosen, has_pss)
  elseif second then
    after, message = map_json.read(second)
  else
    return nil, ("%s names no process: say which one, or a second file"):format(chosen.diff[1]), "usage"
  end
  if not after then return nil, message end
  return before, after
end

local function wanted(areas, words)
  local list = {}
  for _, area in ipairs(areas) do
    if view.fits(area, words) then list[#list + 1] = area end
  end
  return list
end

local function name_of(moment)
  local whose = moment.pid and "process " .. moment.pid or "a process"
  return whose .. (moment.time and ", " .. plain.text(moment.time) or "")
end

-- ====== }

--- Prints what has changed.
function map_diff.run(chosen, to_pid)
  local before, after, why = moments(chosen, to_pid)
  if not before then return nil, after, why end
  local by_name = before.pid ~= after.pid and before.pid ~= nil and after.pid ~= nil
  local from, to = wanted(before.areas, chosen.filter), wanted(after.areas, chosen.filter)
  local list = changes.between(from, to, by_name)
  local manner = view.manner()
  local lines = { "From " .. name_of(before), "to   " .. name_of(after) }
  for i, line in ipairs(lines) do lines[i] = terminal.cut(line, manner.width, manner.box) end
  local told = map_diff.lines(list, chosen)
  table.move(told, 1, #told, #lines + 1, lines)
  return output.write(table.concat(lines, "\n"))
end

return map_diff
