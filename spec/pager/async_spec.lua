-- A pager whose store yields: pages that are being loaded or saved, and tasks that wait for them. VMEM_SEED=n
-- repeats a run of the random specs, VMEM_STEPS=n makes it longer.

local helpers = require "helpers"
local kit = require "pager_kit"
local replacement = require "vmem.replacement"
local vmem = require "vmem"

local P = vmem.page_size
local first = kit.first

--- An array whose store yields, for example "load 1", before and after its work.
local function slow_array(options)
  local array, store = kit.array(options)
  store.wait = function(method, page)
    if coroutine.isyieldable() then coroutine.yield(method .. " " .. page) end
  end
  return array, store
end

--- Resumes the task, and returns what it yields or returns. Raises its errors.
local function go_on(task)
  local ok, result = coroutine.resume(task)
  if not ok then error(result, 0) end
  return result
end

local function finish(task)
  local result
  while coroutine.status(task) ~= "dead" do result = go_on(task) end
  return result
end

local function reader(array, page)
  return coroutine.create(function() return array[first(page)] end)
end

describe("a pager whose store yields", function()
  helpers.no_regions_left()

  it("holds up who needs the page, and nobody else", function()
    local array <close>, store = slow_array()
    store.kept[1] = ("\7"):rep(P)
    local task = reader(array, 1)
    assert.equal("load 1", go_on(task))
    assert.equal(0, array[first(2)])
    assert.equal("load 1", go_on(task))
    assert.equal(7, go_on(task))
    assert.equal("0 2 1 0", kit.counts(array))
  end)

  it("loads a page once, however many want it", function()
    local array <close>, store = slow_array()
    store.kept[1] = ("\7"):rep(P)
    local tasks = {}
    for i = 1, 4 do
      tasks[i] = reader(array, 1)
      assert.equal(i == 1 and "load 1" or nil, go_on(tasks[i]))
    end
    assert.equal(7, finish(tasks[1]))
    for i = 4, 2, -1 do assert.equal(7, finish(tasks[i])) end
    assert.same({ "load 1" }, store.asked)
    assert.equal("0 4 1 0", kit.counts(array))
  end)

  it("counts one fault for an access, even if its page has gone again while it waited", function()
    local array <close>, store = slow_array { frames = 1 }
    local one, other = reader(array, 1), reader(array, 1)
    go_on(one)
    go_on(other)
    finish(one)
    assert.equal(0, array[first(2)])
    finish(other)
    assert.same({ "load 1", "load 2", "load 1" }, store.asked)
    assert.equal("0 3 0 0", kit.counts(array))
  end)

  it("does not choose a victim that is being saved for somebody else", function()
    local array <close>, store = slow_array { frames = 2 }
    array[first(1)] = 1
    array[first(2)] = 2
    local one, other = reader(array, 3), reader(array, 4)
    for _ = 1, 2 do
      go_on(one)
      go_on(other)
    end
    assert.equal("save 1", go_on(one))
    assert.equal("save 2", go_on(other))
    finish(other)
    finish(one)
    assert.equal("load 1 load 2 load 3 load 4 save 1 save 2", table.concat(store.asked, " "))
    assert.equal("3 r, 4 r", kit.frames(array))
  end)

  it("does not save a page twice at once, though a policy may name it twice", function()
    local policy = replacement.fifo()
    local victim = policy.victim
    function policy:victim() return victim(self) end
    local array <close>, store = slow_array { frames = 2, policy = policy }
    array[first(1)] = 1
    array[first(2)] = 2
    local one, other = reader(array, 3), reader(array, 4)
    repeat
      for _, task in ipairs { one, other } do
        if coroutine.status(task) ~= "dead" then go_on(task) end
      end
    until coroutine.status(one) == "dead" and coroutine.status(other) == "dead"
    assert.equal("load 1 load 2 load 3 load 4 save 1 save 2", table.concat(store.asked, " "))
    assert.equal("3 r, 4 r", kit.frames(array))
  end)

  it("waits when every frame holds a page that is being saved", function()
    local array <close>, store = slow_array { frames = 1 }
    array[first(1)] = 1
    local flusher = coroutine.create(function() return array:flush() end)
    assert.equal("save 1", go_on(flusher))
    local task = reader(array, 2)
    store.wait = nil
    assert.is_nil(go_on(task))
    assert.is_nil(go_on(task))
    assert.equal("suspended", coroutine.status(task))
    assert.is_true(finish(flusher))
    assert.equal(0, finish(task))
    assert.equal(1, array.saves)
  end)

  it("has no more pages on their way than frames", function()
    local array <close>, store = slow_array { frames = 2 }
    local tasks = {}
    for page = 1, 5 do
      tasks[page] = reader(array, page)
      go_on(tasks[page])
    end
    assert.same({ "load 1", "load 2" }, store.asked)
    for page = 1, 5 do finish(tasks[page]) end
    assert.equal(5, array.faults)
  end)

  it("keeps a page that is written to while it is saved as a victim, and chooses again", function()
    local array <close>, store = slow_array { frames = 2 }
    array[first(1)] = 1
    array[first(2)] = 2
    local task = reader(array, 3)
    for _ = 1, 3 do go_on(task) end
    assert.equal("save 1", store.asked[#store.asked])
    array[first(1)] = 42
    finish(task)
    assert.equal("1 rw, 3 r", kit.frames(array))
    assert.equal(1, store.kept[1]:byte())
    assert.equal(2, store.kept[2]:byte())
    assert.equal(42, array[first(1)])
  end)

  it("keeps a page dirty that is written to while it is flushed", function()
    local array <close>, store = slow_array()
    array[first(1)] = 1
    local flusher = coroutine.create(function() return array:flush() end)
    go_on(flusher)
    array[first(1)] = 2
    assert.is_true(finish(flusher))
    assert.equal(1, store.kept[1]:byte())
    assert.equal(1, array.dirty)
    assert.is_true(array:flush())
    assert.equal(2, store.kept[1]:byte())
  end)

  it("flushes a page that somebody else is saving once that is done", function()
    local array <close>, store = slow_array()
    array[first(1)] = 1
    local one = coroutine.create(function() return array:flush() end)
    local other = coroutine.create(function() return array:flush() end)
    assert.equal("save 1", go_on(one))
    assert.is_nil(go_on(other))
    assert.is_nil(go_on(other))
    assert.is_true(finish(one))
    assert.is_true(finish(other))
    assert.same({ "load 1", "save 1" }, store.asked)
  end)

  it("does not drop a page that is being saved when it is refreshed", function()
    local array <close> = slow_array()
    array[first(1)] = 1
    local flusher = coroutine.create(function() return array:flush() end)
    go_on(flusher)
    assert.equal(0, array:refresh())
    finish(flusher)
    assert.equal(1, array:refresh())
  end)

  it("cannot be waited for outside of coroutines, and says so", function()
    local array <close> = slow_array()
    local task = reader(array, 1)
    go_on(task)
    helpers.raises("page 1 is on its way with another coroutine, and only a coroutine can wait for it",
      function() return array[first(1)] end)
    finish(task)
    assert.equal(0, array[first(1)])
  end)

  it("says the same as nil, message, code where a page that is being saved has to be flushed", function()
    local array, store = slow_array()
    array[first(1)] = 1
    local task = coroutine.create(function() return array:flush() end)
    go_on(task)
    local ok, message, code = array:flush()
    assert.is_nil(ok)
    assert.matches("page 1 is on its way with another coroutine", message)
    assert.equal("busy", code)
    assert.equal("busy", select(3, array:close()))
    finish(task)
    assert.is_true(array:close())
    assert.equal(1, store.kept[1]:byte())
  end)

  it("waits as it is told to, outside of coroutines as well", function()
    local task, waits = nil, 0
    local array <close> = slow_array { wait = function()
      waits = waits + 1
      go_on(task)
    end }
    task = reader(array, 1)
    go_on(task)
    assert.equal(0, array[first(1)])
    assert.equal(2, waits)
  end)

  it("notices a store that touches its own array", function()
    local array <close>, store = kit.array()
    local load = store.load
    function store:load(page)
      assert(array[first(page)] == 0)
      return load(self, page)
    end
    helpers.raises("page 1 is touched by the store that is about to load or save it",
      function() return array[first(1)] end)
    store.load = load
    assert.equal(0, array[first(1)])
  end)

  it("notices a store that needs a frame of its own array and finds none", function()
    local array <close>, store = kit.array { frames = 1 }
    local load, save = store.load, store.save
    function store:load(page)
      if page == 1 then assert(array[first(2)] == 0) end
      return load(self, page)
    end
    local function access() return array[first(1)] end
    local message = "the store touches the array while it loads or saves page %d, and no frame is left for it"
    helpers.raises(message:format(1), access)
    helpers.raises(message:format(1), coroutine.wrap(access))
    store.load = load
    array[1] = 1
    function store:save(page, bytes)
      assert(array[first(2)] == 0)
      return save(self, page, bytes)
    end
    for _, flush in ipairs { array.flush, coroutine.wrap(array.flush) } do
      local ok, problem = flush(array)
      assert.is_nil(ok)
      assert.truthy(problem:find(message:format(1), 1, true), problem)
    end
    helpers.raises(message:format(3), coroutine.wrap(function() return array[first(3)] end))
    store.save = save
    assert.is_true(array:flush())
    assert.equal(1, store.kept[1]:byte())
  end)

  it("notices a store that flushes the array while it saves a page of it", function()
    local array <close>, store = kit.array()
    local save = store.save
    array[1] = 1
    function store:save(page, bytes)
      assert(array:flush())
      return save(self, page, bytes)
    end
    for _, flush in ipairs { array.flush, coroutine.wrap(array.flush) } do
      local ok, problem = flush(array)
      assert.is_nil(ok)
      assert.truthy(problem:find("page 1 is touched by the store that is about to load or save it", 1, true))
    end
    store.save = save
  end)

  it("is not closed before what others write meanwhile is saved", function()
    local array, store = slow_array()
    array[first(1)] = 1
    local closer = coroutine.create(function() return array:close() end)
    assert.equal("save 1", go_on(closer))
    array[first(1)] = 2
    array[first(2)] = 3
    assert.is_true(finish(closer))
    assert.equal(2, store.kept[1]:byte())
    assert.equal(3, store.kept[2]:byte())
  end)

  it("may be closed by one while others are on their way, who find it closed", function()
    local array, store = slow_array()
    array[first(2)] = 2
    local loading, waiting = reader(array, 1), reader(array, 1)
    go_on(loading)
    go_on(waiting)
    finish(coroutine.create(function() assert(array:close()) end))
    helpers.raises("array is closed", finish, loading)
    helpers.raises("array is closed", finish, waiting)
    assert.equal(2, store.kept[2]:byte())
  end)
end)

describe("a coroutine that ends while its page is on its way", function()
  helpers.no_regions_left()

  local ends = {
    ["by an error of the store"] = function(task, store)
      store.fails = function() error "injected" end
      pcall(finish, task)
    end,
    ["closed"] = function(task) coroutine.close(task) end,
    ["by an error behind the pager's back"] = function(task, store)
      local wait = store.wait
      store.wait = function() debug.sethook(task, function() error "stop" end, "", 1) end
      pcall(finish, task)
      debug.sethook(task)
      store.wait = wait
    end,
  }
  for name, done in pairs(ends) do
    it(name .. ", leaves a page that others can load", function()
      local array <close>, store = slow_array { frames = 1 }
      local task = reader(array, 1)
      go_on(task)
      done(task, store)
      store.fails = nil
      assert.equal("dead", coroutine.status(task))
      assert.equal(0, finish(reader(array, 1)))
      assert.equal(0, array[first(2)])
    end)

    it(name .. ", leaves a page dirty that it was saving", function()
      local array <close>, store = slow_array { frames = 1 }
      array[first(1)] = 1
      local task = reader(array, 2)
      for _ = 1, 3 do go_on(task) end
      assert.equal("save 1", store.asked[#store.asked])
      assert.is_nil(store.kept[1])
      done(task, store)
      store.fails = nil
      assert.equal(1, array.dirty)
      assert.equal(0, finish(reader(array, 2)))
      assert.equal(1, store.kept[1]:byte())
    end)
  end

  it("collected, lets those go on who wait for it", function()
    local array <close> = slow_array()
    collectgarbage "stop" -- until it is wanted
    finally(function() collectgarbage "restart" end)
    do
      local lost = reader(array, 1)
      go_on(lost)
    end
    local waiting = reader(array, 1)
    assert.is_nil(go_on(waiting))
    collectgarbage()
    collectgarbage()
    assert.equal("load 1", go_on(waiting))
    assert.equal(0, finish(waiting))
  end)

  it("does not keep an array that nobody holds from being saved", function()
    local store
    do
      local array
      array, store = slow_array()
      array[first(1)] = 1
      local flusher = coroutine.create(function() return array:flush() end)
      go_on(flusher)
    end
    assert.is_nil(store.kept[1])
    collectgarbage()
    collectgarbage()
    assert.equal(1, store.kept[1]:byte())
  end)
end)

describe("an array that nobody holds any more", function()
  helpers.no_regions_left()

  it("is saved, though a coroutine that lives on has its page on the way", function()
    local flusher, store
    do
      local array
      array, store = slow_array()
      array[first(1)] = 1
      flusher = coroutine.create(array.flush)
      assert.equal("save 1", select(2, coroutine.resume(flusher, array)))
    end
    collectgarbage()
    collectgarbage()
    assert.equal(1, store.kept[1] and store.kept[1]:byte())
    finish(flusher)
  end)
end)

-- {====== Random schedules ======

local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local steps = tonumber(os.getenv("VMEM_STEPS")) or 4000

local PAGES <const>, TASKS <const> = 6, 5

--- Nothing can yield between an access and the look at the model.
local operations = {
  function(array, model)
    local i, value = math.random(PAGES * P), math.random(255)
    array[i] = value
    model[i] = value
  end,
  function(array, model)
    local i = next(model) or 1
    local value = array[i]
    assert.equal(model[i] or 0, value)
  end,
  function(array, model)
    local i = (math.random(PAGES) - 1) * P + math.random(3)
    array[i] = (array[i] + 1) % 256
    model[i] = array[i]
  end,
  function(array) assert(array:flush()) end,
  function(array) array:refresh() end,
}

local function new_task(array, model)
  return coroutine.create(function()
    for _ = 1, math.random(20) do operations[math.random(#operations)](array, model) end
  end)
end

--- Resumes a task, or ends it: closes it, or drops the last reference to it.
local function step(tasks, i)
  local chance = math.random(100)
  if chance == 1 then
    coroutine.close(tasks[i])
    tasks[i] = nil
  elseif chance == 2 then
    tasks[i] = nil
    collectgarbage()
  else
    local ok, problem = coroutine.resume(tasks[i])
    if not ok and not tostring(problem):find("injected", 1, true) then error(problem, 0) end
    if coroutine.status(tasks[i]) == "dead" then tasks[i] = nil end
  end
end

local function run_schedule(array, store, model)
  store.wait = function()
    if coroutine.isyieldable() then for _ = 1, math.random(0, 3) do coroutine.yield() end end
  end
  store.fails = function() return math.random(20) == 1 and "injected" or nil end
  local tasks = {}
  for _ = 1, steps do
    local i = math.random(TASKS)
    tasks[i] = tasks[i] or new_task(array, model)
    step(tasks, i)
    assert(array.resident <= array.frames and array.region.committed == array.resident * P)
  end
  return tasks
end

--- Resumes the remaining tasks in turn. None waits for more than the operations of the others, which are few.
local function finish_all(tasks)
  for _ = 1, 10000 do
    for i = 1, TASKS do
      if tasks[i] then
        go_on(tasks[i])
        if coroutine.status(tasks[i]) == "dead" then tasks[i] = nil end
      end
    end
    if not next(tasks) then return end
  end
  error "tasks wait for ever"
end

describe(("coroutines in a random order (VMEM_SEED=%d VMEM_STEPS=%d)"):format(seed, steps), function()
  helpers.no_regions_left()

  for frames = 1, 4 do
    it(("read what was written last, with %d frames"):format(frames), function()
      math.randomseed(seed + frames)
      local policy = ({ "fifo", "lru", "aging", "clock" })[frames]
      local array <close>, store = kit.array { frames = frames, count = PAGES * P, policy = policy }
      local model = {}
      local tasks = run_schedule(array, store, model)
      store.fails = nil
      finish_all(tasks)
      store.wait = nil
      assert.is_true(array:flush())
      for i, value in pairs(model) do
        local bytes = store.kept[(i - 1) // P + 1]
        assert.equal(value, bytes and bytes:byte((i - 1) % P + 1) or 0)
      end
    end)
  end
end)

-- ====== }
