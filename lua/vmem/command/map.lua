--- vmem map: the address space of a process as a picture, and its totals.

local checks = require "vmem.internal.checks"
local output = require "vmem.command.output"
local plain = require "vmem.internal.plain"

local map = { summary = "Draw the address space of a process." }

local function to_pid(word)
  local pid = word:find("^%d+$") and math.tointeger(tonumber(word))
  if pid and pid > 0 and pid <= checks.largest_pid then return pid end
  return nil, ("the number of a process is wanted, not '%s'"):format(word)
end

function map.add(parser)
  parser:argument("pid", "The process. Default: this one, which draws."):args("?"):convert(to_pid)
  parser:option("--svg", "Write the picture as SVG into a file; - is standard output."):argname("FILE")
  parser:flag("--json", "Print areas and totals as JSON: addresses are strings, sizes bytes.")
  parser:flag("--all", "A line for every area, nothing folded.")
end

-- {====== JSON ======

-- A line for each area. dkjson quotes; to encode ten thousand tables would take it six times as long.
-- Addresses are strings, because one may be too large for the numbers of most readers.

local FIELDS = { "kind", "state", "protection", "name", "shared", "resident" }

local function keep() end

local function json_escape(character)
  if not plain.character(character) then return nil end
  local code = utf8.codepoint(character)
  if code < 0x10000 then return ("\\u%04x"):format(code) end
  code = code - 0x10000
  return ("\\u%04x\\u%04x"):format(0xd800 | code >> 10, 0xdc00 | code & 0x3ff)
end

--- JSON is UTF-8, names of files need not be. What would do something to a terminal is escaped.
local function quoter(json)
  local known = {}
  return function(text)
    local quoted = known[text]
    if not quoted then
      quoted = plain.text(json.quotestring(plain.text(text, keep)), json_escape)
      known[text] = quoted
    end
    return quoted
  end
end

--- The kernel's part has more bytes than an integer holds: it goes without.
local function plain_size(size)
  return size >= 0 and size or nil
end

local function area_line(area, quote)
  local cells = { ('"address":"0x%x","last":"0x%x"'):format(area.address, area.address + area.size - 1) }
  local size = plain_size(area.size)
  if size then cells[2] = '"size":' .. size end
  for _, field in ipairs(FIELDS) do
    local value = area[field]
    if value ~= nil then
      value = type(value) == "string" and quote(value) or tostring(value)
      cells[#cells + 1] = ('"%s":%s'):format(field, value)
    end
  end
  return "    {" .. table.concat(cells, ",") .. "}"
end

local function as_json(here)
  local json, message = output.need("dkjson")
  if not json then return nil, message end
  local vmem = require "vmem"
  local quote, areas, totals = quoter(json), {}, here:totals()
  for i, area in ipairs(here.areas) do areas[i] = area_line(area, quote) end
  for _, total in pairs(totals) do total.size = plain_size(total.size) end
  local head = json.encode({
    vmem = vmem._VERSION:match("%S+$"), system = vmem.system, pid = here.pid, page_size = vmem.page_size,
    totals = totals,
  }, { indent = true, keyorder = { "vmem", "system", "pid", "page_size", "count", "size", "committed" } })
  head = head:gsub("%s*}$", "")
  return head .. ',\n  "areas": [\n' .. table.concat(areas, ",\n") .. '\n  ]\n}'
end

-- ====== }

local function is_listed(pid)
  local file <close> = io.open(("/proc/%d/stat"):format(pid))
  return file ~= nil
end

local function refusal(pid, message, code)
  if code == "invalid_address" and is_listed(pid) then
    return nil, ("process %d has no memory: it has ended, or is the kernel's own"):format(pid)
  end
  if code == "invalid_address" then return nil, "no such process: " .. pid end
  if code == "permission_denied" then
    return nil, "the system does not let this user look into process " .. pid
  end
  return nil, message
end

function map.run(chosen)
  local here, message, code = require("vmem.layout").of(chosen.pid)
  if not here then return refusal(chosen.pid, message, code) end
  if chosen.svg == "-" and chosen.json then return nil, "--svg - and --json want the same output", "usage" end
  if chosen.svg then
    local saved, why = output.save(chosen.svg, here:svg { all = chosen.all })
    if not saved or not chosen.json then return saved, why end
  end
  if not chosen.json then return output.write(here:text { all = chosen.all }) end
  local text
  text, message = as_json(here)
  if not text then return nil, message end
  return output.write(text)
end

return map
