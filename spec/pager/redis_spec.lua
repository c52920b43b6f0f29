local example = require "documents.example"
local helpers = require "helpers"
local scheduler = require "scheduler"
local servers = require "redis_server"
local vmem = require "vmem"

local plain_it, it = it, servers.it
local _, redis = pcall(require, "vmem.pager.redis")
local P <const> = vmem.page_size

--- A page full of one letter.
local function full(letter) return letter:rep(P) end

local server -- one server for the specs that do not damage it

describe("a store in Redis", function()
  helpers.no_regions_left()

  teardown(function()
    if server then server:close() end
    server = nil
  end)

  --- A store on that server, which starts with the first store. Its old contents are deleted.
  local function open(options)
    server = server or servers.start()
    assert.equal("+OK", server:say "FLUSHALL")
    local all = { port = server.port, name = "array" }
    for key, value in pairs(options or {}) do all[key] = value end
    return assert(redis.open(all))
  end

  --- The same without an opinion on what comes of it.
  local function try(options)
    server = server or servers.start()
    options.port, options.name = server.port, "array"
    return redis.open(options)
  end

  --- Fails unless a call has failed with that code, and these words somewhere.
  local function says(code, text, result, message, given)
    assert.is_nil(result)
    assert.equal(code, given, message)
    assert.truthy(message:find(text, 1, true), message)
  end

  plain_it("says what to install where LuaSocket is missing", function()
    local output, ok = helpers.run_script [[
      package.preload.socket = function() error "module 'socket' not found" end
      local _, message = pcall(require, "vmem.pager.redis")
      io.write(message:match "^[^\n]*")]]
    assert.is_true(ok, output)
    local advice = "needs LuaSocket: apt install lua-socket, or luarocks install luasocket"
    assert.truthy(output:find(advice, 1, true), output)
  end)

  -- {====== Pages ======

  it("keeps pages as they are, whatever their bytes", function()
    local store <close> = open()
    local bytes = {}
    for i = 1, P do bytes[i] = string.char((i * 7 + i // 256) % 256) end
    bytes = table.concat(bytes)
    assert.is_true(store:save(1, bytes))
    assert.is_true(store:save(1 << 50, full "b"))
    assert.equal(bytes, store:load(1))
    assert.equal(full "b", store:load(1 << 50))
    assert.is_true(store:flush())
  end)

  it("has nothing, and nothing to say, for a page that was never saved", function()
    local store <close> = open()
    assert.equal(1, select("#", store:load(7)))
    assert.is_nil(store:load(7))
  end)

  it("has them under keys that others can read", function()
    local store <close> = open()
    store:save(3, full "c")
    assert.equal(full "c", server:say "GET array:3")
  end)

  it("keeps arrays, and databases, apart", function()
    local store <close> = open()
    local other <close> = assert(try { database = 3 })
    local named <close> = assert(redis.open { port = server.port, name = "array:1" })
    store:save(1, full "a")
    other:save(1, full "b")
    named:save(1, full "c")
    assert.equal(full "a", store:load(1))
    assert.equal(full "b", other:load(1))
    assert.equal(full "c", named:load(1))
  end)

  local strangers = {
    { "a string that is shorter", "SET array:5 hello", "it has 5 bytes" },
    { "a string that is a byte longer", "SETRANGE array:5 " .. P .. " x", P + 1 .. " bytes" },
    { "a string that is much longer", "SETRANGE array:5 5000000 x", "answers with 5000001 bytes" },
    { "an empty string", 'SET array:5 ""', "it has 0 bytes" },
    { "what is no string", "RPUSH array:5 x", "WRONGTYPE" },
  }
  for _, case in ipairs(strangers) do
    local name, command, text = table.unpack(case)
    it(("takes %s under its key for no page"):format(name), function()
      local store <close> = open()
      store:save(4, full "d")
      server:say(command)
      says("bad_page", text, store:load(5))
      assert.equal(full "d", store:load(4))
    end)
  end

  -- ====== }

  -- {====== Opening and closing ======

  local misuses = {
    { "no table", 7, "options must be a table, not 7" },
    { "no name", {}, "option name must be given: keys begin with it" },
    { "an empty name", { name = "" }, "option name must be a string that is not empty" },
    { "an unknown option", { name = "a", prot = 1 }, "option 'prot' is unknown; there are connections" },
    { "a port that is none", { name = "a", port = 65536 }, "option port must be an integer from 1 to 65535" },
    { "a node without port", { name = "a", nodes = { "h" } }, 'option nodes must be a list of "host:port"' },
    { "no nodes", { name = "a", nodes = {} }, 'option nodes must be a list of "host:port"' },
    { "nodes and a host", { name = "a", nodes = { "h:1" }, host = "h" }, "options nodes, and host or port" },
    { "a user without a password", { name = "a", user = "u" }, "option user needs option password" },
    { "no time", { name = "a", timeout = 0 }, "option timeout must be a number of seconds above 0" },
    { "what cannot be called", { name = "a", yield = true }, "option yield must be a function" },
  }
  for _, case in ipairs(misuses) do
    local name, options, text = table.unpack(case)
    it("is not opened with " .. name, function()
      helpers.raises("bad argument #1 to 'open' (" .. text, redis.open, options)
    end)
  end

  it("takes only pages, by their number", function()
    local store <close> = open()
    helpers.raises("bad argument #1 to 'load' (page must be an integer of 1 or more, not 0)", store.load,
      store, 0)
    helpers.raises("bad argument #1 to 'save' (page must be an integer", store.save, store, "1", full "a")
    helpers.raises("bad argument #2 to 'save' (bytes must be a string of " .. P, store.save, store, 1, "a")
  end)

  it("is closed once, or more often, and then refuses", function()
    local store = open()
    assert.equal(("vmem.pager.redis array:* at 127.0.0.1:%d"):format(server.port), tostring(store))
    store:close()
    store:close()
    assert.equal(("vmem.pager.redis array:* at 127.0.0.1:%d (closed)"):format(server.port), tostring(store))
    helpers.raises("redis store is closed", store.load, store, 1)
    helpers.raises("redis store is closed", store.save, store, 1, full "a")
    helpers.raises("redis store is closed", store.flush, store)
  end)

  it("says where there is no server", function()
    local port = servers.free_port()
    says("connection_refused", ("connection refused: is redis-server running at 127.0.0.1:%d?"):format(port),
      redis.open { port = port, name = "array" })
    says("host_not_found", "the host nowhere.invalid cannot be found",
      redis.open { host = "nowhere.invalid", name = "array" })
  end)

  it("finds a server by its host's name", function()
    local store <close> = open { host = "localhost" }
    assert.is_true(store:save(1, full "a"))
  end)

  it("takes no server for a cluster that is none: pages would end up here and there", function()
    local store <close> = open()
    says("not_a_cluster", "is not part of a cluster: give host and port",
      redis.open { nodes = { "127.0.0.1:" .. server.port }, name = store.name })
  end)

  it("takes no server that throws pages away", function()
    local store <close> = open()
    server:say "CONFIG SET maxmemory-policy allkeys-lru"
    finally(function() server:say "CONFIG SET maxmemory-policy noeviction" end)
    says("not_supported", "set it to noeviction", redis.open { port = server.port, name = store.name })
  end)

  it("needs the password where there is one", function()
    local store = open()
    store:close()
    server:say "CONFIG SET requirepass secret"
    finally(function() server:say("CONFIG SET requirepass \"\"", "secret") end)
    says("permission_denied", "NOAUTH Authentication required.: give the option password", try {})
    says("permission_denied", "WRONGPASS", try { password = "sesame" })
    local with <close> = assert(try { password = "secret" })
    assert.is_true(with:save(1, full "a"))
    assert.is_nil(tostring(with):find("secret", 1, true))
  end)

  it("can be used by a user who may read and write its keys alone", function()
    local store <close> = open()
    server:say "ACL SETUSER pages on >word ~array:* +get +set"
    finally(function() server:say "ACL DELUSER pages" end)
    local theirs <close> = assert(try { user = "pages", password = "word" })
    assert.is_true(theirs:save(2, full "b"))
    assert.equal(full "b", store:load(2))
    local elsewhere <close> = assert(redis.open {
      port = server.port, name = "other", user = "pages", password = "word",
    })
    says("permission_denied", "NOPERM", elsewhere:load(1))
  end)

  it("says that the server's memory is used up, and goes on when it is not", function()
    local store <close> = open()
    server:say "CONFIG SET maxmemory 1"
    finally(function() server:say "CONFIG SET maxmemory 0" end)
    says("out_of_memory", "its maxmemory is used up", store:save(1, full "a"))
    server:say "CONFIG SET maxmemory 0"
    assert.is_true(store:save(1, full "a"))
  end)

  -- ====== }

  -- {====== Connections come and go ======

  it("connects anew when the server has closed its connection", function()
    local store <close> = open()
    store:save(1, full "a")
    for _ = 1, 3 do
      server:say "CLIENT KILL TYPE normal SKIPME yes"
      assert.equal(full "a", store:load(1))
    end
  end)

  it("has a time-out, after which pages are what they should be", function()
    local store <close> = open { timeout = 0.1 }
    store:save(1, full "a")
    store:save(2, full "b")
    server:signal "STOP"
    finally(function() server:signal "CONT" end)
    says("timeout", "within 0.1 seconds", store:load(1))
    says("timeout", "within 0.1 seconds", store:load(1))
    server:signal "CONT"
    assert.equal(full "b", store:load(2))
    assert.equal(full "a", store:load(1))
  end)

  it("has no save that was given up overtake a later one", function()
    local store <close> = open { timeout = 0.05 }
    store:save(1, full "a")
    for _ = 1, 5 do
      server:signal "STOP"
      says("timeout", "within 0.05 seconds", store:save(1, full "b"))
      server:signal "CONT"
      local done
      repeat done = store:save(1, full "c") until done
      assert.equal(full "c", store:load(1))
      server:say "PING"
      assert.equal(full "c", store:load(1))
    end
  end)

  for _, signal in ipairs { "TERM", "KILL" } do
    it(("fails while its server is gone, by %s, and has all pages when it is back"):format(signal), function()
      local own <close> = servers.start()
      local store <close> = assert(redis.open { port = own.port, name = "array" })
      store:save(1, full "a")
      own:stop(signal)
      local text = "is redis-server running at 127.0.0.1:" .. own.port
      for _ = 1, 2 do
        says("connection_refused", text, store:load(1))
        says("connection_refused", text, store:save(2, full "b"))
      end
      own:start()
      assert.is_true(store:save(2, full "b"))
      assert.equal(full "a", store:load(1))
      assert.equal(full "b", store:load(2))
    end)
  end

  it("asks again when the server goes while it waits, and is back", function()
    local own <close> = servers.start()
    local store <close> = assert(redis.open { port = own.port, name = "array", yield = scheduler.yield })
    store:save(1, full "a")
    own:signal "STOP"
    local restarted, loaded, saved
    scheduler.run({ function() loaded = store:load(1) end, function() saved = store:save(2, full "b") end },
      function()
        if restarted then return end
        own:stop "KILL"
        own:start()
        restarted = true
      end)
    assert.equal(full "a", loaded)
    assert.is_nil(saved) -- it was about to connect
    assert.is_true(store:save(2, full "b"))
  end)

  -- ====== }

  -- {====== Coroutines ======

  it("waits in two coroutines at once, each with a connection of its own", function()
    local store <close> = open { yield = scheduler.yield }
    store:save(1, full "a")
    store:save(2, full "b")
    server:signal "STOP"
    local stopped, log, idle = true, {}, nil
    local function ask(page)
      return function()
        log[#log + 1] = "ask " .. page
        local bytes = store:load(page)
        log[#log + 1] = "have " .. bytes:sub(1, 1)
      end
    end
    scheduler.run({ ask(1), ask(2) }, function()
      if not stopped then return end
      idle, stopped = #store.nodes.known[1].idle, false
      server:signal "CONT"
    end)
    assert.same({ "ask 1", "ask 2" }, { log[1], log[2] })
    table.sort(log)
    assert.same({ "ask 1", "ask 2", "have a", "have b" }, log)
    assert.equal(0, idle)
  end)

  it("gives many coroutines what each has asked for, and keeps few connections", function()
    local store <close> = open { yield = scheduler.yield, connections = 2 }
    local workers, right = {}, 0
    for i = 1, 20 do
      workers[i] = function()
        for round = 1, 10 do
          local bytes = ("%8d"):format(i * 100 + round):rep(P // 8)
          assert(store:save(i, bytes))
          if store:load(i) == bytes then right = right + 1 end
        end
      end
    end
    scheduler.run(workers)
    assert.equal(200, right)
    local kept = #store.nodes.known[1].idle -- one is enough where the server has always answered at once
    assert.is_true(kept == 1 or kept == 2)
  end)

  it("loses but one connection with a coroutine that is closed while it waits", function()
    local store <close> = open { yield = scheduler.yield }
    store:save(1, full "a")
    server:signal "STOP"
    local thread = coroutine.create(function() return store:load(1) end)
    assert(coroutine.resume(thread))
    server:signal "CONT"
    assert.is_true(coroutine.close(thread))
    assert.equal(full "a", store:load(1))
  end)

  -- ====== }

  it("has an example that counts its runs, wherever they are", function()
    local store <close> = open()
    for run = 1, 2 do
      local output, ok = example.run("pager_redis", nil, "127.0.0.1 " .. server.port)
      assert.is_true(ok, output)
      assert.matches("\nelement 390451572 is 144\n", output)
      assert.matches("opened by " .. run .. " runs of this script so far\n$", output)
    end
    assert.is_nil(store:load(1)) -- the example has its own array
  end)

  it("has an example that says what to do where there is no server", function()
    local output, ok = example.run("pager_redis", nil, "127.0.0.1 " .. servers.free_port())
    assert.is_false(ok)
    assert.matches("^connection refused: is redis%-server running at 127.0.0.1:%d+%?\n", output)
    assert.matches("apt install redis%-server", output)
  end)

  it("has an example that starts a server of its own when it is told to", function()
    local output, ok = example.run("pager_redis", nil, "--start")
    assert.is_true(ok, output)
    assert.matches("opened by 1 runs of this script so far\n$", output)
  end)
end)
