local file = require "vmem.pager.file"
local helpers = require "helpers"
local kit = require "pager_kit"
local pager = require "vmem.pager"
local vmem = require "vmem"

local P = vmem.page_size
local TABLE <const> = 4096
local START <const> = 64 + 5 * TABLE -- the place of page 1: after the header, and a table of each level
local PAIR <const> = 2 * P + 64 -- a page takes two slots and two headers

--- Calls body with the name of a file that is removed afterwards.
local function with_path(body)
  local path = kit.temporary()
  finally(function() os.remove(path) end)
  body(path)
end

local function page_of(letter) return letter:rep(P) end

--- Reads the content of a file, or writes it.
local function contents(path)
  local handle <close> = assert(io.open(path, "rb"))
  return handle:read "a"
end

local function put(path, bytes)
  local handle <close> = assert(io.open(path, "wb"))
  handle:write(bytes)
end

--- Changes a byte.
local function damage(path, position)
  local handle <close> = assert(io.open(path, "r+b"))
  handle:seek("set", position)
  local byte = handle:read(1)
  handle:seek("set", position)
  handle:write(string.char(byte:byte() ~ 0x80))
end

describe("a file store", function()
  helpers.no_regions_left()

  it("gives back what it was given, in any order, after being opened again too", function()
    with_path(function(path)
      do
        local store <close> = assert(file.open(path))
        for _, page in ipairs { 3, 1, 1000 } do
          for _, letter in ipairs { "a", "b", "c" } do
            assert.is_true(store:save(page, page_of(letter .. page):sub(1, P)))
            assert.equal(page_of(letter .. page):sub(1, P), store:load(page))
          end
        end
        assert.is_true(store:flush())
      end
      local store <close> = assert(file.open(path))
      assert.equal(page_of("c1000"):sub(1, P), store:load(1000))
    end)
  end)

  it("says nothing but nil for a page that was never saved", function()
    with_path(function(path)
      local store <close> = assert(file.open(path))
      assert.same({ n = 1 }, table.pack(store:load(7)))
      store:save(8, page_of "x")
      assert.same({ n = 1 }, table.pack(store:load(7)))
      assert.same({ n = 1 }, table.pack(store:load(9)))
    end)
  end)

  helpers.linux_it("takes room for what was saved alone", function()
    with_path(function(path)
      local store <close> = assert(file.open(path))
      assert.is_true(store:save(1 << 18, page_of "x"))
      local pipe <close> = assert(io.popen("du -k " .. path))
      assert.is_true(pipe:read "n" * 1024 < 25 * vmem.page_size)
      local handle <close> = assert(io.open(path, "rb"))
      assert.is_true(handle:seek "end" > (1 << 18) * PAIR)
    end)
  end)

  it("is what an array goes by from one run to the next", function()
    with_path(function(path)
      for round = 0, 2 do
        local store <close> = assert(file.open(path))
        local array <close> = assert(pager.new { store = store, type = "f64", count = 10000, frames = 2 })
        for i = 1, 10000, 321 do
          assert.equal(round * i, array[i])
          array[i] = array[i] + i
        end
      end
    end)
  end)

  it("may have pages of another size", function()
    with_path(function(path)
      local store <close> = assert(file.open(path, { page_size = 512 }))
      assert.is_true(store:save(2, ("x"):rep(512)))
      assert.equal(("x"):rep(512), store:load(2))
      helpers.raises("option store has pages of 512 bytes", pager.new,
        { store = store, type = "u8", count = 1, frames = 1 })
    end)
  end)

  it("tells of itself in a line, and is closed once", function()
    with_path(function(path)
      local store = assert(file.open(path))
      assert.equal("vmem.pager.file " .. path, tostring(store))
      assert.is_true(store:close())
      assert.is_true(store:close())
      assert.equal("vmem.pager.file " .. path .. " (closed)", tostring(store))
      for _, method in ipairs { "load", "save", "flush" } do
        helpers.raises("file store is closed", store[method], store, 1, page_of "x")
      end
    end)
  end)

  it("shows what another process has saved", function()
    with_path(function(path)
      local store <close> = assert(file.open(path))
      local array <close> = assert(pager.new { store = store, type = "u8", count = P, frames = 1 })
      local other <close> = assert(file.open(path))
      assert.equal(0, array[1])
      for i = 1, 5 do
        assert.is_true(other:save(1, page_of(string.char(64 + i))))
        array:refresh()
        assert.equal(64 + i, array[1])
      end
      array[1] = 7
      assert.is_true(array:flush())
      assert.equal("\7E", other:load(1):sub(1, 2))
    end)
  end)

  it("saves nothing on top of what another one has saved, unless it has looked at it", function()
    with_path(function(path)
      local one <close> = assert(file.open(path))
      local other <close> = assert(file.open(path))
      assert.is_true(one:save(1, page_of "a"))
      assert.is_true(one:save(2, page_of "a"))
      for _, letter in ipairs { "b", "c" } do assert.is_true(other:save(1, page_of(letter))) end
      for _ = 1, 2 do
        assert.same({ nil, "another process has saved it since it was loaded here", "conflict", n = 3 },
          table.pack(one:save(1, page_of "d")))
      end
      assert.is_true(one:save(2, page_of "e")) -- the other page has its own bytes
      assert.equal(page_of "c", one:load(1))
      assert.is_true(one:save(1, page_of "d"))
      assert.equal(page_of "d", other:load(1))
      assert.is_true(other:save(1, page_of "f"))
    end)
  end)

  it("is one and the same for two that find the file empty", function()
    with_path(function(path)
      local handle = require "vmem.pager.file.handle"
      local real, other = handle.append, nil
      finally(function() handle.append = real end)
      function handle:append(bytes)
        handle.append = real
        other = assert(file.open(path)) -- creates the file while the first one is about to
        assert.is_true(other:save(1, page_of "o"))
        return real(self, bytes)
      end
      local store <close> = assert(file.open(path))
      assert.equal(page_of "o", store:load(1))
      for page = 1, 3 do
        assert.is_true(store:save(page, page_of "s"))
        assert.equal(page_of "s", other:load(page))
      end
      other:close()
    end)
  end)

  it("lets an array know that another one has saved its page, and lose nothing", function()
    with_path(function(path)
      local store <close> = assert(file.open(path))
      local array = assert(pager.new { store = store, type = "u8", count = 3 * P, frames = 2 })
      array[1] = 1
      local other <close> = assert(file.open(path))
      assert.is_true(other:save(1, page_of "x"))
      local ok, message, code = array:flush()
      assert.is_nil(ok)
      assert.equal(("page 1 cannot be saved to vmem.pager.file %s: another process has saved it since it "
        .. "was loaded here"):format(path), message)
      assert.equal("conflict", code)
      assert.is_nil(array:close())
      assert.equal(1, array[1])
      assert.equal(0, array[2 * P + 1])
      assert.equal(page_of "x", store:load(1))
      assert.is_true(array:close())
      assert.equal(1, other:load(1):byte())
    end)
  end)

  local misuses = {
    { "load", { 0 }, "bad argument #1 to 'load' (page must be an integer of 1 or more, not 0)" },
    { "load", { 1.5 }, "page must be an integer of 1 or more, not 1.5" },
    { "save", { "x", page_of "x" },
      "bad argument #1 to 'save' (page must be an integer of 1 or more, not 'x')" },
    { "load", { 1 << 60 },
      "page 1152921504606846976 is out of a file's reach; the last one is 1099511627776" },
    { "save", { (1 << 60) + 1, page_of "x" }, "page 1152921504606846977 is out of a file's reach" },
    { "save", { 1, "x" }, ("bad argument #2 to 'save' (bytes must be a string of %d bytes)"):format(P) },
    { "save", { 1 }, "bytes must be a string" },
  }
  for _, case in ipairs(misuses) do
    it("refuses: " .. case[3], function()
      with_path(function(path)
        local store <close> = assert(file.open(path))
        helpers.raises(case[3], store[case[1]], store, table.unpack(case[2]))
      end)
    end)
  end
end)

describe("opening a file store", function()
  helpers.no_regions_left()

  it("refuses what is no path, and options that are none", function()
    helpers.raises("bad argument #1 to 'open' (path must be a string, not nil)", file.open)
    helpers.raises("bad argument #2 to 'open' (options must be a table, not 1)", file.open, "x", 1)
    helpers.raises("option 'size' is unknown; there are page_size and sync", file.open, "x", { size = 1 })
    helpers.raises("option page_size must be a multiple of 512", file.open, "x", { page_size = 100 })
    helpers.raises("option page_size must be a multiple of 512", file.open, "x", { page_size = 4096.5 })
  end)

  it("says nil and why where there can be no file", function()
    local store, message, code = file.open("/no/such/folder/pages")
    assert.is_nil(store)
    assert.matches("No such file or directory", message)
    assert.equal(2, code)
  end)

  it("refuses a file that is not ours, and leaves it as it is", function()
    with_path(function(path)
      for _, text in ipairs { "hello", ("hello"):rep(100), ("\0"):rep(64) } do
        put(path, text)
        local store, message, code = file.open(path)
        assert.is_nil(store)
        assert.equal(path .. ": it is no file of vmem.pager", message)
        assert.equal("not_ours", code)
        assert.equal(text, contents(path))
      end
    end)
  end)

  it("refuses a file with pages of another size", function()
    with_path(function(path)
      assert(file.open(path, { page_size = 512 })):close()
      local store, message, code = file.open(path, { page_size = 1024 })
      assert.is_nil(store)
      assert.equal(path .. ": its pages have 512 bytes, not 1024", message)
      assert.equal("page_size", code)
    end)
  end)

  it("refuses a file of another version or byte order", function()
    with_path(function(path)
      assert(file.open(path)):close()
      put(path, contents(path):sub(1, 16) .. "\0\0\0\1" .. contents(path):sub(21))
      assert.matches("of another version of vmem.pager, or of a machine with another byte order",
        (select(2, file.open(path))))
    end)
  end)

  helpers.unix_it("refuses a device that forgets", function()
    assert.equal("not_ours", select(3, file.open "/dev/null"))
    assert.equal("not_ours", select(3, file.open "/dev/zero"))
    assert.is_nil(file.open "/dev/full")
    assert.is_nil(file.open "/tmp")
  end)

  it("syncs with luaposix, and says so where there is none", function()
    with_path(function(path)
      local store, message, code = file.open(path, { sync = true })
      if not store then
        assert.equal("sync needs luaposix for this Lua: luarocks install luaposix", message)
        assert.equal("not_supported", code)
        assert.is_nil(io.open(path))
        return
      end
      for _, letter in ipairs { "a", "b", "c" } do
        assert.is_true(store:save(1, page_of(letter)))
        assert.equal(page_of(letter), store:load(1))
      end
      assert.is_true(store:flush())
      store:close()
    end)
  end)
end)

describe("the type of a file's elements", function()
  helpers.no_regions_left()

  local TYPES <const> = { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64",
    "u16be", "f64be", "i32le" }

  local function array_of(store, type)
    return pager.new { store = store, type = type, count = 100, frames = 1 }
  end

  for _, type in ipairs(TYPES) do
    it(("is that of the array that has saved a page: %s"):format(type), function()
      with_path(function(path)
        do
          local store <close> = assert(file.open(path))
          local array <close> = assert(array_of(store, type))
          array[3] = 7
        end
        for _, other in ipairs(TYPES) do
          local store <close> = assert(file.open(path))
          local array, message, code = array_of(store, other)
          if other == type then
            assert.equal(7, array[3])
            array:close()
          else
            assert.is_nil(array)
            assert.equal(("%s: its elements are %s, not %s"):format(path, type, other), message)
            assert.equal("type", code)
          end
        end
      end)
    end)
  end

  it("is not known before a page is saved, nor by pages that no array has saved", function()
    with_path(function(path)
      for _, type in ipairs { "u8", "f64" } do
        local store <close> = assert(file.open(path))
        local array <close> = assert(array_of(store, type))
        assert.equal(0, array[1])
      end
      do
        local store <close> = assert(file.open(path))
        assert.is_true(store:save(1, page_of "\1"))
      end
      local store <close> = assert(file.open(path))
      local array <close> = assert(array_of(store, "u16"))
      assert.equal(0x101, array[1])
    end)
  end)

  it("is one for all arrays of a store, and of two stores that of the first to save", function()
    with_path(function(path)
      local one <close> = assert(file.open(path))
      local other <close> = assert(file.open(path))
      local array <close> = assert(array_of(one, "u32"))
      assert.is_nil(array_of(one, "i32"))
      local late = assert(array_of(other, "f32"))
      array[1] = 1
      assert.is_true(array:flush())
      late[1] = 2
      local ok, message, code = late:flush()
      assert.is_nil(ok)
      assert.truthy(message:find("its elements are u32 by now, not f32", 1, true), message)
      assert.equal("type", code)
      assert.equal(1, array[1])
      other.type = "u32" -- so that it can be closed
      assert.is_true(late:close())
    end)
  end)
end)

describe("a file that its user may only read", function()
  helpers.no_regions_left()

  --- Gives io.open's answer to a user who may not write; root may always write.
  local function refusing(message, errno)
    local real = io.open
    io.open = function(path, mode) -- luacheck: ignore
      if mode and mode:find "[+aw]" then return nil, path .. ": " .. message, errno end
      return real(path, mode)
    end
    return function() io.open = real end -- luacheck: ignore
  end

  for _, case in ipairs { { "Permission denied", 13 }, { "Read-only file system", 30 } } do
    local message, errno = table.unpack(case)
    it("is opened for that: " .. message, function()
      with_path(function(path)
        do
          local store <close> = assert(file.open(path))
          local array <close> = assert(pager.new { store = store, type = "u8", count = 9 * P, frames = 1 })
          array[1] = 9
        end
        local before = contents(path)
        local restore = refusing(message, errno)
        finally(restore)
        local store = assert(file.open(path))
        local array = assert(pager.new { store = store, type = "u8", count = 9 * P, frames = 2 })
        assert.is_nil(pager.new { store = store, type = "i8", count = 9 * P, frames = 2 })
        assert.equal(9, array[1])
        assert.equal(0, array[P + 1])
        assert.is_true(array:flush())
        array[P + 1] = 5
        for _ = 1, 2 do
          local ok, why, code = array:flush()
          assert.is_nil(ok)
          assert.equal(("page 2 cannot be saved to vmem.pager.file %s: it was opened for reading only: "
            .. "%s: %s"):format(path, path, message), why)
          assert.equal("read_only", code)
        end
        for page = 3, 8 do assert.equal(0, array[kit.first(page)]) end
        assert.equal(5, array[P + 1])
        assert.is_nil((array:close()))
        restore()
        assert.is_true(store:close())
        assert.equal(before, contents(path))
      end)
    end)

    it("and that is empty, or not there, is none: " .. message, function()
      with_path(function(path)
        put(path, "")
        finally(refusing(message, errno))
        local store, why = file.open(path)
        assert.is_nil(file.open(path .. ".none"))
        assert.is_nil(store)
        assert.truthy(why:find("it was opened for reading only", 1, true), why)
        assert.equal("", contents(path))
      end)
    end)
  end
end)

describe("a file store that syncs", function()
  helpers.no_regions_left()

  --- Replaces luaposix: calls synced(path) instead of fsync, and returns its results.
  local function with_posix(synced, body)
    local names, before = { "posix.unistd", "posix.stdio", "posix.fcntl" }, {}
    for _, name in ipairs(names) do before[name] = package.loaded[name] end
    finally(function() for _, name in ipairs(names) do package.loaded[name] = before[name] end end)
    package.loaded["posix.stdio"] = { fileno = function(handle) return io.type(handle) == "file" and 3 end }
    package.loaded["posix.fcntl"] = { O_RDONLY = 0, open = function(path) return path end }
    package.loaded["posix.unistd"] = { fsync = synced, close = function() end }
    with_path(body)
  end

  --- The parts of page 1 that the file has: slots "A" and "B", their headers "a" and "b".
  local function written(path)
    local bytes, found = contents(path), ""
    local places = {
      A = { START + 1, P }, a = { START + P + 1, 32 }, b = { START + P + 33, 32 }, B = { START + P + 65, P },
      -- The entry of page 1 in its table, and of that table in the table of level 4.
      e = { START - TABLE + 1, 8 }, T = { 65, 8 },
    }
    for _, name in ipairs { "T", "A", "a", "b", "B", "e" } do
      local from, size = table.unpack(places[name])
      if bytes:sub(from, from + size - 1):find "[^%z]" then found = found .. name end
    end
    return found
  end

  it("has a version on the disk before the next, and before its table knows of it", function()
    local log, name = {}, nil
    with_posix(function(what)
      log[#log + 1] = what == 3 and written(name) or what
      return 0
    end, function(path)
      name = path
      local store <close> = assert(file.open(path, { sync = true }))
      for _, letter in ipairs { "x", "y", "z" } do
        assert.is_true(store:save(1, page_of(letter)))
        log[#log + 1] = "saved " .. letter
      end
      assert.is_true(store:flush())
      assert.is_true(store:save(1, page_of "w"))
      assert.same({
        path:match "^(.*/)[^/]*$" or ".", "", -- the file is made
        "", "saved x", -- the tables are written before an entry for them
        "TAa", "saved y", "TAabBe", "saved z", "TAabBe", "TAabBe",
      }, log)
    end)
  end)

  it("fails where the disk does", function()
    local fails = false
    with_posix(function()
      if fails then return nil, "Input/output error", 5 end
      return 0
    end, function(path)
      local store <close> = assert(file.open(path, { sync = true }))
      assert.is_true(store:save(1, page_of "x"))
      fails = true
      for _, call in ipairs { { "flush" }, { "save", 1, page_of "y" }, { "save", 1000, page_of "y" } } do
        local ok, message, code = store[call[1]](store, table.unpack(call, 2))
        assert.is_nil(ok)
        assert.equal("Input/output error", message)
        assert.equal(5, code)
      end
      assert.equal(page_of "x", store:load(1))
      assert.is_nil(store:load(1000))
      assert.is_nil(file.open(path .. ".new", { sync = true }))
      os.remove(path .. ".new")
    end)
  end)
end)

describe("a file store that was damaged", function()
  helpers.no_regions_left()

  --- The places in the file of page 1's slots and headers.
  local FIRST <const>, HEADERS <const>, SECOND <const> = START, START + P, START + P + 64

  local function saved(path, ...)
    local store <close> = assert(file.open(path))
    for _, letter in ipairs { ... } do assert.is_true(store:save(1, page_of(letter))) end
  end

  local cases = {
    { "the only version", { "a" }, { FIRST + 17 }, nil },
    { "the header of the only version", { "a" }, { HEADERS + 20 }, nil },
    { "the first of two versions", { "a", "b" }, { FIRST }, "b" },
    { "the second of two versions", { "a", "b" }, { SECOND + P - 1 }, nil, "1 saves older" },
    { "the header of the second of two", { "a", "b" }, { HEADERS + 32 }, nil, "1 saves older" },
    { "the newest of three", { "a", "b", "c" }, { FIRST + 5 }, nil, "1 saves older" },
    { "the table that knows of it", { "a" }, { START - TABLE + 3 }, nil, "so is the table" },
    { "the tables above it", { "a" }, { 64, 64 + TABLE, 64 + 3 * TABLE }, "a" },
    { "both versions", { "a", "b" }, { FIRST, SECOND }, nil },
    { "both headers", { "a", "b" }, { HEADERS + 8, HEADERS + 32 + 8 }, nil },
  }
  for _, case in ipairs(cases) do
    local what, letters, places, left, message_part = table.unpack(case, 1, 5)
    it(("in %s gives %s"):format(what, left and "the one that is whole" or "an error, not zeros"), function()
      with_path(function(path)
        saved(path, table.unpack(letters))
        for _, place in ipairs(places) do damage(path, place) end
        local store <close> = assert(file.open(path))
        local bytes, message, code = store:load(1)
        if left then
          assert.equal(page_of(left), bytes)
        else
          assert.is_nil(bytes)
          assert.truthy(message:find("it is damaged: ", 1, true) == 1, message)
          assert.truthy(message:find(message_part or "no whole version of it is left", 1, true), message)
          assert.equal("damaged", code)
        end
        for _, letter in ipairs { "x", "y", "z" } do
          assert.is_true(store:save(1, page_of(letter)))
          assert.equal(page_of(letter), store:load(1))
        end
      end)
    end)
  end

  it("makes an array raise an error that says which page", function()
    with_path(function(path)
      saved(path, "a")
      damage(path, FIRST)
      local store <close> = assert(file.open(path))
      local array <close> = assert(pager.new { store = store, type = "u8", count = P, frames = 1 })
      helpers.raises(("page 1 cannot be loaded from vmem.pager.file %s: it is damaged"):format(path),
        function() return array[1] end)
    end)
  end)

  it("knows a page from another one that was written in its place", function()
    with_path(function(path)
      do
        local store <close> = assert(file.open(path))
        for page = 1, 4 do store:save((page + 1) // 2, page_of "b") end
      end
      local bytes = contents(path)
      put(path, bytes:sub(1, START) .. bytes:sub(START + PAIR + 1, START + 2 * PAIR)
        .. bytes:sub(START + PAIR + 1))
      local store <close> = assert(file.open(path))
      assert.equal("damaged", select(3, store:load(1)))
      assert.equal(page_of "b", store:load(2))
    end)
  end)

  it("notices whatever is changed within a word, and words that change places", function()
    local sum = require("vmem.pager.file.checksum").of
    math.randomseed(26)
    local random = {}
    for i = 1, 512 do random[i] = string.char(math.random(0, 255)) end
    local bytes = table.concat(random)
    local right = sum(bytes, 1, 1)
    assert.equal(right, sum(bytes, 1, 1))
    assert.not_equal(right, sum(bytes, 2, 1))
    assert.not_equal(right, sum(bytes, 1, 2))
    for i = 1, 512 do
      for bit = 0, 7 do
        local changed = bytes:sub(1, i - 1) .. string.char(bytes:byte(i) ~ 1 << bit) .. bytes:sub(i + 1)
        assert.not_equal(right, sum(changed, 1, 1))
      end
    end
    local function flipped(i, bit) return ("j"):pack(("j"):unpack(bytes, i) ~ 1 << bit) end
    for i = 1, 489, 8 do
      local head, tail = bytes:sub(1, i - 1), bytes:sub(i + 16)
      assert.not_equal(right, sum(head .. bytes:sub(i + 8, i + 15) .. bytes:sub(i, i + 7) .. tail, 1, 1))
      for _, bit in ipairs { 0, 31, 32, 63 } do
        assert.not_equal(right, sum(head .. flipped(i, bit) .. flipped(i + 8, bit) .. tail, 1, 1))
      end
    end
  end)

  it("reads whole pages in a single call, whichever slot they are in", function()
    with_path(function(path)
      local size = 16384 -- larger ones take more calls
      local store <close> = assert(file.open(path, { page_size = size }))
      for page = 1, 3 do
        for save = 1, page do assert(store:save(page, tostring(save):rep(size))) end
      end
      local again <close> = assert(file.open(path, { page_size = size }))
      for _, each in ipairs { store, again } do
        function each.handle.read() error "more than one call" end
        for page = 1, 3 do assert.equal(tostring(page):rep(size), each:load(page)) end
      end
    end)
  end)

  -- Made by the first version that had checksums, on a machine whose least significant byte comes first.
  for _, case in ipairs {
    { ("a"):rep(512), 1, 1, 4333877897689259206 },
    { ("vmempage"):rep(512), 7, 3, 8653595079711995061 },
    { ("\0\1\2\3\4\5\6\255"):rep(128), 1 << 40, 2, -6132280413279135310 },
    { ("\0"):rep(128), -1, 1 << 62, -9110329088329932386 },
  } do
    it(("makes the checksums that files have: of %d bytes"):format(#case[1]), function()
      local words = ("=i8"):rep(#case[1] // 8)
      local swapped = words:gsub("=", "<")
      local bytes = words:pack(swapped:unpack(case[1])) -- the same numbers in this machine's order
      assert.equal(case[4], require("vmem.pager.file.checksum").of(bytes, case[2], case[3]))
    end)
  end
end)
