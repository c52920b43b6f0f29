-- A pager's counts under every policy are those of a simulation that knows nothing of vmem, written here as
-- simply as can be. VMEM_ACCESSES=n says how many accesses; VMEM_SEED=n repeats a run.

local file = require "vmem.pager.file"
local helpers = require "helpers"
local interpreter = require "interpreter"
local kit = require "pager_kit"
local pager = require "vmem.pager"
local vmem = require "vmem"
local textbook = require "known_fault_counts"

-- {====== The simulations ======

--- Each gets the frames, a list of { page, came, used, referenced, history, dirty }, and returns the index of
--- the victim.
local simulations = {}

local function smallest(list, key)
  local best = 1
  for i = 2, #list do
    if list[i][key] < list[best][key] then best = i end
  end
  return best
end

function simulations.fifo(list) return smallest(list, "came") end

function simulations.lru(list) return smallest(list, "used") end

function simulations.aging(list)
  local best = 1
  for i = 2, #list do
    local a, b = list[i], list[best]
    if a.history < b.history or a.history == b.history and a.came < b.came then best = i end
  end
  return best
end

function simulations.clock(list, self)
  while list[self.hand].referenced do
    list[self.hand].referenced = false
    self.hand = self.hand % #list + 1
  end
  local found = self.hand
  self.hand = self.hand % #list + 1
  return found
end

function simulations.enhanced(list, self)
  for round = 1, 4 do
    for _ = 1, #list do
      local frame, place = list[self.hand], self.hand
      self.hand = self.hand % #list + 1
      if not frame.referenced and (frame.dirty or false) == (round % 2 == 0) then
        return place -- the hand is behind it when the page that comes is in
      end
      if round % 2 == 0 then frame.referenced = false end
    end
  end
end

--- The referenced bits are cleared each time that there were as many references as there are frames.
function simulations.nru(list, self)
  local best, lowest
  for i, frame in ipairs(list) do
    local fresh = (frame.used - 1) // self.limit == (self.time - 1) // self.limit
    local class = (fresh and 2 or 0) + (frame.dirty and 1 or 0)
    if not best or class < lowest or class == lowest and frame.came < list[best].came then
      best, lowest = i, class
    end
  end
  return best
end

local function new_simulation(policy, limit)
  return {
    policy = policy, limit = limit, list = {}, by_page = {}, saved = {}, hand = 1, time = 0,
    hits = 0, faults = 0, loads = 0, saves = 0,
  }
end

local function come(self, page)
  self.faults = self.faults + 1
  if self.saved[page] then self.loads = self.loads + 1 end
  local place = #self.list + 1
  if place > self.limit then
    place = simulations[self.policy](self.list, self)
    local victim = self.list[place]
    if victim.dirty then
      self.saves = self.saves + 1
      self.saved[victim.page] = true
    end
    self.by_page[victim.page] = nil
  end
  local frame = { page = page, came = self.time, history = 0 }
  self.list[place], self.by_page[page] = frame, frame
end

local function access(self, page, writes)
  self.time = self.time + 1
  if self.by_page[page] then self.hits = self.hits + 1 else come(self, page) end
  local frame = self.by_page[page]
  frame.used, frame.referenced, frame.dirty = self.time, true, frame.dirty or writes
  if self.policy == "aging" then
    for _, each in ipairs(self.list) do each.history = each.history >> 1 end
    frame.history = frame.history | 1 << 61
  end
end

-- ====== }

describe("a pager's faults", function()
  helpers.no_regions_left()

  for _, case in ipairs(textbook) do
    local policy, frames, references, faults = table.unpack(case)
    it(("are %2d as %s, with %d frames for %s"):format(faults, policy, frames, references), function()
      local array <close> = kit.array { policy = policy, frames = frames }
      local count = 0
      for page in references:gmatch "%d" do
        count = count + 1
        assert.equal(0, array[kit.first(page + 1)])
      end
      assert.equal(faults, array.faults)
      assert.equal(count - faults, array.hits)
    end)
  end
end)

describe("a policy of one's own", function()
  helpers.no_regions_left()

  it("hears from the pager which references are writes, and which pages were saved", function()
    local policy, heard = require("vmem.replacement").lru(), {}
    local own = { victim = function(_, stays) return policy:victim(stays) end }
    for _, name in ipairs { "insert", "touch", "remove" } do
      own[name] = function(_, page, write)
        heard[#heard + 1] = ("%s %d%s"):format(name, page, write and " write" or "")
        policy[name](policy, page)
      end
    end
    function own:clean(page) heard[#heard + 1] = "clean " .. page end -- luacheck: ignore self
    local array <close> = kit.array { policy = own, frames = 2 }
    local function after(f)
      heard = {}
      f()
      return table.concat(heard, ", ")
    end
    local first, second = kit.first(1), kit.first(2)
    local size = (second - first) -- elements of a page
    assert.equal("insert 1", after(function() return array[first] end))
    assert.equal("touch 1", after(function() return array[first] end))
    assert.equal("touch 1 write", after(function() array[first] = 1 end))
    assert.equal("insert 2 write", after(function() array[second] = 1 end))
    assert.equal("touch 1, touch 2", after(function() array:sum(1, 2 * size) end))
    assert.equal("touch 1 write, touch 2 write", after(function() array:fill(2, 1, 2 * size) end))
    assert.equal("touch 1 write", after(function() array:set(first, 5) end))
    assert.equal("touch 1", after(function() array:get(first) end))
    assert.equal("touch 1 write", after(function() array:write(0, "x") end))
    assert.equal("touch 1", after(function() array:read(0, 1) end))
    assert.equal("touch 1 write, touch 2", after(function() array:copy(array, first, second, second) end))
    assert.equal("clean 1, clean 2", after(function() assert(array:flush()) end))
    assert.equal("", after(function() assert(array:flush()) end))
  end)
end)

-- {====== Many accesses ======

--- Only the ordinary build has the time for more of them.
local function is_ordinary()
  for _, name in ipairs { "LD_PRELOAD", "VMEM_COMMIT", "VMEM_LUA_API_ONLY" } do
    if (os.getenv(name) or "") ~= "" then return false end
  end
  return helpers.on_linux and interpreter.build == "build"
end

local FRAMES <const>, COUNT <const> = 64, (helpers.on_windows and 1 << 24 or 1 << 30) // 4
local PER_PAGE <const> = vmem.page_size // 4
local PAGES <const> = COUNT // PER_PAGE
local SKEW <const> = 1.5

local seed = tonumber(os.getenv("VMEM_SEED")) or os.time()
local accesses = tonumber(os.getenv("VMEM_ACCESSES")) or is_ordinary() and 60000 or 10000

--- Sums of the probabilities of ranks: Zipf's distribution.
local function new_zipf()
  local sums, sum = {}, 0
  for rank = 1, PAGES do
    sum = sum + rank ^ -SKEW
    sums[rank] = sum
  end
  return sums
end

--- A page by chance. Ranks that follow each other lie far apart.
local function draw(sums)
  local wanted, low, high = math.random() * sums[PAGES], 1, PAGES
  while low < high do
    local middle = (low + high) // 2
    if sums[middle] < wanted then low = middle + 1 else high = middle end
  end
  return low * 40503 % PAGES + 1
end

--- Makes `count` accesses to an array, a model and a simulation. Returns the model.
local function exercise(array, simulation, zipf, count)
  local model = {}
  for n = 1, count do
    local page, writes = draw(zipf), math.random(4) == 1
    local i = (page - 1) * PER_PAGE + math.random(PER_PAGE)
    access(simulation, page, writes)
    if writes then
      array[i], model[i] = n, n
    elseif array[i] ~= (model[i] or 0) then
      error(("access %d: element %d is %d, not %d"):format(n, i, array[i], model[i] or 0))
    end
  end
  return model
end

local title = ("%d accesses (VMEM_SEED=%d) to %d MiB in %d pages"):format(accesses, seed, COUNT >> 18, FRAMES)

describe(title, function()
  helpers.no_regions_left()
  local zipf

  local shares = { clock = 1, fifo = 0.6, lru = 0.6, aging = 0.25, enhanced = 0.25, nru = 0.25 }
  for policy, share in pairs(shares) do
    it("have the counts of a simulation, and lose nothing, as " .. policy, function()
      zipf = zipf or new_zipf()
      math.randomseed(seed)
      local path = kit.temporary()
      finally(function() os.remove(path) end)
      local store <close> = assert(file.open(path))
      local array <close> = assert(pager.new {
        store = store, type = "u32", count = COUNT, frames = FRAMES, policy = policy,
      })
      local simulation = new_simulation(policy, FRAMES)
      local model = exercise(array, simulation, zipf, math.ceil(accesses * share))
      for _, name in ipairs { "hits", "faults", "loads", "saves" } do
        assert.equal(simulation[name], array[name], name)
      end
      assert.is_true(array:close())
      local again <close> = assert(pager.new { store = store, type = "u32", count = COUNT, frames = 1 })
      for n = 1, 200 do
        local i = next(model)
        if not i then break end
        assert.equal(model[i], again[i], n)
        model[i] = nil
      end
      print(("\npager, %s: %d hits, %d faults, %d loads, %d saves"):format(
        policy, array.hits, array.faults, array.loads, array.saves))
    end)
  end
end)

-- ====== }
