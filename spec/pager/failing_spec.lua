-- A store that fails, and a system that refuses, cost an access and no page. VMEM_SEED=n repeats a run of the
-- random ones, VMEM_STEPS=n makes it longer.

local helpers = require "helpers"
local kit = require "pager_kit"
local replacement = require "vmem.replacement"
local vmem = require "vmem"

local P = vmem.page_size
local first = kit.first

describe("a store that fails", function()
  helpers.no_regions_left()

  --- An array with three dirty pages in three frames, whose store fails as `fails` says from now on.
  local function full_array(fails)
    local array, store = kit.array { policy = "fifo" }
    for page = 1, 3 do array[first(page)] = page end
    store.fails = fails
    return array, store
  end

  local function told(message)
    return function() return message end
  end

  local accesses = {
    read = function(array) assert.equal(0, array[first(4)]) end,
    write = function(array) array[first(4)] = 4 end,
  }

  local cases = {
    {
      "to load, with a message", function(method) return method == "load" and "server gone" end,
      "page 4 cannot be loaded from the spec's store: server gone",
    },
    {
      "to load, by raising", function(method) if method == "load" then error("server gone", 0) end end,
      "page 4 cannot be loaded from the spec's store: server gone",
    },
    {
      "to save, with a message", function(method) return method == "save" and "disk full" end,
      "page 1 cannot be saved to the spec's store: disk full",
    },
    {
      "to save, by raising", function(method) if method == "save" then error({}, 0) end end,
      "page 1 cannot be saved to the spec's store: table: ",
    },
  }
  for _, case in ipairs(cases) do
    local name, fails, message = table.unpack(case)
    for _, access in ipairs { "read", "write" } do
      it(("%s, fails a %s, which changes nothing and works later"):format(name, access), function()
        local array <close>, store = full_array(fails)
        for _ = 1, 3 do
          local ok, problem = pcall(accesses[access], array)
          assert.is_false(ok)
          problem = problem:match("failing_spec.lua:%d+: (.*)"):gsub("table: %w+", "table: ")
          assert.equal(message, problem)
          assert.equal("0 3 0 0", kit.counts(array))
          assert.equal("1 rw, 2 rw, 3 rw", kit.frames(array))
          assert.equal(3, array.dirty)
        end
        store.fails = nil
        accesses[access](array)
        assert.equal("0 4 0 1", kit.counts(array))
        assert.equal("2 rw, 3 rw, 4 " .. (access == "read" and "r" or "rw"), kit.frames(array))
        assert.equal(1, array[first(1)])
      end)
    end
  end

  --- Names the page that came first, whatever must stay.
  local function stubborn()
    local queue = {}
    return {
      insert = function(_, page) queue[#queue + 1] = page end,
      touch = function() end,
      victim = function() return queue[1] end,
      remove = function() table.remove(queue, 1) end,
    }
  end

  for _, policy in ipairs { "fifo", "lru", "aging", "clock" } do
    for written = 1, 4 do
      it(("to save, has a clean page go: %s, page %d of 4 is dirty"):format(policy, written), function()
        local array <close>, store = kit.array { frames = 4, policy = policy, count = 32 * P }
        for page = 1, 4 do
          if page == written then
            array[first(page)] = 77
          else
            assert.equal(0, array[first(page)])
          end
        end
        store.fails = function(method) return method == "save" and "disk full" end
        for page = 5, 30 do
          assert.equal(0, array[first(page)])
          assert.equal(1, array.dirty)
          assert.equal(4, array.resident)
        end
        assert.equal(77, array[first(written)])
        store.fails = nil
        for page = 5, 8 do array[first(page)] = page end
        assert.equal(77, array[first(written)])
      end)
    end
  end

  it("to save, says so where a policy of the script's has no clean page go", function()
    local array <close>, store = kit.array { frames = 2, policy = stubborn }
    array[first(1)] = 1
    assert.equal(0, array[first(2)])
    store.fails = function(method) return method == "save" and "disk full" end
    helpers.raises("page 1 cannot be saved to the spec's store: disk full",
      function() return array[first(3)] end)
    store.fails = nil
    assert.equal(0, array[first(3)])
  end)

  local wrongs = {
    { "", "0 bytes" }, { ("x"):rep(P + 1), P + 1 .. " bytes" }, { 42, "a number" }, { false, "a boolean" },
  }
  for _, wrong in ipairs(wrongs) do
    it("by giving " .. wrong[2] .. " for a page, fails the access", function()
      local array <close>, store = kit.array()
      store.kept[2] = wrong[1]
      helpers.raises(("page 2 cannot be loaded from the spec's store: it gave %s and not %d bytes"):format(
        wrong[2], P), function() return array[first(2)] end)
      store.kept[2] = ("\7"):rep(P)
      assert.equal(7, array[first(2)])
    end)
  end

  it("to save for no reason, fails the access too", function()
    local array <close>, store = kit.array { frames = 1 }
    array[1] = 1
    local save = store.save
    store.save = function() end
    helpers.raises("page 1 cannot be saved to the spec's store: it gave no reason",
      function() return array[first(2)] end)
    store.save = save
    assert.equal(0, array[first(2)])
  end)

  it("in the middle of flush leaves the rest dirty", function()
    local array <close>, store = full_array(function(_, page) return page == 2 and "disk full" end)
    local ok, message = array:flush()
    assert.is_nil(ok)
    assert.equal("page 2 cannot be saved to the spec's store: disk full", message)
    assert.equal("1 r, 2 rw, 3 rw", kit.frames(array))
    store.fails = nil
    assert.is_true(array:flush())
    assert.equal("1 r, 2 r, 3 r", kit.frames(array))
  end)

  it("in the middle of a long access leaves what was done before", function()
    local array <close>, store = full_array(function(method, page)
      return method == "load" and page == 6 and "gone"
    end)
    helpers.raises("page 6 cannot be loaded from the spec's store: gone",
      array.write, array, 4 * P, ("x"):rep(2 * P - 1)) -- not all of page 6, so that it has to be loaded
    store.fails = nil
    assert.equal(("x"):rep(P) .. "\0", array:read(4 * P, P + 1))
  end)

  it("says so in the fault handler, not as a fault", function()
    local array <close>, store = kit.array()
    store.fails = told "gone"
    local ok, problem = pcall(function() return array[1] end)
    assert.is_false(ok)
    assert.equal("string", type(problem))
    store.fails = nil
  end)
end)

describe("a system that refuses", function()
  helpers.no_regions_left()

  --- Replaces the region of the array's frames by one whose methods fail as given.
  local function refusing(array)
    local frames, _
    local index = getmetatable(array).__index
    if debug.getinfo(index, "S").what == "C" then _, index = debug.getupvalue(index, 2) end
    for i = 1, 20 do
      local name, value = debug.getupvalue(index, i)
      if name == "frames" then frames = value end
    end
    local real, refuses = frames.region, {}
    frames.region = setmetatable({}, {
      __index = function(_, name)
        return function(_, ...)
          if refuses[name] then return nil, "the system says no to " .. name, "out_of_memory" end
          return real[name](real, ...)
        end
      end,
    })
    return refuses
  end

  for _, verb in ipairs { "commit", "decommit", "protect" } do
    it(("to %s fails the access, and loses no page"):format(verb), function()
      local array <close>, store = kit.array { frames = 1 }
      store.kept[2] = ("\7"):rep(P)
      local refuses = refusing(array)
      array[first(1)] = 1
      refuses[verb] = true
      helpers.raises("the system says no to " .. verb, function() return array[first(2)] end)
      refuses[verb] = nil
      assert.equal(verb == "decommit" and "1 rw" or "", kit.frames(array))
      assert.equal(1, array[first(1)])
      assert.equal(7, array[first(2)])
      assert.equal(1, array[first(1)])
      refuses.protect = true
      helpers.raises("the system says no to protect", function() array[first(1)] = 2 end)
      refuses.protect = nil
      array[first(1)] = 2
      assert.is_true(array:flush())
      assert.equal(2, store.kept[1]:byte())
    end)
  end
end)

describe("a policy of one's own that has a bug", function()
  helpers.no_regions_left()

  --- Works like an LRU policy, except for the methods in `bugs`.
  local function buggy(bugs)
    local real, policy = replacement.lru(), {}
    for _, name in ipairs { "insert", "touch", "victim", "remove" } do
      policy[name] = function(_, ...)
        if bugs[name] then return bugs[name](...) end
        return real[name](real, ...)
      end
    end
    return policy
  end

  local function stop() error("a bug", 0) end

  it("and raises where a page comes, loses nothing that is written later", function()
    local bugs = { insert = stop }
    local array <close>, store = kit.array { policy = buggy(bugs), frames = 2 }
    helpers.raises("a bug", function() array[1] = 41 end)
    assert.equal("", kit.frames(array))
    assert.equal(0, array.resident)
    bugs.insert = nil
    array[1] = 42
    assert.equal(1, array.dirty)
    assert.is_true(array:flush())
    assert.equal(42, store.kept[1]:byte())
  end)

  for _, method in ipairs { "touch", "victim", "remove" } do
    it(("and raises in %s, loses nothing"):format(method), function()
      local bugs = {}
      local array <close>, store = kit.array { policy = buggy(bugs), frames = 1 }
      array[1] = 42
      bugs[method] = stop
      helpers.raises("a bug", function() return array[1] + array[first(2)] end)
      bugs[method] = nil
      assert.is_true(array:flush())
      assert.equal(42, store.kept[1]:byte())
    end)
  end

  it("and names nobody, fails the access, in a coroutine too", function()
    local bugs = { victim = function() end }
    local array <close> = kit.array { policy = buggy(bugs), frames = 1 }
    array[1] = 42
    local function access() return array[first(2)] end
    local message = "the policy named no page as a victim, and all pages in frames may go"
    helpers.raises(message, access)
    helpers.raises(message, coroutine.wrap(function() return assert(access()) end))
    bugs.victim = nil
    assert.equal(0, access())
    assert.equal(42, array[1])
  end)
end)

-- {====== Random operations ======

local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local steps = tonumber(os.getenv("VMEM_STEPS")) or 4000

local PAGES <const> = 12
local COUNT <const> = PAGES * P - 100

--- The part of a page that is in the array.
local function length_of(page) return math.min(P, COUNT - (page - 1) * P) end

local function assert_page(model, page, bytes)
  assert.equal(string.char(table.unpack(model, first(page), first(page) + length_of(page) - 1)), bytes)
end

local operations = {}

function operations.set_one(array, model)
  local i, value = math.random(COUNT), math.random(255)
  array[i] = value
  model[i] = value
end

function operations.get_one(array, model)
  local i = math.random(COUNT)
  assert.equal(model[i], array[i])
end

--- A write that fails may be done in part: the model takes the array's values when the store works again.
function operations.write(array, model, store)
  local offset, size = math.random(0, COUNT - 1), math.random(2 * P)
  size = math.min(size, COUNT - offset)
  local byte = math.random(255)
  local ok, problem = pcall(array.write, array, offset, string.char(byte):rep(size))
  if ok then
    for i = offset + 1, offset + size do model[i] = byte end
    return
  end
  local fails
  fails, store.fails = store.fails, nil
  for i = offset + 1, offset + size do
    local value = array[i]
    if value ~= byte and value ~= model[i] then error("element " .. i .. " is " .. value) end
    model[i] = value
  end
  store.fails = fails
  error(problem, 0)
end

function operations.read(array, model)
  local offset, size = math.random(0, COUNT - 1), math.random(2 * P)
  size = math.min(size, COUNT - offset)
  assert.equal(string.char(table.unpack(model, offset + 1, offset + size)), array:read(offset, size))
end

function operations.flush(array, model, store)
  local ok, message = array:flush()
  if not ok then error(message, 0) end
  local page = math.random(PAGES)
  local kept = store.kept[page] or ("\0"):rep(P)
  assert_page(model, page, kept:sub(1, length_of(page)))
end

function operations.refresh(array)
  assert.is_true(array:refresh() <= array.frames)
end

local names = {}
for name in pairs(operations) do names[#names + 1] = name end
table.sort(names)

local function check(array)
  local rw = select(2, kit.frames(array):gsub("rw", ""))
  assert.equal(array.dirty, rw)
  assert.equal(array.resident * P, array.region.committed)
  assert.is_true(array.resident <= array.frames)
end

describe(("random operations with a store that fails now and then (VMEM_SEED=%d VMEM_STEPS=%d)"):format(
  seed, steps), function()
  helpers.no_regions_left()

  for _, policy in ipairs { "fifo", "lru", "aging", "clock" } do
    it("lose nothing, and fail when a load does, as " .. policy, function()
      math.randomseed(seed)
      local array <close>, store = kit.array { policy = policy, count = COUNT, frames = math.random(4) }
      local model, failed = {}, {}
      for i = 1, COUNT do model[i] = 0 end
      local function fails(method)
        local chance = math.random(10)
        if chance > 2 then return end
        failed[method] = true
        if chance == 1 then error("injected", 0) end
        return "injected"
      end
      store.fails = fails
      for _ = 1, steps // 4 do
        failed.load, failed.save = nil, nil
        local ok, problem = pcall(operations[names[math.random(#names)]], array, model, store)
        if not ok then assert.truthy(tostring(problem):find("injected", 1, true), tostring(problem)) end
        -- If a page cannot be saved, another page that needs no saving may be the victim.
        if ok then assert.is_nil(failed.load) else assert.not_nil(next(failed)) end
        check(array)
      end
      store.fails = nil
      assert.is_true(array:flush())
      for page = 1, PAGES do assert_page(model, page, array:read(first(page) - 1, length_of(page))) end
    end)
  end
end)

-- ====== }
