--- A store for vmem.pager: pages are kept by a Redis server, or a cluster of them, so that several processes
--- and machines can share an array.
---
---   local redis = require "vmem.pager.redis"
---   local store <close> = assert(redis.open { host = "127.0.0.1", port = 6379, name = "array" })
---   local array <close> = assert(pager.new { store = store, type = "f64", count = 1 << 30, frames = 64 })
---
--- Page i is the string under the key "array:i", as it is: any client of Redis can read it, and
--- `redis-cli --scan --pattern 'array:*' | xargs redis-cli unlink` does away with the array. A user of the
--- server needs the commands get and set, in a cluster cluster|keyslot too, and should have info, which
--- says whether the server throws keys away.
---
--- Pages are shared as a whole: a save writes the whole page, and the last save wins. A page is never
--- half of one save and half of another. A load gets what other processes have saved. There are no
--- locks, and no order among pages: processes that write must share the pages out among themselves. How far
--- a page that was saved survives the server is up to the server: `appendonly yes` with `appendfsync always`
--- loses nothing, `everysec` a second; a cluster's replica that takes over may lack what came last.
---
--- Connections are not encrypted: tunnel them across networks that you do not trust. A password goes to the
--- server that the script names, and with `nodes` to those that they name. A child of fork connects anew.

local checks = require "vmem.internal.checks"
local public = require "vmem.internal.public"
local core = require "vmem.core"

local loaded, socket = core.attempt(require, "socket")
if not loaded then
  error("vmem.pager.redis needs LuaSocket: apt install lua-socket, or luarocks install luasocket\n"
    .. tostring(socket), 0)
end

local node = require "vmem.pager.redis.node"
local nodes = require "vmem.pager.redis.nodes"
local page_size = require("vmem").page_size

---@class vmem.pager.redis.options
---@field name string of the array: its keys are "name:1", … A cluster has them spread; those of "{name}" not
---@field host? string Default: "127.0.0.1"
---@field port? integer Default: 6379
---@field nodes? string[] "host:port" of some servers of a cluster, instead of host and port
---@field user? string of Redis 6 or later
---@field password? string
---@field database? integer counts from 0, as Redis does. Default: the server's, which is 0
---@field timeout? number seconds to connect, and to wait for an answer. Default: 5
---@field connections? integer that are kept to each server while they are not needed. Default: 4
---@field yield? fun(socket: table, what: "read"|"write", seconds: number) see below

--- yield: called in coroutines that would have to wait. It comes back when the LuaSocket can be read or
--- written, or when the seconds are over; too early does no harm. Each coroutine has a connection of its
--- own for as long as it waits. Outside of coroutines the store waits by itself, and always for the address
--- of a host that is given by name.

---@alias vmem.pager.redis.code
---| "connection_refused"
---| "connection_lost"
---| "timeout"
---| "host_not_found"
---| "permission_denied" # wrong or no password, or a user who may not do this
---| "out_of_memory" # the server's
---| "unavailable" # for now: the server is starting, or the cluster is not whole
---| "bad_page" # what is under the key is not a page
---| "protocol_error" # the server is not Redis
---| "not_a_cluster"
---| "not_supported" # the server throws keys away
---| "refused" # anything else that the server says

--- As a <close> variable it closes at the end of the block.
---@class vmem.pager.redis: vmem.pager.store
---@field name string
---@field at string the servers' addresses, as given
---@field nodes vmem.pager.redis.nodes? nil once it is closed
local store = { __name = "vmem.pager.redis", page_size = page_size }
store.__index = store

local redis = {}

-- {====== Options ======

local function text(value)
  if type(value) == "string" and value ~= "" then return value end
  return nil, "a string that is not empty"
end

local known = {
  connections = checks.count(0, nil, 4),
  database = checks.optional(checks.count(0)),
  host = checks.optional(text),
  password = checks.optional(text),
  port = checks.optional(checks.count(1, 65535)),
  user = checks.optional(text),
}

--- The name, with which all keys begin.
function known.name(value)
  if value ~= nil then return text(value) end
  return nil, "given: keys begin with it"
end

local function is_address(value)
  local port = type(value) == "string" and value:match "^.+:(%d+)$"
  port = port and math.tointeger(port)
  return port and port >= 1 and port <= 65535
end

known.nodes = checks.optional(function(value)
  local fit = type(value) == "table" and #value > 0
  for _, address in ipairs(fit and value or {}) do fit = fit and is_address(address) end
  if fit then return value end
  return nil, 'a list of "host:port"'
end)

function known.timeout(value)
  if value == nil then return 5 end
  if type(value) == "number" and value > 0 and value <= 86400 then return value end
  return nil, "a number of seconds above 0, and not more than a day"
end

known.yield = checks.optional(checks.callable)

-- No value is shown: any of them may have a password in it, by mistake or as part of an URL.
for name, check in pairs(known) do
  known[name] = function(value)
    local found, expected = check(value)
    return found, expected, true
  end
end

local function check_options(options)
  local o = checks.options(1, "open", options, known)
  checks.that(not (o.nodes and (o.host or o.port)), 1, "open",
    "options nodes, and host or port: one or the other")
  checks.that(o.password or not o.user, 1, "open", "option user needs option password")
  return o
end

-- ====== }

-- {====== Pages ======

local function servers_of(self)
  if not self.nodes then checks.raise "redis store is closed" end
  return self.nodes
end

local function key_of(self, page, verb)
  return ("%s:%d"):format(self.name, checks.integer(1, verb, "page", page, 1))
end

--- The length is all that is checked: Redis and TCP have checksums of their own.
local function no_page(key, what)
  return nil, ("%s is no page: %s, and a page has %d bytes. Does another program use the name, or a machine "
    .. "whose pages have another size?"):format(key, what, page_size), "bad_page"
end

--- The page's bytes; nil alone when it was never saved.
---@param page integer from 1
---@return string? bytes
---@return string? message
---@return vmem.pager.redis.code? code
function store:load(page)
  local servers, key = servers_of(self), key_of(self, page, "load")
  local bytes, message, code = servers:ask(key, "GET", key)
  if bytes == false then return nil end
  if code == "too_long" or code == "bad_page" then return no_page(key, message) end
  if not bytes then return nil, message, code end
  if #bytes ~= page_size then return no_page(key, ("it has %d bytes"):format(#bytes)) end
  return bytes
end

--- Comes back when the server has said that it has the page.
---@param page integer from 1
---@param bytes string
---@return true? done
---@return string? message
---@return vmem.pager.redis.code? code
function store:save(page, bytes)
  local servers, key = servers_of(self), key_of(self, page, "save")
  checks.that(type(bytes) == "string" and #bytes == page_size, 2, "save",
    "bytes must be a string of %d bytes", page_size)
  local reply, message, code = servers:ask(key, "SET", key, bytes)
  if not reply then return nil, message, code end
  return true
end

--- Does nothing: the server has every page that was saved.
---@return true
function store:flush()
  servers_of(self)
  return true
end

---@return true
function store:close()
  if self.nodes then self.nodes:close() end
  self.nodes = nil
  return true
end

function store:__close() self:close() end

function store:__tostring()
  return ("vmem.pager.redis %s:* at %s%s"):format(self.name, self.at, self.nodes and "" or " (closed)")
end

-- ====== }

--- Opens a store; a server must answer.
---@param options vmem.pager.redis.options
---@return vmem.pager.redis? store
---@return string? message
---@return vmem.pager.redis.code? code
function redis.open(options)
  local o = check_options(options)
  local addresses = o.nodes or { node.address_of(o.host or "127.0.0.1", o.port or 6379) }
  local servers, message, code = nodes.open(addresses, {
    cluster = o.nodes ~= nil,
    user = o.user, password = o.password, database = o.database,
    timeout = o.timeout, yield = o.yield, connections = o.connections,
    most = math.max(page_size, 65536), -- what INFO says may be longer than a page
  })
  if not servers then return nil, message, code end
  return setmetatable({ name = o.name, nodes = servers, at = table.concat(addresses, ", ") }, store)
end

checks.methods(store, "load save flush close __tostring")

return public.module("vmem.pager.redis", "pages of a pager in a Redis server", redis)
