--- One of the servers behind a vmem.pager.redis, and the connections with it that are kept for next time.

local resp = require "vmem.pager.resp"
local slots = require "vmem.pager.redis_slot"

---@class vmem.pager.redis_node.options: vmem.pager.resp.options
---@field cluster boolean the server must be part of a cluster
---@field connections integer that are kept while nobody needs them
---@field user? string
---@field password? string
---@field database? integer

---@class vmem.pager.redis_node
---@field address string "host:port"
---@field options vmem.pager.redis_node.options
---@field idle vmem.pager.resp[] connections that nobody uses
---@field closed boolean?
local node = { __name = "vmem.pager.redis_node" }
node.__index = node

-- {====== What the server says no with ======

local codes = {
  OOM = "out_of_memory",
  NOAUTH = "permission_denied", WRONGPASS = "permission_denied", NOPERM = "permission_denied",
  LOADING = "unavailable", CLUSTERDOWN = "unavailable", MASTERDOWN = "unavailable", TRYAGAIN = "unavailable",
  WRONGTYPE = "bad_page",
}

local advice = {
  NOAUTH = ": give the option password", WRONGPASS = ": look at the options user and password",
  OOM = ": its maxmemory is used up", LOADING = ": try again in a moment",
  CLUSTERDOWN = ": one of its servers is down, or it is being made",
}

--- Turns an error reply into message and code.
---@param text string the server's words
---@return nil
---@return string message
---@return string code
function node:refusal(text)
  local word = text:match "^%u+" or ""
  local shown = text:gsub("[^\x20-\x7e]", "?")
  return nil, ("%s refuses: %s%s"):format(self.address, shown, advice[word] or ""), codes[word] or "refused"
end

-- ====== }

-- {====== A new connection ======

local function check_cluster(self, connection)
  local slot, text, code = connection:ask("CLUSTER", "KEYSLOT", "vmem")
  if slot == slots.of "vmem" then return true end
  if code ~= "error_reply" or not text:find "cluster support" then return slot, text, code end
  return nil, ("nodes are given, but %s is not part of a cluster: give host and port"):format(self.address),
    "not_a_cluster"
end

--- A server that throws away what is used little would throw away pages, and nobody would know: a page
--- that is not there reads as zeros.
local function check_policy(self, info)
  local policy = info:match "maxmemory_policy:(%S+)"
  if policy and policy:find "^allkeys" then
    return nil, ("%s throws away pages when its memory is full (maxmemory-policy %s): set it to noeviction")
      :format(self.address, policy), "not_supported"
  end
  return true
end

--- What comes first. It waits for an answer, so that what an older connection has still sent is there
--- before anything that is asked now.
local function greet(self, connection)
  local options, ok = self.options, true
  local text, code
  if options.user then
    ok, text, code = connection:ask("AUTH", options.user, options.password)
  elseif options.password then
    ok, text, code = connection:ask("AUTH", options.password)
  end
  if ok and options.database then ok, text, code = connection:ask("SELECT", options.database) end
  if ok and options.cluster then ok, text, code = check_cluster(self, connection) end
  if ok then ok, text, code = connection:ask("INFO", "memory") end
  if type(ok) == "string" then return check_policy(self, ok) end
  if code ~= "error_reply" then return nil, text, code end
  if text:find "^NOPERM.*info" then return true end -- may not ask, but may have pages
  return self:refusal(text)
end

--- Connects, and keeps the connection if nothing is the matter with it.
---@return vmem.pager.resp?
---@return string? message
---@return vmem.pager.redis.code? code
local function connect(self)
  local host, port = self.address:match "^(.*):(%d+)$"
  local connection, message, code = resp.connect(host, math.tointeger(port), self.options)
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
  if asking then reply, message, code = connection:ask "ASKING" end
  if reply then reply, message, code = connection:ask(...) end
  put_back(self, connection)
  return reply, message, code
end

--- Where a connection of earlier turns out to be lost, what was asked is asked once more over a new one:
--- reading a page or saving the same bytes twice is as good as once.
---@param asking boolean the server is not the one who has it yet, but was named for this request
---@param ... string|integer the words of a command
---@return string|integer|false|nil reply
---@return string? message the server's words, of an error_reply
---@return string? code
function node:ask(asking, ...)
  local connection = take(self)
  if connection then
    local reply, message, code = ask_over(self, connection, asking, ...)
    if code ~= "connection_lost" then return reply, message, code end
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

--- Does not connect yet.
---@param address string "host:port"
---@param options vmem.pager.redis_node.options
---@return vmem.pager.redis_node
function node.new(address, options)
  return setmetatable({ address = address, options = options, idle = {} }, node)
end

return node
