--- The rows of an address space's picture: neighbouring areas are folded into one row.

local amounts = require "vmem.internal.amounts"
local units = require "vmem.internal.units"

---@class vmem.draw.row
---@field address integer
---@field size integer from its first byte to its last
---@field bytes integer the same, without gaps that are folded away
---@field kind vmem.layout.kind
---@field label string
---@field protection string
---@field count integer areas that it stands for, gaps between them not counted
---@field resident integer? bytes
---@field pss integer? bytes, if asked for, and so the next two
---@field dirty integer?
---@field swapped integer?

local BIG = 0x100000 -- a gap of so many bytes has a row of its own

-- {====== Rows ======

local partitions = {
  kernel = "Kernel mode partition: for the system alone",
  forbidden = "Off-limits partition: nobody may touch it",
  null = "NULL pointer partition: nothing is ever here",
}

--- The last part of a path; Windows' separators too.
local function basename(name)
  return name:match("[^/\\]+$") or name
end

local function label_of(kind, name, shared)
  if partitions[kind] then return partitions[kind] end
  if kind == "region" and shared then return (name and name .. ", " or "") .. "of a section" end
  if not name then return "" end
  return kind == "image" and basename(name) or name
end

--- "rw"; of pages of a region that have a trap "r trap w", or "trap rw" for a device.
local function access_of(columns, i)
  local protection, trap = columns.protection[i], columns.trap[i]
  if trap then return (protection and protection .. " " or "") .. "trap " .. trap end
  -- The other kinds that are only reserved say so themselves.
  return protection or columns.kind[i] == "region" and "reserved" or ""
end

--- A row for area i alone.
local function row_of(columns, i)
  local kind = columns.kind[i]
  local row = {
    address = columns.address[i], size = columns.size[i], bytes = columns.size[i], kind = kind, count = 1,
    label = label_of(kind, columns.name[i], columns.shared[i]),
    protection = access_of(columns, i),
  }
  for _, name in ipairs(amounts.names) do row[name] = columns[name] and columns[name][i] end
  return row
end

--- "9,000 private, 1,000 guard" and "private": the most frequent first.
local function describe_kinds(counts)
  local kinds, words = {}, {}
  for kind in pairs(counts) do kinds[#kinds + 1] = kind end
  table.sort(kinds, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  for i, kind in ipairs(kinds) do words[i] = units.count(counts[kind]) .. " " .. kind end
  return table.concat(words, ", "), kinds[1]
end

--- Each protection once, in the order of their first area: "r rx rw".
local function list_protections(columns, first, last)
  local seen, words = {}, {}
  for i = first, last do
    local protection = columns.trap[i] and access_of(columns, i) or columns.protection[i]
    if protection and not seen[protection] then
      seen[protection] = true
      words[#words + 1] = protection
    end
  end
  return table.concat(words, " ")
end

--- One row for areas first to last.
local function fold(columns, first, last)
  local row, counts = row_of(columns, first), {}
  local kinds = columns.kind
  row.bytes = 0
  amounts.begin(row, columns)
  for i = first, last do
    local kind = kinds[i]
    counts[kind] = (counts[kind] or 0) + 1
    if kind ~= "free" then row.bytes = row.bytes + columns.size[i] end
    amounts.add_area(row, columns, i)
  end
  local gaps = counts.free or 0
  counts.free = nil
  row.size = columns.address[last] + columns.size[last] - row.address
  row.count = last - first + 1 - gaps
  row.protection = list_protections(columns, first, last)
  if row.kind == "region" then
    local name = columns.name[first]
    row.label = (name and name .. ", " or "") .. units.of(row.count, "run")
  elseif row.kind ~= "image" then
    row.label, row.kind = describe_kinds(counts)
  end
  return row
end

-- ====== }

-- {====== Which areas make a row ======

local MIXED = { private = true, reserved = true, guard = true, mapped = true }

--- Areas with the same answer that follow each other may be folded into one row: those of a file, the
--- runs of a region, areas of no name. nil: it stands alone.
local function family_of(columns, i, kind)
  if MIXED[kind] then return MIXED end
  if kind == "image" then return columns.name[i] end
  if kind == "region" then return columns.region[i] end
end

--- How many a row each is not too many for.
local function few(family)
  if family == MIXED then return 4 end
  return type(family) == "string" and 1 or 8
end

--- Adds what areas first to last become: one row, or a row for each.
local function settle(rows, columns, first, last, family)
  if last - first >= few(family) then
    rows[#rows + 1] = fold(columns, first, last)
    return
  end
  for i = first, last do
    if columns.kind[i] ~= "free" then rows[#rows + 1] = row_of(columns, i) end
  end
end

-- ====== }

--- The rows of a layout, ascending. Gaps that are not big are folded away, unless `all`.
---@param layout vmem.layout
---@param all boolean?
---@return vmem.draw.row[]
return function(layout, all)
  local columns, rows = layout.columns, {}
  local kinds, sizes = columns.kind, columns.size
  local first, last, family
  local behind -- the last area that was looked at: some are left out where areas are chosen
  for i = 1, columns.count do
    local kind = kinds[i]
    if all or kind ~= "free" or sizes[i] >= BIG then
      local own = not all and family_of(columns, i, kind) or nil
      if not own or own ~= family or columns.address[i] ~= behind then
        if first then settle(rows, columns, first, last, family) end
        first, family = nil, own
      end
      if own then
        first, last = first or i, i
      else
        rows[#rows + 1] = row_of(columns, i)
      end
    end
    behind = columns.address[i] + sizes[i]
  end
  if first then settle(rows, columns, first, last, family) end
  return rows
end
