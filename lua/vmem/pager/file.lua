--- A store in a file. What has been saved survives the end of the process, however it ends: a page is what
--- it was before a save or what it is after it, never half of each. The file has room for two versions of
--- each page; pages that were never saved take none where the file system knows sparse files.
---
--- Lua's io gives bytes to the system, which writes them to the disk in its own time: a power failure may
--- cost what was saved last, and may damage pages, which is noticed by their checksums. With sync = true it
--- leaves every page whole, and flush comes back when all pages are on the disk.
---
--- Several processes may have the file open and load; only one at a time may save. Another one sees what has
--- been saved when it loads next: array:refresh() drops what it has. Nothing locks the file: of two that save
--- the same page at the same moment, the version that was there before may be all that is left.

local checks = require "vmem.checks"
local checksum = require "vmem.pager.checksum"
local slots = require "vmem.pager.slots"
local sync = require "vmem.pager.sync"
local vmem = require "vmem"

---@class vmem.pager.file: vmem.pager.store
---@field path string
---@field page_size integer
local store = { __name = "vmem.pager.file" }
store.__index = store

-- How many versions are remembered: those of pages that come and go.
local REMEMBERED <const> = 4096

-- {====== The file's header ======

local MAGIC <const> = "vmem.pager pages" -- 16 bytes
local FORMAT <const> = "=c16 I4 I4" -- of the machine, so that another byte order is noticed
local LENGTH <const> = 64

local function header_of(page_size)
  return FORMAT:pack(MAGIC, 1, page_size) .. ("\0"):rep(LENGTH - FORMAT:packsize())
end

--- nil for a file that is ours, else message, code.
local function judge(header, page_size)
  if header == header_of(page_size) then return nil end
  local magic, version, size = FORMAT:unpack(header)
  if magic ~= MAGIC then return "it is no file of vmem.pager", "not_ours" end
  if version ~= 1 then
    return "it is of another version of vmem.pager, or of a machine with another byte order", "not_ours"
  end
  return ("its pages have %d bytes, not %d"):format(size, page_size), "page_size"
end

--- Writes the header of an empty file, or checks that of another. True, or nil, message, code; and whether
--- the file is new.
local function check_header(file, page_size)
  local length, message, errno = file:seek "end"
  if not length then return nil, message, errno end
  if length == 0 then
    local ok
    ok, message, errno = slots.write(file, 0, header_of(page_size))
    if not ok then return nil, message, errno end
  end
  -- Read back, too: /dev/null takes everything.
  local header
  header, message, errno = slots.read(file, 0, LENGTH)
  if not header then return nil, message, errno end
  local problem, code = judge(header, page_size)
  if problem then return nil, problem, code end
  return true, length == 0
end

-- ====== }

-- {====== The store ======

local function check_open(self)
  if not self.file then checks.raise "file store is closed" end
end

local function check_page(self, method, page)
  page = checks.integer(1, method, "page", page, 1)
  checks.that(page <= self.slots.last, 1, method,
    "page %d is out of a file's reach; the last one is %d", page, self.slots.last)
  return page
end

local function remember(self, page, version)
  if not self.known[page] then
    if self.remembered == REMEMBERED then self.known, self.remembered = {}, 0 end
    self.remembered = self.remembered + 1
  end
  self.known[page] = version
end

---@param page integer
---@return string? bytes nil alone for a page that was never saved
---@return string? message
---@return any code "damaged" when no version of the page is whole
function store:load(page)
  check_open(self)
  page = check_page(self, "load", page)
  local version, bytes, code = self.slots:newest(page)
  if not version then return nil, bytes, code end
  remember(self, page, version)
  return bytes
end

--- The newest version; 0 for a page that was never saved, or has no whole version.
local function version_of(self, page)
  local version = self.known[page]
  if version and self.slots:is_newest(page, version) then return version end
  local message, code
  version, message, code = self.slots:newest(page)
  if version then return version end
  if code == "damaged" then return 0 end
  return nil, message, code
end

--- What must be on the disk before the page is saved again, so that a power failure finds a version whole.
local function sync_before(self, page)
  if self.unsynced[page] then return self:flush() end
  return true
end

---@param page integer
---@param bytes string a whole page
---@return true? ok
---@return string? message
---@return any code
function store:save(page, bytes)
  check_open(self)
  page = check_page(self, "save", page)
  checks.that(type(bytes) == "string" and #bytes == self.page_size, 2, "save",
    "bytes must be a string of %d bytes", self.page_size)
  local version, message, code = version_of(self, page)
  if not version then return nil, message, code end
  local ok
  ok, message, code = sync_before(self, page)
  if not ok then return nil, message, code end
  ok, message, code = self.slots:write_version(page, version + 1, bytes, version == 0 and self.barrier)
  if not ok then return nil, message, code end
  remember(self, page, version + 1)
  if self.sync then self.unsynced[page] = true end
  return true
end

--- With sync = true: comes back when everything that was saved is on the disk.
---@return true? ok
---@return string? message
---@return any code
function store:flush()
  check_open(self)
  if not self.sync then return true end
  local ok, message, errno = self.sync(self.file)
  if not ok then return nil, message, errno end
  self.unsynced = {}
  return true
end

--- Closes the file. An array that goes by it should be closed first.
---@return true? ok
---@return string? message
---@return any code
function store:close()
  if not self.file then return true end
  local ok, message, errno = self.file:close()
  self.file = nil
  self.region:release()
  if not ok then return nil, message, errno end
  return true
end

function store:__close()
  local ok, message = self:close()
  if not ok then error(("%s: %s"):format(self.path, message), 0) end
end

function store:__tostring()
  return ("%s %s%s"):format(store.__name, self.path, self.file and "" or " (closed)")
end

-- ====== }

-- {====== Opening ======

---@class vmem.pager.file.options
---@field page_size? integer bytes, a multiple of 512. Default: vmem.page_size
---@field sync? boolean withstand power failures, too; needs luaposix. Default: false

local known = { sync = checks.boolean }

function known.page_size(value)
  if value == nil then return vmem.page_size end
  local size = type(value) == "number" and math.tointeger(value)
  if size and size >= 512 and size <= 1 << 30 and size % 512 == 0 then return size end
  return nil, "a multiple of 512, at most 1 GiB"
end

--- Opens for reading and writing; makes the file if there is none. Never cuts it: somebody else may have made
--- it meanwhile.
local function open_file(path)
  local file, message, errno = io.open(path, "r+b")
  if not file and errno == 2 then -- ENOENT
    file, message, errno = io.open(path, "ab")
    if not file then return nil, message, errno end
    file:close()
    file, message, errno = io.open(path, "r+b")
  end
  if not file then return nil, message, errno end
  file:setvbuf "no" -- whole slots are written and read; what has been saved shall not stay in the process
  return file
end

--- The header, and what is needed for a store. True, or nil, message, code.
local function furnish(self, page_size, wants_sync)
  local ok, new, code = check_header(self.file, page_size)
  if not ok then return nil, ("%s: %s"):format(self.path, new), code end
  if wants_sync and new then
    local done, message, errno = sync.folder(self.path)
    if done then done, message, errno = self:flush() end
    if not done then return nil, ("%s: %s"):format(self.path, message), errno end
  end
  local sum, region, why = checksum.new(page_size)
  if not sum then return nil, region, why end
  self.region, self.slots = region, slots.new(self.file, page_size, sum)
  return true
end

local file = {}

--- Opens the file of a store, or makes it.
---@param path string
---@param options? vmem.pager.file.options
---@return vmem.pager.file? store
---@return string? message
---@return any code errno, "not_ours", "page_size", or "not_supported" for sync without luaposix
function file.open(path, options)
  checks.string(1, "open", "path", path)
  options = checks.options(2, "open", options, known)
  local page_size, wants_sync = options.page_size, options.sync
  local fsync, message, code
  if wants_sync then
    fsync, message, code = sync.new()
    if not fsync then return nil, message, code end
  end
  local handle
  handle, message, code = open_file(path)
  if not handle then return nil, message, code end
  local self = setmetatable({
    file = handle, path = path, page_size = page_size, sync = fsync,
    known = {}, remembered = 0, unsynced = {},
  }, store)
  if fsync then self.barrier = function() return self:flush() end end
  local ok
  ok, message, code = furnish(self, page_size, wants_sync)
  if ok then return self end
  handle:close()
  return nil, message, code
end

-- ====== }

return file
