--- What print shows of runs, areas and iterators. Loaded when the first of them is printed.

local core = require "vmem.core"
local plain = require "vmem.internal.plain"
local hex <const> = require("vmem.internal.units").field_address

local MOST <const> = 20 -- lines of an iterator

--- "committed rw, trap w, mapped". A layout has areas without a state, which have a kind.
local function state_of(run)
  local words = tostring(run.state or run.kind)
  if run.protection then words = words .. " " .. tostring(run.protection) end
  if run.trap then words = words .. ", trap " .. tostring(run.trap) end
  return run.type == "mapped" and words .. ", mapped" or words
end

local printed = {}

printed["vmem.run"] = function(run)
  return ("vmem.run %s: %s bytes at offset %s of region %s, %s"):format(hex(run.address), tostring(run.size),
    tostring(run.offset), hex(run.allocation_base), state_of(run))
end

for _, kind in ipairs { "vmem.area", "vmem.layout.area" } do
  printed[kind] = function(area)
    local words = ("%s %s: %s bytes, %s"):format(kind, hex(area.address), tostring(area.size), state_of(area))
    if area.shared then words = words .. ", shared" end
    return area.name and words .. ", " .. plain.text(tostring(area.name)) or words
  end
end

-- {====== Iterators: a line for each step that is to come ======

--- Calls add(offset, size, words) for each; add gives false when there are enough lines.
local walks = {}

walks["vmem.runs"] = function(region, from, to, add)
  while from < to do
    local run = region:query(from)
    if not add(run.offset, run.size, state_of(run)) then return end
    from = run.offset + run.size
  end
end

walks["vmem.written"] = function(region, from, to, add)
  if from >= to then return end
  for offset, size in region:written(from, to - from) do
    if not add(offset, size, "written") then return end
  end
end

walks["vmem.changed"] = function(snapshot, from, _, add)
  for offset, size in snapshot:changed() do
    if offset >= from and not add(offset, size, "changed") then return end
  end
end

walks["vmem.attachments"] = function(region, from, _, add)
  for offset, size, section, place, copy in region:attachments() do
    local words = ("from %d of %s%s"):format(place, tostring(section), copy and ", copy" or "")
    if offset >= from and not add(offset, size, words) then return end
  end
end

local function lines_of(kind, walked, from, to)
  local lines, more = { ("%16s %16s  state"):format("offset", "size") }, false
  walks[kind](walked, from, to, function(offset, size, words)
    more = #lines > MOST
    if not more then lines[#lines + 1] = ("%16d %16d  %s"):format(offset, size, words) end
    return not more
  end)
  if more then lines[#lines + 1] = "…" end
  return #lines > 1 and ":\n" .. table.concat(lines, "\n") or ": nothing"
end

--- Whether what an iterator walks is released or closed.
local function is_over(walked)
  local ok, problem = pcall(function() return walked.size end)
  if ok then return false end
  if tostring(problem):find "is released$" or tostring(problem):find "is closed$" then return true end
  error(problem, 0)
end

for kind in pairs(walks) do
  printed[kind] = function(steps)
    local walked, from, to = core.steps(steps)
    if is_over(walked) then return kind .. " (over)" end
    local base = (kind == "vmem.changed" and walked.region or walked).base
    return ("%s of region 0x%x%s"):format(kind, base, lines_of(kind, walked, from, to))
  end
end

printed["vmem.regions"] = function()
  local lines, more = {}, false
  for region in core.module.regions() do
    more = #lines == MOST
    if more then break end
    lines[#lines + 1] = tostring(region)
  end
  if more then lines[#lines + 1] = "…" end
  return #lines > 0 and "vmem.regions:\n" .. table.concat(lines, "\n") or "vmem.regions: nothing"
end

-- ====== }

--- The text of a value of this kind, which __tostring is called for.
---@param kind string such as "vmem.run"
---@param value any
---@return string
return function(kind, value)
  local meta = getmetatable(value)
  if type(meta) ~= "table" or rawget(meta, "__name") ~= kind then
    core.blame(("calling '__tostring' on bad self (%s expected, got %s)"):format(kind, type(value)))
  end
  return printed[kind](value)
end
