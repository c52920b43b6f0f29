--- Sentences and labels that the text and the SVG of an address translation share.

local units = require "vmem.internal.units"

local words = {}

local function binary(value, bits)
  local text = {}
  for i = bits - 1, 0, -1 do text[#text + 1] = tostring(value >> i & 1) end
  return table.concat(text)
end

--- For each field: which bits, what they are, what that is as a number, and what the number is for.
---@param self vmem.paging.translation
---@return { range: string, bits: string, value: string, title: string }[]
function words.fields(self)
  local fields = {}
  for i, field in ipairs(self.fields) do
    local is_level = i <= #self.indices
    fields[i] = {
      range = field.high == field.low and tostring(field.low) or ("%d..%d"):format(field.high, field.low),
      bits = binary(field.value, field.high - field.low + 1),
      value = is_level and tostring(field.value) or units.address(field.value),
      title = is_level and "level " .. i or field.title or "offset",
    }
  end
  return fields
end

---@param self vmem.paging.translation
---@return string
function words.title(self)
  return ("Virtual address %s: %d bits, pages of %s"):format(units.address(self.address), self.address_bits,
    units.size(self.page_size))
end

--- Where the address leads.
---@param self vmem.paging.translation
---@return string
function words.outcome(self)
  local page = "page " .. units.address(self.page)
  if self.frame then
    local found = self.read and (", entry %s of the walk"):format(units.count(self.read)) or ""
    return ("%s is in frame %s%s: physical address %s"):format(page, units.address(self.frame), found,
      units.address(self.physical))
  elseif self.read then
    return ("%s is in no frame: %s"):format(page, self.read == 0 and "its chain is empty"
      or ("none of %s read is for it"):format(self.read == 1 and "1 entry"
        or units.count(self.read) .. " entries"))
  end
  for i in ipairs(self.indices) do
    if not self.fields[i].present then
      return ("%s is in no frame: the walk ends at level %d, which has no node for level %d"):format(page,
        i - 1, i)
    end
  end
  return page .. " is in no frame: its entry says so"
end

return words
