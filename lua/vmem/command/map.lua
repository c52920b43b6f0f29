--- vmem map: the address space of a process as a picture, and its totals.

local command = require "vmem.command"
local units = require "vmem.draw.units"

local map = { summary = "Draw the address space of a process." }

local function to_pid(word)
  local pid = word:find("^%d+$") and math.tointeger(tonumber(word))
  if pid and pid > 0 and pid <= 0x7fffffff then return pid end
  return nil, ("the number of a process is wanted, not '%s'"):format(word)
end

function map.add(parser)
  parser:argument("pid", "The process. Default: this one, which draws."):args("?"):convert(to_pid)
  parser:option("--svg", "Write the picture as SVG into a file."):argname("FILE")
  parser:flag("--json", "Print areas and totals as JSON: addresses are strings, sizes bytes.")
  parser:flag("--all", "A line for every area, nothing folded.")
end

-- {====== JSON ======

--- An address may be too large for a number of JSON; so is the size of the kernel's part.
local function plain_size(size)
  return size >= 0 and size or nil
end

local function plain_area(area)
  return {
    address = units.address(area.address),
    last = units.address(area.address + area.size - 1),
    size = plain_size(area.size), kind = area.kind, state = area.state, protection = area.protection,
    name = area.name, shared = area.shared, resident = area.resident,
  }
end

local order = {
  "vmem", "system", "pid", "page_size", "totals", "areas",
  "address", "last", "size", "kind", "state", "protection", "name", "shared",
  "count", "committed", "resident",
}

local function as_json(here)
  local json, message = command.need("dkjson")
  if not json then return nil, message end
  local vmem = require "vmem"
  local areas, totals = {}, here:totals()
  for i, area in ipairs(here.areas) do areas[i] = plain_area(area) end
  for _, total in pairs(totals) do total.size = plain_size(total.size) end
  return json.encode({
    vmem = vmem._VERSION:match("%S+$"), system = vmem.system, pid = here.pid, page_size = vmem.page_size,
    totals = totals, areas = areas,
  }, { indent = true, keyorder = order })
end

-- ====== }

local function refusal(pid, message, code)
  if code == "invalid_address" then return nil, "no such process: " .. pid end
  if code == "permission_denied" then return nil, ("may not look into process %d: root may"):format(pid) end
  return nil, message
end

function map.run(chosen)
  local here, message, code = require("vmem.layout").of(chosen.pid)
  if not here then return refusal(chosen.pid, message, code) end
  if chosen.svg then
    local saved, why = command.save(chosen.svg, here:svg { all = chosen.all })
    if not saved or not chosen.json then return saved, why end
  end
  if not chosen.json then return command.write(here:text { all = chosen.all }) end
  local text
  text, message = as_json(here)
  if not text then return nil, message end
  return command.write(text)
end

return map
