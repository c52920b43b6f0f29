--- The two versions of each page in the file of a file store: where they are, and which one is whole.
---
--- Every page has two slots. Saves take turns, so that the newest version stays as it is while the next one
--- is written beside it: odd versions go into the first slot, even ones into the second. Side by side stand
---
---   the first slot's bytes, its header, the second slot's header, its bytes
---
--- so that both headers are read at once, and a slot is written at once. A first version has its header
--- behind its bytes: where writing stops in the middle there is no header, and the page was never saved.
---
--- The file's tables (tables.lua) know how often a page was saved. Files of the format's version 1
--- have none: there, a page without headers was never saved, and an older version is taken where the newest
--- one is not whole.

---@class vmem.pager.file.versions
local versions = {}
versions.__index = versions

local FORMAT <const> = "=c8 i8 i8 i8"
local TAG <const> = "vmempage"
local HEADER <const> = FORMAT:packsize()
local NO_HEADERS <const> = ("\0"):rep(2 * HEADER)
local MOST <const> = 1 << 62 -- no page is saved so often

--- Where the headers of a page are: behind the bytes of its first slot.
local function middle_of(self, page)
  local tables = self.tables
  return self.size + (tables and tables:place_of(page) or self.start + (page - 1) * self.room)
end

--- The headers of a page, as one string. Or nil, message, code.
local function read_headers(self, page)
  return self.handle:read(middle_of(self, page), 2 * HEADER)
end

--- The version and the checksum in the header of slot 1 or 2; 0 when it has none.
local function parse(headers, slot, page)
  local tag, number, version, sum = FORMAT:unpack(headers, (slot - 1) * HEADER + 1)
  local fits = tag == TAG and number == page and version >= 1 and version <= MOST and 2 - version % 2 == slot
  if not fits then return 0 end
  return version, sum
end

--- Pieces of other files, which have other identities, are no pages of this one.
local function sum_of(self, bytes, page, version)
  return self.sum(bytes, page ~ self.identity, version)
end

--- The bytes of a version, if they are whole.
local function read_version(self, page, version, sum)
  local middle = middle_of(self, page)
  local position = version % 2 == 1 and middle - self.size or middle + 2 * HEADER
  local bytes, message, code = self.handle:read(position, self.size)
  if not bytes then return nil, message, code end
  return sum_of(self, bytes, page, version) == sum and bytes or nil
end

--- The versions in the headers: { version, checksum } twice, the newer one first.
local function told(headers, page)
  local one, other = { parse(headers, 1, page) }, { parse(headers, 2, page) }
  if one[1] > other[1] then return { one, other } end
  return { other, one }
end

--- How often a page was saved, at least; without tables that is unknown: 0.
local function generation_of(self, page)
  if not self.tables then return 0 end
  return self.tables:generation(page)
end

--- The newest whole version and its bytes; 0 for a page that was never saved. Or nil, message, code.
local function newest(self, page)
  local generation, message, code = generation_of(self, page)
  if not generation then return nil, message, code end
  local headers
  headers, message, code = read_headers(self, page)
  if not headers then return nil, message, code end
  local left = "no whole version of it is left"
  for _, each in ipairs(told(headers, page)) do
    local version, bytes = each[1], nil
    if version > 0 then bytes, message, code = read_version(self, page, version, each[2]) end
    if message then return nil, message, code end
    if bytes and version >= generation then return version, bytes end
    if bytes then left = ("the version that is left is %d saves older"):format(generation - version) end
  end
  if generation == 0 and (self.tables or headers == NO_HEADERS) then return 0 end
  return nil, "it is damaged: " .. left, "damaged"
end

--- A page that another process saves twice while it is read looks damaged, once.
function versions:newest(page)
  local version, bytes, code = newest(self, page)
  if code == "damaged" then version, bytes, code = newest(self, page) end
  return version, bytes, code
end

--- Whether `version`, which was whole when it was seen, is the newest still.
function versions:is_newest(page, version)
  local headers = read_headers(self, page)
  if not headers then return false end
  if version == 0 then return headers == NO_HEADERS end
  local slot = 2 - version % 2
  return parse(headers, slot, page) == version and parse(headers, 3 - slot, page) < version
end

--- The newest version in the headers or the table, whole or not.
function versions:highest(page)
  local headers, message, code = read_headers(self, page)
  if not headers then return nil, message, code end
  return math.max(told(headers, page)[1][1], generation_of(self, page) or 0)
end

--- Writes a version. `barrier`, if there is one, is called between its bytes and its header.
function versions:write_version(page, version, bytes, barrier)
  local header = FORMAT:pack(TAG, page, version, sum_of(self, bytes, page, version))
  local middle, handle = middle_of(self, page), self.handle
  if version % 2 == 0 then return handle:write(middle + HEADER, header .. bytes) end
  if not barrier then return handle:write(middle - self.size, bytes .. header) end
  local ok, message, code = handle:write(middle - self.size, bytes)
  if ok then ok, message, code = barrier() end
  if not ok then return nil, message, code end
  return handle:write(middle, header)
end

--- Bytes that the slots of a page of `size` bytes take.
function versions.room(size) return 2 * size + 2 * HEADER end

--- `start` is where the file's header ends. `sum` is a function of checksum.lua. Without tables, the
--- file is of the format's version 1.
function versions.new(handle, start, size, sum, tables)
  local room = versions.room(size)
  return setmetatable({
    handle = handle, start = start, size = size, room = room, sum = sum, tables = tables,
    identity = tables and tables.identity or 0,
    last = tables and tables.last or (math.maxinteger - start) // room,
  }, versions)
end

return versions
