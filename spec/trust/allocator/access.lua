--- Whatever touches memory.

local sorted_keys = require "vmem.internal.sorted_keys"
local types = sorted_keys(require("vmem.internal.elements").sizes)
local vmem = require "vmem"
local P <const> = vmem.page_size

local function full(options)
  local r = assert(vmem.allocate(4 * P, options))
  r:fill(0, r.size, 65)
  r:write(P - 3, "words in the middle\0")
  return r
end

local function with_file()
  local kit = { region = full(), file = assert(io.tmpfile()) }
  kit.file:write(("12345678"):rep(800))
  kit.file:seek "set"
  return kit
end

--- Without memory for the whole message, luaL_argerror of Lua 5.5 raises the end of it.
local function is_end_of_one(message)
  return _VERSION == "Lua 5.5" and (message:find "must be" or message:find "is unknown")
end

local snippets = {
  { "region:read", act = function(r) assert(#r:read() == 4 * P) end },
  { "region:write", act = function(r) r:write(P - 2, "over") end },
  { "region:write, watched", setup = function() return full { watch = true } end,
    act = function(r) r:write(P - 2, "over") end },
  { "region:fill", act = function(r) r:fill(10, P, 7) end },
  { "region:copy", act = function(r) r:copy(0, P - 3, 2 * P) end },
  { "region:compare", act = function(r) assert(r:compare(0, P, 100) ~= 0 and r:compare(0, 0, P) == 0) end },
  { "region:find", act = function(r) assert(r:find "middle" and not r:find("x\1y" .. ("z"):rep(300))) end },
  { "region:cstring", act = function(r) assert(r:cstring(P - 3) == "words in the middle") end },
  { "region:pack", act = function(r) r:pack(P - 3, "i4 z d", 1, "two", 3.5) end },
  { "region:unpack", act = function(r) assert(r:unpack(P - 3, "z") == "words in the middle") end },
  { "region:unpack, of a long string",
    setup = function()
      local r = full()
      return r:pack(100, "s2", ("y"):rep(5000)) and r
    end,
    act = function(r) assert(#r:unpack(100, "s2") == 5000) end },
  { "region:load", setup = with_file, act = function(kit)
      kit.file:seek "set"
      assert(kit.region:load(kit.file, 10, 5000) == 5000)
    end },
  { "region:load, to the end", setup = with_file, act = function(kit)
      kit.file:seek "set"
      assert(kit.region:load(kit.file) == 6400)
    end },
  { "region:save", setup = with_file,
    act = function(kit) assert(kit.region:save(kit.file, 0, 100) == 100) end },
  { "region:save, to a closed file", setup = with_file, act = function(kit)
      if io.type(kit.file) == "file" then kit.file:close() end
      local ok, message = pcall(kit.region.save, kit.region, kit.file)
      assert(not ok and (message:find "file is closed" or message:find "memory"))
    end },
  { "view:get", act = function(r) assert(select("#", r:view("u16"):get(-2, 400)) == 403) end },
  { "view:set", act = function(r) r:view("u16"):set(P // 2 - 1, 1, 2, 3, 4) end },
  { "view:set, of what is to be converted", act = function(r) r:view("f32"):set(5, 1, 2.5, 3) end },
  { "view:set, watched", setup = function() return full { watch = true } end,
    act = function(r) r:view("u16"):set(P // 2 - 1, 1, 2, 3, 4) end },
  { "view:fill", act = function(r) r:view("f64", 5):fill(1.5) end },
  { "view:copy", act = function(r) r:view("u8", 0, 100):copy(r:view("u8", P, 100)) end },
  { "view:sum", act = function(r) assert(r:view("u8"):sum() >= 0) end },
  { "view:minmax", act = function(r) assert(r:view("u8"):minmax()) end },
  { "atomics", act = function(r)
      local view = r:view "u32"
      view[1] = 0
      assert(view:add(1, 5) == 0 and view:exchange(1, 7) == 5 and view:compare_exchange(1, 7, 8) == 7)
      assert(view:wait(1, 8, 0) ~= true and view:wake(1) ~= 1)
    end },
  { "atomics, misused", act = function(r)
      for _, view in ipairs { r:view "f32", r:view("u32", 1), r:view "u64" } do
        local ok, message = pcall(view.wait, view, 1, 0, 0)
        assert(not ok and (message:find "bad argument" or message:find "memory"))
      end
    end },
  { "atomics, watched", steps = true, setup = function() return full { watch = true } end,
    act = function(r)
      r:rearm()
      r:view "u64":exchange(5, 1)
      assert(r:written()() == 0)
    end },
  { "views with a stride", act = function(r)
      local view, other = r:view("u16be", 1, 4, 2 * P // 3), r:view("u16", 3 * P, 4)
      view:set(1, 1, 2, 3, 4):fill(7)
      assert(view:sum() == 28 and view:minmax() == 7 and other:copy(view):get(4) == 7)
      for i, value in pairs(view) do assert(i <= 4 and value == 7) end
    end },
  { "view:copy, of what lies over each other", act = function(r)
      local view = r:view("u32", 0, 500, 3)
      assert(view:copy(r:view("u32be", 1, 500, 5)) == view)
    end },
  { "views with pages in between, watched", setup = function() return full { watch = true } end,
    act = function(r)
      local view = r:view("u8", 0, 2, 2 * P)
      view:set(1, 1, 2)
      assert(view:sum() == 3)
    end },
  { "misuse", steps = true, act = function(r)
      for _, f in ipairs { r.read, r.commit, r.view, r.fill, r.pack, r.find, vmem.reserve, vmem.read } do
        local ok, message = pcall(f, r, "x", {}, -1)
        assert(not ok)
        assert(message:find "bad argument" or message:find "memory" or is_end_of_one(message), message)
      end
    end },
}

for _, snippet in ipairs(snippets) do snippet.setup = snippet.setup or full end

for _, type in ipairs(types) do
  snippets[#snippets + 1] = { "view[i] of " .. type,
    setup = function() return full():view(type, 1) end,
    act = function(view)
      view[1] = 7
      assert(view[1] == 7 and view[#view + 1] == nil)
      local ok, message = pcall(function() view[2] = "8" end)
      assert(not ok and (message:find "must be" or message:find "memory"))
    end }
end

return snippets
