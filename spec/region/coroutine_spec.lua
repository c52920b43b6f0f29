local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

describe("a handler that waits", function()
  helpers.no_regions_left()

  for _, access in ipairs(helpers.accesses) do
    it("can mend the page later for " .. access.name, function()
      local whole <close> = helpers.access_kit()
      local kit <close> = helpers.access_kit()
      kit.region:decommit(P, P):on_fault(function(fault)
        return helpers.mend(coroutine.yield(fault))
      end)
      local task = coroutine.create(helpers.outcome)
      local _, fault = coroutine.resume(task, access, kit)
      assert.equal(2, fault.page)
      local ok, result = coroutine.resume(task, fault)
      assert.is_true(ok, tostring(result))
      assert.same(helpers.outcome(access, whole), result)
    end)

    it("may find the region of " .. access.name .. " released in the meantime, which is an error", function()
      local kit <close> = helpers.access_kit()
      kit.region:decommit(P, P):on_fault(function()
        coroutine.yield()
        return true
      end)
      local task = coroutine.create(access.touch)
      assert.is_true(coroutine.resume(task, kit))
      kit.region:release()
      local ok, message = coroutine.resume(task)
      assert.is_false(ok)
      assert.matches(access.when_released, tostring(message))
    end)
  end

  it("holds up its own coroutine only", function()
    local region <close> = vmem.reserve(3 * P)
    region:on_fault(function(fault)
      coroutine.yield(fault.page)
      return helpers.mend(fault)
    end)
    local view, log, tasks = region:view("u8"), {}, {}
    for i = 1, 3 do
      tasks[i] = coroutine.wrap(function()
        local value = view[(i - 1) * P + 1]
        log[#log + 1] = i .. ":" .. value
      end)
      assert.equal(i, tasks[i]())
    end
    for i = 3, 1, -1 do tasks[i]() end
    assert.same({ "3:65", "2:65", "1:65" }, log)
  end)

  it("may wait again for the next page of a long access", function()
    local region <close> = vmem.reserve(3 * P)
    region:on_fault(function(fault)
      coroutine.yield(fault.page)
      return helpers.mend(fault)
    end)
    local task = coroutine.wrap(function() return #region:read() end)
    assert.same({ 1, 2, 3, 3 * P }, { task(), task(), task(), task() })
  end)

  it("may find that somebody else has mended the page", function()
    local region <close> = vmem.reserve(P)
    region:on_fault(function() coroutine.yield() return true end)
    local task = coroutine.wrap(function() return region:read(0, 1) end)
    task()
    region:commit():fill(0, P, 66)
    assert.equal("B", task())
  end)

  it("may be given up", function()
    local region = vmem.reserve(P)
    region:on_fault(coroutine.yield)
    local task = coroutine.create(function() region:read() end)
    coroutine.resume(task)
    assert.is_true(coroutine.close(task))
    region:release()
  end)

  it("cannot wait inside a C function that calls the access, and says so", function()
    local region <close> = vmem.reserve(P)
    region:on_fault(coroutine.yield)
    local task = coroutine.create(function()
      for _ in ipairs(region:view("u8")) do error("went on") end
    end)
    local ok, message = coroutine.resume(task)
    assert.is_false(ok)
    assert.equal("attempt to yield across a C-call boundary", message)
  end)

  it("cannot wait outside coroutines, and says so", function()
    local output = helpers.run_script([[
      local vmem = require "vmem"
      local region = vmem.reserve(1)
      region:on_fault(coroutine.yield)
      print(pcall(region.read, region))
    ]])
    assert.equal("false\tattempt to yield from outside a coroutine\n", output)
  end)
end)
