local helpers = require "helpers"
local paging = require "vmem.paging"

local KIB = 1024

--- "A 100, - 412": blocks and holes in order, in the given unit.
local function layout(memory, unit)
  local words = {}
  for i, block in ipairs(memory:blocks()) do
    words[i] = ("%s %d"):format(block.name or "-", block.size // (unit or 1))
  end
  return table.concat(words, ", ")
end

--- Memory with holes of these sizes, in order, and a byte between them.
local function with_holes(way, holes)
  local size = #holes
  for _, hole in ipairs(holes) do size = size + hole end
  local memory = paging.allocator(way, size)
  for i, hole in ipairs(holes) do
    assert(memory:alloc("hole " .. i, hole))
    assert(memory:alloc("|" .. i, 1))
  end
  for i in ipairs(holes) do memory:free("hole " .. i) end
  return memory
end

describe("memory that is given out contiguously", function()
  helpers.no_regions_left()

  -- Silberschatz: holes of 100, 500, 200, 300 and 600; requests of 212, 417, 112 and 426. Seen at
  -- transtutors.com, question 825520; next fit is by hand: it goes on behind 417, in the same hole.
  local textbook = {
    { "first", "- 100, a 212, c 112, - 176, - 200, - 300, b 417, - 183", "d" },
    { "best", "- 100, b 417, - 83, c 112, - 88, a 212, - 88, d 426, - 174" },
    { "worst", "- 100, b 417, - 83, - 200, - 300, a 212, c 112, - 276", "d" },
    { "next", "- 100, a 212, - 288, - 200, - 300, b 417, c 112, - 71", "d" },
  }
  for _, case in ipairs(textbook) do
    local way, expected, refused = table.unpack(case)
    it("by " .. way .. " fit does what textbooks say", function()
      local memory, failed = with_holes(way, { 100, 500, 200, 300, 600 }), nil
      for i, size in ipairs { 212, 417, 112, 426 } do
        local name = ("abcd"):sub(i, i)
        local granted, _, code = memory:alloc(name, size)
        if not granted then
          failed = name
          assert.equal("out_of_memory", code)
        end
      end
      assert.equal(expected, (layout(memory):gsub("|%d 1,? ?", ""):gsub(", $", "")))
      assert.equal(refused, failed)
    end)
  end

  it("by next fit goes on where it was, and round", function()
    local memory = paging.allocator("next", 10)
    for i, size in ipairs { 3, 3, 3 } do memory:alloc("abc", size) memory:free "abc" memory:alloc("k" .. i,
      size) end
    memory:free "k1"
    assert.equal("- 3, k2 3, k3 3, - 1", layout(memory))
    memory:alloc("x", 1)
    assert.equal("- 3, k2 3, k3 3, x 1", layout(memory))
    memory:alloc("y", 2)
    assert.equal("y 2, - 1, k2 3, k3 3, x 1", layout(memory))
  end)

  -- OSTEP, chapter 17: its malloc.py prints this with -n 10 -H 0 -p BEST -s 0 -c, with addresses from 1000
  -- on.
  it("has the addresses and holes of OSTEP's first run, and fewer holes with coalescing", function()
    local memory, joined = paging.allocator("best", 100, { coalesce = false }), paging.allocator("best", 100)
    local addresses = {}
    for i, size in ipairs { 3, 5, 8, 8, 2, 7 } do
      addresses[i] = 1000 + memory:alloc("p" .. i, size)
      joined:alloc("p" .. i, size)
      if i <= 4 then
        memory:free("p" .. i)
        joined:free("p" .. i)
        assert.equal(1, #joined:blocks())
      end
    end
    assert.same({ 1000, 1003, 1008, 1008, 1000, 1008 }, addresses)
    assert.equal("p5 2, - 1, - 5, p6 7, - 1, - 84", layout(memory))
    assert.equal("p5 2, p6 7, - 91", layout(joined))
    assert.same({ nil, "no place for x, 85 B: 91 B free, but not in one piece: the largest hole has 84 B",
      "out_of_memory" }, { memory:alloc("x", 85) })
  end)

  it("gives the address of each block", function()
    for _, way in ipairs { "first", "next", "best", "worst", "buddy", "paged" } do
      local memory = paging.allocator(way, 1 << 16)
      for _, name in ipairs { "a", "b", "c" } do
        local address = memory:alloc(name, 4096)
        local found
        for _, block in ipairs(memory:blocks()) do found = found or block.name == name and block.address end
        assert.equal(found, address, way)
      end
    end
  end)

  it("says how much is free, and that it is not in one piece", function()
    local memory = paging.allocator("first", 1000)
    for _, name in ipairs { "a", "b", "c", "d" } do memory:alloc(name, 250) end
    memory:free("a"):free("c")
    assert.same({ nil, "no place for e, 300 B: 500 B free, but not in one piece: the largest hole has 250 B",
      "out_of_memory" }, { memory:alloc("e", 300) })
    assert.same({ nil, "no place for e, 501 B: only 500 B free", "out_of_memory" }, { memory:alloc("e",
      501) })
    assert.same({ used = 500, asked = 500, free = 500, largest = 250, holes = 2, internal = 0,
      external = 0.5 },
      memory:facts())
  end)

  it("rounds up to its unit", function()
    local memory = paging.allocator("best", 100, { unit = 16 })
    memory:alloc("a", 17)
    assert.equal("a 32, - 68", layout(memory))
    assert.equal(64, memory:facts().largest)
    assert.equal(15, memory:facts().internal)
  end)
end)

describe("the buddy system", function()
  -- Stallings, figure "Example of Buddy System", seen at solutioninn.com, question 13498586.
  it("splits and merges as textbooks say", function()
    local memory = paging.allocator("buddy", 1 << 20)
    local function after(name, size)
      if size then assert(memory:alloc(name, size * KIB)) else memory:free(name) end
      return layout(memory, KIB)
    end
    assert.equal("A 128, - 128, - 256, - 512", after("A", 100))
    assert.equal("A 128, - 128, B 256, - 512", after("B", 240))
    assert.equal("A 128, C 64, - 64, B 256, - 512", after("C", 64))
    assert.equal("A 128, C 64, - 64, B 256, D 256, - 256", after("D", 256))
    assert.equal("A 128, C 64, - 64, - 256, D 256, - 256", after("B"))
    assert.equal("- 128, C 64, - 64, - 256, D 256, - 256", after("A"))
    assert.equal("E 128, C 64, - 64, - 256, D 256, - 256", after("E", 75))
    assert.equal("E 128, - 128, - 256, D 256, - 256", after("C"))
    assert.equal("- 512, D 256, - 256", after("E"))
    assert.equal("- 1024", after("D"))
  end)

  it("wastes what is missing to a power of two", function()
    local memory = paging.allocator("buddy", 1 << 20)
    memory:alloc("A", 513 * KIB)
    assert.same({ 511 * KIB, 0, 0.0 }, { memory:facts().internal, memory:facts().free,
      memory:facts().external })
  end)
end)

describe("memory that is given out by pages", function()
  it("places whatever there are pages for, wherever they are", function()
    local memory = paging.allocator("paged", 8 * 4096)
    for i = 1, 8 do memory:alloc("p" .. i, 4096) end
    for i = 1, 8, 2 do memory:free("p" .. i) end
    assert.equal(0.0, memory:facts().external)
    assert.equal(0, memory:alloc("x", 4 * 4096 - 1))
    assert.equal("x 1, p2 1, x 1, p4 1, x 1, p6 1, x 1, p8 1", layout(memory, 4096))
    assert.equal(1, memory:facts().internal)
    assert.is_nil((memory:alloc("y", 1)))
  end)
end)

describe("memory of every kind", function()
  local ways = { "first", "next", "best", "worst", "buddy", "paged" }

  --- Fails unless blocks and holes cover the memory without a gap or overlap, each owner has what it asked
  --- for, and no two holes of contiguous memory touch.
  local function check(memory, asked)
    local at, sums, before = 0, {}, true
    local function must(holds, what) -- luassert's own functions are slow
      if not holds then error(("%s: %s"):format(what, layout(memory))) end
    end
    for _, block in ipairs(memory:blocks()) do
      must(at == block.address and block.size > 0, "no gap and no overlap")
      at = at + block.size
      if block.name then sums[block.name] = (sums[block.name] or 0) + block.size end
      must(memory.way == "buddy" or block.name or before, "holes that touch are one")
      before = block.name
    end
    must(memory.size == at, "all of it")
    local used, wanted = 0, 0
    for name, size in pairs(asked) do
      must(sums[name] >= size, "as much as was asked for")
      used, wanted, sums[name] = used + sums[name], wanted + size, nil
    end
    must(not next(sums), "nobody else's")
    local facts = memory:facts()
    must(facts.used == used and facts.asked == wanted and facts.free == memory.size - used
      and facts.internal == used - wanted and facts.largest <= facts.free, "true facts")
  end

  for seed, way in ipairs(ways) do
    it("neither overlaps nor loses a byte, " .. way, function()
      math.randomseed(seed)
      local memory, asked, names = paging.allocator(way, 1 << 16, { unit = 64 }), {}, {}
      for step = 1, 250 do
        if #names > 0 and math.random() < 0.45 then
          local name = table.remove(names, math.random(#names))
          memory:free(name)
          asked[name] = nil
        else
          local size, largest = math.random(1, 6000), memory:facts().largest
          local granted = memory:alloc("n" .. step, size)
          if (size <= largest) ~= (granted ~= nil) then error("granted, or refused, wrongly") end
          if granted then
            names[#names + 1], asked["n" .. step] = "n" .. step, size
          end
        end
        check(memory, asked)
      end
      for _, name in ipairs(names) do memory:free(name) end
      assert.equal("- 65536", layout(memory))
    end)

    it("is as large as it says, " .. way, function()
      local memory = paging.allocator(way, 1 << 16)
      assert.equal(0, memory:alloc("all", 1 << 16))
      assert.equal(1 << 16, memory:has "all")
      assert.same({ nil, "no place for more, 1 B: only nothing free", "out_of_memory" },
        { memory:alloc("more", 1) })
      memory:free "all"
      assert.is_nil(memory:has "all")
      assert.is_nil((memory:alloc("too much", (1 << 16) + 1)))
    end)

    it("is drawn as wide as it may, " .. way, function()
      local memory = paging.allocator(way, 1 << 16)
      memory:alloc("A", 20000)
      memory:alloc("another", 5000)
      for _, width in ipairs { 40, 80, 200 } do
        for line in memory:text({ width = width, ascii = true, colour = false }):gmatch "[^\n]+" do
          assert.is_true(#line <= width, line)
          assert.is_nil(line:find "[\x80-\xff\27]")
        end
      end
      assert.matches("a another", memory:text { ascii = true })
      assert.truthy(memory:text({ colour = true }):find("\27[", 1, true))
    end)
  end

  it("refuses what makes no sense", function()
    local memory = paging.allocator("first", 100)
    memory:alloc("a", 1)
    helpers.raises("bad argument #1 to 'alloc' (a has memory already)", memory.alloc, memory, "a", 1)
    helpers.raises("bad argument #2 to 'alloc' (size must be an integer of 1 or more, not 0",
      memory.alloc, memory, "b", 0)
    helpers.raises("(name must be a string, not 7)", memory.alloc, memory, 7, 1)
    helpers.raises("bad argument #1 to 'free' (b has no memory)", memory.free, memory, "b")
    memory:free "a"
    helpers.raises("(a has no memory)", memory.free, memory, "a")
    helpers.raises("the way must be one of first, next, best, worst, buddy, paged, not 'last'",
      paging.allocator, "last", 1)
    helpers.raises("the size of memory for the buddy system must be a power of two, not 12288",
      paging.allocator, "buddy", 12288)
    helpers.raises("10000 bytes are not in whole units of 4096", paging.allocator, "paged", 10000)
    helpers.raises("size must be an integer from 1 to 281474976710656, not 1.5", paging.allocator, "first",
      1.5)
    helpers.raises("option 'page' is unknown; there are coalesce and unit", paging.allocator,
      "paged", 4096, { page = 1 })
  end)
end)

describe("a comparison", function()
  local requests = { { "A", 400 }, { "B", 200 }, { "C", 300 }, { "A" }, { "C" }, { "D", 600 }, { "D" }, { "E",
    8 } }

  it("tells who refuses which request, and stops at none", function()
    local result = paging.compare(requests, { "first", "paged" }, 1000, { unit = 1 })
    assert.equal(6, result.decided)
    assert.same({}, result[2].refused)
    assert.same({ { request = 6, name = "D", size = 600,
      message = "no place for D, 600 B: 800 B free, but not in one piece: the largest hole has 400 B" } },
      result[1].refused)
    assert.equal(8, result[1].memory:has "E")
  end)

  it("is drawn as it was at the request about which they differ", function()
    local result = paging.compare(requests, { "first", "paged" }, 1000, { unit = 1 })
    local text = result:text { ascii = true, colour = false, width = 80 }
    assert.matches("^After request 6 of 8, for D: 600 B\n", text)
    assert.matches("D, 600 B: refused +D, 600 B: granted,", text)
    assert.is_nil(text:find("E", 1, true))
  end)

  it("is drawn as it ends where they agree", function()
    local result = paging.compare({ { "A", 10 }, { "A" } }, { "first", "best" }, 100)
    assert.is_nil(result.decided)
    assert.matches("^After all 2 requests\n", tostring(result))
  end)

  it("gives nobody's memory back that was refused", function()
    local result = paging.compare({ { "A", 200 }, { "A" }, { "A", 5 } }, { "first" }, 100)
    assert.equal(5, result[1].memory:has "A")
  end)

  it("says which request makes no sense", function()
    local function compare(list) return paging.compare(list, { "first" }, 100) end
    helpers.raises("bad argument #1 to 'compare' (request 2: A has memory already)", compare,
      { { "A", 1 }, { "A", 1 } })
    helpers.raises("(request 1: A has no memory)", compare, { { "A" } })
    helpers.raises("(request 1 must be { name, size } or { name })", compare, { "A" })
    helpers.raises("(size of request 1 must be an integer of 1 or more", compare, { { "A", -1 } })
    helpers.raises("(the ways must be a list with something in it, not nil)", paging.compare, { { "A", 1 } })
  end)

  it("can be of what a script reserved and released", function()
    local recorder, vmem = require "vmem.recorder", require "vmem"
    local G = vmem.allocation_granularity
    local before <close> = vmem.reserve(G, { name = "before" })
    assert.equal(G, before.size)
    local recording = recorder.start()
    local a = vmem.reserve(2 * G, { name = "a" })
    local b = vmem.reserve(G)
    a:release()
    b:release()
    recording:stop()
    local requests_made, names = paging.requests(recording), {}
    for i, region in ipairs(recording.regions) do names[region.name or ""] = i end
    assert.same({
      { "before " .. names.before, G }, { "a " .. names.a, 2 * G }, { "region " .. names[""], G },
      { "a " .. names.a }, { "region " .. names[""] },
    }, requests_made)
    assert.same({}, paging.compare(requests_made, { "buddy" }, 1 << 20)[1].refused)
    helpers.raises("a recording is wanted: see vmem.recorder", paging.requests, {})
  end)
end)
