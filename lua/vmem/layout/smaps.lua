--- What /proc/PID/smaps says of each area beyond what is in RAM: its share of memory that processes have in
--- common (PSS), what is dirty, and what is swapped out.

local smaps = {}

--- The lines of smaps that make up each column, in KiB.
local LINES <const> = {
  Pss = "pss", Private_Dirty = "dirty", Shared_Dirty = "dirty", Swap = "swapped",
}

--- The columns that this adds.
smaps.columns = { "pss", "dirty", "swapped" }

--- The mappings of a process in order: lists of { first, behind the last, pss =, dirty =, swapped = }.
local function mappings(lines)
  local list, last = {}, nil
  for line in lines do
    local from, to = line:match "^(%x+)%-(%x+) "
    if from then
      last = { tonumber(from, 16), tonumber(to, 16), pss = 0, dirty = 0, swapped = 0 }
      list[#list + 1] = last
    else
      local name, kib = line:match "^([%a_]+): +(%d+) kB"
      local column = LINES[name]
      if column then last[column] = last[column] + tonumber(kib) * 1024 end
    end
  end
  return list
end

--- Whether nothing of a mapping takes memory: then nothing of any part of it does.
local function is_empty(mapping)
  return mapping.pss == 0 and mapping.dirty == 0 and mapping.swapped == 0
end

--- Adds to the area what the mapping has, or forgets what is known of the area, if the area has only a part
--- of the mapping: the system has one figure for all of it.
local function add(columns, i, mapping)
  local first, behind = columns.address[i], columns.address[i] + columns.size[i]
  if is_empty(mapping) or columns.region[i] and columns.state[i] ~= "committed" then return end
  local whole = mapping[1] >= first and mapping[2] <= behind
  for _, name in ipairs(smaps.columns) do
    local before = columns[name][i]
    columns[name][i] = whole and before and before + mapping[name] or nil
  end
end

--- Adds the columns to those of a layout, or gives nil and why it cannot. The process may have changed since
--- its areas were listed: what is new is left out.
---@param columns vmem.layout.columns
---@param pid integer?
---@return boolean? done
---@return string? message
---@return vmem.code? code
function smaps.add(columns, pid)
  local file <close> = io.open(("/proc/%s/smaps"):format(pid or "self"))
  local first = file and file:read "L"
  if not file or not first then
    return nil, "cannot tell PSS, dirty and swapped memory: there is no /proc/PID/smaps", "not_supported"
  end
  file:seek("set")
  for _, name in ipairs(smaps.columns) do
    columns[name] = {}
    for i = 1, columns.count do columns[name][i] = columns.kind[i] ~= "kernel" and 0 or nil end
  end
  local i = 1
  for _, mapping in ipairs(mappings(file:lines())) do
    while i < columns.count and columns.address[i] + columns.size[i] <= mapping[1] do i = i + 1 end
    local area = i
    while area <= columns.count and columns.address[area] < mapping[2] do
      if columns.kind[area] == "kernel" then break end
      add(columns, area, mapping)
      area = area + 1
    end
  end
  return true
end

return smaps
