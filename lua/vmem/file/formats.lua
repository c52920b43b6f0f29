--- What file:read and file:lines read: the formats of Lua's own files.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local pages = require "vmem.file.pages"

local find, read = core.region_methods.find, core.region_methods.read

local formats = {}

local MOST_OF_NUMERAL <const> = 200 -- as Lua reads

--- Reads up to and with the end of the line, which is left out unless it is to be kept.
local function line(self, size, keep)
  local from, region = self.position, self.region
  if from >= size then return nil end
  local at = find(region, "\n", from, size - from)
  local bytes = read(region, from, (at and (keep and at + 1 or at) or size) - from)
  self.position = at and at + 1 or size
  return bytes
end

--- Where the first byte from the position on is that is no white space.
local function skip(self, size)
  local from = self.position
  while from < size do
    local bytes = read(self.region, from, math.min(64, size - from))
    local at = bytes:find "%S"
    if at then return from + at - 1 end
    from = from + #bytes
  end
  return from
end

--- Moves behind everything that can belong to a numeral, as Lua does, and gives the number, or nil.
local function number(self, size)
  local from = skip(self, size)
  self.position = from
  if from >= size then return nil end
  local text = read(self.region, from, math.min(MOST_OF_NUMERAL + 1, size - from))
  local at = text:match "^[+-]?()"
  local hex = text:match("^0[xX]()", at)
  local digits, exponent = hex and "%x" or "%d", hex and "[pP]" or "[eE]"
  local first = hex or at
  local whole_end = text:match(("^%s*()"):format(digits), first)
  at = text:match(("^%%.%s*()"):format(digits), whole_end) or whole_end
  if text:sub(first, at - 1):find(digits) then
    at = text:match(("^%s[+-]?%%d*()"):format(exponent), at) or at
  end
  if at - 1 > MOST_OF_NUMERAL then
    self.position = from + MOST_OF_NUMERAL
    return nil
  end
  self.position = from + at - 1
  return tonumber(text:sub(1, at - 1))
end

local function all(self, size)
  local from = math.min(self.position, size)
  local bytes = read(self.region, from, size - from)
  self.position = math.max(self.position, size)
  return bytes
end

local function count(self, size, most)
  local from = self.position
  if from >= size then return nil end
  local bytes = read(self.region, from, math.min(most, size - from))
  self.position = from + #bytes
  return bytes
end

local readers = {
  l = function(self, size) return line(self, size, false) end,
  L = function(self, size) return line(self, size, true) end,
  n = number,
  a = all,
}

--- Raises for what is no format.
function formats.check(name, ...)
  for i = 1, select("#", ...) do
    local format = select(i, ...)
    if type(format) == "number" then
      checks.integer(i, name, "format", format, 0)
    elseif type(format) ~= "string" or not readers[format:match "^%*?(.)"] then
      checks.refuse(i, name, "format must be \"n\", \"l\", \"L\", \"a\" or a number of bytes, not %s",
        checks.shown(format))
    end
  end
end

--- Gives what each format reads; after one that cannot be read, nil.
function formats.read(self, name, ...)
  formats.check(name, ...)
  local list, found = table.pack(...), {}
  local size, region = pages.update(self), self.region
  if size > region.size then return nil, pages.too_long(self.path, region) end
  if list.n == 0 then return line(self, size, false) end
  for i = 1, list.n do
    local format = list[i]
    local reader = type(format) == "string" and readers[format:match "^%*?(.)"]
    if reader then
      found[i] = reader(self, size)
    else
      found[i] = count(self, size, math.tointeger(format))
    end
    if found[i] == nil then return table.unpack(found, 1, i) end
  end
  return table.unpack(found, 1, list.n)
end

return formats
