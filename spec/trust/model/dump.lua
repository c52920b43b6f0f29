--- The model's dump: every byte of the range by itself, line by line.

local pages = require "model.pages"
require "model.files"

local P <const> = pages.P
local misuse, methods = pages.misuse, pages.methods

local TAKES_GUARD <const> = ": the next access takes the guard off"

--- What is said of a page, and what is shown of its bytes if they cannot be read.
local function describe(region, i)
  local page, trap = region.pages[i], region:trap_of(i)
  if not page then return trap and "reserved, a device: trap " .. trap or "reserved", "--" end
  local words = "committed " .. page.protection .. (trap and ", trap " .. trap or "")
    .. (page.attachment and ", mapped" or "")
  if page.protection == "none" then return words .. ": no access", "##" end
  if not pages.allows(page, "read") then return words .. TAKES_GUARD, "!!" end
  if pages.is_lost(page) then return "lost: its file has become shorter", "??" end
  return words
end

--- Whether pages i - 1 and i are in one run.
local function are_alike(region, i)
  local _, offset, size = region:query((i - 2) * P)
  return offset + size > (i - 1) * P
end

--- The columns of a line, of which the bytes from `from` to `to` (excluded) are shown.
local function columns(region, line, from, to, mark)
  local cells, text = {}, {}
  for at = line, line + 15 do
    local is_in = at >= from and at < to
    local byte = is_in and not mark and region.pages[at // P + 1].bytes:byte(at % P + 1)
    cells[#cells + 1] = is_in and (mark or ("%02x"):format(byte)) or "  "
    text[#text + 1] = byte and byte >= 32 and byte < 127 and string.char(byte) or byte and "." or " "
  end
  return ("%s  %s  |%s|"):format(table.concat(cells, " ", 1, 8), table.concat(cells, " ", 9),
    table.concat(text))
end

function methods:dump(offset, size)
  self:check_live()
  if offset < 0 or offset > self.size or size < 0 or size > self.size - offset then
    misuse "must be an integer from 0"
  end
  local list, last, words = {}, nil, nil
  local stop = size > 0 and offset + size - 1 or -1
  for line = offset // 16 * 16, stop, 16 do
    local from, to, i = math.max(line, offset), math.min(line + 16, offset + size), line // P + 1
    local now, mark = describe(self, i)
    local is_noted = not last or line % P == 0 and (now ~= words or not are_alike(self, i))
    words = now
    local shown = columns(self, line, from, to, mark)
    if is_noted or shown ~= last then
      list[#list + 1] = ("%#x  %s%s"):format(self.base + line, shown,
        is_noted and ("  offset %d: %s"):format(from, words) or "")
    elseif list[#list] ~= "*" then
      list[#list + 1] = "*"
    end
    last = shown
  end
  list[#list + 1] = ("%#x"):format(self.base + offset + size)
  return table.concat(list, "\n")
end
