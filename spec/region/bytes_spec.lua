local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("region:read and region:write", function()
  helpers.no_regions_left()

  it("move bytes of any kind, anywhere", function()
    local region <close> = vmem.allocate(3 * P)
    local bytes = "\0\1\255 text \0"
    for _, offset in ipairs { 0, 1, P - 3, P, 3 * P - #bytes } do
      assert.equal(region, region:write(offset, bytes))
      assert.equal(bytes, region:read(offset, #bytes))
    end
  end)

  it("write what is given and nothing around it", function()
    local region <close> = vmem.allocate(P)
    region:fill(0, P, 46):write(3, "abc")
    assert.equal("...abc...", region:read(0, 9))
  end)

  it("read to the end by default", function()
    local region <close> = vmem.allocate(2 * P)
    region:write(2 * P - 3, "end")
    assert.equal(2 * P, #region:read())
    assert.equal("end", region:read(2 * P - 3))
    assert.equal("\0\0", region:read(nil, 2))
  end)
end)

describe("vmem.read and vmem.write", function()
  helpers.no_regions_left()

  it("do the same by address, over the border of neighbours too", function()
    local first <close> = assert(vmem.allocate(16 * P, { address = 0x56780000 }))
    local second <close> = assert(vmem.allocate(P, { address = first.base + first.size }))
    assert.same({ true, n = 1 }, table.pack(vmem.write(second.base - 2, "over")))
    assert.equal("over", vmem.read(second.base - 2, 4))
    assert.same({ "ov", "er" }, { first:read(first.size - 2), second:read(0, 2) })
  end)
end)

describe("region:fill", function()
  helpers.no_regions_left()

  it("sets each byte of the range", function()
    local region <close> = vmem.allocate(2 * P)
    assert.equal(region, region:fill(P - 2, 4, 255))
    assert.equal("\0\255\255\255\255\0", region:read(P - 3, 6))
  end)
end)

describe("region:copy", function()
  helpers.no_regions_left()

  for _, case in ipairs {
    { "forwards", 2, 0, "ababcdehi" },
    { "backwards", 0, 2, "cdefgfghi" },
    { "onto itself", 1, 1, "abcdefghi" },
  } do
    local what, to, from, expected = table.unpack(case)
    it("may overlap, " .. what, function()
      local region <close> = vmem.allocate(2 * P)
      region:write(P - 4, "abcdefghi")
      assert.equal(region, region:copy(P - 4 + to, P - 4 + from, 5))
      assert.equal(expected, region:read(P - 4, 9))
    end)
  end

  it("copies from another region", function()
    local region <close> = vmem.allocate(P)
    local source <close> = vmem.allocate(2 * P, { protection = "rw" })
    source:write(P - 2, "over"):protect(0, 2 * P, "r")
    region:copy(10, P - 2, 4, source)
    assert.equal("\0over\0", region:read(9, 6))
  end)
end)

describe("region:compare", function()
  helpers.no_regions_left()

  it("gives 0 for like bytes, else the order and the distance of the first that differs", function()
    local region <close> = vmem.allocate(2 * P)
    local other <close> = vmem.allocate(2 * P)
    local cases = {
      { "", "", 0 }, { "a", "b", -1, 0 }, { "abX", "abC", 1, 2 },
      { "\127", "\128", -1, 0 }, { "\255", "\0", 1, 0 },
    }
    for _, case in ipairs(cases) do
      local here, there, order, distance = table.unpack(case)
      region:fill(0, 2 * P, 1):write(5, here)
      other:fill(0, 2 * P, 1):write(9, there)
      assert.same({ order, distance }, { region:compare(5, 9, 100, other) })
    end
  end)

  it("finds a difference wherever it is", function()
    local region <close> = vmem.allocate(4 * P)
    for distance = 0, 2 * P - 1, P // 16 - 1 do
      region:fill(0, 4 * P, 7):fill(distance, 1, 6):fill(distance + 1, 1, 9)
      assert.same({ -1, distance }, { region:compare(0, 2 * P, 2 * P) })
      assert.same({ 1, distance }, { region:compare(2 * P, 0, 2 * P) })
    end
  end)

  it("finds a difference in the middle of much", function()
    local size = 300000
    local region <close> = vmem.allocate(2 * size)
    for _, distance in ipairs { 0, 65535, 65536, 65537, 131071, 200000, size - 1 } do
      region:fill(distance, 1, 6)
      assert.same({ 1, distance }, { region:compare(0, size, size) })
      assert.same({ -1, distance }, { region:compare(size, 0, size) })
      region:fill(distance, 1, 0)
    end
  end)

  it("finds a range like itself", function()
    local region <close> = vmem.allocate(P)
    assert.same({ 0 }, { region:compare(0, 0, P) })
  end)
end)

describe("region:find", function()
  helpers.no_regions_left()
  local region

  before_each(function()
    region = vmem.allocate(2 * P)
    region:write(10, "needle"):write(P - 3, "needle"):write(2 * P - 6, "needle")
  end)

  after_each(function() region:release() end)

  for _, case in ipairs {
    { "the first place", { "needle" }, 10 },
    { "the first place from an offset on", { "needle", 11 }, P - 3 },
    { "a place at the very end", { "needle", P }, 2 * P - 6 },
    { "nothing that the range cuts off", { "needle", 11, P - 3 + 5 - 11 }, nil },
    { "what fills the range exactly", { "needle", 10, 6 }, 10 },
    { "nothing in a range that is too small", { "needle", 10, 5 }, nil },
    { "bytes, not patterns", { "n.*e" }, nil },
    { "zero bytes", { "\0\0", 12 }, 16 },
    { "what begins like something before it", { "eneedle" }, nil },
    { "nothing, at once", { "", 7 }, 7 },
    { "nothing, in no bytes", { "", 2 * P }, 2 * P },
  } do
    it("finds " .. case[1], function()
      assert.equal(case[3], region:find(table.unpack(case[2])))
    end)
  end

  it("finds what repeats itself", function()
    region:fill(0, P, 97):write(P - 1, "b")
    assert.equal(P - 4, region:find("aaab"))
  end)

  --- Random bytes, of few values or many, with stretches that repeat themselves.
  local function noise(size, kinds)
    local bytes = {}
    for i = 1, size do
      local again = math.random(8)
      bytes[i] = i > again and math.random(4) > 1 and bytes[i - again] or math.random(kinds) - 1
    end
    return string.char(table.unpack(bytes))
  end

  it("finds what string.find finds", function()
    math.randomseed(1)
    for _, size in ipairs { 1, 10, 100, 5000 } do
      for _, kinds in ipairs { 1, 2, 3, 20, 256 } do
        local bytes = noise(size, kinds)
        region:write(0, bytes)
        for _ = 1, 60 do
          local from = math.random(size)
          local needle = bytes:sub(from, from + math.random(0, 40))
          if math.random(3) == 1 then needle = needle .. noise(math.random(3), kinds) end
          local start = math.random(0, size - 1)
          local expected = bytes:find(needle, start + 1, true)
          assert.equal(expected and expected - 1, region:find(needle, start, size - start))
        end
      end
    end
  end)

  -- A ratio of processor times. Comparing at each place takes 20,000 times as long as filling the memory, and
  -- what find does about 100 times; so no machine is too slow or too busy for it.
  it("looks at each byte a few times only, for a needle that nearly matches everywhere, too", function()
    local size = 1 << 22
    local large <close> = vmem.allocate(size)
    local a, ab = ("a"):rep(500000), ("ab"):rep(250000)
    local pairs_of = large:view("u16")
    local function seconds(fn)
      local start = os.clock()
      fn()
      return os.clock() - start
    end
    local function fill()
      large:fill(0, size, 97)
      for offset = 0, size - 1, 400000 do large:fill(offset, 1, 98) end
    end
    fill()
    local filling = seconds(function() for _ = 1, 100 do fill() end end) / 100
    for _, needle in ipairs { a .. "b" .. a, "b" .. a .. "a", ab .. "b" .. ab, "aa" .. ab } do
      fill()
      local finding = seconds(function() assert.is_nil(large:find(needle)) end)
      pairs_of:fill(("=I2"):unpack("ab"))
      finding = finding + seconds(function() assert.is_nil(large:find(needle)) end)
      assert.is_true(finding < 2000 * filling)
    end
  end)
end)

describe("region:cstring", function()
  helpers.no_regions_left()

  it("reads up to a zero, the limit, or the region's end", function()
    local region <close> = vmem.allocate(3 * P)
    region:write(5, "hello\0rest"):fill(P - 2, 2 * P + 2, 65)
    assert.equal("hello", region:cstring(5))
    assert.equal("hel", region:cstring(5, 3))
    assert.equal("hello", region:cstring(5, math.maxinteger))
    assert.equal("", region:cstring(10))
    assert.equal("", region:cstring(5, 0))
    assert.equal(("A"):rep(2 * P + 2), region:cstring(P - 2))
    assert.equal("", region:cstring(3 * P))
  end)

  it("touches no page behind the zero", function()
    local region <close> = vmem.reserve(2 * P)
    region:commit(0, P):write(P - 3, "ab\0")
    assert.equal("ab", region:cstring(P - 3))
    region:write(P - 1, "c")
    assert.equal("abc", region:cstring(P - 3, 3))
    assert.equal(P, helpers.fault(region.cstring, region, P - 3).offset)
  end)
end)

describe("region:pack and region:unpack", function()
  helpers.no_regions_left()

  local formats = {
    { "<i4", -2 }, { ">I8", 1 }, { "=bBhHi3I7", -1, 1, -2, 2, -3, 3 }, { "<fdn", 0.5, -1.5, 1e100 },
    { "z", "zero" }, { "zz", "", "x" }, { "s", "counted" }, { "s1 s2 s4", "a", "bc", "def" },
    { "c10", "ten\0\0\0\0\0\0\0" }, { "!8 i1 !8 i8 i2", 1, 2, 3 }, { "<i2 x x >i2", 1, 2 }, { "" },
    { "z", ("long"):rep(300) }, { "s4 i1", ("long"):rep(300), 7 },
  }
  for _, case in ipairs(formats) do
    local format = case[1]
    local length = #format:pack(table.unpack(case, 2))
    it(("keep %q (%d bytes) as string.pack does, over pages too"):format(format, length), function()
      local region <close> = vmem.allocate(3 * P)
      local packed = format:pack(table.unpack(case, 2))
      local function expected(next_offset)
        local values = { table.unpack(case, 2) }
        values[#values + 1] = next_offset
        return values
      end
      for _, offset in ipairs { 0, 1, P - 1, 2 * P - #packed // 2, 3 * P - #packed } do
        region:fill(0, 3 * P, 255)
        assert.equal(offset + #packed, region:pack(offset, format, table.unpack(case, 2)))
        assert.equal(packed, region:read(offset, #packed))
        assert.same(expected(offset + #packed), { region:unpack(offset, format) })
      end
    end)
  end

  it("touch no page behind the value", function()
    local region <close> = vmem.reserve(2 * P)
    region:commit(0, P)
    for _, case in ipairs { { "i8", -1 }, { "z", "zero" }, { "s2", "counted" } } do
      local format, value = case[1], case[2]
      local offset = P - #format:pack(value)
      assert.equal(P, region:pack(offset, format, value))
      assert.same({ value, P }, { region:unpack(offset, format) })
    end
  end)

  it("fault where a value goes on", function()
    local region <close> = vmem.reserve(2 * P)
    region:commit(0, P):fill(0, P, 1)
    for _, format in ipairs { "i8", "z", "s2" } do
      assert.equal(P, helpers.fault(region.unpack, region, P - 3, format).offset)
    end
    assert.equal(P, helpers.fault(region.pack, region, P - 3, "z", "four").offset)
    assert.equal("\1\1\1", region:read(P - 3, 3))
  end)

  it("say so when a value does not fit into the region", function()
    local region <close> = vmem.allocate(P)
    region:fill(0, P, 1)
    local message = "8 packed bytes run past the region's end: 3 are left"
    helpers.raises(message, region.pack, region, P - 3, "i8", 1)
    for _, format in ipairs { "i8", "z", "s2" } do
      helpers.raises("cannot unpack: ", region.unpack, region, P - 3, format)
    end
  end)

  it("say so when string.pack refuses", function()
    local region <close> = vmem.allocate(P)
    helpers.raises("cannot pack: ", region.pack, region, 0, "i1", 300)
    helpers.raises("cannot pack: ", region.pack, region, 0, "i4 i4", 1)
    helpers.raises("cannot pack: ", region.pack, region, 0, "i17", 1)
    helpers.raises("cannot unpack: ", region.unpack, region, 0, "y")
    assert.equal(("\0"):rep(P), region:read())
  end)
end)

describe("region:nonzero", function()
  helpers.no_regions_left()

  it("gives the offsets of the first and the last byte that is not zero", function()
    local region <close> = vmem.allocate(4 * P)
    region:fill(100, 1, 1):fill(3 * P + 77, 1, 255)
    assert.same({ 100, 3 * P + 77 }, { region:nonzero() })
    assert.same({ 100, 100 }, { region:nonzero(0, 3 * P + 77) })
    assert.same({ 100, 3 * P + 77 }, { region:nonzero(100, 3 * P - 22) })
    assert.same({ 3 * P + 77, 3 * P + 77 }, { region:nonzero(101) })
  end)

  it("gives nil where all is zero, and of no bytes", function()
    local region <close> = vmem.allocate(2 * P)
    region:fill(P, 1, 1)
    for _, range in ipairs { { 0, P }, { P + 1, P - 1 }, { P + 1 }, { P, 0 }, { 2 * P } } do
      assert.same({ n = 1 }, table.pack(region:nonzero(table.unpack(range))))
    end
  end)

  it("finds what a look at every byte finds", function()
    math.randomseed(7)
    local region <close> = vmem.allocate(2 * P)
    for _ = 1, 500 do
      local from = math.random(0, P)
      local size = math.random(0, ({ 20, 600, P })[math.random(3)])
      for _ = 1, math.random(0, 2) do region:fill((from + math.random(-9, size + 9)) % (2 * P), 1, 7) end
      local bytes = region:read(from, size)
      local first = bytes:find("[^\0]")
      local last = bytes:find("[^\0]\0*$")
      assert.same({ first and from + first - 1, last and from + last - 1 }, { region:nonzero(from, size) })
      region:fill(0, 2 * P, 0)
    end
  end)

end)
