-- A child of fork and its parent, with one store in Redis: each has its own connections.

local fork_kit = require "fork_kit"
local helpers = require "helpers"
local servers = require "redis_server"

local it = fork_kit.available() and servers.it or fork_kit.it


describe("a store in Redis, in a child of fork", function()
  helpers.no_regions_left()

  local server
  teardown(function()
    if server then server:close() end
    server = nil
  end)

  local function run(script)
    server = server or servers.start()
    server:say "FLUSHALL"
    fork_kit.run(([[
      local port, server_pid = %d, %d
      local vmem, pager, redis = require "vmem", require "vmem.pager", require "vmem.pager.redis"
      local P = vmem.page_size
      local function page_of(page) return ("i8"):pack(page):rep(P // 8) end
      local function ports(store)
        local list = {}
        for _, server in ipairs(store.nodes.known) do
          for _, each in ipairs(server.idle) do
            local _, local_port = each.socket:getsockname()
            list[#list + 1] = math.tointeger(tonumber(local_port))
          end
        end
        return table.concat(list, " ")
      end
    ]]):format(server.port, server.pid) .. script)
  end

  it("connects anew, and leaves its parent's connection as it is", function()
    run [[
      local store = assert(redis.open { port = port, name = "a" })
      for page = 1, 50 do assert(store:save(page, page_of(page))) end
      local before = ports(store)
      assert(before:find "^%d+$")
      local child = fork()
      if child == 0 then
        for page = 1, 50 do
          for _ = 1, 10 do if store:load(page) ~= page_of(page) then leave(1) end end
        end
        if ports(store) == before or not ports(store):find "^%d+$" then leave(2) end
        store:close()
        leave(0)
      end
      for page = 50, 1, -1 do
        for _ = 1, 10 do assert(store:load(page) == page_of(page)) end
      end
      local ended = wait(child)
      assert(ended == 0, ended)
      assert(store:load(7) == page_of(7))
      assert(ports(store) == before)
      in_child(function() store:close() end)
      local again = fork()
      if again == 0 then os.exit(0, true) end
      assert(wait(again) == 0)
      assert(store:load(8) == page_of(8) and ports(store) == before)
    ]]
  end)

  it("asks again where it was forked in the middle of a request, and so does its parent not", function()
    run [[
      local store = assert(redis.open { port = port, name = "a", yield = function() coroutine.yield() end })
      assert(store:save(1, page_of(1)))
      assert(store:save(2, page_of(2)))
      local before = ports(store)
      local bytes
      os.execute("kill -STOP " .. server_pid) -- so that it cannot answer at once
      local thread = coroutine.create(function() bytes = store:load(1) end)
      assert(coroutine.resume(thread))
      os.execute("kill -CONT " .. server_pid)
      assert(coroutine.status(thread) == "suspended")
      local function finish()
        while coroutine.status(thread) ~= "dead" do assert(coroutine.resume(thread)) end
        assert(bytes == page_of(1))
        assert(store:load(2) == page_of(2))
      end
      in_child(function()
        finish()
        assert(ports(store) ~= before)
      end)
      finish()
      assert(ports(store) == before)
    ]]
  end)

  it("saves nothing of its parent's array", function()
    run [[
      local store = assert(redis.open { port = port, name = "a" })
      local array = assert(pager.new { store = store, type = "u8", count = 8 * P, frames = 4 })
      for page = 1, 3 do array[page * P] = page end
      for _, ending in ipairs { "close", "exit", "flush" } do
        local child = fork()
        if child == 0 then
          array[4 * P] = 44
          if ending == "exit" then os.exit(0, true) end
          local ok = array[ending](array)
          leave(ok and 0 or 7)
        end
        local ended = wait(child)
        assert(ended == (ending == "flush" and 7 or 0), ended)
        for page = 1, 3 do assert(select("#", store:load(page)) == 1) end
        assert(store:load(4):byte(-1) == 44)
      end
      assert(array:flush())
      for page = 1, 3 do assert(store:load(page):byte(-1) == page) end
    ]]
  end)
end)
