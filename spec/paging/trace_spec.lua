local helpers = require "helpers"
local paging = require "vmem.paging"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P = vmem.page_size
local DINOSAUR = { 7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1 }
local BELADY = { 1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5 }

--- Misses of page numbers.
local function misses_of(pages, policy, frames)
  local options = { page_sizes = { 1 }, policies = { policy }, frames = { frames } }
  return paging.misses(paging.trace(pages), options):at(policy, frames)
end

local function random_pages(count, most)
  local pages = {}
  for i = 1, count do pages[i] = math.random(0, most - 1) end
  return pages
end

--- The fewest possible misses, by trying all choices. For few pages only.
local function fewest(pages, frames)
  local states = { [""] = 0 } -- the set of pages in frames -> misses so far
  for _, page in ipairs(pages) do
    local after, word = {}, ("%02d"):format(page)
    local function reach(state, misses) after[state] = math.min(after[state] or math.huge, misses) end
    for state, misses in pairs(states) do
      local list = {}
      for each in state:gmatch "%d%d" do list[#list + 1] = each end
      if state:find(word, 1, true) then
        reach(state, misses)
      else
        for leaves = #list < frames and 0 or 1, #list < frames and 0 or #list do
          local left = {}
          for i, each in ipairs(list) do
            if i ~= leaves then left[#left + 1] = each end
          end
          left[#left + 1] = word
          table.sort(left)
          reach(table.concat(left, " "), misses + 1)
        end
      end
    end
    states = after
  end
  local least = math.huge
  for _, misses in pairs(states) do least = math.min(least, misses) end
  return least
end

describe("misses", function()
  helpers.no_regions_left()

  -- Silberschatz: 15 by FIFO, 12 by LRU, 9 by the optimal policy. Belady's anomaly, 9 and 10 by FIFO, is seen
  -- at computerganga.com/beladys-anomaly-in-page-replacement-algorithms. The others have no source; the specs
  -- below compare LRU and the optimal policy with simulations.
  local textbook = {
    { DINOSAUR, "fifo", 3, 15 }, { DINOSAUR, "lru", 3, 12 }, { DINOSAUR, "optimal", 3, 9 },
    { DINOSAUR, "aging", 3, 12 }, { BELADY, "fifo", 3, 9 }, { BELADY, "fifo", 4, 10 },
    { BELADY, "lru", 3, 10 }, { BELADY, "lru", 4, 8 }, { BELADY, "optimal", 3, 7 }, { BELADY, "optimal", 4,
      6 },
  }
  for _, case in ipairs(textbook) do
    local pages, policy, frames, expected = table.unpack(case)
    it(("of %s with %d frames, for %s, are %d"):format(policy, frames, table.concat(pages, " "), expected),
      function()
      assert.equal(expected, misses_of(pages, policy, frames))
    end)
  end

  it("of LRU in one pass are those of LRU simulated", function()
    local replacement = require "vmem.replacement"
    math.randomseed(31)
    for _ = 1, 20 do
      local trace = paging.trace(random_pages(300, math.random(1, 40)))
      local misses = paging.misses(trace, { page_sizes = { 1 }, policies = { "lru", replacement.lru },
        frames = { 1, 2, 3, 5, 8, 13, 21, 34, 55 } })
      assert.same(misses.curves[2].misses, misses.curves[1].misses)
    end
  end)

  it("of the optimal policy are the fewest that there can be", function()
    math.randomseed(32)
    for _ = 1, 30 do
      local pages, frames = random_pages(14, 6), math.random(1, 4)
      assert.equal(fewest(pages, frames), misses_of(pages, "optimal", frames))
    end
  end)

  it("are those that an MMU counts", function()
    math.randomseed(33)
    local list = {}
    for i = 1, 500 do
      list[i] = { math.random(0, 1 << 17), math.random() < 0.5 and "write" or "read", math.random(1, 5000) }
    end
    local trace = paging.trace(list)
    for _, policy in ipairs { "fifo", "lru", "clock", "aging", "optimal" } do
      local own = policy == "optimal" and paging.optimal(trace, 4096) or policy
      local counts = paging.new({ frames = 7, policy = own }):replay(trace):counts()
      local misses = paging.misses(trace, { policies = { policy }, frames = { 7 } })
      assert.equal(counts.faults, misses:at(policy, 7), policy)
      assert.equal(counts.accesses, misses.curves[1].references)
      assert.equal(counts.cold, misses.curves[1].pages)
    end
  end)

  it("count every reference to a page in a row, for a policy that does", function()
    local pages = { 1, 2, 1 }
    for _ = 1, 70 do pages[#pages + 1] = 3 end -- aging no longer knows which came last, 1 or 2
    for _, page in ipairs { 4, 1 } do pages[#pages + 1] = page end
    assert.equal(5, misses_of(pages, "aging", 3))
    assert.equal(4, misses_of(pages, "lru", 3))
  end)

  it("are by default those of powers of two, up to a frame for every page", function()
    local misses = paging.misses(paging.trace(DINOSAUR), { page_sizes = { 1 } })
    assert.equal("frames", misses.by)
    assert.same({ 1, 2, 4, 8 }, misses.x)
    for _, curve in ipairs(misses.curves) do assert.same({ 20, 6 }, { curve.misses[1], curve.misses[4] }) end
  end)

  it("of pages of several sizes are by memory, where there is enough for a frame", function()
    local trace = paging.trace { 0, 4096, 8192, 0, 12288, { 4000, "write", 200 } }
    local misses = paging.misses(trace, { page_sizes = { 4096, 8192 }, policies = { "lru" }, memory = { 4096,
      8192 } })
    assert.equal("memory", misses.by)
    assert.same({ 7, 6 }, misses.curves[1].misses)
    assert.same({ false, 5 }, misses.curves[2].misses)
    assert.equal(5, misses:at("lru", 8192, 8192))
    assert.is_nil(misses:at("lru", 4096, 8192))
    assert.same({ 8192, 16384 }, paging.misses(trace, { page_sizes = { 4096, 8192 } }).x)
  end)

  it("are a table and a plot, as wide as may be, one line of text for each number of frames", function()
    local misses = paging.misses({ { "one", paging.trace(DINOSAUR) }, { "two", paging.trace(BELADY) } },
      { page_sizes = { 1 } })
    for _, width in ipairs { 40, 80, 200 } do
      local text = misses:text { width = width, ascii = true, colour = false }
      for line in text:gmatch "[^\n]+" do assert.is_true(#line <= width, line) end
      assert.is_nil(text:find "[\x80-\xff\27]")
    end
    local text = misses:text { width = 120, ascii = true }
    assert.matches("\nframes  one, fifo  one, lru .* two, optimal\n     1         20", text)
    assert.equal(12, misses:at("fifo", 1, 1, "two"))
    assert.matches("o one, fifo", text)
  end)

  it("are drawn however long their names are, and whatever is in them", function()
    local long = ("a long name "):rep(20)
    local trace = paging.trace(BELADY)
    local misses = paging.misses({ { long, trace }, { "\27[31m\u{fc}", trace } },
      { page_sizes = { 1 }, policies = { "lru" } })
    for _, width in ipairs { 40, 80, 200 } do
      local text = misses:text { width = width, ascii = false, colour = false }
      for line in text:gmatch "[^\n]+" do assert.is_true(utf8.len(line) <= width, line) end
      assert.is_nil(text:find "\27")
      assert.matches("\n     1  ", text)
    end
    local narrow, wide = misses:svg():match 'viewBox="0 0 (%d+) %d+"', nil
    for from, to in misses:svg():gmatch 'd="M(%-?[%d.]+) %-?[%d.]+H(%-?[%d.]+)"' do
      wide = math.max(wide or 0, to - from)
    end
    assert.is_true(wide > narrow / 3, wide) -- the room for the curves
  end)

  it("are drawn with all of their names on the page, however many there are", function()
    local traces = {}
    for i = 1, 40 do traces[i] = { "trace " .. i, paging.trace(BELADY) } end
    local document = paging.misses(traces, { page_sizes = { 1 }, policies = { "lru" } }):svg()
    local height, count = tonumber(document:match 'viewBox="0 0 %d+ (%d+)"'), 0
    for y in document:gmatch '<text[^>]- y="([^"]+)"[^>]*>trace %d+<' do
      count = count + 1
      assert.is_true(tonumber(y) > 40 and tonumber(y) < height, y)
    end
    assert.equal(40, count)
  end)

  for problem, options in pairs {
    ["bad argument #2 to 'misses' (a policy must be optimal, fifo, lru, aging, clock, second_chance, "
      .. "enhanced, nru, random, or a function that makes one, not 'best')"] = { policies = { "best" } },
    ["each of page_sizes must be a power of two, not 5"] = { page_sizes = { 5 } },
    ["each of frames must be an integer of 1 or more, not 0"] = { frames = { 0 } },
    ["frames must ascend"] = { frames = { 2, 1 } },
    ["frames and memory exclude each other"] = { frames = { 2 }, memory = { 4096 } },
    ["policies must be a list with something in it, not 'lru'"] = { policies = "lru" },
    ["option 'policy' is unknown; there are frames, memory, page_sizes and policies"] = { policy = "lru" },
  } do
    it("say that " .. problem, function() helpers.raises(problem, paging.misses, paging.trace { 1 },
      options) end)
  end

  it("want a trace", function()
    helpers.raises("bad argument #1 to 'misses'", paging.misses, nil)
    helpers.raises("bad argument #1 to 'misses'", paging.misses, { pages = 7 })
    helpers.raises("bad argument #1 to 'optimal'", paging.optimal, { references = true })
    helpers.raises("a trace is wanted, or a list of { name, trace }", paging.misses, { DINOSAUR })
    helpers.raises("bad argument #1 to 'optimal' (a trace is wanted: see vmem.paging.trace)", paging.optimal,
      DINOSAUR)
    helpers.raises("bad argument #2 to 'optimal' (page_size must be a power of two, not 7)", paging.optimal,
      paging.trace { 1 }, 7)
  end)

  it("do not take for a trace whatever has functions of the same names", function()
    local function no_list() return "0-4095" end
    local like_one = { pages = no_list, references = no_list, each = no_list }
    helpers.raises("bad argument #1 to 'misses'", paging.misses, like_one)
    helpers.raises("a trace is wanted, or a list of { name, trace }", paging.misses, { { "x", like_one } })
    helpers.raises("bad argument #1 to 'optimal' (a trace is wanted", paging.optimal, like_one)
    helpers.raises("bad argument #1 to 'replay' (a trace is wanted", paging.new().replay, paging.new(),
      like_one)
  end)

  it("want a list that begins", function()
    helpers.raises("must be a list with something in it, not an empty one", paging.misses,
      { nil, { "second", paging.trace { 1 } } })
    helpers.raises("policies must be a list with something in it", paging.misses, paging.trace { 1 },
      { policies = { nil, "lru" } })
  end)

  it("do not trip over what hides its metatable", function()
    local hidden = setmetatable({ 1 }, { __metatable = 7 })
    helpers.raises("bad argument #1 to 'misses'", paging.misses, hidden)
    helpers.raises("a recording is wanted", paging.requests, hidden)
    assert.equal(1, #paging.trace(hidden))
  end)
end)

describe("a trace", function()
  helpers.no_regions_left()

  local function record(run, options)
    local region <close> = vmem.allocate(8 * P)
    local recording <close> = recorder.start(options)
    run(region)
    return paging.trace(recording:stop())
  end

  --- "5r 6w 6w": the pages that are referred to.
  local function story(trace, page_size)
    local words = {}
    trace:each(page_size or P, function(page, write, times)
      words[#words + 1] = ("%d%s"):format(page - 65536 // (page_size or P), write and "w" or "r"):rep(times,
        " ")
    end)
    return table.concat(words, " ")
  end

  it("refers to every page that an access crosses", function()
    local trace = paging.trace { 65536, { 65536 + P - 1, "write", P + 2 }, { 65536 + P } }
    assert.equal("0r 0w 1w 2w 1r", story(trace))
    local pages, times, references, distinct = trace:pages(P)
    local first = 65536 // P
    assert.same({ { first, first + 1, first + 2, first + 1 }, { 2, 1, 1, 1 }, 5, 3 },
      { pages, times, references, distinct })
    assert.equal("vmem.paging.trace: 3 accesses, 1 of them writes", tostring(trace))
  end)

  it("has what a script read and wrote, from 64 KiB on, wherever that really was", function()
    local trace = record(function(region)
      local view = region:view "u8"
      view[1] = view[3 * P + 1]
      region:fill(P, 2 * P, 7)
      return view[P], view[P - 1]
    end, { reads = true, writes = true })
    assert.equal("3r 0w 1w 2w 0r 0r", story(trace))
    assert.equal(65536 + 3 * P, trace.addresses[1])
  end)

  it("has a place for every region", function()
    local trace = record(function(region)
      local other <close> = vmem.allocate(P)
      region:write(0, "a")
      other:write(0, "b")
    end, { writes = true })
    local rounded = (8 * P + 65535) // 65536 * 65536
    assert.same({ 65536, 65536 + rounded }, trace.addresses)
  end)

  it("is made of a recording that goes on meanwhile, and so are requests", function()
    local region <close>, others = vmem.allocate(P), {}
    local recording <close> = recorder.start { reads = true, merge = false, residency = false }
    region:read(0, 1)
    -- Calls f while a hook, as a finalizer might, reserves and reads other regions.
    local function between(f)
      local before, count = #others, #recording
      debug.sethook(function()
        if #others - before == 20 then return end
        others[#others + 1] = vmem.allocate(1)
        others[#others]:read(0, 1)
      end, "", 20)
      local ok, result = pcall(f, recording)
      debug.sethook()
      assert(ok, result)
      assert(#recording > count)
      return result
    end
    assert.is_true(#between(paging.trace) >= 1)
    for _, request in ipairs(between(paging.requests)) do assert.is_string(request[1]) end
    for _, other in ipairs(others) do other:release() end
  end)

  it("of merged accesses is of no use for pages that are smaller than those by which they were", function()
    local function run(region)
      local view = region:view "u8"
      for i = 1, P, 512 do view[i] = 1 end
    end
    local merged = record(run, { writes = true })
    assert.equal(1, #merged)
    assert.equal(P, merged.grain)
    local function refuses(name, position, call)
      local ok, message = pcall(call)
      assert.is_false(ok)
      local pattern <const> = "#%d to '%s' %%(pages of 512 B .*record with { merge = false }"
      assert.matches(pattern:format(position, name), message)
    end
    refuses("misses", 2, function() paging.misses(merged, { page_sizes = { 512 } }) end)
    refuses("optimal", 2, function() paging.optimal(merged, 512) end)
    refuses("working_set", 2, function() paging.working_set(merged, { window = 1, page_size = 512 }) end)
    refuses("replay", 1, function() paging.new { page_size = 512 }:replay(merged) end)
    refuses("pages", 1, function() merged:pages(512) end)
    local apart = record(run, { writes = true, merge = false })
    local misses = paging.misses(apart, { page_sizes = { 512 }, policies = { "lru" }, frames = { 1 } })
    assert.equal(P // 512, misses:at("lru", 1))
  end)

  it("shows that a matrix should be written row after row", function()
    local ROWS <const>, COLUMNS <const> = 32, 3 * P // 8 -- a row is three pages
    local function matrix(run)
      local region <close> = vmem.allocate(ROWS * COLUMNS * 8)
      local recording <close> = recorder.start { writes = true, residency = false }
      run(region:view "f64")
      return paging.trace(recording:stop())
    end
    local rows = matrix(function(cells)
      for i = 1, ROWS * COLUMNS do cells[i] = 1 end
    end)
    local columns = matrix(function(cells)
      for x = 1, COLUMNS, 16 do
        for y = 0, ROWS - 1 do cells[y * COLUMNS + x] = 1 end
      end
    end)
    local pages = ROWS * 3
    local misses = paging.misses({ { "rows", rows }, { "columns", columns } },
      { page_sizes = { P }, policies = { "fifo", "lru", "optimal" }, frames = { 1, 2, ROWS - 1, ROWS,
        pages } })
    for _, frames in ipairs { 1, 2, ROWS - 1, ROWS, pages } do
      assert.equal(pages, misses:at("lru", frames, P, "rows")) -- every page once, in any case
    end
    local writes = ROWS * COLUMNS // 16
    for _, policy in ipairs { "fifo", "lru" } do
      assert.equal(writes, misses:at(policy, ROWS - 1, P, "columns")) -- each write misses
      assert.equal(pages, misses:at(policy, ROWS, P, "columns")) -- a frame for each row: no faults
    end
    local best = misses:at("optimal", ROWS - 1, P, "columns")
    assert.is_true(best > pages and best < writes)
  end)

  it("is told page by page to a function alone", function()
    local trace = paging.trace { 1 }
    helpers.raises("bad argument #2 to 'each' (f must be a function, not nil)", trace.each, trace, 4096)
    helpers.raises("bad argument #2 to 'each' (f must be a function, not 7)", trace.each, trace, 4096, 7)
  end)

  it("is nothing that could be guessed", function()
    helpers.raises("access 1 must be an address or { address, kind, size }, not 'x'", paging.trace,
      { "x" })
    helpers.raises("address of access 1 must be an integer", paging.trace, { { "x" } })
    helpers.raises("kind of access 1 must be one of read, write, not 'touch'", paging.trace, { { 1,
      "touch" } })
    helpers.raises("the source must be a list with something in it, not an empty one", paging.trace, {})
    helpers.raises("the source must be a list with something in it, not 'x'", paging.trace, "x")
    helpers.raises("the recording has no accesses: start it with { reads = true, writes = true }", record,
      function(region) region:write(0, "x") end)
    helpers.raises("a trace is wanted", paging.new().replay, paging.new(), {})
  end)
end)
