-- What a file store leaves if its process ends or the power fails between any two of its writes, or in one.
-- The disk is a string. VMEM_SEED=n repeats which sectors the disk has written.

local file = require "vmem.pager.file"
local helpers = require "helpers"
local kit = require "pager_kit"

local SIZE <const> = 512
local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()

-- {====== Looking ======

--- The state of page 1 in a store with this image.
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

--- Fails unless pages 1 and 257 are as they were saved, or `next_page` as it was about to be; and unless they
--- can be saved again after that, and be there.
local function check_and_go_on(path, image, saved, next_page)
  do
    local handle <close> = assert(io.open(path, "wb"))
    handle:write(image)
  end
  do
    local store <close> = assert(file.open(path, { page_size = SIZE }))
    for page, version in pairs(saved) do
      local found = version_of(store:load(page))
      assert.is_true(found == version or page == next_page and found == version + 1)
      assert.same({ n = 1 }, table.pack(store:load(page + 1)))
    end
    for page in pairs(saved) do assert.is_true(store:save(page, page_of(100))) end
  end
  local store <close> = assert(file.open(path, { page_size = SIZE }))
  for page in pairs(saved) do assert.equal(100, version_of(store:load(page))) end
end

-- ====== }

describe("a file store whose process ends", function()
  helpers.no_regions_left()

  it("in any of its writes, has the page as it was or as it was to be", function()
    local path, other = kit.temporary(), kit.temporary()
    finally(function() for _, name in ipairs { path, other } do os.remove(name) end end)
    local made, store = kit.disk(path, { page_size = SIZE })
    local saved, looked = 0, 0
    function made.before_write(image, at, bytes)
      for _, cut in ipairs(kit.cuts(bytes)) do
        local version = version_of(look(other, kit.overwrite(image, at, bytes:sub(1, cut))))
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

  it("has the pages of two tables so, and goes on from there", function()
    local path, other = kit.temporary(), kit.temporary()
    finally(function() for _, name in ipairs { path, other } do os.remove(name) end end)
    local made, store = kit.disk(path, { page_size = SIZE })
    local saved, next_page = { [1] = 0, [257] = 0 }, nil
    function made.before_write(image, at, bytes)
      for _, cut in ipairs(#bytes == 16 and { 0, 16 } or { 0, 16, 100, #bytes - 16, #bytes }) do
        check_and_go_on(other, kit.overwrite(image, at, bytes:sub(1, cut)), saved, next_page)
      end
    end
    for _, page in ipairs { 1, 257, 1, 257, 257, 1 } do
      next_page = page
      assert.is_true(store:save(page, page_of(saved[page] + 1)))
      saved[page] = saved[page] + 1
    end
    store:close()
  end)
end)

--- Installs a luaposix whose fsync syncs the spec's disk. Returns a function that removes it.
local function fake_posix()
  local names, before = { "posix.unistd", "posix.stdio", "posix.fcntl" }, {}
  for _, name in ipairs(names) do before[name] = package.loaded[name] or false end
  package.loaded["posix.stdio"] = { fileno = function(handle) return handle end }
  package.loaded["posix.fcntl"] = { O_RDONLY = 0, open = function() return 3 end }
  package.loaded["posix.unistd"] = {
    fsync = function(handle)
      if type(handle) == "table" then handle:sync() end -- only the disk of this spec has sync
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
    local made, store = kit.disk(path, { page_size = SIZE, sync = true })
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

  it("has the pages of two tables so, and goes on from there", function()
    math.randomseed(seed)
    local path, other = kit.temporary(), kit.temporary()
    local restore = fake_posix()
    finally(function()
      restore()
      for _, name in ipairs { path, other } do os.remove(name) end
    end)
    local made, store = kit.disk(path, { page_size = SIZE, sync = true })
    local saved, next_page = { [1] = 0, [257] = 0 }, nil
    function made.before_write()
      if next_page then check_and_go_on(other, made:remains(), saved, next_page) end
    end
    for _, page in ipairs { 1, 257, 1, 257, 257, 1 } do
      next_page = page
      assert.is_true(store:save(page, page_of(saved[page] + 1)))
      next_page = nil
      assert.is_true(store:flush()) -- so that there is only one right result
      saved[page] = saved[page] + 1
      check_and_go_on(other, made:remains(), saved)
    end
    store:close()
  end)
end)
