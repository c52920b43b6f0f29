local scheduler = require "scheduler"
local servers = require "redis_server"

local plain_it, it = it, servers.socket_it
local loaded, socket = pcall(require, "socket")
local resp = loaded and require "vmem.pager.redis.connection"
local slots = require "vmem.pager.redis.hash_slot"

--- Runs a client with the spec's own server, both in this process. serve(connection) gets a connection that
--- the client opened; client(port) runs until it ends.
local function between(serve, client)
  local listener <close> = setmetatable({ socket = assert(socket.bind("127.0.0.1", 0)) }, {
    __close = function(self) self.socket:close() end,
  })
  listener.socket:settimeout(0)
  local _, port = listener.socket:getsockname()
  local function serving()
    scheduler.yield(listener.socket, "read", 5)
    local connection = assert(listener.socket:accept())
    connection:settimeout(5)
    serve(connection)
    connection:close()
  end
  scheduler.run { serving, function() client(math.tointeger(port)) end }
end

local options = { timeout = 5, yield = scheduler.yield, most = 100 }

--- The client's result when the server sends these pieces one after the other, and whether the connection is
--- still open afterwards.
local function answered(pieces, changed)
  local result
  between(function(connection)
    scheduler.yield(connection, "read", 5)
    connection:settimeout(0)
    connection:receive(8192)
    for _, piece in ipairs(pieces) do
      connection:send(piece)
      coroutine.yield() -- the turn of the other
      coroutine.yield()
    end
    if pieces.hold then scheduler.yield(connection, "read", 5) end
  end, function(port)
    local connection = assert(resp.connect("127.0.0.1", port, changed or options))
    result = table.pack(connection:ask("GET", "key"))
    result.stands = connection.socket ~= nil
    connection:close()
  end)
  return result
end

describe("a connection that speaks RESP", function()
  it("writes a request as words with lengths", function()
    assert.equal("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\n\0\r\n\xff7\r\n",
      resp.request("SET", "a", "\0\r\n\xff7"))
    assert.equal("*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n", resp.request("SELECT", 12))
  end)

  local replies = {
    { "a word", "+OK\r\n", "OK", "status" },
    { "nothing", "$-1\r\n", false, "null" },
    { "an integer", ":-42\r\n", -42, "integer" },
    { "an empty string", "$0\r\n\r\n", "", "string" },
    { "any bytes", "$9\r\n\0\r\n$-1\r\n\xff\r\n", "\0\r\n$-1\r\n\xff", "string" },
    { "an error", "-MOVED 7 host:1\r\n", nil, "MOVED 7 host:1", "error_reply" },
  }
  for _, case in ipairs(replies) do
    local name, bytes, reply, message, code = table.unpack(case, 1, 5)
    it("understands " .. name, function()
      assert.same({ reply, message, code, n = 3, stands = true }, answered { bytes, hold = true })
    end)

    it("understands " .. name .. " that comes byte by byte", function()
      local pieces = { hold = true }
      for byte in bytes:gmatch "." do pieces[#pieces + 1] = byte end
      assert.same({ reply, message, code, n = 3, stands = true }, answered(pieces))
    end)
  end

  local failures = {
    { "another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n", "protocol_error", "HTTP/1.1 400 Bad Request" },
    { "bytes that mean nothing", "\0\1\2\xff\r\n", "protocol_error", '"????"' },
    { "a line without an end", ("x"):rep(5000), "protocol_error", "a line without an end" },
    { "a length that is none", "$4k\r\n", "protocol_error", "$4k" },
    { "a negative length", "$-7\r\n", "protocol_error", "$-7" },
    { "a length past all integers", "$99999999999999999999\r\n", "protocol_error", "an unknown reply" },
    { "an integer that is none", ":0x10\r\n", "protocol_error", ":0x10" },
    { "a list, which is never asked for", "*1\r\n+OK\r\n", "protocol_error", "*1" },
    { "a string longer than it says", "$2\r\nabcdef\r\n", "protocol_error", "a string without its end" },
    { "two replies", "+OK\r\n+OK\r\n", "protocol_error", "more than one reply" },
    { "more than is wanted", "$101\r\n", "too_long", "101 bytes" },
    { "half a line", "+O", "connection_lost", "closed the connection", true },
    { "half a string", "$5\r\nab", "connection_lost", "closed the connection", true },
    { "nothing before it closes", "", "connection_lost", "closed the connection", true },
  }
  for _, case in ipairs(failures) do
    local name, bytes, code, text, ends = table.unpack(case)
    it("drops a server that answers with " .. name, function()
      local result = answered { bytes, hold = not ends }
      assert.is_nil(result[1])
      assert.equal(code, result[3])
      assert.truthy(result[2]:find(text, 1, true), result[2])
      assert.is_false(result.stands)
    end)
  end

  it("drops a server that answers with half a string and no more, in time", function()
    local impatient = { timeout = 0.1, yield = scheduler.yield, most = 100 }
    local result = answered({ "$5\r\nab", hold = true }, impatient)
    assert.equal("timeout", result[3])
    assert.matches("^no answer from 127.0.0.1:%d+ within 0.1 seconds$", result[2])
    assert.is_false(result.stands)
  end)

  it("sends what is too much for one time, while others have their turn", function()
    local long, got = ("0123456789"):rep(1000000), 0
    between(function(connection)
      connection:settimeout(0)
      while got < #long do
        scheduler.yield(connection, "read", 5)
        local bytes, _, part = connection:receive(65536)
        got = got + #(bytes or part)
      end
      connection:send "+OK\r\n"
      scheduler.yield(connection, "read", 5)
    end, function(port)
      local connection = assert(resp.connect("127.0.0.1", port, options))
      assert.equal("OK", connection:ask("SET", "key", long))
      connection:close()
    end)
    assert.is_true(got > #long)
  end)

  it("is quiet while nobody says a thing unasked, and stands", function()
    for _, said in ipairs { false, "+OK\r\n", "" } do
      local quiet
      between(function(connection)
        if said then connection:send(said) end
        if said ~= "" then scheduler.yield(connection, "read", 5) end
      end, function(port)
        local connection = assert(resp.connect("127.0.0.1", port, options))
        socket.sleep(0.01)
        for _ = 1, 5 do coroutine.yield() end
        quiet = connection:is_quiet()
        connection:close()
      end)
      assert.equal(said == false, quiet)
    end
  end)

  it("goes with the coroutine that is closed in mid-request", function()
    local connection
    between(function(theirs)
      scheduler.yield(theirs, "read", 5)
      theirs:settimeout(1)
      repeat local _, problem = theirs:receive(1) until problem
    end, function(port)
      connection = assert(resp.connect("127.0.0.1", port, options))
      local thread = coroutine.create(function() connection:ask("GET", "key") end)
      assert(coroutine.resume(thread))
      assert.truthy(connection.socket)
      assert.is_true(coroutine.close(thread))
      assert.is_nil(connection.socket)
    end)
  end)
end)

describe("the slot of a key", function()
  local cases = {
    { "", 0 },
    { "123456789", 0x31c3 }, -- what CRC16's descriptions give
    { "{user1000}.following", slots.of "user1000" },
    { "foo{bar}{zap}", slots.of "bar" },
    { "foo{{bar}}zap", slots.of "{bar" },
  }
  for _, case in ipairs(cases) do
    local key, slot = table.unpack(case)
    plain_it(("is %5d for %q"):format(slot, key), function() assert.equal(slot, slots.of(key)) end)
  end

  plain_it("is that of the whole key where {} holds nothing", function()
    assert.not_equal(slots.of "foo", slots.of "foo{}{bar}")
    assert.not_equal(slots.of "bar", slots.of "foo{}{bar}")
  end)
end)
