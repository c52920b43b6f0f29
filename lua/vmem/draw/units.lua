--- How pictures write numbers: sizes, addresses, counts.

local units = {}

local names = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" }

--- "132 KiB", "1.25 GiB": three figures. A size of 2^63 or more is a negative integer.
---@param bytes integer
---@return string
function units.size(bytes)
  local value, unit = bytes < 0 and bytes + 2.0 ^ 64 or bytes, 1
  while value >= 1023.5 and unit < #names do
    value, unit = value / 1024, unit + 1
  end
  return (value < 999.5 and "%.3g %s" or "%.0f %s"):format(value, names[unit])
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
