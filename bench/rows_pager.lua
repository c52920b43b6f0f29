--- Demand paging: the cost of a hit compared with v[i], the cost of a fault, and a store in a file.

local baseline = require "baseline"
local file = require "vmem.pager.file"
local measure = require "bench.measure"
local pager = require "vmem.pager"
local vmem = require "vmem"

local page = vmem.page_size
local TIMES, FAULTS, PAGES = 200000, 5000, 1000

-- {====== Hits ======

local function memory_store()
  local kept, store = {}, {}
  function store:load(number) return kept[number] end -- luacheck: ignore self
  function store:save(number, bytes) -- luacheck: ignore self
    kept[number] = bytes
    return true
  end
  return store, kept
end

local function reading(v)
  local start, x = baseline.now(), nil
  for i = 1, TIMES do x = v[(i & 1023) + 1] end
  return measure.each(start, TIMES), nil, x
end

local function writing(v)
  local start = baseline.now()
  for i = 1, TIMES do v[(i & 1023) + 1] = i end
  return measure.each(start, TIMES)
end

local FRAMES = 16
local COUNT = FRAMES * page // 4
local region = assert(vmem.allocate(FRAMES * page))
local view = region:view "u32"
local places = {}
for i = 0, 1023 do places[i] = math.random(COUNT) end

local function jumping(v)
  local start, x = baseline.now(), nil
  for i = 1, TIMES do x = v[places[i & 1023]] end
  return measure.each(start, TIMES), nil, x
end

--- An array all of which is in frames.
local function resident(policy)
  local array = assert(pager.new {
    store = memory_store(), type = "u32", count = COUNT, frames = FRAMES, policy = policy,
  })
  for i = 1, COUNT do array[i] = i end
  return array
end

local function hit(name, policy, body, target)
  local array = resident(policy)
  return {
    name = name, rounds = 25, target = target,
    vmem = function() return body(array) end,
    c = function() return body(view) end,
  }
end

-- ====== }

-- {====== Faults ======

--- One frame, and a different page each time: each access is a fault.
local function faults(body)
  return function()
    local store, kept = memory_store()
    for i = 1, PAGES do kept[i] = ("x"):rep(page) end
    local small <close> = assert(pager.new {
      store = store, type = "u8", count = PAGES * page, frames = 16, policy = "fifo",
    })
    local start = baseline.now()
    for i = 1, FAULTS do body(small, (i * 7 % PAGES) * page + 1) end
    local value = measure.each(start, FAULTS)
    if small.faults ~= FAULTS then return nil, ("only %d faults"):format(small.faults) end
    return value
  end
end

local function read(v, i) return v[i] end
local function write(v, i) v[i] = 1 end

-- ====== }

-- {====== A store in a file ======

local path = os.tmpname()
os.remove(path)
local store = assert(file.open(path))
local plain = io.tmpfile()
os.remove(path) -- gone when both are closed, however this ends
plain:setvbuf "no"

local numbers = {}
for i = 1, PAGES do numbers[i] = i * 7 % PAGES + 1 end
local bytes = ("vmempage"):rep(page // 8)
plain:write(("\0"):rep(PAGES * (2 * page + 128)))
for i = 1, PAGES do assert(store:save(i, bytes)) end
baseline.save_pages(plain, numbers, PAGES)

local function store_row(name, body, theirs)
  return {
    name = name, target = 2, rounds = 25,
    vmem = function()
      local start = baseline.now()
      for i = 1, PAGES do body(numbers[i]) end
      return measure.each(start, PAGES)
    end,
    c = function() return baseline[theirs](plain, numbers, PAGES) end,
  }
end

-- ====== }

-- {====== Many elements at once ======

local LARGE <const> = 256 -- pages, all in frames
local large = assert(pager.new {
  store = memory_store(), type = "u32", count = LARGE * page // 4, frames = LARGE,
})
local large_region = assert(vmem.allocate(LARGE * page))
local large_view = large_region:view "u32"
large:fill(3)
large_view:fill(3)

--- Without a method there is nothing to measure: an older version of the library.
local function bulk(name, method, of_view, target, ...)
  local arguments = table.pack(...)
  local function times(object, call, count)
    local start = baseline.now()
    for _ = 1, count do call(object, table.unpack(arguments, 1, arguments.n)) end
    return measure.each(start, count)
  end
  return {
    name = name, rounds = 25, target = target,
    vmem = function()
      if not large[method] then return nil, "no array:" .. method end
      return times(large, large[method], 20)
    end,
    c = of_view and function() return times(large_view, large_view[of_view], 20) end or function()
      local start, sum = baseline.now(), 0
      for i = 1, #large do sum = sum + large[i] end
      return measure.each(start, 1), nil, sum
    end,
  }
end

local source = assert(vmem.allocate(LARGE * page)):view "u32"

-- ====== }

return {
  title = "Demand paging: an array larger than its frames",
  hit("x = array[i], a hit, against v[i]", "clock", reading, 3),
  hit("array[i] = x, a hit, against v[i] = x", "clock", writing, 3),
  hit("x = array[i], hits in 16 frames, against v[i]", "clock", jumping, 3),
  hit("the same as lru", "lru", jumping, 3),
  hit("the same as aging", "aging", jumping),
  bulk("array:sum, 256 pages in frames, against v:sum", "sum", "sum", 2),
  bulk("the same, against a loop over array[i]", "sum", nil, 0.2),
  bulk("array:minmax, against v:minmax", "minmax", "minmax", 2),
  bulk("array:fill, against v:fill", "fill", "fill", 5, 7),
  bulk("array:copy of a view, against v:copy", "copy", "copy", 5, source),
  { name = "a fault that loads from memory", vmem = faults(read) },
  { name = "a fault that loads, and saves another page", vmem = faults(write) },
  store_row("file store: load a page, against the same with fread",
    function(i) return store:load(i) end, "load_pages"),
  store_row("file store: save a page, the same with fwrite",
    function(i) assert(store:save(i, bytes)) end, "save_pages"),
}
