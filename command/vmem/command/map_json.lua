--- The areas and totals of a process as JSON, and read from it again.
---
--- A line for each area. dkjson quotes; to encode ten thousand tables would take it six times as long.
--- Addresses are strings, because one may be too large for the numbers of most readers.

local amounts = require "vmem.internal.amounts"
local layout = require "vmem.layout"
local output = require "vmem.command.output"
local plain = require "vmem.internal.plain"

local map_json = {}

local FIELDS <const> = {
  "kind", "state", "protection", "name", "shared", "resident", "pss", "dirty", "swapped",
}

local KEYS <const> = {
  "vmem", "system", "pid", "time", "page_size", "count", "size", "committed",
}

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

--- The text for these areas of a layout.
---@param here vmem.layout
---@param chosen vmem.layout.area[]
---@return string? text
---@return string? message
function map_json.text(here, chosen)
  local json, message = output.need("dkjson")
  if not json then return nil, message end
  local vmem = require "vmem"
  local quote, areas, totals = quoter(json), {}, here:totals()
  for i, area in ipairs(chosen) do areas[i] = area_line(area, quote) end
  for _, total in pairs(totals) do total.size = plain_size(total.size) end
  local head = json.encode({
    vmem = vmem._VERSION:match("%S+$"), system = vmem.system, pid = here.pid,
    time = os.date "!%Y-%m-%dT%H:%M:%SZ", page_size = vmem.page_size, totals = totals,
  }, { indent = true, keyorder = KEYS })
  head = head:gsub("%s*}$", "")
  return head .. ',\n  "areas": [\n' .. table.concat(areas, ",\n") .. '\n  ]\n}'
end

-- {====== Read again ======

--- The integer of an address, or nil.
local function integer_of(text)
  return type(text) == "string" and text:find "^0x%x+$" and math.tointeger(tonumber(text)) or nil
end

local IS_KIND <const> = {}
for _, kind in ipairs(layout.kinds) do IS_KIND[kind] = true end

--- An area as vmem.layout gives it, or nil where it is none.
local function area_of(value)
  if type(value) ~= "table" or not IS_KIND[value.kind] then return nil end
  local address, last = integer_of(value.address), integer_of(value.last)
  if not address or not last or math.ult(last, address) then return nil end
  local area = { address = address, size = last - address + 1, kind = value.kind }
  if area.size <= 0 and area.kind ~= "kernel" then return nil end
  for _, name in ipairs { "state", "protection" } do
    local word = value[name]
    if type(word) == "string" and word:find "^[%a+]+$" then area[name] = word end
  end
  if type(value.name) == "string" then area.name = value.name end
  for _, name in ipairs(amounts.names) do
    local amount = math.tointeger(value[name])
    if amount and amount >= 0 then area[name] = amount end
  end
  return area
end

--- What a file has that was written by vmem map --json: its areas, ascending; its process; its time.
---@param path string "-" is standard input
---@return { areas: vmem.layout.area[], pid: integer?, time: string? }? read
---@return string? message
function map_json.read(path)
  local json, message = output.need("dkjson")
  if not json then return nil, message end
  local text
  if path == "-" then
    text = io.read("a")
  else
    local file <close>, why = io.open(path, "rb")
    if not file then return nil, "cannot read " .. why end
    text, why = file:read("a")
    if not text then return nil, ("cannot read %s: %s"):format(path, why) end
  end
  local _, value = pcall(json.decode, text) -- which raises an error of what is nested too deep
  local list, areas = type(value) == "table" and value.areas, {}
  if type(list) ~= "table" or type(value.vmem) ~= "string" then
    return nil, path .. " is not what vmem map --json writes"
  end
  for i, item in ipairs(list) do
    areas[i] = area_of(item)
    if not areas[i] then return nil, ("%s is damaged: area %d is none"):format(path, i) end
  end
  table.sort(areas, function(a, b) return math.ult(a.address, b.address) end)
  return {
    areas = areas, pid = math.tointeger(value.pid), time = type(value.time) == "string" and value.time or nil,
  }
end

-- ====== }

return map_json
