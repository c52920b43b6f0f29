-- A file with a piece cut off, or replaced by zeros or an older one: reading a page gives its last saved
-- bytes or an error, never an older version, and never one that was not saved yet.

local checksum = require "vmem.pager.file.checksum"
local file = require "vmem.pager.file"
local file_header = require "vmem.pager.file.header"
local helpers = require "helpers"
local kit = require "pager_kit"
local pager = require "vmem.pager"
local vmem = require "vmem"

local P <const>, SIZE <const> = vmem.page_size, 512

-- {====== Files ======

local function put(path, bytes)
  local handle <close> = assert(io.open(path, "wb"))
  handle:write(bytes)
end

local function get(path)
  local handle <close> = assert(io.open(path, "rb"))
  return handle:read "a"
end

local function page_of(number, version) return ("%d of %d."):format(version, number):rep(80):sub(1, SIZE) end

-- In the order in which they are saved. 257 is the first page of the second table.
local SAVES <const> = { 1, 2, 3, 1, 257, 3, 1, 300, 257, 2, 2, 2 }
local NEVER <const> = { 4, 256, 299, 70000 }
local PAGES <const> = 5

--- An identity with which the last byte of the file, of page 300's checksum, is zero, or is not.
local function identity_with(zero)
  for n = 1, math.maxinteger do
    local identity = checksum.mix(1 << 62, n)
    local sum = checksum.of(page_of(300, 1), 300 ~ identity, 1)
    if (("=i8"):pack(sum):byte(-1) == 0) == zero then return identity end
  end
end

--- The content of a file after each save, and how often each page was saved by then. The identity is given:
--- with a random one, other bytes would be zeros in each run.
local function images_with(identity)
  local path, saved, images = kit.temporary(), {}, {}
  local random <const> = file_header.new_identity
  file_header.new_identity = function() return identity end
  local store <close>, message = file.open(path, { page_size = SIZE })
  file_header.new_identity = random
  assert(store, message)
  for i, page in ipairs(SAVES) do
    saved[page] = (saved[page] or 0) + 1
    assert(store:save(page, page_of(page, saved[page])))
    images[i] = get(path)
  end
  os.remove(path)
  return images, saved
end

local images, counts
local function make_images()
  if not images then images, counts = images_with(identity_with(false)) end
end

--- Fails unless the store on these bytes returns each page as last saved, or reports it as damaged.
--- Gives how many are.
local function look(path, image, what)
  put(path, image)
  local store, message, code = file.open(path, { page_size = SIZE })
  if not store then
    assert.is_true(code == "damaged" or code == "not_ours", message)
    return PAGES
  end
  local _ <close>, damaged = store, 0
  for page, count in pairs(counts) do
    local bytes
    bytes, message, code = store:load(page)
    if code == "damaged" then
      assert.matches("^it is damaged: ", message)
      damaged = damaged + 1
    elseif bytes ~= page_of(page, count) then
      error(("%s: page %d is %q, %s"):format(what, page, bytes and bytes:sub(1, 7), message))
    end
  end
  for _, page in ipairs(NEVER) do
    local bytes
    bytes, message, code = store:load(page)
    if bytes or message and code ~= "damaged" then
      error(("%s: page %d, never saved, is %q, %s"):format(what, page, bytes and bytes:sub(1, 7), message))
    end
  end
  return damaged
end

-- ====== }

describe("a file store whose file", function()
  helpers.no_regions_left()

  local path
  before_each(function()
    make_images()
    path = kit.temporary()
  end)
  after_each(function() os.remove(path) end)

  it("is whole gives all of it", function()
    assert.equal(0, look(path, images[#images], "whole"))
  end)

  --- Cuts the file at many places. Behind its end there are zeros: a cut before zeros changes nothing.
  local function cut_anywhere(image)
    image = image:match "^(.*[^%z])"
    local last, lengths = PAGES, {}
    for length = #image - 1, 20000, -997 do lengths[#lengths + 1] = length end
    for length = 22000, 1, -61 do lengths[#lengths + 1] = length end
    table.sort(lengths)
    for _, length in ipairs(lengths) do
      local damaged = look(path, image:sub(1, length), "cut to " .. length)
      local where = ("cut to %d: %d damaged, and %d in a shorter file"):format(length, damaged, last)
      assert.is_true(damaged <= last, where)
      last = damaged
    end
    assert.is_true(last >= 1)
    assert.equal(PAGES, look(path, image:sub(1, 64), "nothing but its header"))
  end

  it("was cut anywhere misses what was behind", function()
    cut_anywhere(images[#images])
  end)

  it("ends with a zero, and was cut, misses what was behind, but the zero", function()
    local some = images_with(identity_with(true))
    local image = some[#some]
    assert.equal(0, image:byte(-1))
    assert.equal(0, look(path, image:sub(1, -2), "all but the zero"))
    cut_anywhere(image)
  end)

  -- Nothing in it says that it was not always so.
  it("was emptied is a new one", function()
    put(path, "")
    local store <close> = assert(file.open(path, { page_size = SIZE }))
    for page in pairs(counts) do
      local bytes, message = store:load(page)
      assert.is_nil(bytes or message)
    end
  end)

  it("is emptied while it is open misses all of it", function()
    put(path, images[#images])
    local store <close> = assert(file.open(path, { page_size = SIZE }))
    put(path, "")
    for page in pairs(counts) do assert.equal("damaged", select(3, store:load(page))) end
  end)

  for _, block in ipairs { 512, 4096, 65536 } do
    it(("has a block of %d zeros somewhere misses what was there"):format(block), function()
      local image, found = images[#images], 0
      for at = 0, #image - 1, block do
        local zeros = ("\0"):rep(math.min(block, #image - at))
        found = found + look(path, image:sub(1, at) .. zeros .. image:sub(at + block + 1),
          "zeros at " .. at)
      end
      assert.is_true(found >= 5, found)
    end)
  end

  it("has one hole from its header to its end misses all of it", function()
    local image = images[#images]
    assert.equal(PAGES, look(path, image:sub(1, 64) .. ("\0"):rep(#image - 64), "hole"))
    assert.equal(PAGES, look(path, ("\0"):rep(64) .. image:sub(65), "no header"))
  end)

  for _, block in ipairs { 512, 4096 } do
    it(("has older blocks of %d bytes gives no older page"):format(block), function()
      local image, found, tried = images[#images], 0, 0
      for age = 1, #images - 1 do
        local older = images[age] .. ("\0"):rep(#image - #images[age])
        for at = 0, #image - 1, block do
          local piece = older:sub(at + 1, at + block)
          if piece ~= image:sub(at + 1, at + block) then
            tried = tried + 1
            found = found + look(path, image:sub(1, at) .. piece .. image:sub(at + block + 1),
              ("after save %d at %d"):format(age, at))
          end
        end
      end
      assert.is_true(tried > 20 and found > 10, found)
    end)
  end

  it("has a piece of another file does not take it for its own", function()
    local other = kit.temporary()
    finally(function() os.remove(other) end)
    do
      local store <close> = assert(file.open(other, { page_size = SIZE }))
      for _, page in ipairs(SAVES) do assert(store:save(page, ("x"):rep(SIZE))) end
    end
    local image, theirs = images[#images], get(other)
    for at = 512, #image - 1, 512 do
      if theirs:sub(at + 1, at + 512) ~= image:sub(at + 1, at + 512) then
        look(path, image:sub(1, at) .. theirs:sub(at + 1, at + 512) .. image:sub(at + 513),
          "another's at " .. at)
      end
    end
    assert.equal(PAGES, look(path, image:sub(1, 64) .. theirs:sub(65), "all but the header"))
  end)

  it("is damaged stays so, whatever else is saved, until the page itself is saved", function()
    local image = images[#images]
    put(path, image:sub(1, 22000))
    local store <close> = assert(file.open(path, { page_size = SIZE }))
    assert.equal("damaged", select(3, store:load(3)))
    for _, page in ipairs { 4, 70000, 1 } do assert.is_true(store:save(page, ("n"):rep(SIZE))) end
    assert.equal("damaged", select(3, store:load(3)))
    assert.equal("damaged", select(3, store:load(257)))
    for page in pairs(counts) do
      for version = 1, 3 do
        assert.is_true(store:save(page, page_of(page, 10 + version)))
        assert.equal(page_of(page, 10 + version), store:load(page))
      end
    end
    local again <close> = assert(file.open(path, { page_size = SIZE }))
    for page in pairs(counts) do assert.equal(page_of(page, 13), again:load(page)) end
    assert.equal("damaged", select(3, again:load(258))) -- its table is gone: it may have been saved
  end)

  it("was cut makes an array raise, and lose nothing more", function()
    local cut = kit.temporary()
    finally(function() os.remove(cut) end)
    do
      local store <close> = assert(file.open(cut))
      for page = 1, 3 do assert(store:save(page, ("abc"):sub(page, page):rep(P))) end
    end
    put(cut, get(cut):sub(1, 64 + 5 * 4096 + 2 * P + 64))
    local store <close> = assert(file.open(cut))
    local array <close> = assert(pager.new { store = store, type = "u8", count = 8 * P, frames = 2 })
    assert.equal(97, array[1])
    for page = 2, 3 do
      local i = kit.first(page)
      helpers.raises("it is damaged: no whole version of it is left", function() return array[i] end)
      helpers.raises("it is damaged: no whole version of it is left", function() array[i] = 1 end)
    end
    array[kit.first(4)] = 1
    assert.is_true(array:flush())
    helpers.raises("it is damaged", function() return array[kit.first(3)] end)
  end)

  local headers = { { "the type", 32 }, { "the identity", 25 }, { "the page size", 21 }, { "the check", 41 } }
  for _, case in ipairs(headers) do
    it("has another byte in " .. case[1] .. " of its header is refused", function()
      local image, at = images[#images], case[2]
      put(path, image:sub(1, at) .. string.char(image:byte(at + 1) ~ 1) .. image:sub(at + 2))
      local store, message, code = file.open(path, { page_size = SIZE })
      assert.is_nil(store)
      assert.equal(path .. ": its header is damaged", message)
      assert.equal("damaged", code)
    end)
  end
end)

describe("a file of the format's version 1", function()
  helpers.no_regions_left()

  local HEADER <const> = ("=c16 I4 I4"):pack("vmem.pager pages", 1, SIZE) .. ("\0"):rep(40)
  local PAIR <const> = 2 * SIZE + 64

  --- A version as the file holds it: the place of its bytes and header, from the pair's start.
  local function version_at(page, version, bytes)
    local header = ("=c8 i8 i8 i8"):pack("vmempage", page, version, checksum.of(bytes, page, version))
    if version % 2 == 1 then return 0, bytes .. header end
    return SIZE + 32, header .. bytes
  end

  --- The bytes of a file with these versions: { page, version, letter }.
  local function image_of(versions)
    local image = HEADER
    for _, each in ipairs(versions) do
      local page, version, letter = table.unpack(each)
      local at, bytes = version_at(page, version, letter:rep(SIZE))
      image = kit.overwrite(image, 64 + (page - 1) * PAIR + at, bytes)
    end
    return image
  end

  local function with(versions, body)
    local path = kit.temporary()
    finally(function() os.remove(path) end)
    put(path, image_of(versions))
    local store <close> = assert(file.open(path, { page_size = SIZE }))
    body(store, path)
  end

  it("is read and written, and stays what it is", function()
    with({ { 1, 1, "a" }, { 1, 2, "b" }, { 3, 1, "c" } }, function(store, path)
      assert.equal(("b"):rep(SIZE), store:load(1))
      assert.same({ n = 1 }, table.pack(store:load(2)))
      assert.equal(("c"):rep(SIZE), store:load(3))
      assert.is_true(store:save(1, ("d"):rep(SIZE)))
      assert.is_true(store:save(2, ("e"):rep(SIZE)))
      assert.is_true(store:check_type "u32")
      assert.is_true(store:save(5, ("f"):rep(SIZE)))
      assert.equal(image_of { { 1, 3, "d" }, { 1, 2, "b" }, { 2, 1, "e" }, { 3, 1, "c" }, { 5, 1, "f" } },
        get(path))
      local again <close> = assert(file.open(path, { page_size = SIZE }))
      assert.is_true(again:check_type "f64") -- it does not know
      assert.equal(("d"):rep(SIZE), again:load(1))
    end)
  end)

  it("gives the version before one that is not whole, and an error where none is", function()
    with({ { 1, 1, "a" }, { 1, 2, "b" }, { 2, 1, "c" } }, function(_, path)
      local image = get(path)
      image = kit.overwrite(image, 64 + SIZE + 70, "?")
      image = kit.overwrite(image, 64 + PAIR + 7, "?")
      put(path, image)
      local store <close> = assert(file.open(path, { page_size = SIZE }))
      assert.equal(("a"):rep(SIZE), store:load(1))
      assert.same({ nil, "it is damaged: no whole version of it is left", "damaged", n = 3 },
        table.pack(store:load(2)))
      assert.is_true(store:save(2, ("d"):rep(SIZE)))
      assert.equal(("d"):rep(SIZE), store:load(2))
    end)
  end)
end)
