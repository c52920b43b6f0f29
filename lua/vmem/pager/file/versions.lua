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

local checksum = require "vmem.pager.file.checksum"

---@class vmem.pager.file.versions
local versions = {}
versions.__index = versions

local FORMAT <const> = "=c8 i8 i8 i8"
local TAG <const> = "vmempage"
local HEADER <const> = FORMAT:packsize()
local BOTH <const> = FORMAT .. FORMAT:sub(2)
local NO_HEADERS <const> = ("\0"):rep(2 * HEADER)
local MOST <const> = 1 << 62 -- no page is saved so often

--- The slot of a version: 1 or 2.
local function slot_of(version) return 2 - version % 2 end

--- Where the headers of a page are: behind the bytes of its first slot.
local function middle_of(self, page)
  local tables = self.tables
  return self.size + (tables and tables:place_of(page) or self.start + (page - 1) * self.room)
end

--- The headers of a page, as one string. Or nil, message, code.
local function read_headers(self, page)
  return self.handle:read(middle_of(self, page), 2 * HEADER)
end

--- The version of a page that a header in slot 1 or 2 tells of; 0 for none.
local function told(slot, page, tag, number, version)
  local fits = tag == TAG and number == page and version >= 1 and version <= MOST and slot_of(version) == slot
  return fits and version or 0
end

--- The versions and checksums in the headers of both slots; version 0 where there is none.
local function parse(headers, page)
  local tag, number, one, sum, other_tag, other_number, other, other_sum = BOTH:unpack(headers)
  return told(1, page, tag, number, one), sum, told(2, page, other_tag, other_number, other), other_sum
end

--- Pieces of other files, which have other identities, are no pages of this one.
local function sum_of(self, bytes, page, version)
  return checksum.of(bytes, page ~ self.identity, version)
end

--- The headers of a page and the bytes in a slot of it, which lie side by side. Or nil, message, code.
local function read_slot(self, page, slot)
  local size, middle = self.size, middle_of(self, page)
  if slot == 2 then return self.handle:read(middle, 2 * HEADER, size) end
  local bytes, headers, code = self.handle:read(middle - size, size, 2 * HEADER)
  if not bytes then return nil, headers, code end
  return headers, bytes
end

--- How often a page was saved, at least; without tables that is unknown: 0.
local function generation_of(self, page)
  if not self.tables then return 0 end
  return self.tables:generation(page)
end

--- The newest whole version and its bytes; 0 for a page that was never saved. Or nil, message, code. `likely`
--- is a version that may be the newest.
local function newest(self, page, likely)
  local generation, message, code = generation_of(self, page)
  if not generation then return nil, message, code end
  local slot = slot_of(likely or 1)
  local headers, bytes
  headers, bytes, code = read_slot(self, page, slot)
  if not headers then return nil, bytes, code end
  local version, sum, older, older_sum = parse(headers, page)
  if older > version then version, sum, older, older_sum = older, older_sum, version, sum end
  local left = "no whole version of it is left"
  while version > 0 do
    if slot ~= slot_of(version) then
      slot = slot_of(version)
      local again
      again, bytes, code = read_slot(self, page, slot)
      if not again then return nil, bytes, code end
    end
    local is_whole = sum_of(self, bytes, page, version) == sum
    if is_whole and version >= generation then return version, bytes end
    if is_whole then left = ("the version that is left is %d saves older"):format(generation - version) end
    version, sum, older = older, older_sum, 0
  end
  if generation == 0 and (self.tables or headers == NO_HEADERS) then return 0 end
  return nil, "it is damaged: " .. left, "damaged"
end

--- The same where nothing is wrong, and there are tables; else nothing.
local function newest_as_usual(self, page, likely)
  local entry, start = self.tables:places_of(page)
  return self.handle:newest_version(entry, start + self.size, self.size, page, self.identity, likely or 1)
end

--- A page that another process saves twice while it is read looks damaged, once.
function versions:newest(page, likely)
  if self.tables then
    local version, bytes = newest_as_usual(self, page, likely)
    if version then return version, bytes end
  end
  local version, bytes, code = newest(self, page, likely)
  if code == "damaged" then version, bytes, code = newest(self, page, likely) end
  return version, bytes, code
end

--- Whether `version`, which was whole when it was seen, is the newest still.
function versions:is_newest(page, version)
  local headers = read_headers(self, page)
  if not headers then return false end
  if version == 0 then return headers == NO_HEADERS end
  local one, _, other = parse(headers, page)
  return math.max(one, other) == version
end

--- The newest version in the headers or the table, whole or not.
function versions:highest(page)
  local headers, message, code = read_headers(self, page)
  if not headers then return nil, message, code end
  local one, _, other = parse(headers, page)
  return math.max(one, other, generation_of(self, page) or 0)
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

--- `start` is where the file's header ends. Without tables, the file is of the format's version
--- 1.
function versions.new(handle, start, size, tables)
  local room = versions.room(size)
  return setmetatable({
    handle = handle, start = start, size = size, room = room, tables = tables,
    identity = tables and tables.identity or 0,
    last = tables and tables.last or (math.maxinteger - start) // room,
  }, versions)
end

return versions
