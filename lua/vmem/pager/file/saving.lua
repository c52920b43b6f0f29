--- How a page is saved in a file store: which version it becomes, whether another process has saved it
--- meanwhile, and what is written before it and after it.

local headers = require "vmem.pager.file.header"

-- So many versions are remembered, and as many more of earlier: those of pages that come and go.
local REMEMBERED <const> = 65536

local function remember(self, page, version)
  if not self.known[page] then
    if self.remembered == REMEMBERED then self.earlier, self.known, self.remembered = self.known, {}, 0 end
    self.remembered = self.remembered + 1
  end
  self.known[page] = version
end

local function recall(self, page)
  return self.known[page] or self.earlier[page]
end

--- The version that the next one comes after. Over a damaged page anything may be saved.
local function version_of(self, page)
  local known = recall(self, page)
  if known and self.versions:is_newest(page, known) then return known end
  local version, message, code = self.versions:newest(page, known)
  if code == "damaged" then version, message, code = self.versions:highest(page) end
  if not version then return nil, message, code end
  if known and version > known and version ~= self.attempts[page] then
    return nil, "another process has saved it since it was loaded here", "conflict"
  end
  return math.max(version, known or 0)
end

--- Has the system write to the disk what was saved, and only then has the tables know of it.
local function sync_pages(self)
  local ok, message, code = self.handle:sync(self.sync)
  if not ok then return nil, message, code end
  for page, version in pairs(self.versions.tables and self.unsynced or {}) do
    if version > 0 then ok, message, code = self.versions.tables:enter(page, version) end
    if not ok then return nil, message, code end
  end
  self.unsynced = {}
  return true
end

--- Writes the type of the elements into the header, before an array's first page is saved.
local function stamp(self)
  local header = self.header
  if self.type == header.type or header.version == 1 then return true end
  local bytes, message, code = self.handle:read(0, headers.LENGTH)
  if not bytes then return nil, message, code end
  local now
  now, message, code = headers.parse(bytes, self.page_size)
  if not now then return nil, message, code end
  if now.type and now.type ~= self.type then
    return nil, ("its elements are %s by now, not %s"):format(now.type, self.type), "type"
  end
  now.type = self.type
  local ok
  ok, message, code = self.handle:write(0, headers.pack(now))
  if not ok then return nil, message, code end
  header.type = self.type
  return true
end

--- Writes what a page needs in the file before its version is written: header and tables.
local function prepare(self, page)
  local ok, message, code = stamp(self)
  if ok and self.unsynced[page] then ok, message, code = sync_pages(self) end
  if ok and self.versions.tables then ok, message, code = self.versions.tables:prepare(page, self.barrier) end
  if not ok then return nil, message, code end
  return true
end

--- Writes the version, and then has the tables know of it.
local function write(self, page, version, bytes)
  self.attempts[page] = version -- an error may come between what is done and what is remembered
  if self.sync then self.unsynced[page] = 0 end
  local barrier = not self.versions.tables and version == 1 and self.barrier
  local ok, message, code = self.versions:write_version(page, version, bytes, barrier)
  if not ok then return nil, message, code end
  remember(self, page, version)
  self.attempts[page] = nil
  if self.sync then
    self.unsynced[page] = version
  elseif self.versions.tables then
    return self.versions.tables:enter(page, version)
  end
  return true
end

return {
  recall = recall, remember = remember, version_of = version_of, prepare = prepare, write = write,
  sync_pages = sync_pages,
}
