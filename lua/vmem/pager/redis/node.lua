--- One server of a vmem.pager.redis, and the idle connections to it.

local process_id = require("vmem.core").process_id
local connections = require "vmem.pager.redis.connection"
local hash_slot = require "vmem.pager.redis.hash_slot"

---@class vmem.pager.redis.node.options: vmem.pager.redis.connection.options
---@field cluster boolean the server must be part of a cluster
---@field connections integer that are kept while they are not needed
---@field user? string
---@field password? string
---@field database? integer

---@class vmem.pager.redis.node
---@field address string "host:port"
---@field options vmem.pager.redis.node.options
---@field idle vmem.pager.redis.connection[] connections that are not in use
---@field process integer the number of the process whose connections they are
---@field given boolean? the script has named it, not another server
---@field closed boolean?
local node = { __name = "vmem.pager.redis.node" }
node.__index = node

-- {====== Refusals of the server ======

local codes = {
  OOM = "out_of_memory",
  NOAUTH = "permission_denied", WRONGPASS = "permission_denied", NOPERM = "permission_denied",
  LOADING = "unavailable", CLUSTERDOWN = "unavailable", MASTERDOWN = "unavailable", TRYAGAIN = "unavailable",
  READONLY = "unavailable",
  WRONGTYPE = "bad_page",
}

local advice = {
  NOAUTH = ": give the option password", WRONGPASS = ": look at the options user and password",
  OOM = ": its maxmemory is used up", LOADING = ": try again in a moment",
  CLUSTERDOWN = ": one of its servers is down, or it is being made",
  READONLY = ": it is a replica: try again when the address is that of the master",
  MOVED = ": it is part of a cluster: give nodes", ASK = ": it is part of a cluster: give nodes",
}

--- Errors of a server that is not, or not yet, the right one at this address.
local MISPLACED <const> = { READONLY = true, LOADING = true, MASTERDOWN = true }

local function is_misplaced(text, code)
  return code == "error_reply" and MISPLACED[text:match "^%u+"]
end

--- Turns an error reply into message and code.
---@param text string the server's words
---@return nil
---@return string message
---@return string code
function node:refusal(text)
  local word = text:match "^%u+" or ""
  local shown = text:sub(1, 200):gsub("[^\x20-\x7e]", "?")
  return nil, ("%s refuses: %s%s"):format(self.address, shown, advice[word] or ""), codes[word] or "refused"
end

-- ====== }

-- {====== Asking ======

local function is_ok(reply, kind) return kind == "status" and reply == "OK" end

--- The kinds of replies that a command may have, apart from errors.
local RIGHT <const> = {
  ASKING = is_ok, AUTH = is_ok, SELECT = is_ok, SET = is_ok,
  CLUSTER = function(_, kind) return kind == "integer" end,
  GET = function(_, kind) return kind == "string" or kind == "null" end,
  INFO = function(_, kind) return kind == "string" end,
  PING = function(_, kind) return kind == "status" end,
}

local function shown(reply, kind)
  if kind == "string" then return #reply .. " bytes" end
  if kind == "status" then return "+" .. reply:sub(1, 200):gsub("[^\x20-\x7e]", "?") end
  return kind == "null" and "null" or ":" .. reply
end

--- Asks over a connection. A reply that the command cannot have ends it: what follows cannot be trusted.
local function ask(connection, command, ...)
  local reply, kind, code = connection:ask(command, ...)
  if code == "too_long" and command ~= "GET" then code = "protocol_error" end
  if reply == nil or RIGHT[command](reply, kind) then return reply, kind, code end
  connection:close()
  return nil, ("%s does not answer as Redis does: %s to %s"):format(
    connection.address, shown(reply, kind), command), "protocol_error"
end

-- ====== }

-- {====== A new connection ======

local function check_cluster(self, connection)
  local slot, text, code = ask(connection, "CLUSTER", "KEYSLOT", "vmem")
  if slot == hash_slot.of "vmem" then return true end
  if slot then
    return nil, ("%s does not answer as Redis does: :%d to CLUSTER KEYSLOT"):format(self.address, slot),
      "protocol_error"
  end
  if code ~= "error_reply" or not text:find "cluster support" then return nil, text, code end
  return nil, ("nodes are given, but %s is not part of a cluster: give host and port"):format(self.address),
    "not_a_cluster"
end

--- A server that throws away what is used little would throw away pages, without an error: a page
--- that is not there reads as zeros.
local function check_policy(self, info)
  local policy = info:match "maxmemory_policy:(%S+)"
  if policy and policy:find "^allkeys" then
    return nil, ("%s throws away pages when its memory is full (maxmemory-policy %s): set it to noeviction")
      :format(self.address, policy), "not_supported"
  end
  return true
end

--- Errors that mean no access at all, and not only that a command is missing or not allowed.
local KEEPS_OUT <const> = { NOAUTH = true, WRONGPASS = true }

--- Not every server has INFO, or has it for every user; without it, PING shows whether there is access.
local function check_server(self, connection)
  local info, text, code = ask(connection, "INFO", "memory")
  if info then return check_policy(self, info) end
  if code ~= "error_reply" or KEEPS_OUT[text:match "^%u+"] then return nil, text, code end
  info, text, code = ask(connection, "PING")
  if info or code == "error_reply" and not KEEPS_OUT[text:match "^%u+"] then return true end
  return nil, text, code
end

--- The first commands of a connection. Their replies show that the server has also got what an older
--- connection has sent.
local function greet(self, connection)
  local options, ok = self.options, true
  local text, code
  if options.user then
    ok, text, code = ask(connection, "AUTH", options.user, options.password)
  elseif options.password then
    ok, text, code = ask(connection, "AUTH", options.password)
  end
  if ok and options.database then ok, text, code = ask(connection, "SELECT", options.database) end
  if ok and options.cluster then ok, text, code = check_cluster(self, connection) end
  if ok then ok, text, code = check_server(self, connection) end
  if ok then return true end
  if code == "error_reply" then return self:refusal(text) end
  return nil, text, code
end

--- Connects, and keeps the connection if nothing is the matter with it.
---@return vmem.pager.redis.connection?
---@return string? message
---@return vmem.pager.redis.code? code
local function connect(self)
  local host, port = self.address:match "^%[?(.-)%]?:(%d+)$"
  local connection, message, code = connections.connect(host, math.tointeger(port), self.options)
  if not connection then return nil, message, code end
  local ok
  ok, message, code = greet(self, connection)
  if ok then return connection end
  connection:close()
  return nil, message, code
end

-- ====== }

-- {====== Connections that wait ======

--- A server that has gone away has closed all of them.
local function take(self)
  if self.process ~= process_id() then self.idle, self.process = {}, process_id() end -- the parent's
  while #self.idle > 0 do
    local connection = table.remove(self.idle)
    if connection:is_quiet() then return connection end
    connection:close()
  end
end

local function put_back(self, connection)
  if not connection.socket then return end
  if self.closed or #self.idle >= self.options.connections then
    connection:close()
  else
    self.idle[#self.idle + 1] = connection
  end
end

function node:forget_connections()
  for _, connection in ipairs(self.idle) do connection:close() end
  self.idle = {}
end

function node:close()
  self.closed = true
  self:forget_connections()
end

-- ====== }

local function ask_over(self, connection, asking, ...)
  local reply = true
  local message, code
  if asking then reply, message, code = ask(connection, "ASKING") end
  if reply then reply, message, code = ask(connection, ...) end
  if is_misplaced(message, code) then connection:close() end
  put_back(self, connection)
  return reply, message, code
end

--- Where a connection of earlier turns out to be lost, what was asked is asked once more over a new one:
--- reading a page or saving the same bytes twice is as good as once. So it is where the server is no longer
--- the one to ask: behind the same address, there may be another.
---@param asking boolean the server is not the one who has it yet, but was named for this request
---@param ... string|integer the words of a command
---@return string|integer|false|nil reply
---@return string? message the server's words, of an error_reply; of a reply, its kind
---@return string? code
function node:ask(asking, ...)
  local connection = take(self)
  if connection then
    local reply, message, code = ask_over(self, connection, asking, ...)
    if code ~= "connection_lost" and not is_misplaced(message, code) then return reply, message, code end
    self:forget_connections()
  end
  local message, code
  connection, message, code = connect(self)
  if not connection then return nil, message, code end
  return ask_over(self, connection, asking, ...)
end

--- Finds out whether the server can be had.
---@return true?
---@return string? message
---@return string? code
function node:try()
  local connection, message, code = connect(self)
  if not connection then return nil, message, code end
  put_back(self, connection)
  return true
end

--- The one way to write an address: an IPv6 host has brackets, as "::1:6379" could be an address without a
--- port.
---@param host string with brackets or without
---@param port integer|string
function node.address_of(host, port)
  host = host:match "^%[(.*)%]$" or host
  return (host:find(":", 1, true) and "[%s]:%s" or "%s:%s"):format(host, port)
end

--- Does not connect yet.
---@param address string "host:port"
---@param options vmem.pager.redis.node.options
---@return vmem.pager.redis.node
function node.new(address, options)
  return setmetatable({ address = address, options = options, idle = {}, process = process_id() }, node)
end

return node
