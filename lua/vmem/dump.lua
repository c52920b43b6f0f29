--- The bytes of a region as text: `print(region:dump())`. Loaded when region:dump is first called.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"

local dump = {}

local PAGE <const> = core.module.page_size
local WIDTH <const> = 16 -- bytes of a line
local LINES <const> = 32 -- where no size is given
local MOST_LINES <const> = 4096
local MOST_READ <const> = 1 << 28 -- bytes of pages that have been written

-- {====== Lines ======

--- A text that grows line by line. Lines that are like the one before them are one "*".
local lines = {}
lines.__index = lines

--- What follows is about other pages: its first line says what they are.
function lines:begin(offset, words)
  self.note, self.words = ("  offset %d: %s"):format(offset, words), words
end

--- Adds a line of the bytes from `from` up to `to`. Whatever lies beside them in the line stays blank.
function lines:add(from, to, cells, text)
  local blank = from % WIDTH
  local half = WIDTH // 2
  table.move(cells, 1, #cells, blank + 1)
  for i = 1, blank do cells[i] = "  " end
  for i = blank + to - from + 1, WIDTH do cells[i] = "  " end
  local body = ("%s  %s  |%s%s%s|"):format(table.concat(cells, " ", 1, half),
    table.concat(cells, " ", half + 1, WIDTH), (" "):rep(blank), text, (" "):rep(WIDTH - blank - (to - from)))
  if not self.note and body == self.last then
    if not self.is_starred then self[#self + 1] = "*" end
    self.is_starred = true
    return
  end
  self[#self + 1] = ("0x%x  %s%s"):format(self.base + from - blank, body, self.note or "")
  self.last, self.note, self.is_starred = body, nil, false
end

local ZEROS <const> = ("\0"):rep(WIDTH)

--- Adds bytes that are all shown alike, zeros or others.
function lines:add_like(from, to, cell, character)
  while from < to and #self < self.most do
    local stop = math.min(from - from % WIDTH + WIDTH, to)
    local cells = {}
    for i = 1, stop - from do cells[i] = cell end
    self:add(from, stop, cells, character:rep(stop - from))
    self.part = ZEROS -- what bytes are compared with that look like this line
    from = self.is_starred and math.max(stop, to - to % WIDTH) or stop
  end
  return from
end

--- In any locale.
local function text_of(bytes) return (bytes:gsub("[^\32-\126]", ".")) end

function lines:add_bytes(from, bytes)
  local to, start = from + #bytes, from
  local goes_on = self.is_starred and not self.note and from % WIDTH == 0
  if goes_on and bytes == self.part:rep(#bytes // WIDTH) then return to end -- a page at once
  while from < to and #self < self.most do
    local stop = math.min(from - from % WIDTH + WIDTH, to)
    local part, cells = bytes:sub(from - start + 1, stop - start), {}
    for i = 1, #part do cells[i] = ("%02x"):format(part:byte(i)) end
    self:add(from, stop, cells, text_of(part))
    self.part, from = part, stop
  end
  return from
end

-- ====== }

-- {====== Pages ======

--- What a run is; and what is shown of a byte, if it is not to be touched.
local function describe(run)
  if run.state == "reserved" then
    return run.trap and ("reserved, a device: trap %s"):format(run.trap) or "reserved", "--"
  end
  local words = "committed " .. run.protection
  if run.trap then words = words .. ", trap " .. run.trap end
  if run.type == "mapped" then words = words .. ", mapped" end
  if run.protection == "none" then return words .. ": no access", "##" end
  if run.protection:find("+guard", 1, true) then
    return words .. ": the next access takes the guard off", "!!"
  end
  return words
end

--- Adds pages of a run that can be read.
local function add_readable(text, region, from, to, words)
  while from < to and #text < text.most and text.read < MOST_READ do
    local found, why = core.look(region, from, to - from)
    if not found and not why then return from end -- it cannot be read any more: another look
    if (found and words or why) ~= text.words then text:begin(from, found and words or why) end
    if type(found) == "string" then
      text.read = text.read + #found
      from = text:add_bytes(from, found)
    elseif found then
      from = text:add_like(from, from + found, "00", ".")
    else
      from = text:add_like(from, math.min(to, from - from % PAGE + PAGE), "??", " ")
    end
  end
  return from
end

-- ====== }

--- See region:dump in types.lua. No page is touched that does not allow it, or has never been written.
---@param region vmem.region
---@param offset? integer
---@param size? integer bytes
---@return string
function dump.of(region, offset, size)
  local whole = checks.region(1, "dump", region).size
  offset = offset == nil and 0 or checks.integer(1, "dump", "offset", offset, 0, whole)
  local left <const> = whole - offset
  local stop = offset + (size == nil and left or checks.integer(2, "dump", "size", size, 0, left))
  local text = setmetatable({ base = region.base, read = 0, most = size and MOST_LINES or LINES }, lines)
  while offset < stop and #text < text.most and text.read < MOST_READ do
    local run = region:query(offset)
    local words, mark = describe(run)
    local to = math.min(run.offset + run.size, stop)
    text:begin(offset, words)
    offset = mark and text:add_like(offset, to, mark, " ") or add_readable(text, region, offset, to, words)
  end
  local more = offset < stop and ("  and so on: region:dump(%d)"):format(offset) or ""
  text[#text + 1] = ("0x%x%s"):format(text.base + offset, more)
  return table.concat(text, "\n")
end

return dump
