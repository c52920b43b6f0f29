local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

local function collect()
  collectgarbage()
  collectgarbage()
end

-- Every use of a region, its pages, views and iterators.
local USES = {
  ["region.base"] = function(k) return k.region.base end,
  ["region.size"] = function(k) return k.region.size end,
  ["region.protection"] = function(k) return k.region.protection end,
  ["region.name"] = function(k) return k.region.name end,
  ["region.committed"] = function(k) return k.region.committed end,
  ["#region"] = function(k) return #k.region end,
  ["region[1]"] = function(k) return k.region[1] end,
  ["region[0]"] = function(k) return k.region[0] end,
  ["region:commit"] = function(k) return k.region:commit() end,
  ["region:decommit"] = function(k) return k.region:decommit() end,
  ["region:protect"] = function(k) return k.region:protect(0, 1, "r") end,
  ["region:is_committed"] = function(k) return k.region:is_committed() end,
  ["region:is_committed of bytes"] = function(k) return k.region:is_committed(0, 1) end,
  ["region:query"] = function(k) return k.region:query() end,
  ["region:runs"] = function(k) return k.region:runs() end,
  ["a walk of runs"] = function(k) return k.runs() end,
  ["region:release"] = function(k) return k.region:release() end,
  ["region:view"] = function(k) return k.region:view("u8") end,
  ["region:lock"] = function(k) return k.region:lock() end,
  ["region:unlock"] = function(k) return k.region:unlock() end,
  ["region:prefetch"] = function(k) return k.region:prefetch() end,
  ["region:discard"] = function(k) return k.region:discard() end,
  ["region:locked"] = function(k) return k.region:locked() end,
  ["region:written"] = function(k) return k.region:written() end,
  ["region:rearm"] = function(k) return k.region:rearm() end,
  ["region.concealed"] = function(k) return k.region.concealed end,
  ["region.wiped"] = function(k) return k.region.wiped end,
  ["region.sparse"] = function(k) return k.region.sparse end,
  ["region.watched"] = function(k) return k.region.watched end,
  ["region:resident"] = function(k) return k.region:resident() end,
  ["region:on_fault"] = function(k) return k.region:on_fault(nil) end,
  ["region:pointer"] = function(k) return k.region:pointer() end,
  ["view.type"] = function(k) return k.view.type end,
  ["view.offset"] = function(k) return k.view.offset end,
  ["view.region"] = function(k) return k.view.region end,
  ["#view"] = function(k) return #k.view end,
  ["view[0]"] = function(k) return k.view[0] end,
  ["view[1]"] = function(k) return k.view[1] end,
  ["view[1] ="] = function(k) k.view[1] = 1 end,
  ["view:get"] = function(k) return k.view:get(1) end,
  ["view:set"] = function(k) return k.view:set(1, 1) end,
  ["view:set of nothing"] = function(k) return k.view:set(1) end,
  ["view:fill"] = function(k) return k.view:fill(1) end,
  ["view:sum"] = function(k) return k.view:sum() end,
  ["view:minmax"] = function(k) return k.view:minmax() end,
  ["view:copy"] = function(k) return k.view:copy(k.other:view("u8")) end,
  ["view:copy from it"] = function(k) return k.other:view("u8"):copy(k.view) end,
  ["ipairs(view)"] = function(k) for _ in ipairs(k.view) do error("went on") end end,
  ["page.index"] = function(k) return k.page.index end,
  ["page.address"] = function(k) return k.page.address end,
  ["page.offset"] = function(k) return k.page.offset end,
  ["page.size"] = function(k) return k.page.size end,
  ["page.region"] = function(k) return k.page.region end,
  ["page.state"] = function(k) return k.page.state end,
  ["page.protection"] = function(k) return k.page.protection end,
  ["page.resident"] = function(k) return k.page.resident end,
  ["page.frame"] = function(k) return k.page.frame end,
  ["page:commit"] = function(k) return k.page:commit() end,
  ["page:decommit"] = function(k) return k.page:decommit() end,
  ["page:protect"] = function(k) return k.page:protect("r") end,
  ["page:read"] = function(k) return k.page:read() end,
  ["page:write"] = function(k) return k.page:write("") end,
}
for _, access in ipairs(helpers.accesses) do
  if not access.name:find("^vmem") then USES[access.name] = access.touch end
end

local ENDS = {
  ["release"] = function(region) region:release() end,
  ["<close>"] = function(region) local _ <close> = region end,
}

for how, finish in pairs(ENDS) do
  describe("a region that has ended by " .. how, function()
    helpers.no_regions_left()

    local function ended()
      local kit = helpers.access_kit()
      kit.view, kit.page, kit.runs = kit.region:view("u8"), kit.region[1], kit.region:runs()
      kit.view[1] = kit.view[2]
      finish(kit.region)
      return kit
    end

    for use, try in pairs(USES) do
      it("raises 'region is released' for " .. use, function()
        local kit <close> = ended()
        helpers.raises("region is released", try, kit)
      end)
    end

    it("is not in the book any more, and its place is free", function()
      local kit <close> = ended()
      assert.is_nil((vmem.at(kit.base)))
      for region in vmem.regions() do assert.is_false(region == kit.region) end
      assert.matches("no live region holds this address$", tostring(helpers.fault(vmem.read, kit.base, 1)))
      local again <close> = assert(vmem.allocate(4 * P, { address = kit.base }))
      assert.equal("\0", again:read(0, 1))
      helpers.raises("region is released", function() return kit.view[1] end)
    end)

    it("still says what it was", function()
      local kit <close> = ended()
      assert.equal("vmem.region (released)", tostring(kit.region))
      assert.equal("vmem.page (released)", tostring(kit.page))
      assert.equal("vmem.view of u8 (released)", tostring(kit.view))
    end)
  end)
end

describe("region:release", function()
  helpers.no_regions_left()

  it("returns true", function()
    assert.same({ true, n = 1 }, table.pack(vmem.reserve(P):release()))
  end)

  it("takes a region of any pages", function()
    local region = vmem.reserve(1000 * P)
    for i, protection in ipairs { "rw", "none", "r+guard", "x" } do
      region:commit(i * 200 * P, 100 * P, protection)
    end
    region:lock(200 * P, P)
    region:release()
  end)

  it("stays out of a region that is its neighbour", function()
    local first = assert(vmem.allocate(16 * P, { address = 0x56780000 }))
    local second <close> = assert(vmem.allocate(P, { address = first.base + first.size }))
    second:write(0, "kept")
    first:release()
    assert.equal("kept", second:read(0, 4))
  end)
end)

describe("<close>", function()
  helpers.no_regions_left()

  it("releases when the block ends, by an error too", function()
    local base
    pcall(function()
      local region <close> = vmem.reserve(P)
      base = region.base
      error("out")
    end)
    assert.is_nil((vmem.at(base)))
  end)

  it("does not mind a region that has been released, or closed, before", function()
    local region <close> = vmem.reserve(P)
    do
      local same <close> = region
      assert.equal(region, same)
    end
    local other <close> = vmem.reserve(P)
    other:release()
  end)
end)

describe("a region that nobody holds", function()
  helpers.no_regions_left()

  it("is collected, committed pages and all", function()
    local base = vmem.allocate(10 * P).base
    collect()
    assert.is_nil((vmem.at(base)))
  end)

  it("is collected though its handler holds it", function()
    local region = vmem.reserve(P)
    local base = region.base
    region:on_fault(function() return region end)
    region = nil -- luacheck: ignore 311
    collect()
    assert.is_nil((vmem.at(base)))
  end)

  for what, take in pairs {
    ["a view"] = function(region) return region:view("u8") end,
    ["a page"] = function(region) return region[1] end,
    ["a walk of runs"] = function(region) return region:runs() end,
    ["a fault"] = function(region) return helpers.fault(region.read, region) end,
    ["a coroutine that waits for its page"] = function(region)
      local task = coroutine.wrap(function() region:read() end)
      region:on_fault(coroutine.yield)
      task()
      return task
    end,
  } do
    it("lives on while there is " .. what .. " of it", function()
      local region = vmem.reserve(P)
      local base, keeper = region.base, take(region)
      region = nil -- luacheck: ignore 311
      collect()
      assert.equal(base, keeper and vmem.at(base).base)
      keeper = nil -- luacheck: ignore 311
      collect()
      assert.is_nil((vmem.at(base)))
    end)
  end

  it("may be used by a finalizer", function()
    local seen
    do
      local region = vmem.allocate(P)
      local view = region:view("u8")
      setmetatable({}, { __gc = function()
        view[1] = 7
        seen = region:read(0, 1)
        region:release()
      end })
    end
    collect()
    assert.equal("\7", seen)
  end)

  -- Lua does not finalise objects that finalizers make while the state closes. The finalizer of an object
  -- that is older than vmem runs after vmem's own, and sees what is left.
  helpers.linux_it("is given back though a finalizer made it when the state was closing already", function()
    local output, ok = helpers.run_script([[
      local bases = {}
      local function look()
        local text = io.open("/proc/self/maps"):read("a")
        for _, base in ipairs(bases) do print(text:find(("%x-"):format(base), 1, true)) end
        for _, use in ipairs { function() return #Late end, function() return View[1] end } do
          print((tostring(select(2, pcall(use))):match("region is released$")))
        end
        print((select(2, pcall(require "vmem".reserve, 1)):match("the state is closing")))
      end
      Oldest = setmetatable({}, { __gc = look })
      local vmem = require "vmem"
      local function make()
        Late = assert(vmem.allocate(1 << 20))
        View = Late:view "u8"
        bases = { Late.base, assert(vmem.reserve(1 << 20, { sparse = true })).base }
      end
      Younger = setmetatable({}, { __gc = make })
    ]])
    assert.equal("nil\nnil\nregion is released\nregion is released\nthe state is closing\n", output)
    assert.is_true(ok)
  end)

  it("is given back when the script ends, whatever it is doing", function()
    local output, ok = helpers.run_script([[
      local vmem = require "vmem"
      region = vmem.allocate(1 << 20)
      view = region:view("u8")
      waiting = coroutine.wrap(function() vmem.read(16, 1) end)
      vmem.on_fault(coroutine.yield)
      waiting()
      setmetatable({}, { __gc = function() view[1] = 1 region:release() vmem.reserve(1) end })
      late = setmetatable({}, { __gc = function() pcall(function() return view[1], vmem.at(1) end) end })
      local closed <close> = vmem.reserve(1)
      os.exit(true, true)
    ]])
    assert.equal("", output)
    assert.is_true(ok)
  end)
end)

describe("a walk over vmem.regions", function()
  helpers.no_regions_left()
  local made

  before_each(function()
    made = {}
    for i = 1, 10 do made[i] = assert(vmem.reserve(P)) end
    table.sort(made, function(a, b) return a.base < b.base end)
  end)

  after_each(function() made = nil end)

  local changes = {
    ["release"] = function(region) region:release() end,
    ["<close>"] = function(region) local _ <close> = region end,
    ["collection"] = collect,
    ["new regions"] = function() vmem.reserve(P):release() end,
  }
  for what, change in pairs(changes) do
    it("meets each region once, with " .. what .. " under way", function()
      local count = 0
      for region in vmem.regions() do
        count = count + 1
        assert.is_true(count <= 10)
        assert.equal(made[count], region)
        if what == "new regions" or count % 3 == 0 then change(region) end
      end
      assert.equal(10, count)
    end)
  end

  it("can release all of them", function()
    for region in vmem.regions() do region:release() end
    assert.is_nil((vmem.regions()()))
  end)
end)
