--- The tables of a file store's file: which pages it has, and how often each was saved. So a damaged page is
--- not taken for one that was never saved, nor an older version for the newest.
---
--- A table is 256 entries of 16 bytes: a number, and a checksum over it, its place and the file's identity.
--- Each table stands right before the part of the file that it describes. On level 0 that is 256 pages: an
--- entry says how often the page was saved, 0 for never. On level 1 and above it is 256 tables of the level
--- below: an entry says 1 where there is such a table, 0 where there is none yet. The one table of level 4 is
--- made with the file, and the others before a page of theirs is saved for the first time.
---
--- No entry is ever ahead of what is in the file: it is written after the page, and after the tables below
--- it. So a process that is killed leaves a page that is as new as its entry or newer; an older one has been
--- damaged. An entry lies within a sector, which a disk writes or does not.

local checksum = require "vmem.pager.file.checksum"
local mix <const> = checksum.mix

local tables = {}
tables.__index = tables

local ENTRIES <const> = 256 -- 1 << 8
local FORMAT <const> = "=i8 i8"
local ENTRY <const> = FORMAT:packsize()
local TABLE <const> = ENTRIES * ENTRY
local TOP <const> = 4
local PAGES <const> = 1 << 40 -- 256 to the fifth power
local EMPTY <const> = ("\0"):rep(TABLE)

-- {====== Places ======

--- Where table number `index` of a level begins, counted from 0.
local function start_of(self, level, index)
  local start = self.start + index * self.span[level]
  for _ = level + 1, TOP do -- each of the tables above that stand before it
    index = index // ENTRIES
    start = start + (index + 1) * TABLE
  end
  return start
end

--- The same of level 0, which every access asks for.
local function start_of_lowest(self, index)
  local start = self.starts[index]
  if not start then
    start = start_of(self, 0, index)
    self.starts[index] = start
  end
  return start
end

--- Where the bytes of a page begin.
function tables:place_of(page)
  local index = page - 1
  return start_of_lowest(self, index // ENTRIES) + TABLE + index % ENTRIES * self.room
end

-- ====== }

--- Where the entry of a page is, and where its bytes begin.
function tables:places_of(page)
  local index = page - 1
  local start, number = start_of_lowest(self, index // ENTRIES), index % ENTRIES
  return start + number * ENTRY, start + TABLE + number * self.room
end

-- {====== Entries ======

local function pack(self, level, index, value)
  return FORMAT:pack(value, mix(self.identity, level, index, value))
end

--- The value of entry number `index` of a level in bytes that begin with it; nil when it is not whole.
local function parse(self, level, index, bytes, at)
  local value, check = FORMAT:unpack(bytes, at)
  return check == mix(self.identity, level, index, value) and value or nil
end

local function position_of(self, level, index)
  local number = index // ENTRIES
  local start = level == 0 and start_of_lowest(self, number) or start_of(self, level, number)
  return start + index % ENTRIES * ENTRY
end

--- The value, false when the entry is not whole; or nil, message, code.
local function read(self, level, index)
  local bytes, message, code = self.handle:read(position_of(self, level, index), ENTRY)
  if not bytes then return nil, message, code end
  return parse(self, level, index, bytes) or false
end

local function write(self, level, index, value)
  return self.handle:write(position_of(self, level, index), pack(self, level, index, value))
end

-- ====== }

-- {====== Tables ======

--- The new contents of a table: whole entries stay, the others become 0, and that of `child`, if given, 1.
local function mended(self, level, number, bytes, child)
  local parts = {}
  for i = 0, ENTRIES - 1 do
    local index = number * ENTRIES + i
    local value = bytes ~= EMPTY and parse(self, level, index, bytes, i * ENTRY + 1) or 0
    parts[i + 1] = pack(self, level, index, index == child and 1 or value)
  end
  return table.concat(parts)
end

--- The table of level 4, for a new file.
function tables:first()
  return mended(self, TOP, 0, EMPTY)
end

--- Makes the tables of a page up to below an entry of that level. From then on they are there.
local function make(self, page, level, barrier)
  local index, child = page - 1, nil
  for below = 0, level - 1 do
    local number = index // ENTRIES
    local start = start_of(self, below, number)
    local bytes, message, code = self.handle:read(start, TABLE)
    if not bytes then return nil, message, code end
    local ok
    ok, message, code = self.handle:write(start, mended(self, below, number, bytes, child))
    if not ok then return nil, message, code end
    index, child = number, number
  end
  if barrier then
    local ok, message, code = barrier()
    if not ok then return nil, message, code end
  end
  return write(self, level, index, 1)
end

-- ====== }

--- How often a page was saved, at least. Or nil, message, code. Where the page's own entry is not whole, the
--- table was not made yet, and one above it says so; a table that counts not yet may be there in part.
function tables:generation(page)
  local index = page - 1
  for level = 0, TOP do
    local value, message, code = read(self, level, index)
    if value == nil then return nil, message, code end
    if value == 0 or value and level == 0 then return value end
    index = index // ENTRIES
  end
  return nil, "it is damaged: so is the table that knows of it", "damaged"
end

--- The number of the first entry of a level, from `index` on, that says that there is such a table. nil alone
--- when there is none; or nil, message, code.
local function next_made(self, level, index)
  while index < ENTRIES ^ (TOP + 1 - level) do
    local number = index // ENTRIES
    if level < TOP then
      local made, message, code = next_made(self, level + 1, number)
      if not made then return nil, message, code end
      if made > number then number, index = made, made * ENTRIES end
    end
    local bytes, message, code = self.handle:read(start_of(self, level, number), TABLE)
    if not bytes then return nil, message, code end
    for i = index, number * ENTRIES + ENTRIES - 1 do
      local value = parse(self, level, i, bytes, i % ENTRIES * ENTRY + 1)
      if value == 1 then return i end
      if value ~= 0 then return nil, "a table is damaged", "damaged" end
    end
    index = (number + 1) * ENTRIES
  end
end

--- The next table of pages, from that of the page on: its first page, and how often each of its 256 pages was
--- saved, at least; false where that is damaged. nil alone behind the last one; or nil, message, code.
function tables:next_table(page)
  local number, message, code = next_made(self, 1, (page - 1) // ENTRIES)
  if not number then return nil, message, code end
  local bytes
  bytes, message, code = self.handle:read(start_of(self, 0, number), TABLE)
  if not bytes then return nil, message, code end
  local saved = {}
  for i = 0, ENTRIES - 1 do
    saved[i + 1] = parse(self, 0, number * ENTRIES + i, bytes, i * ENTRY + 1) or false
  end
  return number * ENTRIES + 1, saved
end

--- Makes what tables the page needs. `barrier`, if there is one, is called between tables and the entry
--- that makes them count.
function tables:prepare(page, barrier)
  local number = (page - 1) // ENTRIES
  if self.prepared[number] then return true end
  for level = TOP, 1, -1 do
    local value, message, code = read(self, level, (page - 1) >> 8 * level)
    if value == 0 then
      value, message, code = make(self, page, level, barrier)
      if not value then return nil, message, code end
      break
    elseif value == nil then
      return nil, message, code
    end
  end
  self.prepared[number] = true
  return true
end

--- Remembers that a page was saved so often.
function tables:enter(page, generation)
  return write(self, 0, page - 1, generation)
end

--- `start` is where the file's header ends, and `room` how many bytes a page takes there.
function tables.new(handle, start, room, identity)
  local span = { [0] = TABLE + ENTRIES * room }
  for level = 1, TOP do
    local below = span[level - 1]
    span[level] = below < math.maxinteger // ENTRIES - TABLE and TABLE + ENTRIES * below or 0 -- no page there
  end
  return setmetatable({
    handle = handle, start = start, room = room, identity = identity, span = span, prepared = {}, starts = {},
    last = math.min(PAGES, (math.maxinteger - (1 << 24)) // (room + 2 * ENTRY)),
  }, tables)
end

return tables
