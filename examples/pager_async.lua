-- A pager whose store takes its time: a coroutine that needs a page waits, and the others go on
local vmem = require "vmem"
local pager = require "vmem.pager"

local PAGE = vmem.page_size

-- A store far away. load and save yield, as they would with a socket, until their answer is there.
local kept, sent, time = {}, 0, 0
local function answer_after(ticks)
  sent = sent + 1
  local ready = time + ticks
  while time < ready do coroutine.yield() end
end
local store = {}
function store:load(page) -- luacheck: ignore self
  answer_after(5)
  return kept[page] -- nothing for a page that was never saved
end
function store:save(page, bytes) -- luacheck: ignore self
  answer_after(5)
  kept[page] = bytes
  return true
end

local array <close> = assert(pager.new { store = store, type = "u8", count = 100 * PAGE, frames = 4 })

local function task(name, ...)
  local pages = { ... }
  return coroutine.create(function()
    for _, page in ipairs(pages) do
      local first = (page - 1) * PAGE + 1
      array[first] = array[first] + 1
      print(("%3d  %s has counted in page %d"):format(time, name, page))
    end
  end)
end

-- A scheduler in four lines: everybody goes on, then the clock does.
local function run(tasks)
  while #tasks > 0 do
    for i = #tasks, 1, -1 do
      assert(coroutine.resume(tasks[i]))
      if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end
    end
    time = time + 1
  end
end

-- B wants page 1 while it is on its way to A: it is asked for once.
run { task("A", 1, 2), task("B", 1, 3) }
print(("%d messages sent; %d faults, %d hits"):format(sent, array.faults, array.hits))

-- The end saves, and that waits, too.
run { coroutine.create(function() assert(array:close()) end) }
print(("%d messages sent; page 1 starts with %d"):format(sent, kept[1]:byte()))
