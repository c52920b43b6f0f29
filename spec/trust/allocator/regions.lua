--- What changes and shows pages.

local sorted_keys = require "vmem.internal.sorted_keys"
local types = sorted_keys(require("vmem.internal.elements").sizes)
local vmem = require "vmem"
local P <const> = vmem.page_size

local function reserved() return assert(vmem.reserve(8 * P)) end

local function watched()
  local r = assert(vmem.allocate(8 * P, { watch = true }))
  r:write(P, "x")
  return r
end

--- Pages of every kind.
local function motley(options)
  local r = assert(vmem.reserve(1024 * P, options))
  r:commit(0, 3 * P):fill(0, 3 * P, 65)
  assert(r:commit(2 * P, P, "r") and r:commit(5 * P, P, "rx") and r:commit(7 * P, 2 * P, "none"))
  assert(r:commit(600 * P, 2 * P, "rw+guard") and r:commit(700 * P, 1))
  return r
end

--- Snippets for regions that are made with these options.
local function changes(kind, options)
  local function setup() return motley(options) end
  local function over(verb, offset, size, ...)
    local more = table.pack(...)
    return function(r) return assert(r[verb](r, offset, size, table.unpack(more, 1, more.n))) end
  end
  return {
    { "region:commit, of one page" .. kind, setup = setup, act = over("commit", 300 * P, 1) },
    { "region:commit, of many pages" .. kind, setup = setup, act = over("commit", P, 800 * P, "rw") },
    { "region:commit, as rx" .. kind, setup = setup, act = over("commit", P, 9 * P, "rx") },
    { "region:decommit, of one page" .. kind, setup = setup, act = over("decommit", 0, P) },
    { "region:decommit, of all" .. kind, setup = setup, act = function(r) return assert(r:decommit()) end },
    { "region:protect" .. kind, setup = setup, act = function(r) assert(r:protect(0, 2 * P, "r")) end },
    { "region:discard" .. kind, setup = setup, act = over("discard", 0, 2 * P) },
    { "region:release" .. kind, setup = function() return { motley(options) } end,
      act = function(kit)
        if kit[1] then kit[1]:release() end
        kit[1] = nil
      end },
    { "a region's scattered commits" .. kind, steps = true, setup = setup,
      act = function(r) for i = 0, 40 do assert(r:commit(i * 20 * P, P)) end end },
  }
end

--- A region and its snapshot, with changes since.
local function snapshot_of(make, change)
  return function()
    local r = make()
    local kit = { region = r, snapshot = assert(r:snapshot()) }
    change(r)
    return kit
  end
end

local snippets = {
  { "region:commit", setup = reserved, act = function(r) return assert(r:commit(0, 2 * P)) end },
  { "region:commit, refused", setup = function() return assert(vmem.reserve(1 << 46)) end,
    act = function(r)
      local done, message = r:commit()
      assert(not done and message:find "cannot commit")
    end },
  { "region:decommit", act = function(r) return assert(r:decommit(P, P)) end },
  { "region:protect, which tells what was",
    setup = function()
      local r, word = reserved(), table.concat { "r", "w", "x" } -- a new string
      return assert(r:commit(0, P, word))
    end,
    act = function(r) assert(#assert(r:protect(0, P, "r")) == 3) end },
  { "an iterator of runs has words for them",
    setup = function()
      local r, word = reserved(), table.concat { "r", "w", "x" }
      assert(r:commit(P, P, word))
      return { region = r, step = r:runs(), to = 0 }
    end,
    act = function(kit)
      for _ = 1, 3 do
        local offset, size = kit.step()
        assert(not offset or offset == kit.to, "a run has been passed over")
        kit.to = offset and offset + size or kit.to
      end
    end,
    check = function(kit) assert(kit.to == 8 * P) end },
  { "region:protect, refused", setup = reserved, act = function(r)
      local old, message, code = r:protect(0, P, "r")
      assert(not old and message:find "cannot protect" and code == "not_committed")
    end },
  { "region:lock", steps = true,
    act = function(r)
      if r:lock(0, P) then assert(r:locked() == P and r:unlock(0, P)) end
    end },
  { "region:prefetch", act = function(r) assert(r:prefetch()) end },
  { "region:resident", act = function(r) assert(r:resident()) end },
  { "region:query", act = function(r) assert(r:query(P).size == 3 * P) end },
  { "region:runs", setup = motley,
    act = function(r)
      local n = 0
      for _, size, state, protection in r:runs() do
        assert(size > 0 and (state == "reserved") == (protection == nil))
        n = n + 1
      end
      assert(n >= 9)
    end },
  { "an iterator of runs goes on where it was",
    setup = function()
      local r = motley()
      return { region = r, step = r:runs(), to = 0 }
    end,
    act = function(kit)
      for _ = 1, 100 do
        local offset, size = kit.step()
        if not offset then break end
        assert(offset == kit.to, "a run has been passed over")
        kit.to = offset + size
      end
    end,
    check = function(kit) assert(kit.to == kit.region.size) end },
  { "region:written", setup = watched,
    act = function(r)
      for offset, size in r:written() do assert(offset == P and size == P) end
    end },
  { "region:rearm", setup = watched, act = function(r) assert(r:rearm()) end,
    check = function(r) assert(not r:written()()) end },
  { "region:snapshot",
    act = function(r)
      local s = assert(r:snapshot())
      assert(s.size == 0 and s.region == r and tostring(s):find "vmem.snapshot of region")
      s:close()
    end },
  { "region:snapshot, of all pages", setup = motley,
    act = function(r)
      local s <close> = assert(r:snapshot { all = true })
      assert(not s:changed()())
    end },
  { "region:restore, of contents",
    setup = snapshot_of(function() return assert(vmem.allocate(8 * P)) end, function(r)
      r:write(P, "after"):write(5 * P, "after")
    end),
    act = function(kit) return assert(kit.region:restore(kit.snapshot)) end,
    check = function(kit) assert(kit.region:nonzero() == nil) end },
  { "region:restore, of states",
    setup = snapshot_of(motley, function(r)
      assert(r:decommit(0, P) and r:commit(3 * P, P) and r:commit(5 * P, P, "rw"))
      r:write(5 * P, "after")
    end),
    act = function(kit) return assert(kit.region:restore(kit.snapshot)) end,
    check = function(kit)
      local r = kit.region
      assert(r:read(0, P) == ("A"):rep(P) and r:query(3 * P).state == "reserved")
      assert(r:query(5 * P).protection == "rx")
    end },
  { "snapshot:changed",
    setup = snapshot_of(function() return assert(vmem.allocate(8 * P)) end, function(r)
      r:write(P, "after"):write(5 * P, "after")
    end),
    act = function(kit)
      local n = 0
      for _, size in kit.snapshot:changed() do n = n + size end
      assert(n == 2 * P)
    end },
  { "region:view", act = function(r) assert(#r:view("u8") == 4 * P) end },
  { "region:view, of every type", act = function(r)
      for _, type in ipairs(types) do
        local view = r:view(type, 1, 10)
        assert(view.type == type and view.offset == 1 and view.region == r and #tostring(view) > 10)
      end
    end },
  { "region:view, with options", act = function(r)
      local view = r:view("u16be", 6, 10, { stride = 14, from = 0 })
      assert(view.stride == 14 and view.from == 0 and #tostring(view) > 10)
      local ok, message = pcall(r.view, r, "u16be", { form = 0 })
      assert(not ok and (message:find "unknown" or message:find "memory"))
    end },
  { "view:slice", act = function(r)
      local slice = r:view("u32le", 1, 10, 5):slice(3, 4)
      assert(#slice == 2 and slice.offset == 11 and slice.region == r)
    end },
  { "region:on_fault", act = function(r)
      r:on_fault(function() return false end)
      assert(r:on_fault(nil))
    end },
  { "region:pointer", act = function(r) assert(r:pointer(1)) end },
  { "print, of runs and of iterators", setup = motley, act = function(r)
      assert(tostring(r:runs()):find "committed rw" and tostring(r:query(0)):find "vmem.run")
      assert(tostring(r:attachments()):find "nothing" and tostring(vmem.regions()):find "vmem.region 0x")
    end },
  { "region:dump", setup = motley, act = function(r)
      local text = r:dump(0, 8 * P)
      assert(text:find "AAAA" and text:find "committed none" and text:find "reserved")
    end },
  { "region:map", act = function(r) assert(tostring(r:map()):find "0x") end },
  { "a region's fields", act = function(r)
      assert(r.base and r.size and r.protection == "rw" and r.name == nil and r.committed == 4 * P)
      assert(r.watched == false and r.concealed == false and r.wiped == false and #r == 4)
      assert(tostring(r):find "16384 committed")
    end },
  { "a region's policy", setup = function() return assert(vmem.reserve(2 * P, { touch = "commit" })) end,
    act = function(r) assert(r.touch == "com" .. "mit" and r.around == 1 and r.lazy == false) end },
  { "a region's name", setup = function() return assert(vmem.reserve(1, { name = "name" })) end,
    act = function(r) assert(r.name == "na" .. "me") end },
  { "a region closed at the end of a block", setup = function() return {} end,
    act = function()
      local r <close> = assert(vmem.allocate(2 * P))
      return r:write(0, "x")
    end },
  { "regions left to the collector", setup = function() return {} end, steps = true, loses = true,
    act = function()
      for _ = 1, 5 do assert(vmem.allocate(P)) end
      collectgarbage()
    end },
  { "a region that a finalizer makes at the state's end", setup = function() return {} end, loses = true,
    act = function()
      local late = setmetatable({}, { __gc = function() vmem.reserve(P) end })
      debug.getregistry()[late] = true
    end },
  { "a released region", setup = function()
      local r = vmem.reserve(1)
      r:release()
      return r
    end, act = function(r)
      local ok, message = pcall(r.read, r)
      assert(not ok)
      if not message:find("memory", 1, true) then assert(message:find "region is released") end
      assert(tostring(r):find "released")
    end },
  { "assigning to a region", act = function(r)
      local ok, message = pcall(function() r.x = 1 end)
      assert(not ok and (message:find "cannot be assigned" or message:find "memory"))
    end },
  { "core.call_protected", setup = function() return { vmem.allocate(P), require "vmem.core" } end,
    act = function(kit)
      local r, core = kit[1], kit[2]
      assert(core.call_protected(r, 0, P, "r", function() return r[1].protection end) == "r")
    end,
    check = function(kit) assert(kit[1][1].protection == "rw") end },

  { "region[i]", act = function(r) assert(r[2].index == 2 and r[5] == nil) end },
  { "a page's fields", act = function(r)
      local page = r[2]
      assert(page.index == 2 and page.address == r.base + P and page.offset == P and page.size == P)
      assert(page.region == r and page.state == "committed" and page.protection == "rw")
      assert(page.resident ~= nil and (page.frame or true) and page == r[2] and tostring(page):find "page 2")
    end },
  { "page:commit", setup = function() return { reserved() } end,
    act = function(kit) return assert(kit[1][2]:commit "r") end },
  { "page:decommit", act = function(r) return assert(r[2]:decommit()) end },
  { "page:protect", act = function(r) return assert(r[2]:protect "r+guard") end },
  { "page:protect, refused", setup = reserved, act = function(r)
      local old, message = r[2]:protect "r"
      assert(not old and message:find "cannot protect page 2")
    end },
  { "page:read", act = function(r) assert(#r[4]:read() == P) end },
  { "page:write", act = function(r) r[4]:write "abc" end },
}

for kind, options in pairs { [""] = {}, [", sparse"] = { sparse = true }, [", watched"] = { watch = true },
  [", wiped"] = { wipe = true }, [", concealed"] = { conceal = true } } do
  for _, snippet in ipairs(changes(kind, options)) do snippets[#snippets + 1] = snippet end
end
table.sort(snippets, function(a, b) return a[1] < b[1] end)

return snippets
