-- Arrays of vmem.pager over a Redis server.

local helpers = require "helpers"
local pager = require "vmem.pager"
local scheduler = require "scheduler"
local servers = require "redis_server"
local vmem = require "vmem"

local it = servers.it
local _, redis = pcall(require, "vmem.pager.redis")
local PER_PAGE <const> = vmem.page_size // 8
local PAGES <const> = 24
local COUNT <const> = PAGES * PER_PAGE

--- Calls use(array, store) with an array of many pages in few frames, and closes both.
local function with_array(server, frames, use)
  local store <close> = assert(redis.open { port = server.port, name = "array", yield = scheduler.yield })
  local array <close> = assert(pager.new { store = store, type = "i64", count = COUNT, frames = frames })
  use(array, store)
end

--- Writes that land all over the array, beside a plain table that has the same.
local function write_some(array, plain, times)
  for _ = 1, times do
    local i, x = math.random(COUNT), math.random(0)
    array[i] = x
    plain[i] = x
  end
end

local function differences(array, plain)
  local count = 0
  for i = 1, COUNT do
    if array[i] ~= (plain[i] or 0) then count = count + 1 end
  end
  return count
end

--- Reads an element of every page. Pages in frames are right; returns how many are refused, with this text.
local function reads_refused(array, plain, text)
  local refused = 0
  for i = PER_PAGE, COUNT, PER_PAGE do
    local ok, x = pcall(function() return array[i] end)
    if ok then
      assert.equal(plain[i] or 0, x)
    else
      refused = refused + 1
      assert.truthy(tostring(x):find(text, 1, true), x)
    end
  end
  return refused
end

describe("an array in Redis", function()
  helpers.no_regions_left()

  it("is there again when it is opened again", function()
    local server <close> = servers.start()
    local plain = {}
    with_array(server, 4, function(array) write_some(array, plain, 500) end)
    with_array(server, 4, function(array) assert.equal(0, differences(array, plain)) end)
  end)

  for _, signal in ipairs { "TERM", "KILL" } do
    it(("loses nothing when its server ends by %s in mid-run and comes back"):format(signal), function()
      local server <close> = servers.start()
      local clear, plain = "is redis-server running at 127.0.0.1:" .. server.port, {}
      with_array(server, 4, function(array)
        for _ = 1, 2 do
          write_some(array, plain, 150)
          server:stop(signal)

          local dirty = array.dirty
          assert.is_true(dirty > 0)
          assert.equal(PAGES - 4, reads_refused(array, plain, clear))
          local ok, message, code = array:flush()
          assert.is_nil(ok)
          assert.truthy(message:find(clear, 1, true), message)
          assert.equal("connection_refused", code)
          assert.equal(dirty, array.dirty)

          server:start()
          write_some(array, plain, 150)
        end
        assert.equal(0, differences(array, plain))
        assert.is_true(array:flush())
        assert.is_true(array:refresh() > 0)
        assert.equal(0, differences(array, plain))
      end)
    end)
  end

  it("is shared: one process writes and flushes, another refreshes and sees it", function()
    local server <close> = servers.start()
    with_array(server, 4, function(array)
      array[1], array[COUNT] = 1, 2
      assert.is_true(array:flush())
      local output, ok = helpers.run_script(([[
        local pager = require "vmem.pager"
        local store <close> = assert(require("vmem.pager.redis").open { port = %d, name = "array" })
        local array <close> = assert(pager.new { store = store, type = "i64", count = %d, frames = 2 })
        io.write(array[1], " ", array[#array])
        array[1] = 10
        assert(array:flush())]]):format(server.port, COUNT))
      assert.is_true(ok, output)
      assert.equal("1 2", output)
      assert.equal(1, array[1]) -- as it was when it came in
      array:refresh()
      assert.equal(10, array[1])
      assert.equal(2, array[COUNT])
    end)
  end)

  it("has faults of two coroutines wait at the same time", function()
    local server <close> = servers.start()
    with_array(server, 4, function(array)
      for page = 1, 2 do array[page * PER_PAGE] = page * 11 end
    end)
    with_array(server, 4, function(array, store)
      local log = {}
      local function read(page)
        return function()
          log[#log + 1] = "wants"
          assert.equal(page * 11, array[page * PER_PAGE])
          log[#log + 1] = "has"
        end
      end
      server:signal "STOP"
      scheduler.run({ read(1), read(2) }, function() server:signal "CONT" end)
      assert.equal("wants wants has has", table.concat(log, " "))
      assert.equal(2, #store.nodes.known[1].idle)
    end)
  end)

  it("keeps coroutines apart that want the same few frames", function()
    local server <close> = servers.start()
    with_array(server, 3, function(array)
      local workers, plain = {}, {}
      for worker = 1, 5 do
        workers[worker] = function()
          for i = worker, COUNT, 5 * 37 do
            array[i] = i * 3
            plain[i] = i * 3
          end
        end
      end
      scheduler.run(workers)
      assert.equal(0, differences(array, plain))
      assert.is_true(array.saves >= PAGES - 3)
    end)
  end)
end)
