--- For the specs of vmem.pager: stores in memory that can fail and wait, and arrays on them.

local file = require "vmem.pager.file"
local pager = require "vmem.pager"
local vmem = require "vmem"

local kit = {}

local P <const> = vmem.page_size

-- {====== Stores ======

local store = {}
store.__index = store

--- Does what a test wants before the method's work. Returns message and code if the method must fail.
local function before(self, method, page)
  if self.wait then self.wait(method, page) end
  if self.fails then return self.fails(method, page) end
end

local function call(self, method, page, work)
  self.asked[#self.asked + 1] = ("%s %s"):format(method, page)
  local message, code = before(self, method, page)
  if message then return nil, message, code end
  local result = work()
  if self.wait then self.wait(method, page) end
  return result
end

function store:load(page)
  return call(self, "load", page, function() return self.kept[page] end)
end

function store:save(page, bytes)
  assert(#bytes == P)
  return call(self, "save", page, function()
    self.kept[page] = bytes
    return true
  end)
end

function store:__tostring() return "the spec's " .. self.name end

--- kept: bytes by page. asked: the calls, as "load 1". Set `fails` to a function (method, page) that returns
--- a message or raises if the call should fail, and `wait` to one that yields, before and after the work.
function kit.store()
  return setmetatable({ kept = {}, asked = {}, name = "store" }, store)
end

-- ====== }

-- {====== A disk ======

--- A file whose contents are a string. `images` are those since it was last synced, the newest last.
local SECTOR <const> = 512

local disk = {}
disk.__index = disk

function disk:seek(_, position)
  self.at = position
  return position
end

function disk:read_at(position, size, more)
  local image = self.images[#self.images]
  local bytes = image:sub(position + 1, position + size + (more or 0))
  bytes = bytes .. ("\0"):rep(size + (more or 0) - #bytes)
  if more then return bytes:sub(1, size), bytes:sub(size + 1) end
  return bytes
end

function kit.overwrite(image, at, bytes)
  image = image .. ("\0"):rep(at - #image)
  return image:sub(1, at) .. bytes .. image:sub(at + #bytes + 1)
end

function disk:write(bytes)
  local image = self.images[#self.images]
  self.before_write(image, self.at, bytes)
  self.images[#self.images + 1] = kit.overwrite(image, self.at, bytes)
  return self
end

function disk:sync()
  self.images = { self.images[#self.images] }
end

--- The power fails: each sector holds what it had at the last sync, or a later content.
function disk:remains()
  local parts, images = {}, self.images
  for at = 1, #images[#images], SECTOR do
    local sector = images[math.random(#images)]:sub(at, at + SECTOR - 1)
    parts[#parts + 1] = sector .. ("\0"):rep(math.min(SECTOR, #images[#images] - at + 1) - #sector)
  end
  return table.concat(parts)
end

--- A disk with the file of a new store, and the store, which goes by it from now on. before_write(image,
--- position, bytes) is called before each of its writes.
function kit.disk(path, options)
  local opened = assert(file.open(path, options))
  local handle <close> = assert(io.open(path, "rb"))
  local made = setmetatable({ images = { handle:read "a" }, at = 0, before_write = function() end }, disk)
  opened.handle:close()
  opened.handle.file = made
  function opened.handle.read(_, ...) return made:read_at(...) end
  function opened.handle.newest_version() end
  function made.close() return true end
  return made, opened
end

--- How many bytes of a write may be done when the process ends: each of the first and last hundred, and some
--- in between. An entry of a table is in one sector, so it is written as a whole or not at all.
function kit.cuts(bytes)
  local cuts = { #bytes }
  for cut = 0, #bytes - 1 do
    local looked_at = cut < 100 or cut > #bytes - 100 or cut % 37 == 0
    if #bytes == 16 and cut > 0 then looked_at = false end
    if looked_at then cuts[#cuts + 1] = cut end
  end
  return cuts
end

-- ====== }

--- An array of u8 on a new store in memory, unless `options` says otherwise; and the store.
function kit.array(options)
  local all = { store = kit.store(), type = "u8", count = 8 * P, frames = 3, policy = "lru" }
  for name, value in pairs(options or {}) do all[name] = value end
  return assert(pager.new(all)), all.store
end

--- The name of a file that does not exist.
function kit.temporary()
  local name = os.tmpname()
  os.remove(name)
  if vmem.system == "windows" then name = os.getenv "TEMP" .. name:gsub("%.$", "") end
  return name
end

--- The index of the first element of a page, in an array of u8.
function kit.first(page) return (page - 1) * P + 1 end

--- "hits faults loads saves" of an array.
function kit.counts(array)
  return ("%d %d %d %d"):format(array.hits, array.faults, array.loads, array.saves)
end

--- Which pages are committed, and how: "1 rw, 3 r".
function kit.frames(array)
  local words = {}
  for offset, size, state, protection in array.region:runs() do
    for page = offset // P + 1, (offset + size) // P do
      if state == "committed" then words[#words + 1] = page .. " " .. protection end
    end
  end
  return table.concat(words, ", ")
end

return kit
