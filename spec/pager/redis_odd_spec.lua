-- Servers with unexpected replies: each kind of reply to each command becomes an error of the store that
-- quotes the server.

local helpers = require "helpers"
local odd = require "odd_server"
local scheduler = require "scheduler"
local servers = require "redis_server"
local vmem = require "vmem"

local it = servers.socket_it
local _, redis = pcall(require, "vmem.pager.redis")
local P <const> = vmem.page_size
local PAGE <const> = ("p"):rep(P)

local CODES <const> = {}
for code in ([[connection_refused connection_lost timeout host_not_found permission_denied out_of_memory
  unavailable bad_page protocol_error not_a_cluster not_supported refused]]):gmatch "[%w_]+" do
  CODES[code] = true
end

-- {====== Shapes ======

-- A reply, and the part of it that the message must show.
local SHAPES <const> = {
  { "+OK\r\n", "+OK" }, { "+hello\r\n", "+hello" }, { "+\r\n", "+" }, { "+QUEUED\r\n", "+QUEUED" },
  { "+\27[2J\r\n", "+?[2J" },
  { "-ERR odd\r\n", "ERR odd" }, { "-\r\n", "" }, { "-lower case\r\n", "lower case" },
  { "-NOAUTH who\r\n", "NOAUTH who" }, { "-READONLY You\r\n", "READONLY You" }, { "-OOM no\r\n", "OOM no" },
  { "-MISCONF disk\r\n", "MISCONF disk" }, { "-" .. ("x"):rep(3000) .. "\r\n", "xxx" },
  { ":5\r\n", ":5" }, { ":-1\r\n", ":-1" }, { ":\r\n", ":" }, { ":1.5\r\n", ":1.5" },
  { "$-1\r\n", "null" }, { "$0\r\n\r\n", "0 bytes" }, { "$2\r\nOK\r\n", "2 bytes" },
  { ("$%d\r\n%s\r\n"):format(P, PAGE), P .. " bytes" }, { "$99999999\r\n", "99999999 bytes" },
  { "$-2\r\n", "$-2" }, { "$\r\n", "$" }, { "$2\r\nOKAY\r\n", "without its end" },
  { "*0\r\n", "*0" }, { "*-1\r\n", "*-1" }, { "*1\r\n+OK\r\n", "*1" },
  { "_\r\n", "_" }, { "#t\r\n", "#t" }, { ",1.5\r\n", ",1.5" }, { "(12\r\n", "(12" }, { "%1\r\n", "%1" },
  { "~1\r\n", "~1" }, { ">1\r\n", ">1" }, { "=6\r\ntxt:OK\r\n", "=6" }, { "!3\r\nERR\r\n", "!3" },
  { "HTTP/1.1 400 Bad Request\r\n", "HTTP/1.1 400" }, { "\r\n", "unknown reply" },
  { "+OK\r\n+OK\r\n", "more than one reply" }, { ("x"):rep(5000), "without an end" },
  { "", "closed" },
}

local function is_error(said) return said:sub(1, 1) == "-" end

-- The replies that are not failures.
local function ok_alone(said) return said == "+OK\r\n" end
local FINE <const> = {
  ASKING = ok_alone, AUTH = ok_alone, SELECT = ok_alone, SET = ok_alone,
  CLUSTER = function() return false end,
  GET = function(said) return said == "$-1\r\n" or said:find("^%$" .. P .. "\r\np") ~= nil end,
  INFO = function(said)
    if is_error(said) then return not said:find "NOAUTH" end
    return said == "$0\r\n\r\n" or said == "$2\r\nOK\r\n" or said:find("^%$" .. P .. "\r\np") ~= nil
  end,
  PING = function(said)
    if is_error(said) then return not said:find "NOAUTH" end
    return said:find "^%+[^\r]*\r\n$" ~= nil
  end,
}

-- ====== }

--- The result of a store if one command always gets this reply: nothing, or the message and code.
local function outcome(command, said)
  local message, code
  odd.between(function(words)
    if words[1] == command then return said end
    if command == "PING" and words[1] == "INFO" then return "-ERR unknown command 'INFO'\r\n" end
    if command == "ASKING" and words[1] == "GET" then return "-ASK 1 :" .. odd.port .. "\r\n" end
    return odd.plain[words[1]]
  end, function(port)
    odd.port = port
    local cluster = command == "CLUSTER" or command == "ASKING"
    local store, text, why = redis.open {
      name = "array", timeout = 5, yield = scheduler.yield, user = "me", password = "pass-word",
      database = not cluster and 1 or nil, port = not cluster and port or nil,
      nodes = cluster and { "127.0.0.1:" .. port } or nil,
    }
    if not store then
      message, code = text, why
      return
    end
    local _ <close> = store
    if command == "SET" then
      local ok
      ok, message, code = store:save(1, PAGE)
      assert.is_true(ok or ok == nil and message ~= nil)
    elseif command == "GET" or command == "ASKING" then
      local bytes
      bytes, message, code = store:load(1)
      assert.is_true(bytes == nil or bytes == PAGE)
    end
  end)
  return message, code
end

describe("a server that answers oddly", function()
  helpers.no_regions_left()

  for _, command in ipairs { "AUTH", "SELECT", "CLUSTER", "INFO", "PING", "GET", "SET" } do
    it(("to %s is told of by what it says, or taken as it is"):format(command), function()
      for _, shape in ipairs(SHAPES) do
        local said, words = table.unpack(shape)
        local message, code = outcome(command, said)
        local what = ("%s answered with %q: %s, %s"):format(command, said:sub(1, 30), message, code)
        if FINE[command](said) then
          if message then error(what) end
        else
          if type(message) ~= "string" or not CODES[code] then error(what) end
          if message:find ".lua" or message:find "pass%-word" or #message > 400 then error(what) end
          if message:find "[^\x20-\x7e]" or not message:find(words, 1, true) then error(what) end
        end
      end
    end)
  end

  it("to ASKING is told of by what it says", function()
    for _, shape in ipairs(SHAPES) do
      local said, words = table.unpack(shape)
      local message, code = outcome("ASKING", said)
      if said ~= "+OK\r\n" then -- with it, it sends us on for ever
        assert.truthy(message and message:find(words, 1, true), message)
      end
      assert.is_true(CODES[code])
    end
  end)
end)

local function open(options)
  options.name, options.timeout, options.yield = "a", 5, scheduler.yield
  return assert(redis.open(options))
end

describe("behind one address", function()
  helpers.no_regions_left()

  --- The replies of the first connection, which is kept, and of later ones.
  local function failover(first, later, body)
    local asked = 0
    local connections = odd.between(function(words, number)
      if words[1] ~= "GET" and words[1] ~= "SET" then return odd.plain[words[1]] end
      asked = asked + 1
      local said = number == 1 and first or later
      return said == "right" and odd.plain[words[1]] or said
    end, function(port)
      local store <close> = open { port = port }
      body(store)
    end)
    return asked, #connections
  end

  for _, said in ipairs {
    "-READONLY You can't write against a read only replica.\r\n",
    "-LOADING Redis is loading the dataset in memory\r\n",
    "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n",
  } do
    local word = said:match "%u+"

    it(("another server is asked, over a new connection, where one says %s"):format(word), function()
      local asked, connections = failover(said, "right", function(store)
        assert.is_true(store:save(1, PAGE))
        assert.is_true(store:save(2, PAGE))
      end)
      assert.equal(3, asked)
      assert.equal(2, connections)
    end)

    it(("the server that says %s is not asked for ever"):format(word), function()
      local asked, connections = failover(said, said, function(store)
        for _ = 1, 2 do
          local ok, message, code = store:save(1, PAGE)
          assert.is_nil(ok)
          assert.equal("unavailable", code)
          assert.truthy(message:find(word, 1, true))
        end
      end)
      assert.equal(3, asked) -- the kept connection, a new one; a new one
      assert.equal(3, connections)
    end)
  end

  it("what else a server refuses is not asked twice", function()
    local asked, connections = failover("-OOM no\r\n", "right", function(store)
      assert.equal("out_of_memory", select(3, store:save(1, PAGE)))
    end)
    assert.equal(1, asked)
    assert.equal(1, connections)
  end)
end)

describe("a server that sends elsewhere", function()
  helpers.no_regions_left()

  for _, kind in ipairs { "MOVED", "ASK" } do
    it(("by %s is not followed without nodes, and the password stays"):format(kind), function()
      local spied = odd.between(function() return "+OK\r\n" end, function(elsewhere)
        local asked = 0
        odd.between(function(words)
          asked = asked + 1
          if words[1] == "GET" then return ("-%s 1 127.0.0.1:%d\r\n"):format(kind, elsewhere) end
          return odd.plain[words[1]]
        end, function(port)
          local store <close> = open { port = port, password = "secret" }
          local bytes, message, code = store:load(1)
          assert.is_nil(bytes)
          local wanted = "127.0.0.1:%d refuses: %s 1 127.0.0.1:%d: it is part of a cluster: give nodes"
          assert.equal(wanted:format(port, kind, elsewhere), message)
          assert.equal("refused", code)
        end)
        assert.equal(3, asked) -- AUTH, INFO, GET
      end)
      assert.equal(0, #spied)
    end)
  end

  it("to ever more servers is not followed for long, and they are forgotten", function()
    local asked = 0
    odd.between(function(words)
      if words[1] ~= "GET" then return odd.plain[words[1]] end
      asked = asked + 1
      return ("-MOVED 1 127.0.0.1:%d\r\n"):format(asked % 60000 + 1) -- no server listens there
    end, function(port)
      local store <close> = open { nodes = { "127.0.0.1:" .. port } }
      for _ = 1, 30 do
        asked = asked + 20000 -- most of these ports are closed
        local bytes, message, code = store:load(1)
        assert.is_nil(bytes)
        assert.is_true(CODES[code], message)
        assert.is_true(#store.nodes.known <= 9)
      end
    end)
  end)

  it("to a thousand servers that answer is not followed to one more", function()
    local store
    odd.between(function(words) return odd.plain[words[1]] end, function(port)
      store = open { nodes = { "127.0.0.1:" .. port } }
      local node = require "vmem.pager.redis.node"
      while #store.nodes.known < 1000 do
        table.insert(store.nodes.known, node.new(("h%d:1"):format(#store.nodes.known), store.nodes.options))
      end
      store.nodes.known[1].ask = function() return nil, "MOVED 1 h:2", "error_reply" end
      local _, message, code = store:load(1)
      assert.equal(("127.0.0.1:%d names more servers than a cluster has"):format(port), message)
      assert.equal("protocol_error", code)
      store:close()
    end)
  end)
end)

describe("an IPv6 address", function()
  helpers.no_regions_left()

  local function has_ipv6()
    local listener = require("socket").bind("::1", 0)
    if listener then listener:close() end
    return listener ~= nil
  end

  for _, host in ipairs { "::1", "[::1]" } do
    it("may be written as " .. host, function()
      local port = servers.free_port()
      local _, message = redis.open { name = "a", host = host, port = port, timeout = 1 }
      assert.truthy(message:find(("[::1]:%d"):format(port), 1, true), message)
      if not has_ipv6() then pending "needs IPv6" end
      odd.host = "::1"
      finally(function() odd.host = nil end)
      odd.between(function(words) return odd.plain[words[1]] end, function(free)
        local store <close> = open { host = host, port = free }
        assert.equal(("vmem.pager.redis a:* at [::1]:%d"):format(free), tostring(store))
        assert.is_true(store:save(1, PAGE))
        local other <close> = open { nodes = { ("%s:%d"):format(host, free) } }
        assert.is_true(other:save(1, PAGE))
      end)
    end)
  end
end)

describe("the time that a server is given", function()
  helpers.no_regions_left()

  it("does not depend on the wall clock", function()
    local socket = require "socket"
    local real = socket.gettime
    finally(function() socket.gettime = real end)
    odd.between(function(words) return odd.plain[words[1]] end, function(port)
      local store <close> = open { port = port }
      for _, step in ipairs { 86400 * 365, -86400 * 365 } do
        local calls = 0
        socket.gettime = function()
          calls = calls + 1
          return real() + step * calls
        end
        local ok, message = store:save(1, PAGE)
        socket.gettime = real
        assert.is_true(ok, message)
      end
    end)
  end)
end)
