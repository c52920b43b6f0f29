-- No format alone makes vmem allocate memory for more than the region has.

local checks = require "vmem.internal.checks"
local helpers = require "helpers"
local sparse = require "vmem.sparse"
local stack = require "vmem.stack"
local vmem = require "vmem"

local P = vmem.page_size

--- In a process with at most 300 MiB of addresses, which cannot hold a string of half a gigabyte.
local cases = {
  ["stack:push"] = [[print(pcall(s.push, s, "c500000000", "x"))]],
  ["stack:push of what only the bytes tell"] =
    [[print(pcall(s.push, s, "c250000000 z c250000000", "x", "y", "z"))]],
  ["stack:pop"] = [[print(pcall(s.pop, s, "c500000000"))]],
  ["region:pack"] = [[print(pcall(r.pack, r, 0, "c500000000", "x"))]],
  ["region:pack of several"] =
    [[print(pcall(r.pack, r, 0, ("c1000000"):rep(500), ("x"):rep(500):byte(1, -1)))]],
  ["region:unpack"] = [[print(pcall(r.unpack, r, 0, "c500000000"))]],
}

describe("a format of what cannot fit", function()
  for name, script in pairs(cases) do
    helpers.no_sanitizer_it("costs " .. name .. " no memory", function()
      local output, ok = helpers.run_script([[
        local vmem, stack = require "vmem", require "vmem.stack"
        local s, r = assert(stack.new(1 << 16)), assert(vmem.allocate(1 << 16))
      ]] .. script, "ulimit -v 300000;")
      assert(ok, output)
      assert.matches("^false", output)
      assert.not_matches("not enough memory", output)
    end)
  end

  helpers.no_sanitizer_it("costs sparse.new addresses, and no memory", function()
    local output, ok = helpers.run_script([[
      collectgarbage "stop"
      local sparse = require "vmem.sparse"
      local before = collectgarbage "count"
      assert(sparse.new("c50000000", 4)):close()
      print(collectgarbage "count" - before < 1000)
    ]], "ulimit -v 400000;")
    assert(ok, output)
    assert.equal("true\n", output)
  end)
end)

-- Lua 5.4 stops reading a number of more than 31 bits, and 5.5 does not.
describe("a format of many bytes", function()
  helpers.no_regions_left()

  for _, format in ipairs { "c214748364", "c2147483639", "c2147483647", "c2147483650", "c3000000000",
    "c922337203685477580", "i4 c9223372036854775800", "!8 i1 Xi8 c90000000000" } do
    it("is refused with their number, if it has one: " .. format, function()
      local region <close> = assert(vmem.allocate(P))
      local known, size = pcall(string.packsize, format)
      local ok, message = pcall(region.pack, region, 0, format, 1, "x", 1)
      assert.is_false(ok)
      if known then
        assert.equal(("%d packed bytes run past the region's end: %d are left"):format(size, P), message)
      end
    end)
  end
end)

describe("the number of values of a format", function()
  helpers.no_regions_left()

  it("is what string.unpack gives", function()
    for _, format in ipairs { "b", "i4 i4 d", "!8 i1 Xi8 i8", "<c10>x=I3", "jJTlLhHBbfdn", "c0", "xx",
      "!4 c3 Xi4", "" } do
      local size = string.packsize(format)
      assert.equal(select("#", string.unpack(format, ("\0"):rep(size))) - 1, checks.values_of(format), format)
    end
  end)

  it("leaves what fits as it was", function()
    local region <close> = assert(vmem.allocate(P))
    assert.equal(P, region:pack(0, ("c%d"):format(P), "x"))
    helpers.raises("packed bytes run past the region's end", region.pack, region, 1, ("c%d"):format(P), "x")
    local s <close> = assert(stack.new(P))
    s:push(("c%d"):format(s.limit), "x")
    assert.equal(s.limit, s.depth)
    s:unwind(s.pointer + s.depth)
    local cells <close> = assert(sparse.new("i4 c4", 3))
    cells[1] = { 7, "abcd" }
    assert.same({ 7, "abcd" }, cells[1])
  end)
end)

describe("a string whose pages fault one by one", function()
  helpers.no_regions_left()

  local reads <const> = {
    { "cstring", function(region) return region:cstring(0) end },
    { "unpack z", function(region) return (region:unpack(0, "z")) end },
    { "unpack i4 z", function(region) return "AAAA" .. select(2, region:unpack(0, "i4 z")) end },
    { "unpack s4", function(region) return (region:unpack(0, "s4")) end, "I4" },
    { "unpack >s8", function(region) return (region:unpack(0, ">s8")) end, ">I8" },
  }
  -- Between two faults the string seems to end in its first page. A read that began again there after each
  -- fault, in a time that grows with the square of the length, would end at the second one.
  for _, read in ipairs(reads) do
    it("is read on from where it faulted, not from its begin: " .. read[1], function()
      local pages <const> = 16
      local region <close> = assert(vmem.reserve((pages + 1) * P))
      local faults = {}
      region:on_fault(function(fault)
        local offset, ends = (fault.page - 1) * P, fault.page % 2 == 0
        faults[#faults + 1] = fault.page
        region:commit(offset, P):fill(offset, P, fault.page <= pages and 65 or 0)
        if read[3] then
          region:pack(0, read[3], ends and 5 or pages * P)
        else
          region:fill(5, 1, ends and 0 or 65)
        end
        return true
      end)
      assert.equal(pages * P, #read[2](region))
      assert.equal(pages + 1, #faults)
    end)
  end

  for _, read in ipairs(reads) do
    if not read[3] then
      it("is what memory holds at the end, whatever handlers do meanwhile: " .. read[1], function()
        local region <close> = assert(vmem.reserve(8 * P))
        region:on_fault(function(fault)
          region:commit((fault.page - 1) * P, P):fill((fault.page - 1) * P, P, 65)
          if fault.page == 4 then region:fill(2 * P + 5, 1, 0) end -- behind us, there is an end now
          if fault.page == 3 then region:decommit(P, P) end -- and this page faults again
          return true
        end)
        assert.equal(("A"):rep(2 * P + 5), read[2](region))
      end)
    end
  end

  for _, length in ipairs { 0, 5, 2 * P, 6 * P - 4 } do
    it("has the length that memory holds at the end, whatever handlers do meanwhile: " .. length, function()
      local region <close> = assert(vmem.reserve(6 * P))
      region:on_fault(function(fault)
        region:commit((fault.page - 1) * P, P):fill((fault.page - 1) * P, P, 65)
        if fault.page == 1 then region:pack(0, "I4", 4 * P) end
        if fault.page == 4 then region:pack(0, "I4", length) end -- behind us
        return true
      end)
      assert.equal(("A"):rep(length), (region:unpack(0, "s4")))
    end)
  end
end)

describe("a format that takes more bytes than most", function()
  helpers.no_regions_left()

  -- Format and values. Enough bytes come before each, so that only its options decide the size.
  local formats <const> = {
    { "b B h H", -1, 255, -2, 65535 }, { "l L j J T", -1, 1, math.mininteger, -1, 7 },
    { "f d n", 0.5, 0.25, -1.0 },
    { "i I i3 I7 i16 I16", -1, 1, -70000, 1 << 50, -1, 3 }, { "x b x", 1 }, { "c0 c3 c1", "", "abc", "d" },
    { "z z", "", "abc" }, { "s s1 s2 s7 s16", "a", "", "bc", "d", "efg" },
    { "<i4 s2 >i4 s2 =i4 s2", 1, "a", 2, "bc", 3, "def" },
    { "! b j b s b d", 1, 2, 3, "abc", 4, 0.5 }, { "!2 b j b s b d", 1, 2, 3, "abc", 4, 0.5 },
    { "!16 b i16 b s16", 1, 2, 3, "abc" }, { "!4 b c3 b z b", 1, "abc", 2, "d", 3 },
    { "!8 b Xj b Xi4 b Xs2 b Xd", 1, 2, 3, 4 }, { "b ! b <!4 i4 !1 b j", 1, 2, 3, 4, 5 },
  }
  for _, case in ipairs(formats) do
    local values = { ("x"):rep(300), table.unpack(case, 2) }
    local format = "c300 " .. case[1]
    local bytes = string.pack(format, table.unpack(values))
    local size <const> = (#bytes + P - 1) // P * P

    it("reads its bytes and no page behind them: " .. format, function()
      local region <close> = assert(vmem.reserve(size + P))
      region:commit(0, size):write(size - #bytes, bytes)
      values[#values + 1] = size
      assert.same(values, { region:unpack(size - #bytes, format) })
      values[#values] = nil
    end)

    it("faults at the first of its bytes that is missing: " .. format, function()
      local region <close> = assert(vmem.reserve(2 * size))
      for cut = 1, #bytes - 1 do
        region:commit(0, size):write(size - cut, bytes:sub(1, cut))
        local ok, fault = pcall(region.unpack, region, size - cut, format)
        assert.is_false(ok)
        assert.same({ "read", size }, { fault.access, fault.address - region.base })
      end
    end)

    it("says that the region ends before it does: " .. format, function()
      local region <close> = assert(vmem.allocate(size))
      for cut = 0, #bytes - 1 do
        region:write(size - cut, bytes:sub(1, cut))
        helpers.raises("cannot unpack: the region ends before the value does",
                       region.unpack, region, size - cut, format)
      end
    end)
  end

  for _, bad in ipairs { "c", "i17", "s0", "!17", "Xz", "X", "Xc1", "X!", "y", "!4 i3", "!3 Xi3" } do
    it("is refused as string.unpack refuses it: " .. bad, function()
      local region <close> = assert(vmem.allocate(P))
      local _, message = pcall(string.unpack, "c300 " .. bad, ("\0"):rep(P))
      helpers.raises(message:match("%((.*)%)$") or message, region.unpack, region, 0, "c300 " .. bad)
    end)
  end
end)
