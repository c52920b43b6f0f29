-- Compares the annotations of modules and objects written in Lua with the real ones, both ways. The modules
-- are the public ones of the rock. An object is made of each class that a function returns, and is checked.

local file_kit = require "file_kit"
local helpers = require "helpers"
local kit = require "annotation_kit"
local servers = require "redis_server"
local vmem = require "vmem"

local said = kit.said

-- {====== Public modules ======

--- Modules that scripts require, but for vmem itself, which types_spec compares.
local modules = helpers.public_modules()
modules.vmem = nil
local HAS_SOCKETS <const> = pcall(require, "socket")
if not HAS_SOCKETS then modules["vmem.pager.redis"] = nil end

-- ====== }

--- A module without its metamethods.
local function public(module)
  local found = {}
  for key, value in pairs(module) do
    if not key:find "^_" then found[key] = value end
  end
  return found
end

-- {====== Problems of a function ======

local function shown(names) return "(" .. table.concat(names, ", ") .. ")" end

--- A problem with the function's annotation, or nil. A method's first parameter is the object.
local function problem_of(fn)
  local given, real = kit.signature(fn)
  local at = (" at %s:%d"):format(real.path, real.line)
  if not given then return "nothing is said" .. at end
  local names, first = {}, real.names[1]
  local from = (first == "self" or first == "cells") and 2 or 1
  for i = from, #real.names do names[#names + 1] = real.names[i] end
  if real.vararg then names[#names + 1] = "..." end
  if shown(names) ~= shown(given.params) then
    return ("it has %s, and @param tells of %s%s"):format(shown(names), shown(given.params), at)
  end
  if real.gives and #given.returns == 0 then return "no @return tells what it gives" .. at end
end

--- Calls a function, and fails unless its results are as annotated. Returns the first result.
local function call(holder, name, ...)
  local fn = holder[name]
  local given = assert(kit.signature(fn))
  local results
  local meta = getmetatable(holder)
  if meta and not meta.modules then -- an object, and no module
    results = table.pack(fn(holder, ...))
  else
    results = table.pack(fn(...))
  end
  for i = 1, math.max(results.n, #given.returns) do
    local type = given.returns[i]
    if type or not given.many then
      assert.truthy(type, ("%s gives %d results, and @return tells of %d"):format(name, i, #given.returns))
      assert.is_true(kit.check(results[i], type), ("%s: result %d is %s, not %s"):format(name, i,
        tostring(results[i]), type))
    end
  end
  return results[1]
end

-- ====== }

-- {====== Objects of all classes ======

local P <const> = vmem.page_size
local needs -- objects to close at the end of a spec

local function keep(object)
  needs[#needs + 1] = object
  return object
end

local function region() return keep(assert(vmem.allocate(2 * P))) end
local function of(name, fn, ...) return call(require(name), fn, ...) end
local function arena() return keep(of("vmem.arena", "new", 4096)) end
local function cells() return keep(of("vmem.sparse", "new", "i32", 16)) end
local function number_view() return region():view("i32", 0, 4) end
local function byte_view() return region():view("u8", 0, 4) end
local function trace() return of("vmem.paging", "trace", { 0, { 4096, "write" }, 0 }) end

local function mmu()
  local one = of("vmem.paging", "new", { frames = 2 })
  one:write(5)
  return one
end

local function recording()
  local one = of("vmem.recorder", "start", { reads = true, writes = true })
  local short = assert(vmem.allocate(P))
  short:write(0, "x")
  short:read(0, 1)
  assert(short:protect(0, P, "none"))
  pcall(short.read, short)
  short:release()
  vmem.reserve(1 << 62) -- no system has as much
  return call(one, "stop")
end

local function file()
  local path = os.tmpname()
  keep(setmetatable({}, { __close = function() os.remove(path) end }))
  return keep(of("vmem.pager.file", "open", path))
end

local function mapped()
  local path = os.tmpname()
  keep(setmetatable({}, { __close = function() os.remove(path) end }))
  local held <close> = assert(io.open(path, "w"))
  held:write "some text"
  held:close()
  return keep(of("vmem.file", "open", path, "copy"))
end

local function array()
  return keep(of("vmem.pager", "new", { store = file(), type = "u8", count = 4 * P, frames = 2 }))
end

local function redis()
  local server = servers.start()
  keep(setmetatable({}, { __close = function() server:close() end }))
  return keep(of("vmem.pager.redis", "open", { port = server.port, name = "array" }))
end

local function numbers_in_a_file()
  local path = os.tmpname()
  keep(setmetatable({}, { __close = function() os.remove(path) end }))
  return keep(of("vmem.file.array", "open", path, "r+", "i32", 16))
end

--- Class -> a function that makes an object, and it(), or its replacement if some systems lack it.
local makers = {
  ["vmem.arena"] = { arena },
  ["vmem.arena.mark"] = { function() return call(arena(), "mark") end },
  ["vmem.stack"] = { function() return keep(of("vmem.stack", "new", 4096)) end },
  ["vmem.secret"] = { function() return keep(of("vmem.secret", "new", 16)) end },
  ["vmem.sparse"] = { cells },
  ["vmem.sparse.cost"] = { function() return call(cells(), "cost") end },
  ["vmem.file"] = { mapped, file_kit.it },
  ["vmem.file.array"] = { numbers_in_a_file, file_kit.it },
  ["vmem.layout"] = { function() return of("vmem.layout", "of") end, helpers.areas_it },
  ["vmem.map"] = { function() return of("vmem.map", "of", region()) end },
  ["vmem.pagetable"] = { function() return of("vmem.pagetable", "of", region()) end },
  ["vmem.recording"] = { recording },
  ["vmem.pager"] = { array },
  ["vmem.pager.file"] = { file },
  ["vmem.pager.redis"] = { redis, servers.it },
  ["vmem.replacement.fifo"] = { function() return of("vmem.replacement", "fifo") end },
  ["vmem.replacement.lru"] = { function() return of("vmem.replacement", "lru") end },
  ["vmem.replacement.aging"] = { function() return of("vmem.replacement", "aging") end },
  ["vmem.replacement.clock"] = { function() return of("vmem.replacement", "clock", 2) end },
  ["vmem.replacement.enhanced"] = { function() return of("vmem.replacement", "enhanced", 2) end },
  ["vmem.replacement.nru"] = { function() return of("vmem.replacement", "nru", 2) end },
  ["vmem.replacement.random"] = { function() return of("vmem.replacement", "random") end },
  ["vmem.paging.resident_set"] = { function()
    return of("vmem.paging", "working_set", trace(), { window = 1 })
  end },
  ["vmem.paging.mmu"] = { mmu },
  ["vmem.paging.trace"] = { trace },
  ["vmem.paging.misses"] = { function() return of("vmem.paging", "misses", trace()) end },
  ["vmem.paging.sizes"] = { function() return of("vmem.paging", "page_sizes", { 1 }) end },
  ["vmem.paging.memory"] = { function() return of("vmem.paging", "allocator", "first", 4096) end },
  ["vmem.paging.comparison"] = { function()
    return of("vmem.paging", "compare", { { "a", 4096 } }, { "first" }, 4096)
  end },
  ["vmem.paging.translation"] = { function() return call(mmu(), "translate", 5) end },
}

--- Required arguments of functions, by name.
local arguments = {
  ["vmem.arena"] = { alloc = { 8 }, string = { "x" }, view = { "u8", 1 } },
  ["vmem.stack"] = { alloc = { 8 }, pop = { "i1" }, push = { "i1", 5 }, unwind = { 2 * P } },
  ["vmem.file.array"] = { copy = number_view, fill = { 5 }, get = { 1 }, set = { 1, 5 }, slice = { 1 } },
  ["vmem.file"] = { resize = { 9 }, view = { "u8" } },
  ["vmem.secret"] = {
    copy = function() return keep(of("vmem.secret", "new", 16)) end, equals = { "x" },
    load = function() return keep(assert(io.open("lua/vmem/init.lua", "rb"))) end,
    with = { function(bytes) return #bytes end },
  },
  ["vmem.sparse"] = {
    bytes = { 1 }, copy = number_view, fill = { 5 }, forget = { 1 }, get = { 1 }, set = { 1, 5 },
  },
  ["vmem.recording"] = { note = function() return "a chapter" end, save = function()
    local path = os.tmpname()
    keep(setmetatable({}, { __close = function() os.remove(path) end }))
    return path
  end },
  ["vmem.pager"] = { copy = byte_view, fill = { 5 }, get = { 1 }, set = { 1, 5 }, write = { 0, "x" } },
  ["vmem.pager.file"] = { check_type = { "u8" }, load = { 1 }, save = { 1, ("x"):rep(P) } },
  ["vmem.pager.redis"] = { load = { 1 }, save = { 1, ("x"):rep(P) } },
  ["vmem.paging.resident_set"] = { at = { 1 } },
  ["vmem.paging.mmu"] = { access = { 1 }, access_time = { { memory = 1 } },
    read = { 1 }, replay = trace, translate = { 1 }, write = { 1 } },
  ["vmem.paging.trace"] = { each = { 4096, function() end }, pages = { 4096 }, references = { 4096 } },
  ["vmem.paging.misses"] = { at = { "lru", 1 } },
  ["vmem.paging.memory"] = { alloc = { "a", 5 }, free = { "a" }, has = { "a" } },
}

-- ====== }

describe("the annotations", function()
  helpers.no_regions_left()

  before_each(function() needs = {} end)

  after_each(function()
    for i = #needs, 1, -1 do
      local _ <close> = needs[i]
    end
  end)

  it("name no type that is not declared", function()
    for name, at in pairs(said.used) do
      assert.truthy(said.classes[name] or said.aliases[name], name .. " at " .. at)
    end
  end)

  for name in pairs(modules) do
    it("tell of every function of " .. name, function()
      local count, fields = 0, said.classes[name] and kit.members_of(name) or {}
      for key, value in pairs(public(require(name))) do
        local declared = fields[key]
        if type(value) == "function" and not (declared and declared.type:find "^fun") then
          local problem = problem_of(value)
          assert.is_nil(problem, problem and ("%s.%s: %s"):format(name, key, problem))
        else
          assert.is_true(declared and kit.check(value, declared.type), ("%s.%s"):format(name, key))
        end
        count = count + 1
      end
      assert.is_true(count > 0)
    end)
  end

  for class, maker in pairs(makers) do
    local make, where = maker[1], maker[2] or it

    where("of " .. class .. " tell of all that it has, and of nothing else", function()
      local object = make()
      local fields, methods = kit.members_of(class)
      local functions, others = kit.reach(object)
      assert.equal(class, getmetatable(object).__name)
      for name, fn in pairs(functions) do
        local by_field = fields[name] and fields[name].type:find "^fun"
        local problem = not by_field and (not methods[name] and "no method of the class" or problem_of(fn))
        assert.falsy(problem, ("%s:%s: %s"):format(class, name, problem))
      end
      for name in pairs(others) do
        assert.truthy(fields[name], ("%s.%s is not declared"):format(class, name))
      end
      for name in pairs(methods) do
        assert.equal("function", type(object[name]), ("%s:%s"):format(class, name))
      end
      local element = said.classes[class].element
      for i = 1, element and #object or 0 do
        assert.is_true(object[i] == nil or kit.check(object[i], element), ("%s[%d]"):format(class, i))
      end
      for name, field in pairs(fields) do
        local value = object[name]
        assert.is_true(field.optional and value == nil or kit.check(value, field.type),
          ("%s.%s is %s, not %s"):format(class, name, tostring(value), field.type))
      end
    end)

    where("of " .. class .. " tell what its methods give", function()
      local object, given = make(), arguments[class] or {}
      local names, _, methods = {}, kit.members_of(class)
      for name in pairs(methods) do
        if name ~= "close" and problem_of(object[name]) == nil and kit.signature(object[name]) then
          local first = select(2, kit.signature(object[name])).names[1]
          if first == "self" or first == "cells" then names[#names + 1] = name end
        end
      end
      table.sort(names)
      for _, name in ipairs(names) do
        local signature, list = kit.signature(object[name]), given[name]
        if type(list) == "function" then list = { list() } end
        for _, param in ipairs(signature.params) do
          assert.truthy(list or signature.optional[param], ("no arguments for %s:%s"):format(class, name))
        end
        call(object, name, table.unpack(list or {}))
      end
      if object.close then call(object, "close") end
    end)
  end

  --- The arguments before the options. Fails if a function with options is not listed.
  local before_options = {
    ["vmem.arena.new"] = { 1 }, ["vmem.file.open"] = { "a file", "r" },
    ["vmem.layout.of"] = { 1 }, ["vmem.map.of"] = region, ["vmem.pager.new"] = {},
    ["vmem.pager.file.open"] = { "a file" }, ["vmem.pager.redis.open"] = {},
    ["vmem.pagetable.made"] = { "x", 1, {}, {} }, ["vmem.pagetable.of"] = region,
    ["vmem.pagetable.simulated"] = { 1 }, ["vmem.paging.allocator"] = { "first", 16 },
    ["vmem.paging.compare"] = { { { "a", 1 } }, { "first" }, 16 }, ["vmem.paging.misses"] = trace,
    ["vmem.paging.new"] = {}, ["vmem.paging.access_time"] = {},
    ["vmem.paging.working_set"] = trace, ["vmem.paging.fault_frequency"] = trace,
    ["vmem.replacement.clock"] = { 1 }, ["vmem.replacement.second_chance"] = { 1 },
    ["vmem.replacement.enhanced"] = { 1 }, ["vmem.replacement.nru"] = { 1 },
    ["vmem.replacement.random"] = { 1 },
    ["vmem.recorder.start"] = {}, ["vmem.replacement.aging"] = { 1 }, ["vmem.secret.new"] = { 1 },
    ["vmem.sparse.new"] = { "u8", 1 }, ["vmem.stack.new"] = { 1 },
  }

  --- The options that a function accepts, as its message lists them.
  local function known_to(fn, ...)
    local list = table.pack(...)
    list[list.n + 1] = { nonsense = true }
    local ok, message = pcall(fn, table.unpack(list))
    assert.is_false(ok)
    local text = assert(message:match "'nonsense' is unknown; there %w+ ([^)]*)", message)
    local names = {}
    for name in text:gsub(" and ", ", "):gsub("^only ", ""):gmatch "[%w_]+" do names[name] = true end
    return names
  end

  --- The class of a function's options, which are its last parameter; nil for methods and without options.
  local function options_of(fn)
    local given, real = kit.signature(fn)
    local class = given and real.names[1] ~= "self" and given.types[given.params[#given.params]]
    return class and (class:find "options$" or class == "vmem.picture") and class or nil
  end

  for module in pairs(modules) do
    for name, fn in pairs(public(require(module))) do
      local class = type(fn) == "function" and options_of(fn)
      if class then
        it(("of %s.%s name all of its options, and no other"):format(module, name), function()
          local before = assert(before_options[module .. "." .. name], "arguments are wanted")
          if type(before) == "function" then before = { before() } end
          local names = {}
          for field in pairs((kit.members_of(class))) do names[field] = true end
          assert.same(known_to(fn, table.unpack(before)), names)
        end)
      end
    end
  end

  it("are held against objects of every class that is given back", function()
    local seen = {}
    local function look(fn)
      local given = kit.signature(fn)
      for class in table.concat(given and given.returns or {}, " "):gmatch "vmem%.[%w_.]*[%w_]" do
        if said.classes[class] and said.classes[class].object then
          seen[class] = true
          assert.truthy(makers[class], "no object of " .. class)
        end
      end
    end
    for name in pairs(modules) do
      for _, value in pairs(require(name)) do
        if type(value) == "function" then look(value) end
      end
    end
    for class, maker in pairs(makers) do
      if not maker[2] then
        for _, fn in pairs((kit.reach(maker[1]()))) do look(fn) end
      end
      assert.truthy(said.classes[class], class)
    end
    assert.is_true(seen["vmem.paging.translation"] and seen["vmem.stack"])
  end)

  it("name the parameters of functions that are given", function()
    local given = assert(kit.signature(require("vmem.secret").with))
    assert.same({ "fn", "mode" }, given.params)
    local source <close> = assert(io.open "lua/vmem/secret.lua")
    assert.matches("@param fn fun%(bytes: vmem%.view%): any %.%.%.", source:read "a")
  end)
end)
