--- The servers of a vmem.pager.redis, and which of them to ask: one alone, or a cluster, whose servers
--- redirect a client that asks for a key to the server that has it.

local node = require "vmem.pager.redis.node"
local hash_slot = require "vmem.pager.redis.hash_slot"

---@class vmem.pager.redis.nodes
---@field options vmem.pager.redis.node.options
---@field known vmem.pager.redis.node[] the first is asked where the owner is unknown
---@field owner table<integer, vmem.pager.redis.node> slot -> server, as far as servers have said
local nodes = {}
nodes.__index = nodes

local REDIRECTIONS <const> = 8 -- at most, for one request: the servers of a cluster may disagree for a while

local MOST <const> = 1000 -- servers; Redis recommends no larger clusters

local lost <const> = {
  connection_refused = true, connection_lost = true, timeout = true, host_not_found = true,
}

--- The server of that address, which may be new; nil when there are too many.
local function find(self, host, port)
  local address = node.address_of(host, port)
  for _, server in ipairs(self.known) do
    if server.address == address then return server end
  end
  if #self.known >= MOST then return nil end
  local server = node.new(address, self.options)
  self.known[#self.known + 1] = server
  return server
end

--- Puts this server last in the list: another one may have taken over its pages. A server that was not given
--- by the script is forgotten: another one may name it again.
local function give_up(self, server)
  server:forget_connections()
  for slot, owner in pairs(self.owner) do
    if owner == server then self.owner[slot] = nil end
  end
  for i, known in ipairs(self.known) do
    if known == server then
      table.remove(self.known, i)
      if server.given then table.insert(self.known, server) else server:close() end
      return
    end
  end
end

--- "MOVED 3999 127.0.0.1:6381": kind, host, port. Without a host, it is that of the server that says so. A
--- server that the script does not call a cluster cannot redirect, and gets no password by it.
local function redirection(self, text, from)
  local kind, host, port = text:match "^(%u+) %d+ (.*):(%d+)$"
  if not self.options.cluster or kind ~= "MOVED" and kind ~= "ASK" then return nil end
  if host == "" or host == "?" then host = from:match "^(.*):%d+$" end
  return kind, host, port
end

--- Where to go on after a server has given no reply: another one, and whether for this request only.
--- Otherwise nil, message, code.
local function elsewhere(self, slot, server, down, message, code)
  if code == "error_reply" then
    local kind, host, port = redirection(self, message, server.address)
    if not kind then return server:refusal(message) end
    local to = find(self, host, port)
    if not to then
      return nil, ("%s names more servers than a cluster has"):format(server.address), "protocol_error"
    end
    if kind == "MOVED" then self.owner[slot] = to end
    if not down[to.address] then return to, kind == "ASK" end
  elseif lost[code] then
    down[server.address] = true
    give_up(self, server)
    for _, to in ipairs(self.known) do
      if not down[to.address] then return to, false end
    end
  end
  return nil, message, code
end

--- Asks the server that has the key. Of several failures, it gives the first.
---@param key string
---@param ... string|integer the words of a command
---@return string|integer|false|nil reply false where Redis says null
---@return string? message
---@return vmem.pager.redis.code|"too_long"|nil code
function nodes:ask(key, ...)
  local slot, down, failure = hash_slot.of(key), {}, nil
  local server, asking = self.owner[slot] or self.known[1], false
  for _ = 1, REDIRECTIONS do
    local reply, message, code = server:ask(asking, ...)
    if reply ~= nil then return reply end
    if lost[code] then failure = failure or { message, code } end
    server, asking, code = elsewhere(self, slot, server, down, message, code)
    if not server then
      failure = failure or { asking, code }
      return nil, failure[1], failure[2]
    end
  end
  return nil, ("the servers of the cluster send each other for %s: try again in a moment"):format(key),
    "unavailable"
end

--- One of the servers must answer, so that opening a store shows that it works.
---@param addresses string[] "host:port", one at least
---@param options vmem.pager.redis.node.options
---@return vmem.pager.redis.nodes? nodes
---@return string? message
---@return vmem.pager.redis.code? code
function nodes.open(addresses, options)
  local self = setmetatable({ options = options, known = {}, owner = {} }, nodes)
  for _, address in ipairs(addresses) do
    local server = find(self, address:match "^(.*):(%d+)$")
    if server then server.given = true end
  end
  local failure
  for _ = 1, #self.known do
    local server = self.known[1]
    local ok, message, code = server:try()
    if ok then return self end
    failure = failure or { message, code }
    give_up(self, server)
  end
  return nil, failure[1], failure[2]
end

function nodes:close()
  for _, server in ipairs(self.known) do server:close() end
end

return nodes
