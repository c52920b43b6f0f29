-- a[i] of vmem.sparse and vmem.pager where C does it, and Lua only the rest: that both do the same.

local helpers = require "helpers"
local core = require "vmem.core"
local pager = require "vmem.pager"
local pager_kit = require "pager_kit"
local recorder = require "vmem.recorder"
local replacement = require "vmem.replacement"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P <const> = vmem.page_size
local first = pager_kit.first

local types = { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64" }

--- How many of vmem's functions that are written in Lua are called while f runs.
local function lua_calls(f, ...)
  local count = 0
  debug.sethook(function()
    if debug.getinfo(2, "S").source:find("lua/vmem/", 1, true) then count = count + 1 end
  end, "c")
  f(...)
  debug.sethook()
  return count
end

local function read_and_write(array, i, value)
  local _ = array[i]
  array[i] = value
end

describe("cells[i] of numbers", function()
  helpers.no_regions_left()

  for _, type in ipairs(types) do
    it(("needs no Lua where the record exists: %s"):format(type), function()
      local cells <close> = assert(sparse.new(type, 10 * P))
      cells[1], cells[9 * P] = 1, 1
      local value = type:find "f" and 2.5 or 2
      assert.equal(0, lua_calls(read_and_write, cells, 1, value))
      assert.equal(0, lua_calls(read_and_write, cells, 9 * P, value)) -- another run of pages
      assert.same({ value, value }, { cells[1], cells[9 * P] })
    end)

    it(("takes what a view of %s takes, and as the same number"):format(type), function()
      local cells <close> = assert(sparse.new(type, P))
      local region <close> = assert(vmem.allocate(8 * P))
      local view = region:view(type)
      for _, value in ipairs {
        0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, 65535, 65536, -32769, (1 << 31) - 1, 1 << 31,
        1 << 32, math.maxinteger, math.mininteger, 16777217, (1 << 53) + 1, (1 << 60) + (1 << 36) + 1,
        0.5, -0.0, 3.0, 1e300, -1e300, 3.4028235677973366e38, 1e-50, 2.0 ^ 63, math.huge, -math.huge, 0 / 0,
      } do
        local stored, expected = pcall(function() cells[1] = value end), pcall(function() view[1] = value end)
        assert.equal(expected, stored, tostring(value))
        if stored then
          assert.equal(("%q"):format(view[1]), ("%q"):format(cells[1]), tostring(value))
          assert.equal(math.type(view[1]), math.type(cells[1]))
        end
      end
    end)
  end

  it("needs no Lua to be nil, and commits nothing", function()
    local cells <close> = assert(sparse.new("u16", 10 * P))
    assert.equal(0, lua_calls(function() return cells[5] end))
    assert.is_nil(cells[5])
    assert.equal(0, cells.region.committed)
  end)

  it("sees at once what the region's methods change", function()
    local cells <close> = assert(sparse.new("u8", 4 * P))
    cells[1] = 7
    assert.equal(7, cells[1])
    cells.region:decommit(0, P)
    assert.is_nil(cells[1])
    cells.region:commit(0, P, "r")
    assert.equal(0, cells[1])
    helpers.raises("must not be written", function() cells[1] = 8 end)
    cells.region:protect(0, P, "rw+guard")
    helpers.raises("guard page", function() return cells[1] end)
    cells[1] = 9
    assert.equal(9, cells[1])
  end)

  it("asks a handler that yields, to read and to write", function()
    local cells <close> = assert(sparse.new("u8", P))
    cells[1] = 7
    cells.region:on_fault(function(fault)
      coroutine.yield(fault.access)
      return fault.region:protect(0, P, "rw")
    end)
    for _, case in ipairs {
      { "read", function() return cells[1] end },
      { "write", function() cells[1] = 7 return cells[1] end },
    } do
      cells.region:protect(0, P, "none")
      local work = coroutine.wrap(case[2])
      assert.equal(case[1], work())
      assert.equal(7, work())
    end
  end)

  it("notes what is written", function()
    local cells <close> = assert(sparse.new("u8", 4 * P, { watch = true }))
    cells[1], cells[P + 1] = 1, 1
    cells.region:rearm()
    assert.equal(0, lua_calls(function() cells[P + 2] = 2 end))
    local pages = {}
    for offset, size in cells.region:written() do pages[#pages + 1] = offset .. "+" .. size end
    assert.same({ P .. "+" .. P }, pages)
  end)

  it("is recorded", function()
    local cells <close> = assert(sparse.new("u32", P))
    cells[3], cells[4] = 1, 2
    local recording <close> = recorder.start { reads = true, writes = true, merge = false }
    local _ = cells[3]
    cells[4] = 5
    recording:stop()
    local seen = {}
    for _, event in ipairs(recording) do
      seen[#seen + 1] = ("%s %s+%s"):format(event.what, event.offset, event.size)
    end
    assert.same({ "read 8+4", "write 12+4" }, seen)
  end)
end)

describe("a hit of a pager", function()
  helpers.no_regions_left()

  --- Two frames, with pages 1 and 2 in them, which may be written to.
  local function filled(policy, store)
    local array = pager_kit.array { frames = 2, policy = policy }
    array[first(1)] = 1
    array[first(2)] = 2
    return array, store
  end

  for _, policy in ipairs { "clock", "fifo", "lru" } do
    it(("needs no Lua, and is counted, under %s"):format(policy), function()
      local array <close> = filled(policy)
      local before = array.hits
      assert.equal(0, lua_calls(read_and_write, array, first(1), 5))
      assert.equal(0, lua_calls(read_and_write, array, first(2), 6))
      assert.equal(before + 4, array.hits)
      assert.matches(("%d hits"):format(before + 4), tostring(array))
      assert.same({ 5, 6 }, { array[first(1)], array[first(2)] })
    end)
  end

  it("is a reference again once the clock's hand has passed", function()
    local policy = replacement.clock(2)
    local array <close> = filled(policy)
    assert.equal(1, policy:victim()) -- the hand has passed both
    local _ = array[first(1)]
    assert.equal(2, policy:victim())
  end)

  it("is the last reference, to LRU", function()
    local policy = replacement.lru()
    local array <close> = filled(policy)
    assert.equal(1, policy:victim())
    local _ = array[first(1)]
    assert.equal(2, policy:victim())
    array[first(2)] = 1
    assert.equal(1, policy:victim())
  end)

  it("is told to every policy that a script has made", function()
    local touched = {}
    local own = setmetatable({}, { __index = replacement.clock(2) })
    function own:touch(page) -- luacheck: ignore self
      touched[#touched + 1] = page
    end
    local inner = getmetatable(own).__index
    for _, name in ipairs { "insert", "remove", "victim" } do
      own[name] = function(_, ...) return inner[name](inner, ...) end
    end
    local array <close> = filled(own)
    for _, page in ipairs { 1, 1, 2, 1 } do local _ = array[first(page)] end
    assert.same({ 1, 1, 2, 1 }, touched)
  end)

  it("is told to a policy of vmem whose touch a script has replaced", function()
    local touched, policy = 0, replacement.fifo()
    function policy:touch() touched = touched + 1 end -- luacheck: ignore self
    local array <close> = filled(policy)
    for _ = 1, 3 do local _ = array[first(1)] end
    assert.equal(3, touched)
  end)

  it("is none once the page has gone", function()
    local array <close> = filled "clock"
    assert.is_true(array:flush())
    assert.equal(2, array:refresh())
    local hits, faults = array.hits, array.faults
    assert.equal(1, array[first(1)])
    assert.same({ hits, faults + 1 }, { array.hits, array.faults })
  end)

  it("is none once the array is closed", function()
    local array = filled "clock"
    assert.is_true(array:close())
    helpers.raises("array is closed", function() return array[first(1)] end)
    helpers.raises("array is closed", function() array[first(1)] = 1 end)
  end)
end)

describe("the functions behind a[i]", function()
  helpers.no_regions_left()

  it("do no harm with other upvalues, and raise or do their work", function()
    local cells <close> = assert(sparse.new("u8", P))
    local other <close> = assert(sparse.new("f64", 2))
    local array <close> = pager_kit.array { frames = 2 }
    local closed = assert(sparse.new("f64", 2))
    closed:close()
    cells[1], other[1], array[first(1)] = 1, 1, 1
    local values = { [0] = nil, 5, "text", {}, { true, true }, type, io.stdout, cells.region,
      cells.region:view "u8", coroutine.create(type), setmetatable({}, { __call = type }) }
    for _, one in ipairs { other, closed, array } do
      local _, inner = debug.getupvalue(getmetatable(one).__index, 1)
      values[#values + 1] = inner
    end
    for _, victim in ipairs { cells, array } do
      for _, name in ipairs { "__index", "__newindex" } do
        local f = getmetatable(victim)[name]
        for upvalue = 1, 4 do
          local _, before = debug.getupvalue(f, upvalue)
          for value = 0, #values do
            debug.setupvalue(f, upvalue, values[value])
            for _, i in ipairs { 1, 2, P, 1 << 40, 0, -1, 1.0, 1.5, "x" } do
              pcall(f, victim, i, 1)
              pcall(f, victim, i, 1.5)
              pcall(f, i)
              pcall(f)
            end
          end
          debug.setupvalue(f, upvalue, before)
        end
        assert.is_true(pcall(f, victim, 1, 1))
      end
    end
    assert.equal(1, cells[1])
  end)

  it("are made for native types alone, within the region", function()
    local region <close> = assert(vmem.allocate(P))
    assert.is_nil(core.cells(region, "u9", 1, type, type))
    assert.equal("function", type(core.cells(region, "u64", P // 8, type, type)))
    helpers.raises("count is", core.cells, region, "u64", P // 8 + 1, type, type)
    helpers.raises("vmem.region expected", core.cells, nil, "u64", 1, type, type)
  end)

  it("count no hits when they are none", function()
    local region <close> = assert(vmem.allocate(P))
    local read, _, hits = core.cells(region, "u8", P, type, type, {})
    read(nil, 1)
    assert.equal(0, hits())
    debug.setupvalue(hits, 1, io.stdout)
    assert.equal(0, hits())
  end)
end)

describe("an element", function()
  it("is reached by one page's number after another", function()
    local array <close> = assert(pager.new {
      store = pager_kit.store(), type = "u16", count = 3 * P // 2, frames = 3,
    })
    for i = 1, #array do array[i] = i & 0xffff end
    local hits = array.hits
    for i = 1, #array do assert.equal(i & 0xffff, array[i]) end
    assert.equal(hits + #array, array.hits)
    assert.equal(3, array.faults)
  end)
end)
