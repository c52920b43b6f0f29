local helpers = require "helpers"
local kit = require "pager_kit"
local pager = require "vmem.pager"
local replacement = require "vmem.replacement"
local vmem = require "vmem"

local P = vmem.page_size
local first = kit.first

describe("an array that is larger than its frames", function()
  helpers.no_regions_left()

  it("is all zeros at first", function()
    local array <close> = kit.array()
    assert.equal(0, array[1])
    assert.equal(0, array[8 * P])
    assert.equal(8 * P, #array)
  end)

  it("keeps what was written, however often its pages come and go", function()
    local array <close> = kit.array { type = "i32", count = 8 * P // 4 }
    for round = 1, 3 do
      for i = 1, #array, 100 do array[i] = round * i end
      for i = 1, #array, 100 do assert.equal(round * i, array[i]) end
    end
  end)

  it("has elements in the order of bytes that its type says, in the store too", function()
    local array <close>, store = kit.array { type = "u32be", count = 8 * P // 4 }
    array[1] = 0x01020304
    array:set(2, 5, 6)
    array:flush()
    assert.same({ 0x01020304, 5, 6 }, { array:get(1, 3) })
    assert.equal("\1\2\3\4\0\0\0\5\0\0\0\6", store.kept[1]:sub(1, 12))
  end)

  it("has never more pages in memory than frames", function()
    local array <close> = kit.array()
    for page = 1, 8 do
      array[first(page)] = page
      assert.equal(math.min(page, 3), array.resident)
      assert.equal(math.min(page, 3) * P, array.region.committed)
    end
  end)

  it("has pages that may only be read, until they are written to", function()
    local array <close>, store = kit.array()
    store.kept[1] = ("\7"):rep(P)
    local _ = array[first(1)] + array[first(2)]
    assert.equal("1 r, 2 r", kit.frames(array))
    assert.equal(0, array.dirty)
    array[first(1)] = 1
    array[first(3)] = 1
    assert.equal("1 rw, 2 r, 3 rw", kit.frames(array))
    assert.equal(2, array.dirty)
    assert.equal(2, array.dirtied)
  end)

  it("saves the pages that were written to, and no others", function()
    local array <close>, store = kit.array { frames = 1 }
    local _ = array[first(1)]
    array[first(2)] = 2
    _ = array[first(3)]
    assert.same({ "load 1", "load 2", "load 3", "save 2" }, store.asked)
    assert.is_nil(store.kept[1])
    assert.equal(2, store.kept[2]:byte())
  end)

  it("counts hits, faults, what came from the store and what went there", function()
    local array <close> = kit.array { frames = 1 }
    assert.equal("0 0 0 0", kit.counts(array))
    array[first(1)] = 1
    assert.equal("0 1 0 0", kit.counts(array))
    array[first(1)] = 2
    assert.equal("1 1 0 0", kit.counts(array))
    local _ = array[first(2)]
    assert.equal("1 2 0 1", kit.counts(array))
    _ = array[first(1)]
    assert.equal("1 3 1 1", kit.counts(array))
  end)

  it("tells of itself in a line", function()
    local array <close> = kit.array()
    array[1] = 1
    assert.equal(("vmem.pager of %d u8 in 1 of 3 frames: 0 hits, 1 faults, 0 loads, 0 saves"):format(8 * P),
      tostring(array))
    array:close()
    assert.equal("vmem.pager (closed)", tostring(array))
  end)

  it("tells what it was made of", function()
    local array <close>, store = kit.array { type = "u16", count = 10 }
    assert.equal("u16", array.type)
    assert.equal(3, array.frames)
    assert.equal(store, array.store)
    assert.equal(P, array.region.size)
    assert.equal("function", type(array.policy.victim))
    assert.is_nil(array.nothing)
  end)

  it("ends where its elements do, and not where its last page does", function()
    local array <close> = kit.array { type = "u32", count = 5 }
    for i = 1, 5 do array[i] = i end
    local count = 0
    for i, value in ipairs(array) do
      assert.equal(i, value)
      count = count + 1
    end
    assert.equal(5, count)
    assert.is_nil(array[6])
    assert.is_nil(array[0])
    assert.is_nil(array[1 << 62])
    assert.is_nil(array[math.mininteger])
    assert.equal("9 1 0 0", kit.counts(array))
  end)

  it("takes a float for the integer that it is, as tables and views do", function()
    local array <close> = kit.array { count = 2 * P }
    array[P + 1.0] = 42
    assert.equal(42, array[P + 1])
    assert.equal(42, array[P + 1.0])
    assert.equal(42, array:get(P + 1.0))
    assert.equal(43, array:set(P + 1.0, 43):get(P + 1))
    assert.equal("5 1 0 0", kit.counts(array))
    assert.is_nil(array[2 * P + 1.0])
    helpers.raises("index must be an integer from 1 to " .. 2 * P .. ", not 1.5",
      function() return array[1.5] end)
  end)

  for _, index in ipairs { 0, -1, 6, 1 << 40, 1.5, "x", true } do
    it(("cannot be written at %s"):format(index), function()
      local shown = index == "x" and "'x'" or tostring(index)
      local array <close> = kit.array { count = 5 }
      helpers.raises(("pager_spec.lua:%d: index must be an integer from 1 to 5, not %s"):format(
        debug.getinfo(1).currentline, shown), function() array[index] = 1 end)
    end)
  end

  it("takes no value that does not fit", function()
    local array <close> = kit.array()
    helpers.raises("value 256 does not fit u8", function() array[1] = 256 end)
    helpers.raises("value must be an integer, not string", function() array[1] = "1" end)
  end)
end)

describe("a pager's long accesses", function()
  helpers.no_regions_left()

  it("give what is in the array, with one frame", function()
    local array <close> = kit.array { frames = 1 }
    local bytes = {}
    for i = 1, 3 * P do bytes[i] = string.char(i * 7 % 251) end
    bytes = table.concat(bytes)
    assert.equal(array, array:write(5, bytes))
    assert.equal(("\0"):rep(5) .. bytes .. "\0\0", array:read(0, 3 * P + 7))
    assert.equal(bytes:byte(P - 10, P + 10), (array:get(P - 5, P + 15)))
    assert.same({ bytes:byte(P - 10, P + 10) }, { array:get(P - 5, P + 15) })
    assert.equal(8 * P - 4, #array:read(4))
    assert.equal("", array:read(8 * P))
  end)

  it("count once for each page", function()
    local array <close> = kit.array()
    array:read(P - 1, 2)
    assert.equal("0 2 0 0", kit.counts(array))
    array:write(P - 1, "abc")
    assert.equal("2 2 0 0", kit.counts(array))
    array:get(P, P + 3)
    assert.equal("4 2 0 0", kit.counts(array))
    array:set(P, 1, 2)
    assert.equal("6 2 0 0", kit.counts(array))
    array:read(0, 0)
    array:get(3, 2)
    assert.equal("6 2 0 0", kit.counts(array))
  end)

  it("are references, to the policy", function()
    for _, access in ipairs {
      function(array) array:get(first(1)) end,
      function(array) array:get(-1, 1) end,
      function(array) array:set(first(1), 1) end,
      function(array) array:read(0, 1) end,
      function(array) array:write(0, "a") end,
    } do
      local array <close> = kit.array { policy = "lru", frames = 3 }
      local _ = array[first(1)] + array[first(2)] + array[first(3)]
      access(array)
      _ = array[first(4)]
      assert.matches("^1 rw?, 3 r, 4 r$", kit.frames(array))
    end
  end)

  it("set and get elements over the border of pages", function()
    local array <close> = kit.array { type = "f64", count = P, frames = 1 }
    local i = P // 8 - 1
    assert.equal(array, array:set(i, 1.5, 2.5, 3.5, 4.5))
    assert.same({ 0.0, 1.5, 2.5, 3.5, 4.5, 0.0 }, { array:get(i - 1, i + 4) })
    assert.equal(2.5, array:get(i + 1))
  end)

  it("give nil for elements outside", function()
    local array <close> = kit.array { count = 2 * P }
    array:set(2 * P - 1, 7, 8)
    assert.same({ n = 4, [1] = 7, [2] = 8 }, table.pack(array:get(2 * P - 1, 2 * P + 2)))
    assert.same({ n = 3, [3] = 0 }, table.pack(array:get(-1, 1)))
    assert.same({ n = 2 }, table.pack(array:get(3 * P, 3 * P + 1)))
  end)

  local misuses = {
    { "get", { "x" }, "bad argument #1 to 'get' (index must be an integer, not 'x')" },
    { "get", { 1, 1 << 40 }, "bad argument #2 to 'get' (too many elements to return at once)" },
    { "get", { math.mininteger, math.maxinteger }, "too many elements to return at once" },
    { "set", { 8 * P, 1, 2 }, "2 elements from " .. 8 * P .. " on are not all in the array" },
    { "set", { 0, 1 }, "1 elements from 0 on are not all in the array" },
    { "set", { math.maxinteger, 1, 2 }, "are not all in the array" },
    { "read", { -1 }, "offset -1 is outside the array" },
    { "read", { 8 * P + 1 }, "is outside the array, which has " .. 8 * P .. " bytes" },
    { "read", { 0, 8 * P + 1 }, "run past the array's end" },
    { "read", { 1, math.maxinteger }, "run past the array's end" },
    { "read", { 0, -1 }, "size must be an integer of 0 or more, not -1" },
    { "write", { 8 * P - 1, "ab" }, "2 bytes run past the array's end: 1 are left" },
    { "write", { 0, 1 }, "bytes must be a string, not 1" },
    { "refresh", { 0 }, "index must be an integer from 1 to " .. 8 * P },
  }
  for _, case in ipairs(misuses) do
    local method, arguments, message = table.unpack(case)
    it(("refuse: %s"):format(message), function()
      local array <close> = kit.array()
      helpers.raises(message, array[method], array, table.unpack(arguments))
      assert.equal("0 0 0 0", kit.counts(array))
    end)
  end

  it("know their array from other things", function()
    local array <close> = kit.array()
    helpers.raises("vmem.pager expected, got number", array.get, 1, 2)
    helpers.raises("vmem.pager expected, got nil", array.flush)
  end)
end)

describe("a new pager", function()
  helpers.no_regions_left()

  local function options(changes)
    local all = { store = kit.store(), type = "u8", count = 10, frames = 1 }
    for name, value in pairs(changes) do all[name] = value ~= "none" and value or nil end
    return all
  end

  local sized = kit.store()
  sized.page_size = 512

  local misuses = {
    { 7, "options must be a table, not 7" },
    { options { store = "none" }, "option store must be an object with the methods load and save, not nil" },
    { options { store = { load = print, save = print, flush = true } },
      "option store must be an object with the methods load and save, and with flush as a method or not at" },
    { options { store = { load = print, save = print, check_type = {} } },
      "option store must be an object with the methods load and save, and with check_type as a method" },
    { options { store = { load = print } }, "option store must be an object with the methods load and save" },
    { options { store = sized }, "option store has pages of 512 bytes; those of memory have " .. P },
    { options { type = "u7" }, "option type must be i8, u8, i16, u16, i32, u32, i64, u64, f32 or" },
    { options { count = 0 }, "option count must be an integer of 1 or more" },
    { options { count = 2.5 }, "option count must be an integer of 1 or more, not 2.5" },
    { options { count = math.maxinteger },
      "option count must be an integer of " .. math.maxinteger // 8 .. " or less" },
    { options { frames = "none" }, "option frames must be an integer of 1 or more" },
    { options { policy = "best" }, "option policy must be fifo, lru, aging, clock, second_chance, "
      .. "enhanced, nru, random, an object" },
    { options { policy = { insert = print } }, "option policy must be" },
    { options { policy = function() end }, "option policy must be" },
    { options { wait = 1 }, "option wait must be a function, not 1" },
    { options { name = "a\0b" }, "option name must be a string without zero bytes" },
    { options { size = 1 }, "option 'size' is unknown; there are count, frames, name" },
  }
  for _, case in ipairs(misuses) do
    it("refuses: " .. case[2], function()
      helpers.raises("bad argument #1 to 'new' (" .. case[2], pager.new, case[1])
    end)
  end

  it("is told by the store which types it may have", function()
    local store = kit.store()
    function store:check_type(type)
      if type == "u8" then return true end
      if type == "f64" then error("no floats", 0) end
      if type == "i8" then return false end
      return nil, "not " .. type .. " in " .. tostring(self), "type"
    end
    assert.same({ nil, "not u16 in the spec's store", "type", n = 3 },
      table.pack(pager.new(options { store = store, type = "u16" })))
    assert.same({ nil, "the store gives no reason", n = 3 },
      table.pack(pager.new(options { store = store, type = "i8" })))
    helpers.raises("no floats", pager.new, options { store = store, type = "f64" })
    local array <close> = assert(pager.new(options { store = store }))
    assert.equal(0, array[1])
  end)

  it("says nil and why where there is not so much address space", function()
    local array, message, code = pager.new(options { count = 1 << 56 })
    assert.is_nil(array)
    assert.matches("reserve " .. (1 << 56) .. " bytes", message)
    assert.equal("out_of_memory", code)
  end)

  it("takes a policy by name, made by a function, or ready", function()
    for _, policy in ipairs { "fifo", replacement.lru, replacement.clock(2), function(frames)
      assert.equal(2, frames)
      return replacement.aging(frames, { bits = 8 })
    end } do
      local array <close> = kit.array { policy = policy, frames = 2 }
      for page = 1, 4 do array[first(page)] = page end
      for page = 1, 4 do assert.equal(page, array[first(page)]) end
    end
  end)

  it("notices a policy that names pages which are in no frame", function()
    local policy = { insert = print, touch = print, remove = print, victim = function() return 77 end }
    policy.insert, policy.touch, policy.remove = function() end, function() end, function() end
    local array <close> = kit.array { policy = policy, frames = 1 }
    local _ = array[1]
    helpers.raises("the policy named page 77 as a victim, which is in no frame",
      function() return array[first(2)] end)
  end)
end)

describe("flush and refresh", function()
  helpers.no_regions_left()

  it("save every dirty page in order, and leave it clean", function()
    local array <close>, store = kit.array()
    for _, page in ipairs { 5, 2, 7 } do array[first(page)] = page end
    store.asked = {}
    assert.is_true(array:flush())
    assert.same({ "save 2", "save 5", "save 7" }, store.asked)
    assert.equal("2 r, 5 r, 7 r", kit.frames(array))
    assert.equal(0, array.dirty)
    assert.is_true(array:flush())
    assert.equal(3, array.saves)
  end)

  it("have the store flush", function()
    local array <close>, store = kit.array()
    local flushed = 0
    store.flush = function()
      flushed = flushed + 1
      return true
    end
    array[1] = 1
    assert.is_true(array:flush())
    assert.equal(1, flushed)
    store.flush = function() return nil, "no", "why" end
    local ok, message, code = array:flush()
    assert.same({ nil, "the spec's store cannot be flushed: no", "why" }, { ok, message, code })
    store.flush = nil
  end)

  it("let clean pages go, so that the next access sees what others have saved", function()
    local array <close>, store = kit.array()
    assert.equal(0, array[first(1)] + array[first(2)])
    array[first(3)] = 3
    store.kept[1], store.kept[2], store.kept[3] = ("\9"):rep(P), ("\9"):rep(P), ("\9"):rep(P)
    assert.equal(1, array:refresh(first(2) + 5))
    assert.equal(9, array[first(2)])
    assert.equal(0, array[first(1)])
    assert.equal(2, array:refresh())
    assert.equal(9, array[first(1)])
    assert.equal(3, array[first(3)])
    assert.equal(0, array:refresh(first(8)))
  end)
end)

describe("closing a pager", function()
  helpers.no_regions_left()

  it("saves what is dirty, and gives the memory back", function()
    local array, store = kit.array()
    array[first(2)] = 2
    assert.is_true(array:close())
    assert.equal(2, store.kept[2]:byte())
    assert.is_true(array.closed)
    assert.is_true(array:close())
  end)

  local uses = {
    ["array[i]"] = function(array) return array[1] end,
    ["array[i] ="] = function(array) array[1] = 1 end,
    get = function(array) return array:get(1) end,
    set = function(array) array:set(1, 2) end,
    read = function(array) array:read() end,
    write = function(array) array:write(0, "") end,
    flush = function(array) array:flush() end,
    refresh = function(array) array:refresh() end,
  }
  for name, use in pairs(uses) do
    it("leaves nothing for " .. name, function()
      local array = kit.array()
      array[1] = 1
      array:close()
      helpers.raises("array is closed", use, array)
    end)
  end

  it("says nil and why where the store fails, and the array lives on", function()
    local array <close>, store = kit.array()
    array[1] = 42
    store.fails = function() return "disk full", "ENOSPC" end
    local ok, message, code = array:close()
    assert.is_nil(ok)
    assert.equal("page 1 cannot be saved to the spec's store: disk full", message)
    assert.equal("ENOSPC", code)
    assert.equal(42, array[1])
    store.fails = nil
    assert.is_true(array:close())
    assert.equal(42, store.kept[1]:byte())
  end)

  it("raises that at the end of a block, with the error that led there", function()
    local kept, store
    local function leave(problem)
      local array <close>, its_store = kit.array()
      kept, store = array, its_store
      array[1] = 42
      store.fails = function() return "disk full" end
      if problem then error(problem, 0) end
    end
    helpers.raises("page 1 cannot be saved to the spec's store: disk full", leave)
    assert.equal(42, kept[1])
    store.fails = nil
    kept:close()
    helpers.raises("disk full (the block was left by an error: stop)", leave, "stop")
    store.fails = nil
    kept:close()
  end)

  it("happens when nobody holds the array any more, and tells by warn what it could not save", function()
    local store = kit.store()
    kit.array({ store = store })[1] = 42
    collectgarbage()
    collectgarbage()
    assert.equal(42, store.kept[1]:byte())
    local output = helpers.run_script [[
      warn "@on"
      local store = { load = function() end, save = function() return nil, "disk full" end }
      local array = require("vmem.pager").new { store = store, type = "u8", count = 1, frames = 1 }
      array[1] = 1
    ]]
    assert.matches("Lua warning: vmem.pager: pages are lost: page 1 cannot be saved to table: %S+: disk full",
      output)
  end)
end)
