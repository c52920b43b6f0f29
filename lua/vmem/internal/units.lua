--- Numbers as text for pictures and messages: sizes, addresses, counts.

local units = {}

local names = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" }

local function point_of_locale() return ("%.1f"):format(0.5):sub(2, -2) end

--- string.format, whose numbers have a point whatever the locale says: an SVG with commas shows nothing, and
--- "1,25" beside "10,029" cannot be read as numbers. Every number with a fraction is written by this.
---@param format string
---@param ... any
---@return string
function units.format(format, ...)
  local point = point_of_locale()
  if point == "." then return format:format(...) end
  local values, i = { ... }, 0
  return (format:gsub("%%[^A-Za-z%%]*[A-Za-z%%]", function(directive)
    if directive == "%%" then return "%" end
    i = i + 1
    local text = directive:format(values[i])
    if not directive:find "[aefgAEFG]$" then return text end
    local at, to = text:find(point, 1, true)
    return at and text:sub(1, at - 1) .. "." .. text:sub(to + 1) or text
  end))
end

--- "132 KiB", "1.25 GiB": three figures. A size of 2^63 or more is a negative integer.
---@param bytes integer
---@return string
function units.size(bytes)
  local value, unit = bytes < 0 and bytes + 2.0 ^ 64 or bytes, 1
  while value >= 1023.5 and unit < #names do
    value, unit = value / 1024, unit + 1
  end
  return units.format(value < 999.5 and "%.3g %s" or "%.0f %s", value, names[unit])
end

--- The same within a sentence: "nothing" of 0.
---@param bytes integer
---@return string
function units.amount(bytes)
  return bytes == 0 and "nothing" or units.size(bytes)
end

--- "0x7f12a4000"
---@param address integer
---@return string
function units.address(address)
  return ("0x%x"):format(address)
end

--- The same of a field that a script may have changed: what is no integer is shown as it is.
---@param value any
---@return string
function units.field_address(value)
  return math.type(value) == "integer" and units.address(value) or tostring(value)
end

--- "10,029"
---@param number integer
---@return string
function units.count(number)
  local text, changed = tostring(number), 1
  while changed > 0 do text, changed = text:gsub("^(%d+)(%d%d%d)", "%1,%2") end
  return text
end

--- "1 area", "2,000 areas"
---@param number integer
---@param word string
---@return string
function units.of(number, word)
  return units.count(number) .. " " .. word .. (number == 1 and "" or "s")
end

return units
