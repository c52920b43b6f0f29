--- A server for the specs that sends any reply the spec wants, in the process of its client.

local scheduler = require "scheduler"
local slots = require "vmem.pager.redis.hash_slot"

local loaded, socket = pcall(require, "socket")

local odd = {}

-- {====== Requests ======

--- The words of the first request in the bytes, and the bytes after it; nil while it is incomplete.
local function parse(bytes)
  local count, at = bytes:match "^%*(%d+)\r\n()"
  if not count then return nil end
  local words = {}
  for i = 1, tonumber(count) do
    local size, start = bytes:match("^%$(%d+)\r\n()", at)
    if not size or #bytes < start + size + 1 then return nil end
    words[i] = bytes:sub(start, start + size - 1)
    at = start + size + 2
  end
  return words, bytes:sub(at)
end

-- ====== }

--- What Redis says, with no page and no password; more or less.
odd.plain = {
  ASKING = "+OK\r\n", AUTH = "+OK\r\n", SELECT = "+OK\r\n", SET = "+OK\r\n",
  GET = "$-1\r\n", PING = "+PONG\r\n",
  INFO = "$27\r\nmaxmemory_policy:noeviction\r\n", CLUSTER = (":%d\r\n"):format(slots.of "vmem"),
}

--- One step of a server: accepts new connections, and answers complete requests.
local function serve(listener, connections, answer)
  local new = listener:accept()
  if new then
    new:settimeout(0)
    connections[#connections + 1] = { socket = new, got = "" }
    connections[#connections].number = #connections
  end
  for _, each in ipairs(connections) do
    local bytes, problem, part = each.socket:receive(65536)
    each.got = each.got .. (bytes or part or "")
    local words, rest = parse(each.got)
    if words then
      each.got = rest
      local said = answer(words, each.number) or ""
      if said ~= "" then each.socket:send(said) else each.socket:close() end
    elseif problem == "closed" then
      each.socket:close()
    end
  end
end

--- Calls client(port, serving) beside a server. answer(words, connection) returns the reply, or nil to close
--- the connection. Connections are counted from 1.
function odd.between(answer, client)
  local host = odd.host or "127.0.0.1"
  local listener, connections, done = assert(socket.bind(host, 0)), {}, false
  listener:settimeout(0)
  local _, port = listener:getsockname()
  local _ <close> = setmetatable({}, {
    __close = function()
      listener:close()
      for _, each in ipairs(connections) do each.socket:close() end
    end,
  })
  local function serving()
    while not done do
      serve(listener, connections, answer)
      coroutine.yield()
    end
  end
  scheduler.run { serving, function()
    client(math.tointeger(tonumber(port)))
    done = true
  end }
  return connections
end

odd.loaded = loaded

return odd
