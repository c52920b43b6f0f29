-- Only objects that vmem has made count as a region, a view, a page. The bytes, the metatable or the address
-- of another C module's userdata do not make it one. spec/support/c/foreign.c is that other module.

local helpers = require "helpers"
local vmem = require "vmem"

local foreign = require "foreign" -- make modules-built
local core = require "vmem.core"

local P = vmem.page_size
local WORDS = { region = "R", page = "P", view = "V", fault = "F", areas = "A", recording = "E", space = "S" }

local function collect()
  collectgarbage()
  collectgarbage()
end

local function address_of(userdata) return tonumber(("%p"):format(userdata):match "%x+$", 16) end

-- {====== Real objects ======

local function space()
  for _, value in pairs(debug.getregistry()) do
    local meta = type(value) == "userdata" and debug.getmetatable(value)
    if meta and meta.__name == "vmem.space" then return value end
  end
end

local function fault()
  return helpers.fault(function() return vmem.reserve(P):read(0, 1) end)
end

local MAKERS = {
  region = function() return (vmem.allocate(P):fill(0, P, 65)) end,
  page = function() return vmem.allocate(P):fill(0, P, 65)[1] end,
  ["view of u8"] = function() return vmem.allocate(P):fill(0, P, 65):view "u8" end,
  ["view of f64"] = function() return vmem.allocate(P):fill(0, P, 65):view "f64" end,
  fault = fault,
  areas = helpers.tells_areas and function() return (vmem.areas()) end or nil,
  recording = function()
    local recording = core.recorder.start(true, true, 100)
    core.recorder.stop(recording)
    return recording
  end,
  space = space,
}

--- Whether an object still works as its class should.
local WORKS = {
  region = function(region) return region:read(0, 3) == "AAA" end,
  page = function(page) return page:read():sub(1, 3) == "AAA" end,
  ["view of u8"] = function(view) return view[1] == 65 and view:sum() == 65 * P end,
  ["view of f64"] = function(view) return view[1] == string.unpack("d", ("A"):rep(8)) and #view == P // 8 end,
  fault = function(f) return f.kind == "access_violation" and #f.region == 1 end,
  areas = function(walk)
    local area = walk()
    return area == nil or area.address ~= nil
  end,
  recording = function(recording) return core.recorder.counts(recording) == 0 end,
  space = function() return vmem.reserve(P):release() == true end,
}

-- ====== }

-- {====== Forgeries: each returns a list of contents ======

local state = 1

local function random(most)
  state = state * 6364136223846793005 + 1442695040888963407
  return (state >> 33) % (most + 1)
end

local function random_bytes(size)
  local bytes = {}
  for i = 1, size do bytes[i] = string.char(random(255)) end
  return table.concat(bytes)
end

--- The first words of vmem's userdata in old versions: the kind, then a pointer to the region.
local function old_words(kind, make)
  local real = make()
  local letter = WORDS[kind:match "^%a+"]:byte()
  local list = {}
  for type = 0, kind:find "^view" and 9 or 0 do
    local word = 0x766d656d20000000 | letter << 8 | type
    for _, pointer in ipairs { 0, address_of(real) } do
      for _, size in ipairs { 16, 24, 32, 512 } do
        local bytes = string.pack("<i8i8i8i8", word, pointer, 0, 1 << 40)
        list[#list + 1] = (bytes .. ("\0"):rep(512)):sub(1, size)
      end
    end
  end
  return list
end

local FORGERIES = {
  ["the bytes of a real one"] = function(_, make, keep)
    keep.real = make()
    return { foreign.get(keep.real) }
  end,
  ["the bytes of a real one, as vmem.peek tells them"] = function(_, make, keep)
    keep.real = make()
    return { vmem.peek(address_of(keep.real), #foreign.get(keep.real)) }
  end,
  ["the bytes of others of all kinds"] = function(_, _, keep)
    local list = {}
    for name, other in pairs(MAKERS) do
      keep[name] = other()
      list[#list + 1] = foreign.get(keep[name])
    end
    return list
  end,
  ["bytes near those of a real one"] = function(_, make, keep)
    keep.real = make()
    local bytes, list = foreign.get(keep.real), {}
    for step = -3, 3 do
      for place = 1, math.min(#bytes, 4) do
        local byte = (bytes:byte(place) + step * 16) % 256
        list[#list + 1] = bytes:sub(1, place - 1) .. string.char(byte) .. bytes:sub(place + 1)
      end
    end
    return list
  end,
  ["all small numbers"] = function(_, make, keep)
    keep.real = make()
    local size, list = #foreign.get(keep.real), {}
    for number = 0, 100 do
      list[#list + 1] = string.pack("<I4", number * 64) .. ("\0"):rep(size - 4)
    end
    return list
  end,
  ["old magic words"] = old_words,
  ["random bytes"] = function()
    local list = {}
    for _, size in ipairs { 0, 1, 3, 4, 5, 7, 8, 12, 16, 24, 32, 40, 64, 464, 480, 512 } do
      for _ = 1, 4 do list[#list + 1] = random_bytes(size) end
    end
    return list
  end,
  ["ones and zeros"] = function(_, make)
    local size, list = #foreign.get(make()), {}
    for _, byte in ipairs { "\0", "\1", "\127", "\128", "\255" } do list[#list + 1] = byte:rep(size) end
    return list
  end,
  ["the bytes of one that was collected"] = function(kind, make)
    if kind == "space" then return {} end
    local bytes = foreign.get(make())
    collect()
    return { bytes }
  end,
  ["the bytes of one that was finalised by hand"] = function(kind, make, keep)
    if kind == "space" then return {} end
    keep.real = make()
    local bytes = foreign.get(keep.real)
    debug.getmetatable(keep.real).__gc(keep.real)
    return { bytes, foreign.get(keep.real) }
  end,
  ["the bytes of one whose region is released"] = function(kind, make, keep)
    if kind == "space" then return {} end
    keep.real = make()
    local kept = debug.getuservalue(keep.real, 1)
    local region = kind == "region" and keep.real or kind == "fault" and kept[1] or kept
    if region then region:release() end
    return { foreign.get(keep.real) }
  end,
}

-- ====== }

-- {====== Everything that takes an object ======

--- Metamethods that ignore other objects silently.
local SILENT = { __gc = true, __close = true, __eq = true }

--- Calls from Lua have a name, and Lua need not look for one to put into an error.
local function call(fn, ...)
  local results = table.pack(fn(...))
  return table.unpack(results, 1, results.n)
end

--- As a list of { name, fn }: methods, metamethods, and all functions that take an object of any kind.
local function functions_of(object, own_only)
  local list = {}
  local function add(name, fn)
    if type(fn) ~= "function" then return end
    list[#list + 1] = { name = name, fn = fn, has_elements = debug.getmetatable(object).__newindex ~= nil }
  end
  for name, fn in pairs(debug.getmetatable(object)) do
    add(name, fn)
    for i = 1, name == "__index" and 2 or 0 do
      for member, inner in pairs(select(2, debug.getupvalue(fn, i))) do add(member, inner) end
    end
  end
  if own_only then return list end
  for _, name in ipairs { "counts", "event", "region", "run", "sample", "look", "source", "stop" } do
    add("recorder." .. name, core.recorder[name])
  end
  local areas = vmem.areas() -- nil where the system does not tell
  if areas then add("the step of areas", getmetatable(areas).__call) end
  add("the step of runs", getmetatable(vmem.reserve(P):runs()).__call)
  add("call_protected", function(forged) return core.call_protected(forged, 0, 1, "rw", print) end)
  add("overflow", function(forged) return core.overflow(forged, "x") end)
  add("the step of regions", function(forged) return vmem.regions()(nil, forged) end)
  add("vmem.map", function(forged) return require("vmem.map").of(forged) end)
  add("vmem.pagetable", function(forged) return require("vmem.pagetable").of(forged) end)
  return list
end

local region_functions = functions_of(vmem.reserve(P))
local kinds = {}
for name, make in pairs(MAKERS) do
  kinds[#kinds + 1] = { name = name, make = make }
end
table.sort(kinds, function(a, b) return a.name < b.name end)

--- Arguments that would change a real object.
local ARGUMENTS = { {}, { 1, 1, "rw" }, { 1, 2, 3, 4 }, { "type" }, { "base" }, { "x", 5 } }
local turn = 0

--- Calls everything with it, each time in another way.
local function nothing_takes(forged, functions, dressed)
  turn = turn + 1
  local arguments = ARGUMENTS[turn % #ARGUMENTS + 1]
  for _, entry in ipairs(functions) do
    local results = table.pack(pcall(call, entry.fn, forged, table.unpack(arguments)))
    local nothing = results.n == 1 or not results[2]
    local is_over = dressed and entry.name == "__tostring" and tostring(results[2]):find "%(%a+%)$"
    -- Names are looked up before the object is checked; and in most classes all keys are names.
    local is_name = entry.name == "__index" and (type(arguments[1]) ~= "number" or not entry.has_elements)
    local is_method = is_name and (results[2] == nil or type(results[2]) == "function")
    if results[1] and not (SILENT[entry.name] and nothing or is_over or is_method) then
      error(("%s takes %q, and gives %s"):format(entry.name, foreign.get(forged), tostring(results[2])))
    end
  end
end

--- Calls the functions that take an object as a later argument.
local function nothing_takes_as_argument(forged)
  local region <close> = vmem.allocate(P)
  local view = region:view "u8"
  assert.is_false((pcall(region.copy, region, 0, 0, 1, forged)))
  assert.is_false((pcall(region.compare, region, 0, 0, 1, forged)))
  assert.is_false((pcall(view.copy, view, forged)))
  assert.is_false(region[1] == forged)
end

local function nothing_uses(forged)
  for _, use in ipairs {
    function() forged[1] = 1 end, function() return #forged end, function() return forged[1] + 0 end,
    function() return #forged[1] end, function() return forged.base + 0 end,
    function() return #forged.region end, function() return forged:read() end,
    function() return forged:sum() end,
  } do
    local ok, result = pcall(use)
    if ok then error(("%q gives %s"):format(foreign.get(forged), tostring(result))) end
  end
end

-- ====== }

for _, kind in ipairs(kinds) do
  describe("a forged " .. kind.name, function()
    helpers.no_regions_left()

    for what, forge in pairs(FORGERIES) do
      local peeks = what:find "vmem.peek" and helpers.areas_it or it
      peeks("with " .. what .. " is taken for nothing", function()
        local real = kind.make()
        local functions, own = functions_of(real), debug.getmetatable(real)
        local keep = {}
        for _, bytes in ipairs(forge(kind.name, kind.make, keep)) do
          for values = 0, 2 do
            local forged = foreign.new(bytes, values)
            nothing_takes(forged, functions)
            nothing_takes(forged, region_functions)
            debug.setmetatable(forged, own)
            nothing_takes(forged, functions, true)
            nothing_uses(forged)
            nothing_takes_as_argument(forged)
          end
        end
        collect()
        assert.is_true(WORKS[kind.name](real))
      end)
    end

    it("may be a light userdata with its metatable", function()
      local real = kind.make()
      local functions, own = functions_of(real), debug.getmetatable(real)
      for _, address in ipairs { address_of(real), address_of {}, 0, -1, 64 } do
        local forged = foreign.light(address)
        local light = debug.getmetatable(forged)
        finally(function() debug.setmetatable(forged, light) end)
        for _, meta in ipairs { false, own } do
          debug.setmetatable(forged, meta or nil)
          for _, entry in ipairs(functions) do
            local ok, result = pcall(call, entry.fn, forged, 1, 1)
            local is_method = entry.name == "__index" and type(result) == "function"
            assert.is_true(not ok or not result or is_method, entry.name)
          end
        end
        debug.setmetatable(forged, light)
      end
      assert.is_true(WORKS[kind.name](real))
    end)
  end)
end

describe("a real object", function()
  helpers.no_regions_left()

  for _, kind in ipairs(kinds) do
    it(("(%s) is what it is under other metatables, and with other user values"):format(kind.name), function()
      local real = kind.make()
      local own, held = debug.getmetatable(real), debug.getuservalue(real, 1)
      for _, meta in ipairs { {}, debug.getmetatable(io.stdout), false } do
        debug.setmetatable(real, meta or nil)
        for _, entry in ipairs(functions_of(vmem.reserve(P), true)) do
          if kind.name ~= "region" and not SILENT[entry.name] then
            local ok, result = pcall(call, entry.fn, real, 1, 1)
            assert.is_true(not ok or type(result) == "function", entry.name)
          end
        end
        debug.setmetatable(real, own)
      end
      for _, value in ipairs { foreign.new(foreign.get(real), 1), {}, 5 } do
        debug.setuservalue(real, value, 1)
        assert.is_true(WORKS[kind.name](real))
      end
      debug.setuservalue(real, held, 1)
      assert.is_true(WORKS[kind.name](real))
    end)

    if kind.name ~= "space" then
      it(("(%s) into which another module writes is nothing any more"):format(kind.name), function()
        local real, other = kind.make(), kind.make()
        local functions, own = functions_of(real), foreign.get(real)
        local zeros, ones = ("\0"):rep(#own), ("\255"):rep(#own)
        for _, bytes in ipairs { foreign.get(other), random_bytes(#own), zeros, ones } do
          foreign.set(real, bytes)
          for _, entry in ipairs(functions) do
            local ok, result = pcall(call, entry.fn, real, 1, 1)
            local is_method = entry.name == "__index" and type(result) == "function"
            assert.is_true(not ok or not result or entry.name == "__tostring" or is_method, entry.name)
          end
          debug.getmetatable(real).__gc(real)
          assert.is_true(WORKS[kind.name](other))
        end
        foreign.set(real, own)
        assert.is_true(WORKS[kind.name](real))
      end)
    end
  end

  it("says that it is over when it has been finalised", function()
    local says = {
      region = { "region is released", function(r) return r.base end, "vmem.region (released)" },
      page = { "region is released", function(p) return p.index end, "vmem.page (released)" },
      ["view of u8"] = { "region is released", function(v) return v[1] end, "vmem.view (released)" },
      ["view of f64"] = { "region is released", function(v) v[1] = 1 end, "vmem.view (released)" },
      fault = { "fault is over", function(f) return f.kind end, "vmem.fault (over)" },
      areas = { "the walk over areas is over", function(w) return w() end, "vmem.areas (over)" },
      recording = { "recording is closed", function(r) return core.recorder.counts(r) end },
    }
    says.areas = helpers.tells_areas and says.areas or nil
    for name, say in pairs(says) do
      local real = MAKERS[name]()
      debug.getmetatable(real).__gc(real)
      debug.getmetatable(real).__gc(real)
      helpers.raises(say[1], say[2], real)
      assert.equal(say[3] or tostring(real), tostring(real))
    end
  end)

  it("may have the place of one that was collected", function()
    for round = 1, 3 do
      local objects, seen = {}, {}
      for _ = 1, 2000 do
        objects[#objects + 1] = vmem.allocate(P):fill(0, 8, #objects % 256):view "u8"
        local bytes = foreign.get(objects[#objects])
        assert.is_nil(seen[bytes])
        seen[bytes] = true
      end
      for i, view in ipairs(objects) do assert.equal((i - 1) % 256, view[1]) end
      if round == 2 then collect() end
      local dead = objects[1]
      debug.getmetatable(dead).__gc(dead)
      local heirs = {}
      repeat
        heirs[#heirs + 1] = MAKERS.region()
      until foreign.get(heirs[#heirs]) == foreign.get(dead) or #heirs == 5000
      assert.equal(foreign.get(dead), foreign.get(heirs[#heirs]))
      assert.is_true(WORKS.region(heirs[#heirs]))
      helpers.raises("region is released", function() return dead[1] end)
    end
  end)

  -- Lua frees the object without calling vmem. A userdata at its address with the same bytes counts as it.
  it("that has lost its metatable and is collected leaves an alias of itself at most", function()
    local bytes = {}
    for i = 1, 50 do
      local view = MAKERS["view of u8"]()
      bytes[i] = foreign.get(view)
      debug.setmetatable(view, nil)
    end
    collect()
    local own = debug.getmetatable(MAKERS["view of u8"]())
    for i = 1, 2000 do
      local forged = foreign.new(bytes[i % 50 + 1], 1)
      debug.setmetatable(forged, own)
      local ok, value = pcall(function() return forged[1] end)
      assert.is_true(not ok or value == 65)
    end
    collect()
    for region in vmem.regions() do
      assert.equal("A", region:read(0, 1))
      region:release()
    end
  end)
end)

describe("the registry", function()
  helpers.no_regions_left()

  it("can name no object for a region but its own", function()
    local region <close> = MAKERS.region()
    local other <close> = MAKERS.region()
    local page, view = region[1], region:view "u8"
    local regions, key
    for _, value in pairs(debug.getregistry()) do
      if type(value) == "table" then
        for k, v in pairs(value) do
          if v == region and type(k) == "userdata" then regions, key = value, k end
        end
      end
    end
    local forged = foreign.new(foreign.get(region), 1)
    debug.setmetatable(forged, debug.getmetatable(region))
    for _, value in ipairs { forged, other, page, view, {}, foreign.light(address_of(region)), 7 } do
      regions[key] = value
      assert.is_nil((vmem.at(region.base)))
      assert.is_nil(page.region)
      assert.is_nil(view.region)
      for found in vmem.regions() do assert.equal(other, found) end
    end
    regions[key] = region
    assert.equal(region, page.region)
  end)
end)

describe("another Lua state", function()
  helpers.no_regions_left()

  local prelude = ("package.path, package.cpath = %q, %q "):format(package.path, package.cpath)
    .. "local vmem, foreign = require 'vmem', require 'foreign' "

  local function run(code) assert(foreign.run(prelude .. code)) end

  it("knows nothing of this one's objects", function()
    local view <const> = MAKERS["view of u8"]()
    run(([[
      local own = vmem.allocate(%d):view "u8"
      for values = 0, 2 do
        local forged = foreign.new(%q, values)
        debug.setmetatable(forged, debug.getmetatable(own))
        for _, use in ipairs { function() return forged[1] end, function() forged[1] = 1 end, own.sum } do
          assert(not pcall(use, forged))
        end
        debug.getmetatable(own).__gc(forged)
      end
    ]]):format(P, foreign.get(view)))
    assert.is_true(WORKS["view of u8"](view))
  end)

  it("leaves no slot taken when it ends, not even those of objects without a metatable", function()
    local function last_number()
      local page = MAKERS.page()
      return (string.unpack("<I4", (foreign.get(page))))
    end
    local code = ([[
      for i = 1, 3000 do
        local page = vmem.reserve(%d)[1]
        if i %% 2 == 0 then debug.setmetatable(page, nil) end
      end
      Last = string.unpack("<I4", (foreign.get(vmem.reserve(1)))) >> 16
      assert(Last < 20)
      setmetatable({}, { __gc = function() Late = { vmem.reserve(1), vmem.reserve(1)[1] } end })
    ]]):format(P)
    for _ = 1, 20 do run(code) end
    assert.is_true(last_number() >> 16 < 20)
  end)

  it("may end in the middle of this one's work", function()
    local region <close> = vmem.allocate(16 * P)
    for i = 1, 16 do
      local page = region[i]
      run "View = vmem.allocate(1):view 'u8' View[1] = 1"
      assert.equal(i, page.index)
      assert.equal(0, region:view "u8"[1])
    end
  end)
end)
