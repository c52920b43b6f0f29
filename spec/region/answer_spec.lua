-- Accesses that a handler answers itself, and pages that are a device: nothing of them is memory.
local device = require "device"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- Runs a function in a coroutine that is resumed until it ends. Gives how often it waited.
local function run_waiting(f)
  local thread, waits = coroutine.create(f), -1
  repeat
    waits = waits + 1
    assert(coroutine.resume(thread))
  until coroutine.status(thread) == "dead"
  return waits
end

local function waiting(f)
  return function(...)
    if coroutine.isyieldable() then coroutine.yield() end
    return f(...)
  end
end

-- The ways in which the second page of the access kit can be a device that holds what the page held.
local WAYS = {
  ["a handler that answers"] = function(region, page)
    region:on_fault(page:handler())
  end,
  ["a handler that waits and answers"] = function(region, page)
    region:on_fault(waiting(page:handler()))
  end,
  ["a trap"] = function(region, page)
    assert(region:trap(P, P, page:functions()))
  end,
  ["a trap whose functions wait"] = function(region, page)
    local functions = page:functions()
    assert(region:trap(P, P, { read = waiting(functions.read), write = waiting(functions.write) }))
  end,
  ["a trap that leaves all to a handler"] = function(region, page)
    assert(region:trap(P, P, { read = function() end, write = function() return false end }))
    region:on_fault(page:handler())
  end,
}

--- A page of the kit's region that is a device.
local function with_device(set)
  local kit = helpers.access_kit()
  local page = device.new(P, kit.region:read(P, P))
  kit.region:decommit(P, P)
  set(kit.region, page)
  return kit, page
end

describe("an access", function()
  helpers.no_regions_left()

  for way, set in pairs(WAYS) do
    for _, access in ipairs(helpers.accesses) do
      it(("to memory and to %s: %s"):format(way, access.name), function()
        local plain <close> = helpers.access_kit()
        local expected = helpers.outcome(access, plain)
        local kit <close>, page = with_device(set)
        local outcome
        local waits = run_waiting(function() outcome = helpers.outcome(access, kit) end)
        assert.same(expected, outcome)
        assert.is_true(page.reads + page.writes > 0)
        assert.equal(way:find "wait" ~= nil, waits > 0)
        assert.equal("reserved", kit.region:query(P).state)
        assert.is_nil(vmem.peek(kit.region.base + P, 1))
      end)
    end
  end

  it("to a device and to a page that refuses leaves memory as it was", function()
    local kit <close>, page = with_device(WAYS["a trap"])
    local region = kit.region:decommit(2 * P, P)
    local fault = helpers.fault(region.write, region, P - 4, ("x"):rep(P + 8))
    assert.same({ 2 * P, 4, "xxxx" }, { fault.offset, fault.size, fault.bytes })
    assert.equal("AAAA", region:read(P - 4, 4))
    assert.equal(("x"):rep(P), page.bytes) -- the device has seen its part before
  end)
end)

describe("a copy over itself, of which a handler takes a part", function()
  helpers.no_regions_left()

  -- From, to, and how many bytes: all is memory, but page 4 is read-only, with a trap that takes writes.
  local D <const> = 3 * P
  for _, case in ipairs { { 0, 2 * P, 4 * P }, { 50, P + 60, 4 * P }, { 0, 100, 5 * P }, { P, 3, 5 * P } } do
    local from, to, size = table.unpack(case)
    for _, way in ipairs { "region", "view" } do
      it(("takes its bytes from before: %s, %d, %d, %d"):format(way, from, to, size), function()
        local region <close> = vmem.allocate(6 * P)
        for i = 0, 6 * P // 4 - 1 do region:pack(4 * i, "=I4", i * 2654435761 % 4294967296) end
        local before = region:read()
        local expected = before:sub(1, to) .. before:sub(from + 1, from + size) .. before:sub(to + size + 1)
        local page = device.new(D, before:sub(D + 1, D + P))
        region:protect(D, P, "r")
        region:trap(D, P, { write = page:functions().write })
        if way == "region" then
          region:copy(to, from, size)
        else
          region:view("u8", to, size):copy(region:view("u8", from, size))
        end
        assert.is_true(expected:sub(D + 1, D + P) == page.bytes)
        local kept = expected:sub(1, D) .. before:sub(D + 1, D + P) .. expected:sub(D + P + 1)
        assert.is_true(kept == region:read())
      end)
    end
  end
end)

describe("a fault", function()
  helpers.no_regions_left()

  -- The access, and what its fault says: access, offset, size, type, value, bytes.
  local FACTS = {
    { "u16 v[i]", function(r) return r:view("u16", 2 * P)[1] end, "read", 0, 2, "u16" },
    { "f64 v[i] = x", function(r) r:view("f64", 2 * P)[2] = 1.5 end, "write", 8, 8, "f64", 1.5 },
    { "u64 v[i] = x", function(r) r:view("u64", 2 * P)[1] = -1 end, "write", 0, 8, "u64", -1 },
    { "an element over a page's end", function(r) return r:view("u32", 2 * P - 2)[1] end, "read", 0, 2 },
    { "its store", function(r) r:view("u32", 2 * P - 2)[1] = 0x01010101 end, "write", 0, 2, nil, nil, "" },
    { "get of several", function(r) r:view("u16", 2 * P):get(2, 3) end, "read", 2, 4 },
    { "set of several", function(r) r:view("u8", 2 * P):set(3, 65, 66) end, "write", 2, 2, nil, nil, "AB" },
    { "a fill by a view", function(r) r:view("u16", 2 * P, 2):fill(0x4242) end, "write", 0, 4, nil, nil,
      "BBBB" },
    { "a read", function(r) r:read(2 * P - 5, 7) end, "read", 0, 2 },
    { "a write", function(r) r:write(2 * P - 2, "abcd") end, "write", 0, 2, nil, nil, "cd" },
    { "a fill", function(r) r:fill(3 * P - 3, 3, 67) end, "write", P - 3, 3, nil, nil, "CCC" },
    { "a copy", function(r) r:copy(2 * P + 1, 0, 3) end, "write", 1, 3, nil, nil, "AAA" },
    { "pack", function(r) r:pack(2 * P, ">I2", 0x4142) end, "write", 0, 2, nil, nil, "AB" },
    { "write by address", function(r) vmem.write(r.base + 2 * P, "xyz") end, "write", 0, 3, nil, nil, "xyz" },
  }
  for _, case in ipairs(FACTS) do
    local name, touch, access, offset, size, type, value, bytes = table.unpack(case, 1, 8)
    it("knows what was wanted: " .. name, function()
      local region <close> = vmem.allocate(4 * P)
      region:fill(0, 4 * P, 65)
      region:decommit(2 * P, P)
      local fault = helpers.fault(touch, region)
      assert.same({ access, 2 * P + offset, size, type, value, bytes, n = 6 },
        table.pack(fault.access, fault.offset, fault.size, fault.type, fault.value, fault.bytes))
    end)
  end

  -- Formats, and what is packed. Only a string that ends at a zero is looked for up to its page's end.
  local UNPACKED = {
    { "I2 I4 I2", 1, 2, 3 }, { "!4 B I4 B", 1, 2, 3 }, { "s2 I2", "abc", 7 }, { "I2 s1 s1", 5, "xy", "z" },
    { "c700", ("q"):rep(700) }, { "z B", "text", 9 }, { "z I4 z", "abc", 1, "d" },
  }
  for _, case in ipairs(UNPACKED) do
    local format = case[1]
    for _, offset in ipairs { 0, P, P - 1, P - 4 } do
      it(("asks for each byte that unpack needs once: %s at %d"):format(format, offset), function()
        local region <close> = vmem.reserve(2 * P)
        local bytes = string.pack(table.unpack(case))
        local page, last = device.new(0, ("\1"):rep(2 * P)), offset
        page:write(offset, bytes)
        region:trap(0, 2 * P, { read = function(at, size)
          assert.equal(last, at)
          last = at + size
          return page:read(at, size)
        end })
        local expected = { table.unpack(case, 2) }
        expected[#expected + 1] = offset + #bytes
        assert.same(expected, { region:unpack(offset, format) })
        if not format:find "z" then assert.equal(offset + #bytes, last) end
      end)
    end
  end

  it("does not make unpack go on for ever when the region ends before the value", function()
    local region <close> = vmem.reserve(2 * P)
    region:on_fault(function(fault) return fault:answer(("A"):rep(fault.size)) end)
    helpers.raises("the region ends before the value does", region.unpack, region, 0, "z")
    region:on_fault(function(fault)
      return fault.region:commit(fault.offset, 1):fill(fault.offset // P * P, P, 65)
    end)
    helpers.raises("the region ends before the value does", region.unpack, region, 0, "z")
  end)

  it("outside all regions can be answered, too", function()
    local before = vmem.on_fault(function(fault)
      return fault:answer(fault.access == "read" and ("z"):rep(fault.size) or nil)
    end)
    local address = vmem.lowest_address
    local bytes, written = vmem.read(address, 3), vmem.write(address, "lost")
    vmem.on_fault(before)
    assert.same({ "zzz", true }, { bytes, written })
  end)

  -- The access, the answer, and what is wrong with it.
  local ELEMENT, BYTES = function(r) return r:view("u8", 0)[1] end, function(r) return r:read(0, 3) end
  local WRONG = {
    { "a number that does not fit", ELEMENT, 256, "value 256 does not fit u8" },
    { "bytes for an element", ELEMENT, "A", "value must be an integer, not string" },
    { "nothing for an element", ELEMENT, nil, "value must be an integer, not nil" },
    { "too few bytes", BYTES, "ab", "answer must be 3 bytes, not 2" },
    { "a number for bytes", BYTES, 65, "answer must be a string, not number" },
    { "a value for a write", function(r) r:write(0, "x") end, "x", "a write is answered without a value" },
  }
  for _, case in ipairs(WRONG) do
    local name, touch, answer, message = table.unpack(case, 1, 4)
    it("takes no answer that is " .. name, function()
      local region <close> = vmem.reserve(P)
      region:on_fault(function(fault) return fault:answer(answer) end)
      helpers.raises(message, touch, region)
    end)
  end

  it("ends a string within an answer, behind another answer", function()
    local region <close> = vmem.reserve(3 * P)
    local pieces = { [P - 3] = "abc", [P] = ("d"):rep(20) .. "\0" .. ("e"):rep(P - 21) }
    region:on_fault(function(fault) return fault:answer(pieces[fault.offset]:sub(1, fault.size)) end)
    assert.equal("abc" .. ("d"):rep(20), region:cstring(P - 3))
  end)

  it("is not answered unless its handler says so", function()
    local region <close> = vmem.reserve(P)
    region:on_fault(function(fault) fault:answer(1) return false end)
    helpers.fault(ELEMENT, region)
    region:on_fault(function(fault) return fault:answer(1) end)
    assert.equal(1, ELEMENT(region))
  end)
end)
