-- v:add, v:exchange, v:compare_exchange, v:wait and v:wake, in memory of this process alone.

local element_types = require "element_types"
local helpers = require "helpers"
local vmem = require "vmem"
local recorder = require "vmem.recorder"

local P = vmem.page_size
local OWN_ORDER <const> = ("=I2"):pack(1) == "\1\0" and "le" or "be"

--- name -> its type, for those that have atomics.
local ATOMIC = {}
for _, type in ipairs(element_types) do
  local number, order = type.name:match "^([iu][36][24])(.*)$"
  if number and (order == "" or order == OWN_ORDER) then ATOMIC[type.name] = type end
end

--- Each atomic with arguments that fit every type, and what it makes of a 7.
local CHANGES <const> = {
  { "add", { 5 }, 12 }, { "exchange", { 5 }, 5 }, { "compare_exchange", { 7, 5 }, 5 },
  { "compare_exchange", { 6, 5 }, 7 },
}

local function changed(snapshot)
  local pages = {}
  for offset, size in snapshot:changed() do pages[#pages + 1] = offset // P .. "+" .. size // P end
  return table.concat(pages, " ")
end

describe("an atomic", function()
  helpers.no_regions_left()
  local region

  before_each(function() region = vmem.allocate(4 * P, { watch = true }) end)
  after_each(function() if pcall(region.query, region) then region:release() end end)

  it("gives the value from before, so that a script sees what it has done", function()
    local v = region:view "u64"
    assert.equal(0, v:add(1, 3))
    assert.equal(3, v:add(1, -1))
    assert.equal(2, v:exchange(1, 10))
    assert.equal(10, v:compare_exchange(1, 10, 11)) -- it was 10: done
    assert.equal(11, v:compare_exchange(1, 10, 12)) -- it was not
    assert.equal(11, v[1])
  end)

  for name, type in pairs(ATOMIC) do
    local function wrapped(value)
      if type.size == 8 then return value end
      local format = type.format:gsub("[iI]4", { i4 = "i4", I4 = "I4" })
      return (format:unpack(("=I4"):pack(value & 0xffffffff)))
    end

    it("on " .. name .. " adds what fits and what does not, around the end", function()
      local v = region:view(name, 0, 3)
      local differences = { 0, 1, -1, type.most, type.least, 1 << 31, -(1 << 31), 0xffffffff, 2.0 }
      for _, start in ipairs { 0, 1, 7, type.most, type.least, 100 } do
        for _, difference in ipairs(differences) do
          v:set(1, 3, start, 3)
          assert.equal(start, v:add(2, difference))
          assert.equal(wrapped(start + math.tointeger(difference)), v[2])
          assert.same({ 3, 3 }, { v[1], v[3] })
          assert.equal("integer", math.type(v:add(2, 0)))
        end
      end
    end)

    it("on " .. name .. " exchanges every value of the type, and no other", function()
      local v = region:view(name, 0, 3):fill(3)
      for _, value in ipairs { type.most, type.least, 0, 1, 2.0, 7 } do
        v[2] = 7
        assert.equal(7, v:exchange(2, value))
        assert.equal(value, v[2])
        assert.equal(value, v:compare_exchange(2, value, type.most))
        assert.equal(type.most, v:compare_exchange(2, type.most - 1, 0))
        assert.same({ 3, type.most, 3 }, { v:get(1, 3) })
      end
      local wrong = type.size == 4 and { type.most + 1, type.least - 1, 1.5, "1" } or { 1.5, "1" }
      for _, value in ipairs(wrong) do
        for _, way in ipairs { { "exchange", value }, { "compare_exchange", value, 1 },
          { "compare_exchange", type.most, value } } do
          helpers.raises("value ", v[way[1]], v, 2, table.unpack(way, 2))
        end
      end
      assert.equal(type.most, v[2])
    end)
  end

  it("of 32 bits adds no difference that takes more", function()
    for _, name in ipairs { "i32", "u32" } do
      local v = region:view(name)
      for _, n in ipairs { 1 << 32, -(1 << 31) - 1, math.maxinteger, math.mininteger } do
        helpers.raises(("n is %d, which does not fit into 32 bits"):format(n), v.add, v, 1, n)
      end
      assert.equal(0, v[1])
    end
  end)

  it("needs integers of 32 or 64 bits in the processor's order of bytes", function()
    local refused = 0
    for _, type in ipairs(element_types) do
      local v = region:view(type.name)
      for _, way in ipairs { { "add", 1 }, { "exchange", 1 }, { "compare_exchange", 0, 1 }, { "wait", 1 },
        { "wake" } } do
        if not ATOMIC[type.name] then
          local message = "elements of %s cannot be changed atomically: use a view of i32, u32, i64 or u64 "
            .. "in the processor's order of bytes"
          helpers.raises(message:format(type.name), v[way[1]], v, 1, table.unpack(way, 2))
          refused = refused + 1
        end
      end
      assert.equal(0, v[1])
    end
    assert.equal((#element_types - 8) * 5, refused)
  end)

  it("needs an address that is a multiple of the element's size", function()
    for name, type in pairs(ATOMIC) do
      for _, case in ipairs { { 0, type.size }, { 1, type.size }, { type.size // 2, type.size },
        { 0, type.size + 1 }, { 3, type.size - 1 }, { type.size, 3 * type.size }, { 0, 1 } } do
        local v = region:view(name, case[1], 5, case[2])
        for i = 1, 5 do
          local at = region.base + case[1] + (i - 1) * case[2]
          if at % type.size == 0 then
            local before = v[i]
            assert.equal(before, v:add(i, 1))
          else
            for _, way in ipairs { { "add", 1 }, { "exchange", 1 }, { "compare_exchange", 0, 1 } } do
              helpers.raises(("is not aligned: its address must be a multiple of %d")
                :format(type.size), v[way[1]], v, i, table.unpack(way, 2))
            end
          end
        end
      end
    end
  end)

  it("counts as the view does", function()
    local v = region:view("u32", 8, 3, 12, { from = 0 })
    assert.equal(0, v:add(0, 5))
    assert.equal(0, v:slice(2):add(0, 9))
    assert.equal(("=I4 I4"):pack(5, 0), region:read(8, 8))
    assert.equal(("=I4"):pack(9), region:read(8 + 24, 4))
    for _, i in ipairs { -1, 3, math.maxinteger, math.mininteger } do
      helpers.raises("is outside the view, which has 3 elements from 0 on", v.add, v, i, 1)
    end
  end)

  it("is an ordinary write for those who watch, also one that finds another value", function()
    for _, change in ipairs(CHANGES) do
      local name, arguments, result = table.unpack(change)
      local v = region:view "u32"
      v[1] = 7
      region:rearm()
      local before <close> = assert(region:snapshot())
      v[name](v, 1, table.unpack(arguments))
      assert.equal(result, v[1])
      local pages = {}
      for offset in region:written() do pages[#pages + 1] = offset end
      assert.same({ 0 }, pages)
      assert.equal("0+1", changed(before))
      region:restore(before)
      assert.equal(7, v[1])
    end
  end)

  it("is a read and a write in a recording", function()
    for _, change in ipairs(CHANGES) do
      region:view("u32")[P // 4 + 1] = 7
      local recording = recorder.start { reads = true, writes = true }
      region:view("u32")[change[1]](region:view "u32", P // 4 + 1, table.unpack(change[2]))
      recording:stop()
      local story = {}
      for _, event in ipairs(recording) do
        if event.what == "read" or event.what == "write" then
          story[#story + 1] = ("%s %d %d"):format(event.what, event.offset, event.size)
        end
      end
      assert.same({ ("read %d 4"):format(P), ("write %d 4"):format(P) }, story)
    end
  end)
end)

describe("an atomic where the page refuses", function()
  helpers.no_regions_left()
  local region, v

  before_each(function()
    region = vmem.reserve(4 * P)
    v = region:view "i32"
  end)
  after_each(function() if pcall(region.query, region) then region:release() end end)

  it("is a fault, of a write of which nobody knows the value yet", function()
    region:commit(P, P, "r"):commit(2 * P, P, "none"):commit(3 * P, P, "rw+guard")
    for page, state in ipairs { "reserved", "committed", "committed", "committed" } do
      for _, change in ipairs(CHANGES) do
        if page == 4 then assert(region:protect(3 * P, P, "rw+guard")) end
        local fault = helpers.fault(v[change[1]], v, (page - 1) * P // 4 + 2, table.unpack(change[2]))
        assert.same({ "write", (page - 1) * P + 4, 4, "i32", state, true },
          { fault.access, fault.offset, fault.size, fault.type, fault.state, fault.atomic })
        assert.same({ n = 2 }, table.pack(fault.value, fault.bytes))
        assert.equal(page == 4 and "guard_page" or "access_violation", fault.kind)
      end
    end
    assert.equal(0, v[P // 4 + 2])
    assert.equal(0, v[3 * P // 4 + 2])
  end)

  it("is done once a handler has mended the page, also after a wait", function()
    local thread = coroutine.wrap(function() return v:add(1, 5), v[1] end)
    region:on_fault(function(fault)
      coroutine.yield "waits"
      return fault.region:commit(fault.offset, 1):write(fault.offset, ("=i4"):pack(7))
    end)
    assert.equal("waits", thread())
    assert.same({ 7, 12 }, { thread() })
  end)

  it("commits what it touches, where the region does so", function()
    local lazy <close> = vmem.reserve(4 * P, { touch = "commit", around = 1 })
    assert.equal(0, lazy:view("u64", P):add(1, 5))
    assert.equal(P, lazy.committed)
  end)

  for _, need in ipairs { "write", "read" } do
    it("is not answered by a trap for a " .. need .. ", nor by a handler", function()
      local called = 0
      region:trap(0, P, { [need] = function() called = called + 1 end })
      local function touch() return need == "write" and v:add(2, 1) or v:wait(2, 0, 0) end
      helpers.raises("page 1 of region", touch)
      helpers.raises("has a trap, which cannot answer an atomic", touch)
      assert.equal(0, called)
      region:on_fault(function(fault) return fault:answer(need == "read" and 1 or nil) end)
      helpers.raises("cannot answer: an atomic happens in memory, so commit the page instead", touch)
    end)
  end

  it("tells other accesses from atomics", function()
    assert.is_false(helpers.fault(region.read, region, 0, 4).atomic)
    assert.is_false(helpers.fault(v.set, v, 1, 1).atomic)
    assert.is_true(helpers.fault(v.wait, v, 1, 0).atomic)
    assert.is_true(helpers.fault(v.wake, v, 1).atomic)
  end)

  it("is refused when the region is released, also by a handler", function()
    region:on_fault(function(fault)
      fault.region:release()
      return true
    end)
    helpers.raises("region is released", v.add, v, 1, 1)
    helpers.raises("region is released", v.wake, v, 1)
  end)
end)

describe("view:wait", function()
  helpers.no_regions_left()
  local region, v

  before_each(function()
    region = vmem.allocate(4 * P)
    v = region:view "u32"
  end)
  after_each(function() region:release() end)

  it("does not wait where there is another value", function()
    if not helpers.on_linux then return assert.equal("not_supported", select(3, v:wait(1, 5))) end
    for name, type in pairs(ATOMIC) do
      if type.size == 4 then
        local view = region:view(name):fill(type.least)
        for _, protection in ipairs { "rw", "r" } do
          region:protect(0, P, protection)
          assert.is_true(view:wait(1, type.most))
          assert.is_true(view:wait(1, 1, math.huge))
        end
        region:protect(0, P, "rw")
      end
    end
  end)

  helpers.linux_it("gives false when the time is over", function()
    local now = require("vmem.core").now
    for _, seconds in ipairs { 0, -1, -math.huge, math.mininteger, 0.001, 0.0, 0.05 } do
      local start = now()
      assert.is_false(v:wait(1, 0, seconds))
      assert.is_true(now() - start >= seconds)
    end
  end)

  it("takes numbers for seconds, and no NaN", function()
    helpers.raises("seconds must be a number, not nan", v.wait, v, 1, 1, 0 / 0)
    helpers.raises("seconds must be a number, not string", v.wait, v, 1, 1, "1")
    for _, seconds in ipairs { math.huge, math.maxinteger, 1e10, 1e9, 1e300, 1 << 40 } do
      local woken, _, code = v:wait(1, 1, seconds)
      assert.equal(helpers.on_linux or "not_supported", woken or code)
    end
  end)

  it("needs elements of 32 bits, and values of the type", function()
    for _, name in ipairs { "u64", "i64" } do
      local view = region:view(name)
      helpers.raises("wait and wake need a view of i32 or u32, not " .. name, view.wait, view, 1, 0)
      helpers.raises("wait and wake need a view of i32 or u32, not " .. name, view.wake, view, 1)
    end
    helpers.raises("value -1 does not fit u32", v.wait, v, 1, -1)
    helpers.raises("is not aligned", function() region:view("u32", 2):wait(1, 0) end)
    helpers.raises("is not aligned", function() region:view("u32", 2):wake(1) end)
  end)

  it("needs a page that can be read", function()
    region:decommit(0, P)
    local fault = helpers.fault(v.wait, v, 1, 0)
    assert.same({ "read", "reserved", 4 }, { fault.access, fault.state, fault.size })
    assert.same("read", helpers.fault(v.wake, v, 1).access)
  end)

  helpers.linux_it("refuses to wait for what cannot change", function()
    region:protect(0, P, "r")
    local woken, message, code = v:wait(1, 0)
    assert.same({ n = 2, nil, "permission_denied" }, table.pack(woken, code))
    assert.matches("cannot wait at 0x%x+: the page is private and read%-only, so its contents never change",
      message)
  end)

  for what, seconds in pairs { ["without end"] = "nil", ["with one"] = "100" } do
    helpers.linux_it(what .. " ends by Ctrl-C", function()
      local start = os.time()
      local output, ok = helpers.run_script(([[
        local v = require("vmem").allocate(4):view "u32"
        os.execute "(sleep 0.3; kill -INT $PPID) >/dev/null 2>&1 &"
        while true do v:wait(1, 0, %s) end
      ]]):format(seconds))
      assert.is_false(ok)
      assert.matches("interrupted!", output)
      assert.is_true(os.time() - start < 60)
    end)
  end

  helpers.linux_it("gives true when a signal ends it, and so may begin again", function()
    assert.equal("true\n", (helpers.run_script [[
      local v = require("vmem").allocate(4):view "u32"
      os.execute "(sleep 0.3; kill -INT $PPID) >/dev/null 2>&1 &"
      local woken
      -- The hook is the main thread's, which raises when it goes on.
      pcall(coroutine.resume, coroutine.create(function() woken = v:wait(1, 0) end))
      print(woken)
    ]]))
  end)
end)

describe("view:wake", function()
  helpers.no_regions_left()

  it("tells how many it has woken, which are none where nobody waits", function()
    local region <close> = vmem.allocate(P)
    local v = region:view "i32"
    for _, n in ipairs { false, 0, 1, 2.0, math.maxinteger } do
      local woken, _, code = v:wake(3, n or nil)
      assert.equal(helpers.on_linux and 0 or "not_supported", woken or code)
    end
    region:protect(0, P, "r")
    assert.equal(helpers.on_linux and 0 or nil, (v:wake(1)))
    helpers.raises("n must not be negative", v.wake, v, 1, -1)
    helpers.raises("n must be an integer", v.wake, v, 1, math.huge)
  end)
end)
