-- A store over a real cluster of three servers. Servers of a cluster take two seconds until they believe
-- each other, so that this takes some.

local helpers = require "helpers"
local pager = require "vmem.pager"
local servers = require "redis_server"
local slots = require "vmem.pager.redis.hash_slot"
local vmem = require "vmem"

local it = servers.it
local _, redis = pcall(require, "vmem.pager.redis")
local P <const> = vmem.page_size

local function full(letter) return letter:rep(P) end

local cluster -- of all of the specs

--- Starts the cluster with the first spec that needs it. Returns its servers' addresses.
local function nodes()
  cluster = cluster or servers.cluster()
  local addresses = {}
  for i, member in ipairs(cluster) do addresses[i] = "127.0.0.1:" .. member.port end
  return addresses
end

--- The server that has this slot, counted as in the cluster.
local function owner_of(key)
  local slot = slots.of(key)
  return slot <= 5460 and 1 or slot <= 10922 and 2 or 3
end

--- The first page of `name` that is on that server.
local function page_on(name, i)
  local page = 1
  while owner_of(("%s:%d"):format(name, page)) ~= i do page = page + 1 end
  return page
end

describe("a store in a Redis cluster", function()
  helpers.no_regions_left()

  teardown(function()
    if cluster then cluster:close() end
    cluster = nil
  end)

  it("keeps pages on all servers, whichever of them it knows", function()
    for _, address in ipairs(nodes()) do
      local store <close> = assert(redis.open { nodes = { address }, name = "spread" })
      for page = 1, 30 do assert(store:save(page, full(string.char(64 + page)))) end
      for page = 1, 30 do assert.equal(full(string.char(64 + page)), store:load(page)) end
    end
    for _, member in ipairs(cluster) do
      local keys = tonumber(member:say("DBSIZE"):match "%d+")
      assert.is_true(keys > 0 and keys < 30)
    end
  end)

  it("is asked for by nodes: one host and port sends nobody elsewhere", function()
    nodes()
    local store <close> = assert(redis.open { port = cluster[1].port, name = "one" })
    assert.is_true(store:save(page_on("one", 1), full "x"))
    for i = 2, 3 do
      local ok, message, code = store:save(page_on("one", i), full "x")
      assert.is_nil(ok)
      assert.matches("it is part of a cluster: give nodes$", message)
      assert.equal("refused", code)
    end
  end)

  it("fails for a server that another has named, and that is down, as for one that was given", function()
    local store <close> = assert(redis.open { nodes = { nodes()[1] }, name = "found" })
    local page = page_on("found", 3)
    assert.is_true(store:save(page, full "f"))
    cluster[3]:stop "KILL"
    local bytes, message, code = store:load(page)
    cluster[3]:start()
    assert.is_nil(bytes)
    assert.equal("connection_refused", code, message)
    cluster:wait_until_whole()
    assert.equal(full "f", store:load(page))
  end)

  it("asks the right server at once, the second time", function()
    local store <close> = assert(redis.open { nodes = { nodes()[1] }, name = "twice" })
    local page = page_on("twice", 3)
    store:save(page, full "a")
    local function asked() return tonumber(cluster[1]:say("INFO stats"):match "total_error_replies:(%d+)") end
    local before = asked()
    for _ = 1, 5 do store:load(page) end
    assert.equal(before, asked())
  end)

  it("keeps an array together whose name says so in braces", function()
    local store <close> = assert(redis.open { nodes = nodes(), name = "{here}" })
    for page = 1, 20 do store:save(page, full "h") end
    assert.equal(full "h", cluster[owner_of "{here}"]:say("GET {here}:20"))
  end)

  it("finds pages of a slot that is on its way from one server to another", function()
    local store <close> = assert(redis.open { nodes = nodes(), name = "moving" })
    local page = page_on("moving", 1)
    local key = "moving:" .. page
    local slot, from, to = slots.of(key), cluster[1], cluster[2]
    local from_id, to_id = from:say("CLUSTER MYID"), to:say("CLUSTER MYID")
    assert(store:save(page, full "a"))

    to:say(("CLUSTER SETSLOT %d IMPORTING %s"):format(slot, from_id))
    from:say(("CLUSTER SETSLOT %d MIGRATING %s"):format(slot, to_id))
    assert.equal(full "a", store:load(page)) -- still there
    assert.equal("+OK", from:say(("MIGRATE 127.0.0.1 %d %s 0 5000"):format(to.port, key)))
    assert.equal(full "a", store:load(page)) -- ASK
    assert(store:save(page, full "b"))
    assert.equal(full "b", store:load(page))

    for _, member in ipairs { to, from, cluster[3] } do
      member:say(("CLUSTER SETSLOT %d NODE %s"):format(slot, to_id))
    end
    assert.equal(full "b", store:load(page)) -- MOVED
    assert.equal(full "b", to:say("GET " .. key))
  end)

  it("fails for the pages of a server that is down, loses none, and has them when it is back", function()
    local store <close> = assert(redis.open { nodes = nodes(), name = "down" })
    local pages = { page_on("down", 1), page_on("down", 2), page_on("down", 3) }
    for i, page in ipairs(pages) do assert(store:save(page, full(tostring(i)))) end

    cluster[2]:stop "KILL"
    for i, page in ipairs(pages) do
      local bytes, message, code = store:load(page)
      if i == 2 then
        assert.equal("connection_refused", code, message)
        assert.matches("is redis%-server running at 127.0.0.1:" .. cluster[2].port, message)
        assert.is_nil(store:save(page, full "x"))
      else
        assert.equal(full(tostring(i)), bytes)
      end
    end
    local again <close> = assert(redis.open { nodes = nodes(), name = "down" })
    assert.equal(full "3", again:load(pages[3]))

    cluster[2]:start()
    cluster:wait_until_whole()
    for i, page in ipairs(pages) do assert.equal(full(tostring(i)), store:load(page)) end
  end)

  it("has an array whose pages are on three servers, one of which goes and comes", function()
    local per_page, pages = P // 4, 40
    local store <close> = assert(redis.open { nodes = nodes(), name = "array" })
    local size, plain = pages * per_page, {}
    local array <close> = assert(pager.new { store = store, type = "i32", count = size, frames = 4 })
    local function write(i, x)
      array[i] = x
      plain[i] = x
    end
    for i = 1, size, per_page // 3 do write(i, i) end

    cluster[3]:stop "KILL"
    local failed = 0
    for i = 1, size, per_page // 3 do
      if not pcall(write, i, -i) then failed = failed + 1 end
    end
    assert.is_true(failed > 0 and failed < pages * 4)
    cluster[3]:start()
    cluster:wait_until_whole()

    for i = 2, size, per_page // 3 do write(i, 7 * i) end
    local wrong = 0
    for i = 1, #array do
      if array[i] ~= (plain[i] or 0) then wrong = wrong + 1 end
    end
    assert.equal(0, wrong)
  end)
end)
