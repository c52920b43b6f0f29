-- A child of fork and its parent with one pager and one file: neither damages the other's pages, and the
-- child saves only what it has written itself.

local fork_kit = require "fork_kit"
local helpers = require "helpers"
local kit = require "pager_kit"

local it = fork_kit.it

--- Runs a script with `path`, the name of a file that is removed afterwards.
local function run(script, before)
  local path = kit.temporary()
  finally(function() os.remove(path) end)
  fork_kit.run(([[
    local path = %q
    local vmem, pager, file = require "vmem", require "vmem.pager", require "vmem.pager.file"
    local P = vmem.page_size
    local function full(letter) return letter:rep(P) end
    local function first(page) return (page - 1) * P + 1 end
    local function new_array(store, frames)
      local options = { type = "u8", count = 64 * P, policy = "fifo" }
      options.store, options.frames = store, frames
      return assert(pager.new(options))
    end
  ]]):format(path) .. script, before)
end

describe("a file store in a child of fork", function()
  helpers.no_regions_left()

  it("reads while its parent writes, and neither disturbs the other", function()
    run [[
      local PAGES = 64
      local store = assert(file.open(path))
      local function page_of(page, round) return ("i8"):pack(page << 32 | round):rep(P // 8) end
      for page = 1, PAGES do assert(store:save(page, page_of(page, 0))) end
      local child = fork()
      if child == 0 then
        local ok, message = pcall(function()
          for i = 1, 20000 do
            local page = i * 7 % PAGES + 1
            local bytes = assert(store:load(page))
            local word = ("i8"):unpack(bytes)
            assert(word >> 32 == page and bytes == ("i8"):pack(word):rep(P // 8), "another page")
          end
        end)
        if not ok then io.write(message, "\n") end
        leave(ok and 0 or 1)
      end
      for round = 1, 4000 do
        local page = round * 5 % PAGES + 1
        assert(store:save(page, page_of(page, round)))
      end
      assert(wait(child) == 0)
      store:close()
      store = assert(file.open(path))
      for page = 1, PAGES do
        local word = ("i8"):unpack(assert(store:load(page)))
        assert(word >> 32 == page)
      end
    ]]
  end)

  local ends = { "store:close()", "os.exit(0, true)", "store = nil; collectgarbage(); leave(0)" }
  for _, ending in ipairs(ends) do
    it("leaves its parent's place in the file alone, to the end: " .. ending, function()
      run(([[
        local store = assert(file.open(path))
        assert(store:save(1, full "a"))
        assert(store:save(2, full "b"))
        local handle, real, parent = store.handle, store.handle.file, true
        local me, read_anew = handle.process, handle.read
        function handle.newest_version() end
        function handle.read(self, position, size, more)
          if self.process ~= me or require("vmem.core").process_id() ~= me then
            return read_anew(self, position, size, more)
          end
          self.file:seek("set", position)
          local bytes = real:read(size)
          return bytes, more and real:read(more)
        end
        store.handle.file = setmetatable({}, { __index = {
          seek = function(_, ...)
            local at = table.pack(real:seek(...))
            if parent then -- what the parent does next goes where the child has left the place
              parent = false
              in_child(function()
                assert(store:load(2))
                assert(store:save(2, full "c"))
                assert(store:load(1) == full "a")
                %s
              end)
            end
            return table.unpack(at, 1, at.n)
          end,
          write = function(_, ...) return real:write(...) end,
          close = function() return real:close() end,
        } })
        assert(store:load(1) == full "a")
        assert(store:load(2) == full "c")
        parent = true
        assert(store:save(1, full "d"))
        assert(store:load(1) == full "d")
        store:close()
        store = assert(file.open(path))
        assert(store:load(1) == full "d" and store:load(2) == full "c")
      ]]):format(ending))
    end)
  end

  it("says so when the file is no longer there, or is another one", function()
    run [[
      local store = assert(file.open(path))
      assert(store:save(1, full "a"))
      os.remove(path)
      in_child(function()
        local bytes, message, code = store:load(1)
        assert(not bytes and code == 2, message)
        assert(message:find "^a child of fork cannot open it: .*No such file", message)
        local ok, why = store:save(1, full "b")
        assert(not ok and why == message)
        assert(store:close())
      end)
      local other = assert(file.open(path))
      in_child(function()
        for _ = 1, 2 do
          local bytes, message, code = store:load(1)
          assert(not bytes and message:find "is another file now$" and code == "not_ours", message)
        end
      end)
      assert(store:load(1) == full "a")
    ]]
  end)

  it("lets its parent know that it has saved a page", function()
    run [[
      local store = assert(file.open(path))
      assert(store:save(1, full "a"))
      in_child(function()
        assert(store:save(1, full "b"))
        assert(store:load(1) == full "b")
        assert(store:save(1, full "c"))
      end)
      local ok, message, code = store:save(1, full "d")
      assert(not ok and code == "conflict", message)
      assert(store:load(1) == full "c")
      assert(store:save(1, full "d"))
    ]]
  end)
end)

describe("an array in a child of fork", function()
  helpers.no_regions_left()

  local endings = {
    "assert(array:close())", "assert(array:close()); assert(store:close())", "os.exit(0, true)", "leave(0)",
    "array = nil; collectgarbage(); collectgarbage()", "do local _ <close> = array end",
    "array:refresh(); collectgarbage(); assert(array:close())",
  }
  for _, ending in ipairs(endings) do
    it("saves nothing of its parent's by " .. ending, function()
      run(([[
        local saves = 0
        local store = assert(file.open(path))
        local array = new_array(store, 8)
        for page = 1, 6 do array[first(page)] = page end
        assert(array:flush())
        for page = 1, 3 do array[first(page)] = 10 + page end -- dirty when the child begins
        local child = fork()
        if child == 0 then
          assert(array[first(1)] == 11 and array[first(4)] == 4)
          array[first(5)] = 55
          local ok, message = pcall(function() %s end)
          if not ok then io.write(message, "\n") end
          leave(ok and 0 or 1)
        end
        assert(wait(child) == 0)
        local other = assert(file.open(path))
        for page = 1, 3 do assert(other:load(page):byte() == page) end
        local told = other:load(5):byte()
        assert(told == 55 or (%q):find "^leave" and told == 5)
        for page = 1, 3 do array[first(page)] = 20 + page end
        assert(array:flush())
        for page = 1, 3 do assert(other:load(page):byte() == 20 + page) end
        assert(array:close())
      ]]):format(ending, ending))
    end)
  end

  it("says of flush that it is not for it to save them, and saves its own", function()
    run [[
      local store = assert(file.open(path))
      local array = new_array(store, 8)
      array[first(1)], array[first(2)] = 1, 2
      assert(array[first(3)] == 0)
      in_child(function()
        array[first(1)] = 77 -- it cannot be told from what the parent has written
        array[first(3)] = 3
        for _ = 1, 2 do
          local ok, message, code = array:flush()
          assert(not ok and code == "forked")
          assert(message == "page 1 cannot be saved to vmem.pager.file " .. path .. ": it was written "
            .. "to before this process was forked, and its parent alone can save it", message)
        end
        assert(array.dirty == 2)
        assert(store:load(3):byte() == 3)
        assert(store:load(1) == nil)
        in_child(function()
          array[first(4)] = 4
          assert(select(3, array:flush()) == "forked")
          assert(array:close())
        end)
        assert(store:load(4):byte() == 4)
      end)
      assert(array:flush())
      assert(array[first(3)] == 0)
      array:refresh()
      assert(array[first(3)] == 3 and array[first(4)] == 4)
      assert(store:load(1):byte() == 1)
    ]]
  end)

  it("keeps its parent's dirty pages in their frames, and pages others in the rest", function()
    run [[
      local store = assert(file.open(path))
      local array = new_array(store, 4)
      for page = 1, 3 do array[first(page)] = page end
      in_child(function()
        for page = 4, 40 do
          assert(array[first(page)] == 0)
          array[first(page)] = page -- its own: saved when it goes
        end
        for page = 1, 40 do assert(array[first(page)] == page) end
        assert(array.resident == 4 and array.dirty >= 3)
        assert(array:close())
      end)
      assert(array[first(40)] == 40)
      assert(array:flush())
    ]]
  end)

  it("says so where no frame is left for another page", function()
    run [[
      local store = assert(file.open(path))
      local array = new_array(store, 2)
      array[first(1)], array[first(2)] = 1, 2
      in_child(function()
        for _ = 1, 2 do
          local ok, message = pcall(function() return array[first(3)] end)
          assert(not ok and message:find "page %d cannot be saved .*its parent alone can save it$", message)
        end
        assert(array[first(1)] == 1 and array[first(2)] == 2)
      end)
      assert(array[first(3)] == 0)
    ]]
  end)

  it("has pages of its own where its parent was clean", function()
    run [[
      local store = assert(file.open(path))
      local array = new_array(store, 4)
      for page = 1, 4 do array[first(page)] = page end
      assert(array:flush())
      in_child(function()
        for page = 1, 4 do array[first(page)] = 10 + page end
        assert(array:flush())
        assert(array:close())
      end)
      array:refresh()
      for page = 1, 4 do assert(array[first(page)] == 10 + page) end
    ]]
  end)
end)
