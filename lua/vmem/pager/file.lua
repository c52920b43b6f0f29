--- A store in a file. Saved pages survive the end of the process, however it ends: a page is what
--- it was before a save or what it is after it, never half of each. The file has room for two versions of
--- each page; pages that were never saved take none where the file system knows sparse files.
---
--- The file knows its pages: file/header.lua says what it begins with, file/tables.lua which pages it has,
--- file/versions.lua where they are, file/saving.lua how they are saved. A page of which a piece is gone, is
--- zeros or is older is "damaged", and never one that was not saved yet. A file that was made before there
--- were tables is read and written as it is: there, a page that has been cut off is one that was never saved.
---
--- Lua's io gives bytes to the system, which writes them to the disk in its own time: a power failure may
--- cost what was saved last, and may damage pages, which is noticed. With sync = true it leaves every page
--- whole, and flush comes back when all pages are on the disk.
---
--- Several processes may have the file open and load. Another one sees what has been saved when it loads
--- next: array:refresh() drops what it has. A save of a page that another process has saved since it was
--- loaded here gives the error "conflict"; load(page) reads it, and the next save overwrites it.
--- Nothing locks the file: of two that save the same page at the same moment, one may not get that error.
---
--- A child of fork opens the file for itself.

local checks = require "vmem.internal.checks"
local public = require "vmem.internal.public"
local handles = require "vmem.pager.file.handle"
local headers = require "vmem.pager.file.header"
local saving = require "vmem.pager.file.saving"
local versions = require "vmem.pager.file.versions"
local sync = require "vmem.pager.file.sync"
local tables = require "vmem.pager.file.tables"
local vmem = require "vmem"

---@class vmem.pager.file: vmem.pager.store
---@field path string
---@field page_size integer
---@field header vmem.pager.file.header
---@field private type vmem.type? of its elements, as soon as that is known
---@field private handle vmem.pager.file.handle? nil once it is closed
---@field private versions vmem.pager.file.versions
---@field private sync? fun(file: file*): true?, string?, any
---@field private barrier? fun(): true?, string?, any
---@field private known table<integer, integer> page -> version, of those that were loaded or saved here
---@field private earlier table<integer, integer> the same of earlier ones
---@field private remembered integer how many are known
---@field private attempts table<integer, integer> page -> version, of saves that may have been done
---@field private unsynced table<integer, integer> page -> version, of saves that may not be on the disk
local store = { __name = "vmem.pager.file" }
store.__index = store

local prepare <const>, version_of <const>, write <const> = saving.prepare, saving.version_of, saving.write
local sync_pages <const> = saving.sync_pages
local recall <const>, remember <const> = saving.recall, saving.remember

-- {====== The store ======

local function check_open(self)
  if not self.handle then checks.raise "file store is closed" end
end

local function check_page(self, method, page)
  if math.type(page) == "integer" and page >= 1 and page <= self.versions.last then return page end
  page = checks.integer(1, method, "page", page, 1)
  checks.that(page <= self.versions.last, 1, method,
    "page %d is out of a file's reach; the last one is %d", page, self.versions.last)
  return page
end

---@param page integer
---@return string? bytes nil alone for a page that was never saved
---@return string? message
---@return any code "damaged" when no version of the page is whole
function store:load(page)
  check_open(self)
  page = check_page(self, "load", page)
  local version, bytes, code = self.versions:newest(page, recall(self, page))
  if not version then return nil, bytes, code end
  remember(self, page, version)
  return bytes
end

---@param page integer
---@param bytes string a whole page
---@return true? ok
---@return string? message
---@return any code "conflict" when another process has saved the page since it was loaded; "read_only"
function store:save(page, bytes)
  check_open(self)
  page = check_page(self, "save", page)
  checks.that(type(bytes) == "string" and #bytes == self.page_size, 2, "save",
    "bytes must be a string of %d bytes", self.page_size)
  local ok, message, code = prepare(self, page)
  if not ok then return nil, message, code end
  local version
  version, message, code = version_of(self, page)
  if not version then return nil, message, code end
  return write(self, page, version + 1, bytes)
end

--- With sync = true: comes back when everything that was saved is on the disk.
---@return true? ok
---@return string? message
---@return any code
function store:flush()
  check_open(self)
  if not self.sync or not next(self.unsynced) then return true end
  local ok, message, code = sync_pages(self)
  if ok and self.versions.tables then ok, message, code = self.handle:sync(self.sync) end
  if not ok then return nil, message, code end
  return true
end

--- A page that a killed process has saved for the first time may be in the file, and not yet in a table.
local function is_there(self, page, saved)
  if saved ~= 0 then return true end
  local version, message, code = self.versions:highest(page)
  if not version then return nil, message, code end
  return version > 0
end

--- Walks the pages that the file has, ascending: `for page in store:pages() do`. A page that is saved
--- meanwhile may or may not be among them. Where a part of the file is damaged, the walk ends with nil,
--- message, code. Of a file of the format's version 1 it is not known: nil, message, "not_supported".
---@param first? integer the least one. Default: 1
---@return (fun(): integer?, string?, any)? next
---@return string? message
---@return any code
function store:pages(first)
  check_open(self)
  local page = first == nil and 1 or check_page(self, "pages", first)
  local tables_of = self.versions.tables
  if not tables_of then
    return nil, self.path .. " is of a format that has no list of its pages", "not_supported"
  end
  local start, saved, code = nil, nil, nil
  return function()
    check_open(self)
    while true do
      if not start or page > start + #saved - 1 then
        start, saved, code = tables_of:next_table(page)
        if not start then return nil, saved, code end
        page = math.max(page, start)
      end
      local found = page
      page = page + 1
      local there, message, errno = is_there(self, found, saved[found - start + 1])
      if there == nil then return nil, message, errno end
      if there then return found end
    end
  end
end

--- Asked by vmem.pager: whether pages of such elements may go here.
---@param type vmem.type
---@return true? ok
---@return string? message
---@return any code
function store:check_type(type)
  check_open(self)
  if self.type and self.type ~= type then
    return nil, ("%s: its elements are %s, not %s"):format(self.path, self.type, type), "type"
  end
  self.type = type
  return true
end

--- Closes the file. An array that goes by it should be closed first.
---@return true? ok
---@return string? message
---@return any code
function store:close()
  if not self.handle then return true end
  local ok, message, errno = self.handle:close()
  self.handle = nil
  if not ok then return nil, message, errno end
  return true
end

function store:__close()
  local ok, message = self:close()
  if not ok then error(("%s: %s"):format(self.path, message), 0) end
end

function store:__tostring()
  return ("%s %s%s"):format(store.__name, self.path, self.handle and "" or " (closed)")
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

--- The header of a file that is there, or a new one for an empty file. Or nil, message, code. And whether
--- the file is new.
local function furnish_header(handle, page_size)
  local length, message, code = handle:length()
  if not length then return nil, message, code end
  if length == 0 then
    local new = { version = 2, page_size = page_size, identity = headers.new_identity() }
    local first = tables.new(handle, headers.LENGTH, versions.room(page_size), new.identity):first()
    local ok
    ok, message, code = handle:append(headers.pack(new) .. first)
    if not ok then return nil, message, code end
  end
  -- Read back: another process may have been first, and /dev/null takes everything.
  local bytes
  bytes, message, code = handle:read(0, headers.LENGTH)
  if not bytes then return nil, message, code end
  local header
  header, message, code = headers.parse(bytes, page_size)
  if not header then return nil, message, code end
  handle.start = headers.start(header)
  return header, length == 0
end

--- The header, and what is needed for a store. True, or nil, message, code.
local function furnish(self, page_size, wants_sync)
  local handle = self.handle
  local header, new, code = furnish_header(handle, page_size)
  if not header then return nil, ("%s: %s"):format(self.path, new), code end
  if wants_sync and new then
    local done, message, errno = sync.folder(self.path)
    if done then done, message, errno = handle:sync(self.sync) end
    if not done then return nil, ("%s: %s"):format(self.path, message), errno end
  end
  local known_pages = header.version > 1
    and tables.new(handle, headers.LENGTH, versions.room(page_size), header.identity)
  self.header, self.type = header, header.type
  self.versions = versions.new(handle, headers.LENGTH, page_size, known_pages or nil)
  return true
end

local file = {}

--- Opens the file of a store, or makes it.
---@param path string
---@param options? vmem.pager.file.options
---@return vmem.pager.file? store
---@return string? message
---@return any code errno, "not_ours", "damaged", "page_size", or "not_supported" for sync without luaposix
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
  handle, message, code = handles.open(path)
  if not handle then return nil, message, code end
  local self = setmetatable({
    handle = handle, path = path, page_size = page_size, sync = fsync,
    known = {}, earlier = {}, remembered = 0, attempts = {}, unsynced = {},
  }, store)
  if fsync then self.barrier = function() return handle:sync(fsync) end end
  local ok
  ok, message, code = furnish(self, page_size, wants_sync)
  if ok then return self end
  handle:close()
  return nil, message, code
end

-- ====== }

checks.methods(store, "load save flush pages check_type close __tostring")

return public.module("vmem.pager.file", "pages of a pager in a file", file)
