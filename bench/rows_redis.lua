--- A page to a Redis server of this machine and back, beside the same bytes sent and received in C. Most of
--- the time is the server's and the system's.

local baseline = require "baseline"
local measure = require "bench.measure"
local vmem = require "vmem"

local TIMES <const> = 2000
local PORT <const> = math.random(20000, 29999)
local page = ("\x5a"):rep(vmem.page_size)
local server

--- One server for both sides and all rounds. It ends with this process, which holds its pipe.
local function start()
  server = server or io.popen(("redis-server --port %d --bind 127.0.0.1 --save '' >/dev/null 2>&1 & "
    .. "read _; kill $!; wait"):format(PORT), "w")
end

--- The store, or nil and the reason why there is none.
local function open()
  if not os.execute "command -v redis-server >/dev/null" then return nil, "no redis-server here" end
  local loaded, redis = pcall(require, "vmem.pager.redis")
  if not loaded then return nil, "no LuaSocket here" end
  start()
  local store, message
  local from = baseline.now()
  repeat
    store, message = redis.open { port = PORT, name = "bench" }
  until store or baseline.now() - from > 5e9
  if store then assert(store:save(1, page)) end
  return store, message
end

local function each(what, ...)
  local start_time = baseline.now()
  for _ = 1, TIMES do assert(what(...)) end
  return measure.each(start_time, TIMES)
end

--- In C: only when the other side's store, and with it the server, can be had.
local function setup_c()
  local store, message = open()
  if not store then return nil, message end
  store:close()
  return require("vmem.pager.redis.connection").request
end

local TARGET <const> = 2 -- LuaSocket alone takes up to 1.5

return {
  title = "A page through Redis, against send and recv",
  {
    rounds = 9,
    setup = { vmem = open, c = setup_c },
    teardown = { vmem = function(store) store:close() end },
    rows = {
      {
        name = "store:load", target = TARGET,
        vmem = function(store) return each(store.load, store, 1) end,
        c = function(request)
          local reply = ("$%d\r\n%s\r\n"):format(#page, page)
          return baseline.exchange(PORT, request("GET", "bench:1"), #reply, TIMES)
        end,
      },
      {
        name = "store:save", target = TARGET,
        vmem = function(store) return each(store.save, store, 1, page) end,
        c = function(request)
          return baseline.exchange(PORT, request("SET", "bench:1", page), #"+OK\r\n", TIMES)
        end,
      },
    },
  },
}
