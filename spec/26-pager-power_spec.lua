-- What a file store leaves when its process or the power goes between any two of its writes, or in the middle
-- of one: on a disk that is a string here. VMEM_SEED=n repeats what the disk had of it.

local file = require "vmem.pager.file"
local helpers = require "helpers"
local kit = require "pager_kit"

local SIZE <const>, SECTOR <const> = 512, 512
local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()

-- {====== A disk ======

--- A file whose contents are a string. `images` are those since it was last synced, the newest last.
local disk = {}
disk.__index = disk

function disk:seek(_, position)
  self.at = position
  return position
end

function disk:read(size)
  local bytes = self.images[#self.images]:sub(self.at + 1, self.at + size)
  return bytes ~= "" and bytes or nil
end

local function overwrite(image, at, bytes)
  image = image .. ("\0"):rep(at - #image)
  return image:sub(1, at) .. bytes .. image:sub(at + #bytes + 1)
end

function disk:write(bytes)
  local image = self.images[#self.images]
  self.before_write(image, self.at, bytes)
  self.images[#self.images + 1] = overwrite(image, self.at, bytes)
  return self
end

function disk:sync()
  self.images = { self.images[#self.images] }
end

--- The power goes: of each sector the disk has what it was at the last sync, or what it became later.
function disk:remains()
  local parts, images = {}, self.images
  for at = 1, #images[#images], SECTOR do
    local sector = images[math.random(#images)]:sub(at, at + SECTOR - 1)
    parts[#parts + 1] = sector .. ("\0"):rep(math.min(SECTOR, #images[#images] - at + 1) - #sector)
  end
  return table.concat(parts)
end

--- A disk with the file of a new store, and the store, which goes by it from now on.
local function new_store(path, options)
  local store = assert(file.open(path, options))
  local handle <close> = assert(io.open(path, "rb"))
  local made = setmetatable({ images = { handle:read "a" }, at = 0, before_write = function() end }, disk)
  store.file:close()
  store.file, store.slots.file = made, made
  function made.close() return true end
  return made, store
end

--- What a store has of page 1 where the file is such.
local function look(path, image)
  do
    local handle <close> = assert(io.open(path, "wb"))
    handle:write(image)
  end
  local store <close> = assert(file.open(path, { page_size = SIZE }))
  return store:load(1)
end

--- A number fills its page; 0 for one that was never saved.
local function page_of(version) return string.char(version):rep(SIZE) end

local function version_of(bytes, message)
  assert.is_nil(message)
  if not bytes then return 0 end
  assert.equal(page_of(bytes:byte()), bytes)
  return bytes:byte()
end

-- ====== }

describe("a file store whose process ends", function()
  helpers.no_regions_left()

  it("in any of its writes, has the page as it was or as it was to be", function()
    local path, other = kit.temporary(), kit.temporary()
    finally(function() for _, name in ipairs { path, other } do os.remove(name) end end)
    local made, store = new_store(path, { page_size = SIZE })
    local saved, looked = 0, 0
    function made.before_write(image, at, bytes)
      for cut = 0, #bytes, 32 do -- a header is in one sector, and never torn
        local version = version_of(look(other, overwrite(image, at, bytes:sub(1, cut))))
        if version ~= saved and version ~= saved + 1 then
          error(("%d was saved, and with %d bytes of the next the page is %d"):format(saved, cut, version))
        end
        looked = looked + 1
      end
    end
    for version = 1, 5 do
      assert.is_true(store:save(1, page_of(version)))
      saved = version
    end
    assert.is_true(looked >= 5 * SIZE // 32)
    store:close()
  end)
end)

--- Has a luaposix whose fsync is that of our disk. Gives a function that takes it away again.
local function fake_posix()
  local names, before = { "posix.unistd", "posix.stdio", "posix.fcntl" }, {}
  for _, name in ipairs(names) do before[name] = package.loaded[name] or false end
  package.loaded["posix.stdio"] = { fileno = function(handle) return handle end }
  package.loaded["posix.fcntl"] = { O_RDONLY = 0, open = function() return 3 end }
  package.loaded["posix.unistd"] = {
    fsync = function(handle)
      if getmetatable(handle) == disk then handle:sync() end
      return 0
    end,
    close = function() return 0 end,
  }
  return function() for _, name in ipairs(names) do package.loaded[name] = before[name] or nil end end
end

describe(("a file store with sync, when the power goes (VMEM_SEED=%d)"):format(seed), function()
  helpers.no_regions_left()

  it("has every page whole, and no page from before the last flush", function()
    math.randomseed(seed)
    local path, other = kit.temporary(), kit.temporary()
    local restore = fake_posix()
    finally(function()
      restore()
      for _, name in ipairs { path, other } do os.remove(name) end
    end)
    local made, store = new_store(path, { page_size = SIZE, sync = true })
    local saved, flushed = 0, 0
    local function fail(may_be)
      for _ = 1, 8 do
        local version = version_of(look(other, made:remains()))
        assert.is_true(version >= flushed and version <= may_be, version)
      end
    end
    function made.before_write() fail(saved + 1) end
    for version = 1, 8 do
      assert.is_true(store:save(1, page_of(version)))
      saved = version
      fail(saved)
      if math.random(3) == 1 then
        assert.is_true(store:flush())
        flushed = saved
        assert.equal(saved, version_of(look(other, made:remains())))
      end
    end
    store:close()
  end)
end)
