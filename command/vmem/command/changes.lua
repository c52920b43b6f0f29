--- How the areas of two moments differ.

local amounts = require "vmem.internal.amounts"

local changes = {}

--- What is compared, and added up.
changes.amounts = { "size", table.unpack(amounts.names) }

---@class vmem.command.change
---@field mark "+"|"-"|"~" new, gone, changed
---@field before vmem.layout.area?
---@field after vmem.layout.area?
---@field area vmem.layout.area the one of both that is there: of what has changed, after
---@field by table<string, integer?> how many bytes more each amount is; nil: not known of one of both

local function is_alike(a, b) return a.kind == b.kind and a.name == b.name end

--- Pairs of areas at common addresses, that have the same kind and name: after -> before.
local function pair_by_address(before, after)
  local pairs_of, taken, first = {}, {}, 1
  for _, area in ipairs(after) do
    local ends = area.address + area.size
    local function ends_before(other) return other.address + other.size <= area.address end
    while before[first] and ends_before(before[first]) do first = first + 1 end
    local at = first
    while before[at] and before[at].address < ends do
      if not taken[before[at]] and is_alike(area, before[at]) then
        pairs_of[area], taken[before[at]] = before[at], true
        break
      end
      at = at + 1
    end
  end
  return pairs_of, taken
end

local function key_of(area) return area.kind .. "\0" .. (area.name or "") end

local function set_to_zero(sum)
  for _, amount in ipairs(changes.amounts) do sum[amount] = 0 end
  return sum
end

--- Areas of one kind and name as one, with the address of the first.
local function united(areas)
  local list, known = {}, {}
  for _, area in ipairs(areas) do
    local key = key_of(area)
    local sum = known[key]
    if not sum then
      sum = set_to_zero { address = area.address, kind = area.kind, name = area.name }
      known[key] = sum
      list[#list + 1] = sum
    end
    amounts.add(sum, area, changes.amounts)
  end
  return list
end

--- Pairs of areas with the same kind and name, wherever they are.
local function pair_by_name(before, after)
  local pairs_of, taken, known = {}, {}, {}
  for _, area in ipairs(before) do known[key_of(area)] = area end
  for _, area in ipairs(after) do
    local other = known[key_of(area)]
    if other then pairs_of[area], taken[other] = other, true end
  end
  return pairs_of, taken
end

--- The change between two areas, of which one may be missing; nil: there is none.
local function change_of(before, after)
  local mark = not before and "+" or not after and "-" or "~"
  local by, differs = {}, mark ~= "~" or before.protection ~= after.protection or before.state ~= after.state
  for _, amount in ipairs(changes.amounts) do
    local from, to = before and before[amount] or not before and 0, after and after[amount] or not after and 0
    if from and to then
      by[amount] = to - from
      differs = differs or from ~= to
    end
  end
  return differs and { mark = mark, before = before, after = after, area = after or before, by = by } or nil
end

local function used(areas)
  local list = {}
  for _, area in ipairs(areas) do
    if not amounts.unused[area.kind] then list[#list + 1] = area end
  end
  return list
end

--- What has changed, by address.
---@param before vmem.layout.area[] ascending
---@param after vmem.layout.area[] ascending
---@param by_name boolean? compare areas by their names: two processes have no addresses in common
---@return vmem.command.change[]
function changes.between(before, after, by_name)
  before, after = used(before), used(after)
  if by_name then before, after = united(before), united(after) end
  local pairs_of, taken = (by_name and pair_by_name or pair_by_address)(before, after)
  local list = {}
  for _, area in ipairs(after) do list[#list + 1] = change_of(pairs_of[area], area) end
  for _, area in ipairs(before) do
    if not taken[area] then list[#list + 1] = change_of(area, nil) end
  end
  table.sort(list, function(a, b)
    if a.area.address ~= b.area.address then return math.ult(a.area.address, b.area.address) end
    return a.mark < b.mark -- "+" before "-"
  end)
  return list
end

--- Adds up changes: kind -> amount -> bytes, with the kind "all".
---@param list vmem.command.change[]
---@return table<string, table<string, integer?>>
function changes.totals(list)
  local totals = {}
  local function add(kind, by)
    totals[kind] = totals[kind] or set_to_zero {}
    amounts.add(totals[kind], by, changes.amounts)
  end
  for _, change in ipairs(list) do
    add(change.area.kind, change.by)
    add("all", change.by)
  end
  return totals
end

return changes
