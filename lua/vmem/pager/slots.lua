--- Where the pages are in the file of a file store, and which of their versions is whole.
---
--- Every page has two slots. Saves take turns, so that the newest version stays as it is while the next one
--- is written beside it: odd versions go into the first slot, even ones into the second. Side by side stand
---
---   the first slot's bytes, its header, the second slot's header, its bytes
---
--- so that both headers are read at once, and a slot is written at once. A first version has its header
--- behind its bytes: where writing stops in the middle there is no header, and the page was never saved.

local slots = {}
slots.__index = slots

local FILE_HEADER <const> = 64
local FORMAT <const> = "=c8 i8 i8 i8"
local TAG <const> = "vmempage"
local HEADER <const> = FORMAT:packsize()
local NO_HEADER <const> = ("\0"):rep(HEADER)

-- {====== Reading and writing ======

--- Where a system has small numbers for positions Lua raises an error for what is behind them.
local function seek(file, position)
  local ok, result, message, errno = pcall(file.seek, file, "set", position)
  if not ok then return nil, ("position %d cannot be reached: %s"):format(position, result) end
  return result, message, errno
end

--- So many bytes; behind the file's end there are zeroes. Or nil, message, errno.
local function read(file, position, size)
  local ok, message, errno = seek(file, position)
  if not ok then return nil, message, errno end
  local bytes
  bytes, message, errno = file:read(size)
  if not bytes and message then return nil, message, errno end
  bytes = bytes or ""
  return #bytes == size and bytes or bytes .. ("\0"):rep(size - #bytes)
end

local function write(file, position, bytes)
  local ok, message, errno = seek(file, position)
  if not ok then return nil, message, errno end
  ok, message, errno = file:write(bytes)
  if not ok then return nil, message, errno end
  return true
end

slots.read, slots.write = read, write

-- ====== }

--- Where the headers of a page are: behind the bytes of its first slot.
local function middle_of(self, page)
  return FILE_HEADER + (page - 1) * (2 * self.size + 2 * HEADER) + self.size
end

--- The headers of a page, as one string. Or nil, message, errno.
local function read_headers(self, page)
  return read(self.file, middle_of(self, page), 2 * HEADER)
end

--- The version that the header of slot 1 or 2 tells of, and its checksum; 0 when it tells of none.
local function parse(headers, slot, page)
  local tag, number, version, sum = FORMAT:unpack(headers, (slot - 1) * HEADER + 1)
  if tag ~= TAG or number ~= page or version < 1 or 2 - version % 2 ~= slot then return 0 end
  return version, sum
end

--- The bytes of a version, if they are whole.
local function read_version(self, page, version, sum)
  local middle = middle_of(self, page)
  local position = version % 2 == 1 and middle - self.size or middle + 2 * HEADER
  local bytes, message, errno = read(self.file, position, self.size)
  if not bytes then return nil, message, errno end
  return self.sum(bytes, page, version) == sum and bytes or nil
end

--- The newest whole version and its bytes; 0 for a page that was never saved. Or nil, message, code.
local function newest(self, page)
  local headers, message, errno = read_headers(self, page)
  if not headers then return nil, message, errno end
  if headers == NO_HEADER .. NO_HEADER then return 0 end
  local found = { { parse(headers, 1, page) }, { parse(headers, 2, page) } }
  table.sort(found, function(a, b) return a[1] > b[1] end)
  for _, each in ipairs(found) do
    if each[1] > 0 then
      local bytes
      bytes, message, errno = read_version(self, page, each[1], each[2])
      if bytes or message then return bytes and each[1], bytes or message, errno end
    end
  end
  return nil, "it is damaged: its checksum is wrong, and no older version is left", "damaged"
end

--- A page that somebody else saves twice while it is read looks damaged, once.
function slots:newest(page)
  local version, bytes, code = newest(self, page)
  if code == "damaged" then version, bytes, code = newest(self, page) end
  return version, bytes, code
end

--- Whether `version`, which was whole when it was seen, is the newest still.
function slots:is_newest(page, version)
  local headers = read_headers(self, page)
  if not headers then return false end
  if version == 0 then return headers == NO_HEADER .. NO_HEADER end
  local slot = 2 - version % 2
  return parse(headers, slot, page) == version and parse(headers, 3 - slot, page) < version
end

--- Writes a version. `barrier`, if there is one, is called between its bytes and its header.
function slots:write_version(page, version, bytes, barrier)
  local header = FORMAT:pack(TAG, page, version, self.sum(bytes, page, version))
  local middle, file = middle_of(self, page), self.file
  if version % 2 == 0 then return write(file, middle + HEADER, header .. bytes) end
  if not barrier then return write(file, middle - self.size, bytes .. header) end
  local ok, message, errno = write(file, middle - self.size, bytes)
  if ok then ok, message, errno = barrier() end
  if not ok then return nil, message, errno end
  return write(file, middle, header)
end

--- `sum` is a function of vmem.pager.checksum. `last` is the last page whose place can be told.
function slots.new(file, size, sum)
  local last = (math.maxinteger - FILE_HEADER) // (2 * size + 2 * HEADER)
  return setmetatable({ file = file, size = size, sum = sum, last = last }, slots)
end

return slots
