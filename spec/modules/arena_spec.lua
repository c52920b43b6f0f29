local arenas = require "vmem.arena"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- vmem.arena over a commit and a decommit that refuse as often as `refusals` says.
local function refusing(refusals)
  return helpers.over_refusals("vmem.arena", { "commit", "decommit" }, function(verb)
    local left = refusals[verb] or 0
    if left > 0 then refusals[verb] = left - 1 end
    return left ~= 0
  end)
end

--- All committed bytes belong to the arena: they are one run from the region's start.
local function check_pages(arena)
  local whole, part = arena.region.size // P, arena.committed // P
  local expected = ("%d rw, %d reserved"):format(part, whole - part)
  if part == 0 then expected = ("%d reserved"):format(whole) end
  if part == whole then expected = ("%d rw"):format(part) end
  assert.equal(expected, helpers.runs(arena.region))
  assert.equal(arena.committed, arena.region.committed)
  assert.is_true(arena.committed >= arena.used)
end

describe("an arena", function()
  helpers.no_regions_left()
  local arena

  local function use(size, options)
    arena = assert(arenas.new(size, options))
    return arena
  end

  after_each(function()
    if arena then arena:close() end
    arena = nil
  end)

  it("takes addresses only, until somebody allocates", function()
    use(1 << 30, { name = "ours" })
    assert.same({ 0, 0, 0, 1 << 30 }, { arena.used, arena.high_water, arena.committed, arena.size })
    assert.equal("ours", arena.region.name)
    check_pages(arena)
  end)

  it("gives places side by side, aligned to 16 unless told otherwise", function()
    use(1 << 20)
    assert.same({ 0, 112, 128, 129 },
      { arena:alloc(100), arena:alloc(1), arena:alloc(1), arena:alloc(1, 1) })
    assert.equal(130, arena.used)
    assert.equal(P, arena.committed)
  end)

  it("aligns addresses, up to more than a page and more than a region's own alignment", function()
    use(64 << 20)
    for shift = 0, 24 do
      arena:alloc(1, 1)
      local offset = assert(arena:alloc(3, 1 << shift))
      assert.equal(0, (arena.region.base + offset) % (1 << shift))
      assert.equal(offset + 3, arena.used)
    end
  end)

  it("has a place for nothing, and another for nothing may be the same", function()
    use(P)
    arena:alloc(3)
    assert.same({ 16, 16, 16 }, { arena:alloc(0), arena:alloc(0), arena.used })
    arena:alloc(P - 16)
    assert.equal(P, arena:alloc(0))
    assert.equal(0, #arena:view("f64", 0))
  end)

  it("makes views aligned for their type", function()
    use(1 << 20)
    arena:alloc(1)
    for _, type in ipairs { "u8", "u16", "f32", "u8", "f64" } do
      local view = arena:view(type, 3)
      assert.same({ type, 3, 0 }, { view.type, #view, view:sum() })
      assert.equal(0, view.offset % (tonumber(type:sub(2)) // 8))
      view:fill(1)
    end
    assert.equal(56, arena.used) -- they are at 1, 4, 12, 24 and 32
    local swapped = arena:view("u32be", 2):fill(1)
    assert.equal("\0\0\0\1\0\0\0\1", arena.region:read(swapped.offset, 8))
  end)

  it("copies strings, with a zero byte behind them", function()
    use(P)
    local first, second = arena:string "bytes", arena:string "\0and more"
    assert.same({ 0, 6 }, { first, second })
    assert.equal("bytes", arena.region:cstring(first))
    assert.equal("\0and more\0", arena.region:read(second, 10))
  end)

  it("says what was asked and how large it is when it is full, and changes nothing", function()
    use(2 * P)
    arena:alloc(P + 1)
    for _, size in ipairs { P, 2 * P, math.maxinteger } do
      local offset, message, code = arena:alloc(size)
      assert.is_nil(offset)
      assert.equal(("cannot allocate %d bytes aligned to 16: of the arena's %d bytes %d are left")
        :format(size, 2 * P, P - 1), message)
      assert.equal("out_of_memory", code)
    end
    assert.equal("out_of_memory", select(3, arena:alloc(1, 1 << 62)))
    assert.equal("out_of_memory", select(3, arena:view("f64", math.maxinteger)))
    assert.equal("out_of_memory", select(3, arena:string(("x"):rep(P))))
    assert.same({ P + 1, P + 1 }, { arena.used, arena.high_water })
    assert.equal(P + 16, arena:alloc(P - 16))
  end)

  it("can be asked for more than there are addresses", function()
    local refused, message, code = arenas.new(1 << 62)
    assert.is_nil(refused)
    assert.matches("^cannot reserve " .. (1 << 62) .. " bytes", message)
    assert.equal("out_of_memory", code)
  end)

  local growths = {
    { "just what is needed", nil, { P, 3 * P, 4 * P } },
    { "\"page\": just that", "page", { P, 3 * P, 4 * P } },
    { "\"double\": at least as much as there is", "double", { P, 3 * P, 6 * P } },
    { "a number of bytes, as often as needed", 2 * P, { 2 * P, 4 * P, 4 * P } },
    { "a number that is no whole pages", P + 1, { 2 * P, 4 * P, 4 * P } },
    { "a number past the end", math.maxinteger, { 10 * P, 10 * P, 10 * P } },
    { "what a function says", function(needed, committed) return needed + committed end,
      { P, 4 * P, 4 * P } },
    { "what is needed, should a function say less", function() return -5 end, { P, 3 * P, 4 * P } },
    { "no more than there is, should a function say more", function() return math.maxinteger end,
      { 10 * P, 10 * P, 10 * P } },
  }
  for _, case in ipairs(growths) do
    it("grows by " .. case[1], function()
      use(10 * P, { growth = case[2] })
      local seen = {}
      for i, size in ipairs { 1, 2 * P, P } do
        arena:alloc(size)
        seen[i] = arena.committed
        check_pages(arena)
      end
      assert.same(case[3], seen)
      while arena:alloc(P // 2) do check_pages(arena) end
      assert.equal(10 * P, arena.committed)
    end)
  end

  it("tells a growth function what is needed, and what there is", function()
    local asked = {}
    use(10 * P, { growth = function(...)
      asked[#asked + 1] = { ... }
      return 4 * P
    end })
    arena:alloc(1)
    arena:alloc(4 * P)
    assert.same({ { P, 0 }, { P, 4 * P } }, asked)
  end)

  it("hands nothing out twice when a growth function allocates, resets or yields", function()
    local depth = 0
    use(100 * P, { growth = function(needed)
      depth = depth + 1
      if depth == 1 then arena:alloc(3 * P) end
      if coroutine.isyieldable() then coroutine.yield() end
      return needed
    end })
    assert.equal(3 * P, arena:alloc(P))
    local places = {}
    local function take()
      local offset = arena:alloc(P)
      places[#places + 1] = offset
    end
    local one, other = coroutine.wrap(take), coroutine.wrap(take)
    one() other()
    one() other() -- it finds too little memory then, and asks again
    other()
    assert.same({ 4 * P, 5 * P }, places)
    check_pages(arena)
  end)

  it("passes on an error of a growth function, and one that gives no number", function()
    use(10 * P, { growth = function() error("no more", 0) end })
    helpers.raises("no more", arena.alloc, arena, 1)
    assert.equal(0, arena.used)
    local other <close> = arenas.new(P, { growth = function() return "all" end })
    helpers.raises("growth must give a number of bytes, not 'all'", other.alloc, other, 1)
  end)

  it("that the system refuses a commit says so, and is as it was", function()
    local refusals = { commit = 1 }
    arena = refusing(refusals).new(10 * P)
    assert.same({ nil, "cannot commit", "too_many_mappings" }, { arena:alloc(3 * P) })
    assert.same({ 0, 0, 0 }, { arena.used, arena.high_water, arena.committed })
    assert.equal(0, arena:alloc(3 * P))
  end)

  it("asks for what is needed when the system refuses more", function()
    arena = refusing({ commit = 1 }).new(10 * P, { growth = 5 * P })
    assert.equal(0, arena:alloc(P))
    assert.equal(P, arena.committed)
    check_pages(arena)
  end)

  it("is a line to read, and closed for good", function()
    use(1 << 20)
    arena:alloc(100)
    assert.matches("^vmem%.arena 0x%x+: 1048576 bytes, 100 used, %d+ committed$", tostring(arena))
    local region, view, mark = arena.region, arena:view("u8", 1), arena:mark()
    arena:close()
    arena:close()
    assert.equal("vmem.arena (closed)", tostring(arena))
    helpers.raises("arena is closed", function() return arena:alloc(1) end)
    helpers.raises("arena is closed", function() return arena.used end)
    helpers.raises("arena is closed", function() arena.used = 1 end)
    helpers.raises("region is released", function() return region.base end)
    helpers.raises("region is released", function() return view[1] end)
    getmetatable(mark).__close(mark)
  end)

  it("is closed at the end of its block, even if its region is gone", function()
    local region
    do
      local inner <close> = arenas.new(P)
      region = inner.region
    end
    assert.equal("vmem.region (released)", tostring(region))
    use(P).region:release()
    arena:close()
  end)
end)

describe("an arena's reset", function()
  helpers.no_regions_left()
  local arena

  after_each(function() arena:close() end)

  it("gives pages back, and the high-water mark stays", function()
    arena = arenas.new(1 << 30)
    arena:alloc(100)
    local mark = arena:mark()
    arena:alloc(10 * P)
    local high = arena.high_water
    assert.equal(arena, arena:reset(mark))
    assert.same({ 100, high, P }, { arena.used, arena.high_water, arena.committed })
    check_pages(arena)
    arena:reset()
    assert.same({ 0, high, 0 }, { arena.used, arena.high_water, arena.committed })
    check_pages(arena)
  end)

  it("leaves what is below the mark alone, and the rest of its page zero", function()
    arena = arenas.new(1 << 20)
    arena.region:fill(arena:alloc(100), 100, 65)
    local mark = arena:mark()
    arena.region:fill(arena:alloc(3 * P, 1), 3 * P, 66)
    arena:reset(mark)
    assert.equal(("A"):rep(100) .. ("\0"):rep(P - 100), arena.region:read(0, P))
    assert.equal(("\0"):rep(3 * P), arena.region:read(arena:alloc(3 * P, 1), 3 * P))
  end)

  it("makes old views fault where pages are gone, and read zeros where they are not", function()
    arena = arenas.new(1 << 20)
    local view = arena:view("u8", 2 * P + 1)
    view:fill(7)
    local first = arena:view("u8", 1)
    arena:reset()
    assert.equal("access_violation", helpers.fault(function() return view[1] end).kind)
    arena:alloc(1)
    assert.equal(0, view[1])
    assert.equal(2, helpers.fault(function() return view:sum() end).page)
    assert.equal(3, helpers.fault(function() first[1] = 1 end).page)
  end)

  it("keeps so many bytes committed above the mark, zeros all of them", function()
    arena = arenas.new(1 << 20, { keep = 2 * P + 1 })
    local view = arena:view("u8", 10 * P)
    view:fill(7)
    arena:reset()
    assert.equal(3 * P, arena.committed)
    assert.equal(("\0"):rep(3 * P), arena.region:read(0, 3 * P))
    check_pages(arena)
    arena:alloc(P, 1)
    local mark = arena:mark()
    arena:view("u8", 10 * P):fill(9)
    arena:reset(mark)
    assert.equal(4 * P, arena.committed)
    assert.equal(("\0"):rep(3 * P), arena.region:read(P, 3 * P))
  end)

  it("keeps no more than there is", function()
    arena = arenas.new(1 << 20, { keep = math.maxinteger })
    arena:reset()
    assert.equal(0, arena.committed)
    arena:alloc(P + 1)
    arena:reset()
    assert.equal(2 * P, arena.committed)
  end)

  it("takes what growth has committed on top back, too", function()
    arena = arenas.new(1 << 20, { growth = 8 * P })
    arena:alloc(1)
    arena:reset(arena:mark())
    assert.equal(P, arena.committed)
  end)

  it("goes through when the system does not take pages back: they stay, as zeros", function()
    arena = refusing({ decommit = 1 }).new(1 << 20)
    arena:view("u8", 3 * P):fill(7)
    arena:reset()
    assert.same({ 0, 3 * P }, { arena.used, arena.committed })
    assert.equal(("\0"):rep(3 * P), arena.region:read(0, 3 * P))
    arena:reset()
    assert.equal(0, arena.committed)
  end)

  it("of bytes that have been protected is a fault, and changes nothing", function()
    arena = arenas.new(1 << 20)
    arena:alloc(10)
    local mark = arena:mark()
    arena:alloc(3 * P)
    arena.region:protect(0, P, "r")
    local used = arena.used
    assert.equal("r", helpers.fault(arena.reset, arena, mark).protection)
    assert.equal(used, arena.used)
    arena.region:protect(0, P, "rw")
    arena:reset(mark)
    assert.equal(10, arena.used)
  end)

  it("goes to a mark more than once", function()
    arena = arenas.new(1 << 20)
    local mark = arena:mark()
    for _ = 1, 3 do
      assert.equal(0, arena:alloc(P))
      arena:reset(mark)
    end
    assert.equal("vmem.arena.mark at 0", tostring(mark))
  end)

  it("happens at the end of the block of a mark that is a <close> variable", function()
    arena = arenas.new(1 << 20)
    arena:alloc(1)
    pcall(function()
      local outer <close> = arena:mark()
      arena:alloc(1)
      do
        local inner <close> = arena:mark()
        assert.equal(17, inner.offset)
        arena:alloc(1)
      end
      assert.equal(17, arena.used)
      error(outer)
    end)
    assert.equal(1, arena.used)
  end)

  it("has nothing left to do at the end of such a block when the arena was reset or closed", function()
    arena = arenas.new(1 << 20)
    do
      local mark <close> = arena:mark()
      arena:reset()
      arena:alloc(mark.offset + 50)
    end
    assert.equal(50, arena.used)
    do
      local _ <close> = arena:mark()
      arena:close()
    end
  end)

  it("refuses marks that are stale, of another arena, or no marks", function()
    arena = arenas.new(1 << 20)
    local other <close> = arenas.new(P)
    local first = arena:mark()
    arena:alloc(100)
    local second = arena:mark()
    arena:alloc(100)
    helpers.raises("#1 to 'reset' (mark is of another arena", other.reset, other, first)
    local shown = require("vmem.internal.checks").shown
    for _, wrong in ipairs { 0, "mark", {}, false, arena, print } do
      helpers.raises("(mark must be one that arena:mark() has given, not " .. shown(wrong),
        arena.reset, arena, wrong)
    end
    arena:reset(first)
    arena:alloc(500) -- the place is in use again, but by something else
    helpers.raises("#1 to 'reset' (mark is stale: the arena has been reset", arena.reset, arena, second)
    arena:mark() -- takes the second's number
    helpers.raises("mark is stale", arena.reset, arena, second)
    arena:reset()
    helpers.raises("mark is stale", arena.reset, arena, first)
    arena:mark()
    helpers.raises("mark is stale", arena.reset, arena, first)
    assert.equal(0, arena.used)
  end)

  it("does not remember marks that nobody has any more", function()
    arena = arenas.new(1 << 20)
    local first = arena:mark()
    for _ = 1, 100 do arena:mark() end
    collectgarbage()
    assert.equal(2, arena:mark().index)
    arena:reset(first)
  end)
end)

describe("arguments of an arena", function()
  helpers.no_regions_left()
  local arena
  before_each(function() arena = arenas.new(P) end)
  after_each(function() arena:close() end)

  local cases = {
    { "bad argument #1 to 'new' (size must be an integer of 1 or more, not '1')",
      function() arenas.new "1" end },
    { "bad argument #1 to 'new' (size must be an integer of 1 or more, not -1)",
      function() arenas.new(-1) end },
    { "bad argument #1 to 'new' (size must be an integer of 1 or more, not 0)",
      function() arenas.new(0) end },
    { "#2 to 'new' (options must be a table, not 2)", function() arenas.new(1, 2) end },
    { "(option growth must be \"page\"", function() arenas.new(1, { growth = "x" }) end },
    { "(option growth must be ", function() arenas.new(1, { growth = 0 }) end },
    { "(option keep must be an integer of 0 or more, not -1)", function() arenas.new(1, { keep = -1 }) end },
    { "(option name must be a string without zero", function() arenas.new(1, { name = "a\0" }) end },
    { "#1 to 'alloc' (size must be an integer of 0 or more, not -1)", function() arena:alloc(-1) end },
    { "#1 to 'alloc' (size must be an integer of 0 or more, not 1.5)", function() arena:alloc(1.5) end },
    { "#1 to 'alloc' (size must be an integer of 0 or more, not nil)", function() arena:alloc() end },
    { "#2 to 'alloc' (alignment must be a power of two, not 0)", function() arena:alloc(1, 0) end },
    { "(alignment must be a power of two, not 24)", function() arena:alloc(1, 24) end },
    { "(alignment must be a power of two, not -16)", function() arena:alloc(1, -16) end },
    { "(alignment must be a power of two, not " .. math.mininteger,
      function() arena:alloc(1, math.mininteger) end },
    { "(alignment must be a power of two, not '8')", function() arena:alloc(1, "8") end },
    { "(alignment must be a power of two, not false)", function() arena:alloc(1, false) end },
    { "#1 to 'view' (type must be i8, ", function() arena:view("u7", 1) end },
    { "#2 to 'view' (count must be an integer of 0 or more, not -1)", function() arena:view("u8", -1) end },
    { "#1 to 'string' (bytes must be a string, not 5)", function() arena:string(5) end },
  }
  for _, case in ipairs(cases) do
    it("are refused: " .. case[1], function()
      local ok, message = pcall(case[2])
      assert.is_false(ok)
      assert.truthy(message:find(case[1], 1, true), message)
      assert.matches("arena_spec%.lua:%d+: bad argument", message) -- where they were given
      assert.equal(0, arena.used)
    end)
  end

  it("may be floats that are integers", function()
    assert.same({ 0, 8 }, { arena:alloc(8.0, 8.0), arena:alloc(8, 8) })
  end)
end)

describe("random calls of an arena", function()
  helpers.no_regions_left()

  local ALIGNMENTS = { 1, 2, 4, 8, 16, 64, P, 2 * P }

  --- The allocated blocks in order, and the byte that each was filled with.
  local function check_contents(arena, model)
    for _, place in ipairs(model) do
      assert.equal(string.char(place.byte):rep(place.size), arena.region:read(place.offset, place.size))
    end
  end

  local function allocate(arena, model)
    local size = math.random(4) == 1 and math.random(0, 3 * P) or math.random(0, 200)
    local alignment = ALIGNMENTS[math.random(#ALIGNMENTS)]
    local last = model[#model]
    local top = last and last.offset + last.size or 0
    local offset, _, code = arena:alloc(size, alignment)
    if not offset then
      assert.equal("out_of_memory", code)
      assert.is_true(top + size + alignment - 1 > arena.size)
      return
    end
    assert.is_true(offset >= top and offset < top + alignment)
    assert.equal(0, (arena.region.base + offset) % alignment)
    assert.equal(("\0"):rep(size), arena.region:read(offset, size))
    local byte = math.random(255)
    arena.region:fill(offset, size, byte)
    model[#model + 1] = { offset = offset, size = size, byte = byte }
    assert.equal(offset + size, arena.used)
  end

  local function reset(arena, model, marks)
    local i = math.random(0, #marks)
    local mark = marks[i] or { count = 0 }
    arena:reset(mark.mark)
    for j = #marks, i + 1, -1 do marks[j] = nil end
    for j = #model, mark.count + 1, -1 do model[j] = nil end
    local last = model[#model]
    assert.is_true(arena.used >= (last and last.offset + last.size or 0))
    local floor = (arena.used + arena.keep + P - 1) & -P
    assert.is_true(arena.committed <= floor)
  end

  local function run(options)
    local arena <close> = arenas.new(64 * P, options)
    local model, marks, high = {}, {}, 0
    for step = 1, 600 do
      local dice = math.random(20)
      if dice == 1 then
        reset(arena, model, marks)
      elseif dice <= 4 then
        marks[#marks + 1] = { mark = arena:mark(), count = #model }
      else
        allocate(arena, model)
      end
      high = math.max(high, arena.used)
      assert.equal(high, arena.high_water)
      if step % 20 == 0 then
        check_contents(arena, model)
        check_pages(arena)
      end
    end
  end

  local function some(needed) return math.random(needed) + math.random(3 * P) end
  for i, options in ipairs { {}, { keep = 5 * P }, { growth = "double", keep = P - 1 }, { growth = some } } do
    it("give zeros that nobody else has, with options " .. i, function()
      math.randomseed(25 + i)
      run(options)
    end)
  end
end)
