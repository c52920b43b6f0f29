-- Worked answers on replacement and working sets. "Seen at" is a public page that gives the exercise and the
-- same answer. "By hand" says that no such page was found, or that it gives the exercise alone; the working
-- stands beside it.

local helpers = require "helpers"
local paging = require "vmem.paging"
local replacement = require "vmem.replacement"

--- "1 2w 3": reads of pages 1 and 3, and a write.
local function trace_of(text)
  local list = {}
  for page, write in text:gmatch "(%d+)(w?)" do
    list[#list + 1] = { math.tointeger(tonumber(page)), write == "w" and "write" or "read" }
  end
  return paging.trace(list)
end

local function misses_of(trace, frames, policy)
  local options = { page_sizes = { 1 }, policies = { policy }, frames = { frames } }
  return paging.misses(trace, options):at(type(policy) == "string" and policy or "own", frames)
end

-- {====== Replacement ======

--- Simulations: each gets pages in the order in which they came, { page, r, m }, and returns an index.
local naive = {}

--- The oldest page goes to the end of the line if its bit is set.
function naive.second_chance(line)
  while line[1].r do
    line[1].r = false
    table.insert(line, table.remove(line, 1))
  end
  return 1
end

--- All four classes, one after the other, as rounds of a hand at the start of the line.
function naive.enhanced(line)
  for round = 1, 4 do
    for _ = 1, #line do
      if not line[1].r and line[1].m == (round % 2 == 0) then return 1 end
      if round % 2 == 0 then line[1].r = false end
      table.insert(line, table.remove(line, 1))
    end
  end
end

function naive.nru(line)
  local best = 1
  for i = 2, #line do
    local a, b = line[i], line[best]
    if (a.r and 2 or 0) + (a.m and 1 or 0) < (b.r and 2 or 0) + (b.m and 1 or 0) then best = i end
  end
  return best
end

local function naive_misses(trace, frames, name, at_load)
  local line, misses, time = {}, 0, 0
  trace:each(1, function(page, write)
    if name == "nru" and time % frames == 0 then
      for _, each in ipairs(line) do each.r = false end
    end
    time = time + 1
    local found
    for _, each in ipairs(line) do found = each.page == page and each or found end
    if found then
      found.r, found.m = true, found.m or write
    else
      misses = misses + 1
      if #line == frames then table.remove(line, naive[name](line)) end
      line[#line + 1] = { page = page, r = at_load ~= "clear", m = write }
    end
  end)
  return misses
end

describe("textbooks on replacement:", function()
  helpers.no_regions_left()

  -- Seen at geeksforgeeks.org, "Second Chance (or Clock) Page Replacement Policy": the first two. The last
  -- one is UGC NET's, seen at mycareerwise.com/content/net-question-on-second-chance-algorithm: 8 faults
  -- after page 5, which is there at the start.
  local exercises = {
    { "0 4 1 4 2 4 3 4 2 4 0 4 1 4 2 4 3 4", 3, 9 },
    { "2 5 10 1 2 2 6 9 1 2 10 2 6 1 2 1 6 9 5 1", 4, 11 },
    { "5 4 3 2 1 4 3 5 4 3 4 1 4", 3, 1 + 8 },
  }
  for _, case in ipairs(exercises) do
    local text, frames, expected = table.unpack(case)
    local title = "second chance, the bit clear at load, %d frames for %s: %d faults"
    it(title:format(frames, text, expected), function()
      for _, name in ipairs { "clock", "second_chance" } do
        local function policy(count) return replacement[name](count, { at_load = "clear" }) end
        assert.equal(expected, misses_of(trace_of(text), frames, policy))
      end
      assert.equal(expected, naive_misses(trace_of(text), frames, "second_chance", "clear"))
    end)
  end

  it("policies of one's own have the names that they are given", function()
    local function clear(frames) return replacement.clock(frames, { at_load = "clear" }) end
    local trace = trace_of(exercises[1][1])
    local policies = { "clock", { "bit clear", clear }, clear }
    local options = { page_sizes = { 1 }, frames = { 3 }, policies = policies }
    local misses = paging.misses(trace, options)
    assert.same({ 9, 9, naive_misses(trace, 3, "second_chance") },
      { misses:at("bit clear", 3), misses:at("own", 3), misses:at("clock", 3) })
    assert.matches("bit clear", misses:text { width = 80 })
    for _, bad in ipairs { { "x" }, { clear }, { 1, clear }, {} } do
      helpers.raises("bad argument #2 to 'misses' (a policy with a name must be { name, function })",
        paging.misses, trace, { policies = { bad } })
    end
  end)

  -- Tanenbaum, Modern Operating Systems, exercises on page replacement: pages 0 to 3 with the times of their
  -- loading and last reference, R and M. The first table is seen at transtutors.com, question 1443430. Its
  -- answers are by hand: page 2 alone has neither bit; 110 is the earliest loading, 265 the earliest
  -- reference; pages 3 and 0 are passed for their bits, and then comes page 2. The second is seen at
  -- solutioninn.com, question 13215012. By hand: page 0 alone has neither bit; 120 and 260 are the earliest;
  -- page 2 is passed, and then comes page 0.
  local tanenbaum = {
    {
      { 126, 280, "R" }, { 230, 265, "M" }, { 140, 270, "" }, { 110, 285, "RM" },
      nru = 2, fifo = 3, lru = 1, clock = 2,
    },
    {
      { 126, 279, "" }, { 230, 260, "R" }, { 120, 272, "RM" }, { 160, 280, "RM" },
      nru = 0, fifo = 2, lru = 1, clock = 0,
    },
  }

  --- The numbers of pages in the order of that column.
  local function by(column, pages)
    local order = { 0, 1, 2, 3 }
    table.sort(order, function(a, b) return pages[a + 1][column] < pages[b + 1][column] end)
    return order
  end

  for number, pages in ipairs(tanenbaum) do
    for _, name in ipairs { "nru", "fifo", "lru", "clock" } do
      it(("of Tanenbaum's four pages, table %d, %s replaces page %d"):format(number, name,
        pages[name]), function()
        -- NRU takes R away at each tick: the fourth reference.
        local options = name == "nru" and { tick = 4 } or name == "clock" and { at_load = "clear" } or nil
        local policy = replacement[name](4, options)
        for _, page in ipairs(by(1, pages)) do policy:insert(page, pages[page + 1][3]:find "M" ~= nil) end
        for _, page in ipairs(by(2, pages)) do
          if name == "lru" or pages[page + 1][3]:find "R" then policy:touch(page) end
        end
        assert.equal(pages[name], policy:victim())
      end)
    end
  end

  it("enhanced second chance takes (0,0), then (0,1), and what it passes on the way loses its bit", function()
    local policy = replacement.enhanced(3, { at_load = "clear" })
    policy:insert(1, true)
    policy:insert(2)
    policy:insert(3, true)
    policy:touch(3)
    assert.equal(2, policy:victim()) -- page 1 comes first, but was written to
    policy:touch(2)
    assert.equal(1, policy:victim()) -- no page is (0,0)
    policy:touch(1)
    assert.equal(2, policy:victim()) -- all are referenced: the hand takes that from all, and page 2 is clean
    policy:clean(1)
    assert.equal(2, policy:victim())
  end)

  it("policies that know of writes miss as simulations do", function()
    math.randomseed(40)
    for _ = 1, 60 do
      local list, frames = {}, math.random(1, 7)
      for i = 1, 200 do list[i] = { math.random(0, 11), math.random() < 0.3 and "write" or "read" } end
      local trace = paging.trace(list)
      for _, name in ipairs { "second_chance", "enhanced", "nru" } do
        assert.equal(naive_misses(trace, frames, name), misses_of(trace, frames, name), name)
        local mmu = paging.new { page_size = 1, address_bits = 8, frames = frames, policy = name, tlb = 2 }
        assert.equal(naive_misses(trace, frames, name), mmu:replay(trace):counts().faults, name)
      end
      local function clear(count) return replacement.enhanced(count, { at_load = "clear" }) end
      assert.equal(naive_misses(trace, frames, "enhanced", "clear"), misses_of(trace, frames, clear))
    end
  end)

  it("random replacement is the same in every run, and takes every page; a seed makes another", function()
    local function victims(seed)
      local policy, found, counts = replacement.random(8, { seed = seed }), {}, {}
      for page = 1, 8 do policy:insert(page) end
      for i = 1, 800 do
        found[i] = policy:victim()
        counts[found[i]] = (counts[found[i]] or 0) + 1
      end
      for page = 1, 8 do assert.is_true(counts[page] > 50 and counts[page] < 150) end
      return table.concat(found, " ")
    end
    assert.equal(victims(1), victims(1))
    assert.not_equal(victims(1), victims(2))
  end)
end)

-- ====== }

-- {====== Working sets ======

describe("textbooks on working sets:", function()
  local function shown(set, from, to)
    local words = {}
    for time = from, to do words[#words + 1] = table.concat(set:at(time), " ") end
    return table.concat(words, ", ")
  end

  -- Stallings, Operating Systems, figure "Working Set of Process as Defined by Window Size". By hand: each
  -- set is read off the trace, the page of that time and the one or two before it.
  it("Stallings's figure of a process with windows of 2 and 3", function()
    local trace = trace_of "24 15 18 23 24 17 18 24 18 17 17 15 24 17 24 18"
    assert.equal("24, 15 24, 15 18, 18 23, 23 24, 17 24, 17 18, 18 24, 18 24, 17 18, 17, 15 17, 15 24, "
      .. "17 24, 17 24, 18 24", shown(paging.working_set(trace, { window = 2, page_size = 1 }), 1, 16))
    assert.equal("24, 15 24, 15 18 24, 15 18 23, 18 23 24, 17 23 24, 17 18 24, 17 18 24, 18 24, 17 18 24, "
      .. "17 18, 15 17, 15 17 24, 15 17 24, 17 24, 17 18 24",
      shown(paging.working_set(trace, { window = 3, page_size = 1 }), 1, 16))
  end)

  -- Seen at quesba.com, question 610009.
  it("Silberschatz's: with a window of 10, {1, 2, 5, 6, 7} at t1 and {3, 4} at t2", function()
    local trace = trace_of "2 6 1 5 7 7 7 7 5 1 6 2 3 4 1 2 3 4 4 4 3 4 3 4 4 4 1 3 2 3 4 4 4 3"
    local set = paging.working_set(trace, { window = 10, page_size = 1 })
    assert.same({ 1, 2, 5, 6, 7 }, set:at(10))
    assert.same({ 3, 4 }, set:at(26))
    assert.same({}, set:at(0))
    helpers.raises("time must be an integer from 0 to 34, not 35", set.at, set, 35)
  end)

  -- Pages e, d and a, which are there at time 0, then c c d b c e c e a d; a is 1. Seen at
  -- mycareerwise.com/content/gate-question-on-working-set-model: each set, each fault.
  it("GATE CS 1992: with a window of 4, 5 faults, and 35 / 11 pages on average from time 0", function()
    local set = paging.working_set(trace_of "5 4 1 3 3 4 2 3 5 3 5 1 4", { window = 4, page_size = 1 })
    assert.equal("1 4 5, 1 3 4 5, 1 3 4, 1 3 4, 2 3 4, 2 3 4, 2 3 4 5, 2 3 5, 3 5, 1 3 5, 1 3 4 5",
      shown(set, 3, 13))
    assert.equal(3 + 5, set.faults)
    assert.same({ 3, 4, 3, 3, 3, 3, 4, 3, 2, 3, 4 }, table.move(set.sizes, 3, 13, 1, {}))
  end)

  -- Bic and Shaw, Operating Systems Principles, the same pages. By hand: a, d and e come at times 1 to 3. c
  -- faults at 4, one after the last fault, and is added. b faults at 7, three after that: a and e, unused
  -- since 4, go. e faults at 9, two after that, and is added. a faults at 12, three after that: b and d go. d
  -- at 13 is added.
  it("page-fault frequency with an interval of 2 for c c d b c e c e a d: 5 faults", function()
    local set = paging.fault_frequency(trace_of "1 4 5 3 3 4 2 3 5 3 5 1 4", { interval = 2, page_size = 1 })
    assert.equal("1 4 5, 1 3 4 5, 1 3 4 5, 1 3 4 5, 2 3 4, 2 3 4, 2 3 4 5, 2 3 4 5, 2 3 4 5, 1 3 5, 1 3 4 5",
      shown(set, 3, 13))
    assert.equal(3 + 5, set.faults)
    assert.equal("page-fault frequency, interval of 2: 8 faults of 13 references, 3.31 pages on average, "
      .. "4 at most", tostring(set))
  end)

  it("a working set has the pages of a window, whatever the trace", function()
    math.randomseed(41)
    local list = {}
    for i = 1, 150 do list[i] = math.random(0, 9) end
    for window = 1, 12 do
      local set = paging.working_set(paging.trace(list), { window = window, page_size = 1 })
      local faults, sum = 0, 0
      for time = 1, #list do
        local seen, count = {}, 0
        for i = math.max(1, time - window + 1), time do
          if not seen[list[i]] then count = count + 1 end
          seen[list[i]] = true
        end
        local found = set:at(time)
        for _, page in ipairs(found) do assert.is_true(seen[page]) end
        assert.same({ count, count }, { #found, set.sizes[time] })
        sum = sum + count
        local before
        for i = math.max(1, time - window), time - 1 do before = before or list[i] == list[time] end
        if not before then faults = faults + 1 end
      end
      assert.same({ faults, sum / #list, #list }, { set.faults, set.average, set.references })
    end
  end)
end)

-- ====== }
