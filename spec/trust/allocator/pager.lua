--- The pager: whatever fails, an element has the value last stored in it.

local pager = require "vmem.pager"
local vmem = require "vmem"
local P <const> = vmem.page_size

local store = {}
store.__index = store
function store:load(page) return self[page] end
function store:pages(page)
  return function()
    while page <= 8 do
      page = page + 1
      if rawget(self, page - 1) then return page - 1 end
    end
  end
end
function store:save(page, bytes)
  self[page] = bytes
  return true
end

local PAGES <const> = 8

--- An array of eight pages in three frames. A page's first element is ten times its number, or as it was.
local function filled(options, as_it_is)
  local wanted = { store = setmetatable({}, store), type = "u32", count = PAGES * P // 4, frames = 3 }
  for name, value in pairs(options or {}) do wanted[name] = value end
  local array = assert(pager.new(wanted))
  if as_it_is then return array end
  for page = 1, PAGES do array[(page - 1) * (P // 4) + 1] = page * 10 end
  return array
end

local function first(page) return (page - 1) * (P // 4) + 1 end

local function check(array)
  for _ = 1, 2 do
    for page = 1, PAGES do
      local value = array[first(page)]
      assert(value == page * 10, ("page %d has %s"):format(page, value))
    end
  end
  assert(array.resident <= array.frames and array.region.committed == array.resident * P)
  local ok, message = array:close()
  assert(ok, message)
end

local function reading(array)
  for page = PAGES, 1, -1 do assert(array[first(page)] == page * 10) end
end

local function writing(array)
  for page = 1, PAGES do
    assert(array[first(page)] == page * 10) -- it comes clean, and the write is a fault, too
    array[first(page) + 1] = page * 10 + 1
  end
end

local function check_written(array)
  for page = 1, PAGES do assert(array[first(page) + 1] == page * 10 + 1, "what was written is lost") end
  check(array)
end

local snippets = {
  { "pager.new", steps = true, setup = function() return {} end,
    act = function()
      local array <close> = filled()
      assert(#tostring(array) > 10 and array.type == "u32")
      assert(array.dirty == 3 and array.resident == array.frames)
    end },
  { "pager: bytes", setup = filled, steps = true,
    act = function(array)
      local bytes = array:read(P - 4, 2 * P)
      array:write(P - 4, bytes)
    end, check = check },
  { "pager: elements", setup = filled, steps = true,
    act = function(array)
      array:set(first(3) - 2, array:get(first(3) - 2, first(3) + 2))
    end, check = check },
  { "pager: many elements", setup = filled, steps = true,
    act = function(array)
      local u32 = P // 4
      local missing = 360 - array:sum() -- an earlier try may have filled page 4, or 4 and 5
      assert(missing == 0 or missing == 40 or missing == 90)
      assert(select(2, array:minmax()) == 80)
      array:fill(0, first(3) + 1, first(6) - 1)
      array:copy(array, first(5), first(5), first(7))
      assert(array:sum(first(4), first(4) + u32 - 1) == 0)
      for at, count in array:pages() do assert(at % u32 == 1 and count > 0) end
    end,
    check = function(array) -- the two in the middle have been filled, or not yet
      for _, page in ipairs { 4, 5 } do
        local value = array[first(page)]
        assert(value == 0 or value == page * 10)
        array[first(page)] = page * 10
      end
      check(array)
    end },
  { "pager:flush", setup = filled, steps = true, check = check,
    act = function(array) assert(array:flush()) end },
  { "pager:refresh", setup = filled, steps = true,
    act = function(array)
      assert(array:flush())
      assert(array:refresh())
    end, check = check },
  { "pager:close", setup = filled, steps = true, act = function(array) assert(array:close()) end },
  { "pager: a store that waits", steps = true,
    setup = function()
      local slow = setmetatable({ waits = false }, { __index = store })
      function slow:load(page)
        if self.waits and coroutine.isyieldable() then coroutine.yield() end
        return self[page]
      end
      function slow:save(page, bytes)
        if self.waits and coroutine.isyieldable() then coroutine.yield() end
        self[page] = bytes
        return true
      end
      local array = filled { store = slow }
      slow.waits = true
      return { array = array, threads = {} }
    end,
    act = function(kit)
      local array, threads = kit.array, kit.threads
      for i = 1, #threads do coroutine.close(threads[i]) end -- those that are given up
      for i = 1, 3 do
        threads[i] = coroutine.create(function()
          reading(array)
          writing(array)
        end)
      end
      local ok, problem, left, rounds = true, nil, true, 0
      while left do
        left, rounds = false, rounds + 1
        if rounds > 1000 then error("a coroutine waits for ever", 0) end
        for i = 1, 3 do
          if coroutine.status(threads[i]) ~= "dead" then
            left = true
            local went, message = coroutine.resume(threads[i])
            if not went then ok, problem = false, message end
          end
        end
      end
      if not ok then error(problem, 0) end
    end, check = function(kit) check(kit.array) end },
  { "pager on a file", steps = true,
    setup = function()
      local file = require "vmem.pager.file"
      local kit = { path = os.tmpname() }
      kit.store = assert(file.open(kit.path))
      kit.array = filled { store = kit.store }
      return kit
    end,
    act = function(kit)
      reading(kit.array)
      writing(kit.array)
      assert(kit.array:flush())
      for page in kit.store:pages(1) do assert(page >= 1) end
    end,
    check = function(kit)
      check(kit.array)
      assert(kit.store:close())
      local again <close> = assert(require("vmem.pager.file").open(kit.path))
      local array <close> = filled({ store = again, frames = 1 }, "as it is")
      for page = 1, PAGES do assert(array[first(page)] == page * 10) end
    end,
    drop = function(kit)
      kit.array:close()
      kit.store:close()
      os.remove(kit.path)
    end },
}

snippets[#snippets + 1] = { "pager.file: first saves", steps = true,
  setup = function()
    local kit = { path = os.tmpname() }
    kit.store = assert(require("vmem.pager.file").open(kit.path))
    return kit
  end,
  act = function(kit)
    for _, page in ipairs { 1, 1000, 1, 70000 } do assert(kit.store:save(page, ("x"):rep(P))) end
  end,
  check = function(kit)
    local again <close> = assert(require("vmem.pager.file").open(kit.path))
    for _, page in ipairs { 1, 1000, 70000 } do
      local bytes, message = again:load(page)
      assert(not message and (not bytes or bytes == ("x"):rep(P)), message)
      assert(kit.store:save(page, ("y"):rep(P)))
      assert(again:load(page) == ("y"):rep(P))
    end
  end,
  drop = function(kit)
    kit.store:close()
    os.remove(kit.path)
  end }

snippets[#snippets + 1] = { "pager.file.open", steps = true,
  setup = function() return { path = os.tmpname() } end,
  act = function(kit)
    local opened <close> = assert(require("vmem.pager.file").open(kit.path))
    assert(tostring(opened):find(kit.path, 1, true))
    assert(opened:check_type "u32")
    assert(opened:close())
  end,
  drop = function(kit) os.remove(kit.path) end }

for _, policy in ipairs { "clock", "lru", "fifo", "aging", "enhanced", "nru", "random" } do
  local function setup() return filled { policy = policy } end
  snippets[#snippets + 1] = { "pager: reading, by " .. policy, setup = setup, steps = true, act = reading,
    check = check }
  snippets[#snippets + 1] = { "pager: writing, by " .. policy, setup = setup, steps = true, act = writing,
    check = check_written }
end

table.sort(snippets, function(a, b) return a[1] < b[1] end)

return snippets
