-- An array that several machines share: a Redis server keeps its pages
-- Usage: lua5.4 pager_redis.lua [host [port]], or --start for a server that ends with this script
local pager = require "vmem.pager"
local redis = require "vmem.pager.redis"
local socket = require "socket"

local host, port = arg[1] or "127.0.0.1", tonumber(arg[2]) or 6379

local server
if host == "--start" then
  host, port = "127.0.0.1", math.random(20000, 29999)
  local command = "redis-server --port %d --save '' >/dev/null & read _; kill $!; wait"
  server = assert(io.popen(command:format(port), "w"))
  socket.sleep(0.5)
end

local store, problem = redis.open { host = host, port = port, name = "vmem-example" }
if not store then
  print(problem)
  print "Start one on this machine:  apt install redis-server; redis-server"
  print "or say where there is one:  lua5.4 pager_redis.lua HOST PORT"
  print "or have one for a moment:   lua5.4 pager_redis.lua --start"
  os.exit(false, true)
end

-- 8 GiB, of which 16 pages are in memory at once. The server has those that were ever written to.
local N <const> = 1 << 30
do
  local array <close> = assert(pager.new { store = store, type = "f64", count = N, frames = 16 })
  array[1] = array[1] + 1
  for i = 2, 33 do array[i * (N // 33)] = i * i end
  print(array)
end -- saved, page after page

-- Another machine sees what this one has saved; to see more of it later, it calls array:refresh().
do
  local other <close> = assert(redis.open { host = host, port = port, name = "vmem-example" })
  local array <close> = assert(pager.new { store = other, type = "f64", count = N, frames = 16 })
  print(("element %d is %g"):format(12 * (N // 33), array[12 * (N // 33)]))
  print(("the array has been opened by %d runs of this script so far"):format(array[1]))
end

store:close()
if server then server:close() end
