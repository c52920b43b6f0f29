--- Redis servers for the specs, each with its own port and folder, beside all others on the machine. They end
--- with the spec: by close, or when the process that runs the specs ends.

local busted = require "busted"
local helpers = require "helpers"

local loaded, socket = pcall(require, "socket")

local servers = {}

local function skipping(reason)
  return function(name, run)
    if reason then
      busted.pending(("%s (%s)"):format(name, reason))
    else
      busted.it(name, run)
    end
  end
end

local no_sockets = not loaded and "needs LuaSocket"

local function no_server()
  if helpers.on_windows then return "needs a Unix" end
  return no_sockets or not os.execute("command -v redis-server >/dev/null") and "needs redis-server"
end

--- it(), where there is LuaSocket.
servers.socket_it = skipping(no_sockets)

--- it(), where there is redis-server.
servers.it = skipping(no_server())

-- {====== Folders, ports, processes ======

--- In memory if possible: the specs let servers end, not machines.
local function new_folder()
  local pipe <close> = assert(io.popen("export LD_PRELOAD=; mktemp -d -p /dev/shm 2>/dev/null || mktemp -d"))
  return pipe:read("l")
end

local function is_free(port)
  local listener = socket.bind("127.0.0.1", port)
  if listener then listener:close() end
  return listener ~= nil
end

--- A port that is free, and so is the one that a server of a cluster takes besides.
function servers.free_port()
  while true do
    local port = math.random(20000, 29999)
    if is_free(port) and is_free(port + 10000) then return port end
  end
end

-- The shell outlives the server, and ends it when the other end of the pipe is closed. A sanitizer's preloads
-- are not for them.
local keeper <const> = [[
exec 2>/dev/null; export LD_PRELOAD=; cd '%s' || exit
redis-server %s >>log 2>&1 &
server=$!; read word
[ "$word" = wait ] || { kill -9 $server; rm -rf '%s'; }
wait $server]]

local function wait_until(what, done)
  for _ = 1, 3000 do
    local result = done()
    if result then return result end
    socket.sleep(0.01)
  end
  error(what .. ": not within 30 seconds", 2)
end

-- ====== }

---@class redis_server
---@field port integer
---@field pid integer? nil while it does not run
---@field folder string
local server = {}
server.__index = server

--- Says a line to the server and gives its answer: a line, or a string.
---@param line string
---@param password? string
function server:say(line, password)
  local connection = assert(socket.connect("127.0.0.1", self.port))
  connection:settimeout(5)
  if password then
    connection:send(("AUTH %s\r\n"):format(password))
    connection:receive("*l")
  end
  connection:send(line .. "\r\n")
  local answer = connection:receive("*l")
  local size = answer and tonumber(answer:match "^%$(%d+)")
  if size then answer = connection:receive(size) end
  connection:close()
  return answer or ""
end

local function content(self, name)
  local file <close> = io.open(("%s/%s"):format(self.folder, name))
  return file and file:read("a") or ""
end

--- The pid of the process that answers at the port, if it is the started one, as its folder shows, and has
--- loaded its data.
local function answering_pid(self)
  local pid = content(self, "pid"):match "%d+"
  if not pid then return nil end
  local ok, answer = pcall(self.say, self, "INFO")
  local ready = ok and answer:find(("process_id:%s\r\n"):format(pid)) and answer:find "\nloading:0"
  return ready and math.tointeger(tonumber(pid))
end

--- True when it runs; false if another process took the port first.
function server:start()
  local command = keeper:format(self.folder, self.options, self.folder)
  self.keeper = assert(io.popen(command, "w"))
  wait_until("redis-server starts", function()
    self.pid = answering_pid(self)
    return self.pid or content(self, "log"):find "Failed listening"
  end)
  return self.pid ~= nil
end

function server:signal(name)
  assert(os.execute(("kill -%s %d"):format(name, self.pid)))
end

--- Stops it with this signal, by default TERM; its folder stays.
function server:stop(name)
  self:signal(name or "TERM")
  self.keeper:write("wait\n")
  self.keeper:close()
  self.keeper, self.pid = nil, nil
end

function server:close()
  if self.keeper then self.keeper:close() end
  self.keeper, self.pid = nil, nil
  os.execute(("rm -rf '%s'"):format(self.folder))
end

server.__close = server.close

local OPTIONS <const> =
  "--port %d --bind 127.0.0.1 --pidfile pid --save '' --appendonly yes --appendfsync always %s"

--- Starts a server that has on its disk whatever it has said yes to. To be closed.
---@param options? string more of the command line
---@return redis_server
function servers.start(options)
  while true do
    local port = servers.free_port()
    local self = setmetatable({
      port = port, folder = new_folder(), options = OPTIONS:format(port, options or ""),
    }, server)
    if self:start() then return self end
    self:close()
  end
end

-- {====== A cluster ======

local cluster = {}
cluster.__index = cluster

function cluster:close()
  for _, member in ipairs(self) do member:close() end
end

cluster.__close = cluster.close

--- Waits until all of its servers say that the cluster is whole.
function cluster:wait_until_whole()
  for _, member in ipairs(self) do
    wait_until("the cluster is whole", function()
      local info = member:say("CLUSTER INFO")
      -- The state is also ok while a server does not yet know the owners of the other slots.
      return info:find "cluster_state:ok" and info:find "cluster_slots_ok:16384"
        and info:find("cluster_known_nodes:" .. #self)
    end)
  end
end

local MEMBER <const> = "--cluster-enabled yes --cluster-node-timeout 3000 "
  .. "--cluster-require-full-coverage no"

--- Starts a cluster of three, each with a third of the slots. To be closed.
function servers.cluster()
  local self = setmetatable({}, cluster)
  local slots = { "0 5460", "5461 10922", "10923 16383" }
  for i = 1, 3 do
    self[i] = servers.start(MEMBER)
    self[i]:say("CLUSTER SET-CONFIG-EPOCH " .. i)
    self[i]:say("CLUSTER ADDSLOTSRANGE " .. slots[i])
  end
  for i = 2, 3 do self[i]:say("CLUSTER MEET 127.0.0.1 " .. self[1].port) end
  self:wait_until_whole()
  return self
end

-- ====== }

return servers
