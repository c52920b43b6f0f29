--- One connection to a server that speaks RESP, the protocol of Redis: the part that vmem.pager.redis
--- needs. One request, one reply; each coroutine needs a connection of its own.
---
--- Why not a client library: redis-lua 2.0.5 (Debian's lua-redis) loads under Lua 5.4 and carries pages, but
--- Debian has it for 5.1 to 5.3 alone, and after a time-out it goes on with the same connection: from then
--- on each reply is the one to the request before, which for pages means another page's contents. It
--- cannot wait in a coroutine, and knows no cluster. nginx's clients (lua-nginx-redis) run inside nginx only.

local core = require "vmem.core"
local socket = require "socket"
local units = require "vmem.internal.units"

local now <const>, process_id <const> = core.now, core.process_id

---@class vmem.pager.redis.connection.options
---@field timeout number seconds that a request may take, and connecting
---@field yield? fun(socket: table, what: "read"|"write", seconds: number) waits, see vmem.pager.redis
---@field most integer bytes of the longest string that is taken

---@class vmem.pager.redis.connection
---@field address string "host:port"
---@field socket table? nil once the connection is closed or lost
---@field busy boolean? a request is under way
---@field process integer the number of the process that has connected
---@field buffer string what has come
---@field at integer where in it the rest begins that has not been read
local connection = { __name = "vmem.pager.redis.connection" }
connection.__index = connection

local resp = {}

local LINE <const> = 4096 -- bytes of the longest line that is taken
local CHUNK <const> = 8192

-- {====== Ends ======

function connection:close()
  if self.socket then self.socket:close() end
  self.socket = nil
end

--- A child of fork has the connection, too, and would read the replies to its parent.
local function is_own(self)
  return self.process == process_id()
end

--- Ends the connection in mid-request. Without lingering, the system drops what it has not sent
--- yet: a page that was given up must not arrive after the one that is saved instead.
local function drop(self)
  if is_own(self) then self.socket:setoption("linger", { on = true, timeout = 0 }) end
  self:close()
end

local function lost(self, problem)
  drop(self)
  if problem == "timeout" then
    return nil, units.format("no answer from %s within %g seconds", self.address, self.timeout), "timeout"
  elseif problem == "connection refused" then
    return nil, ("connection refused: is redis-server running at %s?"):format(self.address),
      "connection_refused"
  elseif problem == "forked" then
    return nil, ("the connection with %s is that of the process before fork"):format(self.address),
      "connection_lost"
  elseif problem == "closed" then
    return nil, ("%s has closed the connection"):format(self.address), "connection_lost"
  end
  return nil, ("the connection with %s is lost: %s"):format(self.address, problem), "connection_lost"
end

--- After what is not RESP, the start of the next reply is unknown.
local function garbage(self, what, bytes)
  drop(self)
  return nil, ("%s does not answer as Redis does: %s (%q)")
    :format(self.address, what, bytes:sub(1, 40):gsub("[^\x20-\x7e]", "?")), "protocol_error"
end

-- ====== }

-- {====== Waiting ======

--- The time left, or nil and the problem. Has the socket wait for no longer, or not at all inside a coroutine
--- that can yield.
local function patience(self)
  if not is_own(self) then return nil, "forked" end
  local left = self.deadline - now()
  if left <= 0 then return nil, "timeout" end
  local yields = self.yield and coroutine.isyieldable()
  self.socket:settimeout(yields and 0 or left)
  return left, yields
end

--- Waits for as long as the socket has not yet. The yield function may come back early or late.
local function wait(self, what, left, yields)
  if yields then self.yield(self.socket, what, left) end
end

local function send(self, bytes)
  local sent = 0
  while sent < #bytes do
    local left, yields = patience(self)
    if not left then return lost(self, yields) end
    local last, problem, part = self.socket:send(bytes, sent + 1)
    sent = last or part
    if problem == "timeout" then
      wait(self, "write", left, yields)
    elseif problem then
      return lost(self, problem)
    end
  end
  return true
end

--- Puts what has come into the buffer: a byte of it at least.
local function receive(self)
  while true do
    local left, yields = patience(self)
    if not left then return lost(self, yields) end
    local first, problem = self.socket:receive(1)
    if first then
      self.socket:settimeout(0)
      local rest, _, part = self.socket:receive(CHUNK)
      self.buffer, self.at = self.buffer:sub(self.at) .. first .. (rest or part), 1
      return true
    end
    if problem ~= "timeout" then return lost(self, problem) end
    wait(self, "read", left, yields)
  end
end

-- ====== }

-- {====== Replies ======

--- Takes so many bytes, and the end of a line behind them. Pages are copied no more often than need be.
local function take(self, size)
  local at = self.at
  self.at = at + size + 2
  return self.buffer:sub(at, at + size - 1)
end

local function unread(self) return #self.buffer - self.at + 1 end

local function receive_line(self)
  while true do
    local stop = self.buffer:find("\r\n", self.at, true)
    if stop then return take(self, stop - self.at) end
    if unread(self) > LINE then return garbage(self, "a line without an end", self.buffer) end
    local ok, message, code = receive(self)
    if not ok then return nil, message, code end
  end
end

local function receive_string(self, size)
  if size > self.most then
    drop(self)
    return nil, ("%s answers with %d bytes"):format(self.address, size), "too_long"
  end
  while unread(self) < size + 2 do
    local ok, message, code = receive(self)
    if not ok then return nil, message, code end
  end
  local stop = self.at + size
  local ending = self.buffer:sub(stop, stop + 1)
  if ending ~= "\r\n" then return garbage(self, "a string without its end", ending) end
  return take(self, size)
end

--- The reply and its kind, or nil, message, code. No command that is sent has a list as its
--- reply.
local function receive_reply(self)
  local line, message, code = receive_line(self)
  if not line then return nil, message, code end
  local kind, rest = line:sub(1, 1), line:sub(2)
  local number = rest:find "^%-?%d+$" and math.tointeger(rest)
  if kind == "+" then return rest, "status" end
  if kind == "-" then return nil, rest, "error_reply" end
  if kind == ":" and number then return number, "integer" end
  if kind == "$" and number == -1 then return false, "null" end
  if kind == "$" and number and number >= 0 then
    local bytes
    bytes, message, code = receive_string(self, number)
    return bytes, bytes and "string" or message, code
  end
  return garbage(self, "an unknown reply", line)
end

-- ====== }

--- A request's words, as the server wants them.
---@return string
function resp.request(...)
  local parts = { ("*%d\r\n"):format(select("#", ...)) }
  for i = 1, select("#", ...) do
    local word = tostring((select(i, ...)))
    parts[#parts + 1] = ("$%d\r\n"):format(#word)
    parts[#parts + 1] = word
    parts[#parts + 1] = "\r\n"
  end
  return table.concat(parts)
end

--- Asks, and waits for the reply. After any failure but an error_reply, the connection is closed.
---@param ... string|integer the words of a command
---@return string|integer|false|nil reply false where Redis says null
---@return string? kind "status", "integer", "null" or "string"
---@return string? message in place of the kind; of an error_reply: the server's words
---@return "error_reply"|"connection_lost"|"timeout"|"protocol_error"|"too_long"|nil code
function connection:ask(...)
  local _ <close> = self
  self.busy, self.deadline = true, now() + self.timeout
  local reply, message, code = send(self, resp.request(...))
  if reply then reply, message, code = receive_reply(self) end
  if self.socket and unread(self) > 0 then
    return garbage(self, "more than one reply", self.buffer:sub(self.at))
  end
  self.busy = false
  return reply, message, code
end

--- A request that an error or a closed coroutine ends halfway takes the connection along.
function connection:__close()
  if self.busy and self.socket then drop(self) end
end

--- Whether the connection still stands, as far as this side can know, and no data waits that was not asked
--- for.
---@return boolean
function connection:is_quiet()
  if not self.socket or not is_own(self) then return false end
  self.socket:settimeout(0)
  local _, problem = self.socket:receive(1)
  return problem == "timeout"
end

-- {====== Connecting ======

--- A socket that does not wait gives the result of connecting when it is asked to connect again.
local function try(self, ip, port)
  self.socket = socket.tcp()
  while true do
    local left, yields = patience(self)
    if not left then return lost(self, yields) end
    local ok, problem = self.socket:connect(ip, port)
    if ok or problem == "already connected" then
      self.socket:setoption("tcp-nodelay", true)
      return self
    elseif problem ~= "timeout" and problem ~= "Operation already in progress" then
      return lost(self, problem)
    end
    wait(self, "write", left, yields)
  end
end

--- Connects. Finding out a host's address is the one thing that does not yield.
---@param host string
---@param port integer
---@param options vmem.pager.redis.connection.options
---@return vmem.pager.redis.connection? connection
---@return string? message
---@return "host_not_found"|"connection_refused"|"connection_lost"|"timeout"|nil code
function resp.connect(host, port, options)
  local self = setmetatable({
    address = (host:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(host, port), buffer = "", at = 1,
    process = process_id(),
    timeout = options.timeout, yield = options.yield, most = options.most,
    deadline = now() + options.timeout,
  }, connection)
  local addresses, problem = socket.dns.getaddrinfo(host)
  if not addresses then
    return nil, ("the host %s cannot be found: %s"):format(host, problem), "host_not_found"
  end
  local ok, message, code
  for _, address in ipairs(addresses) do
    ok, message, code = try(self, address.addr, port)
    if ok then break end
  end
  return ok, message, code
end

-- ====== }

return resp
