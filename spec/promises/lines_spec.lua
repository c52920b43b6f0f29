-- Errors name a line of the script, never one of vmem's own: for every field, method and metamethod of every
-- object, and for every public function, with arguments that make no sense.

local helpers = require "helpers"
local vmem = require "vmem"

local P <const> = vmem.page_size

--- Not checked: a check would cost more than the function itself.
local UNCHECKED <const> = { ["arena.alloc"] = true, ["lru.touch"] = true, ["fifo.touch"] = true,
  ["clock.touch"] = true, ["aging.touch"] = true }

--- Not called by a script, or not like this, though it can be found: those that make what vmem.paging gives.
local INNER <const> = { new = true, of = true, __index = true, __newindex = true, __len = true,
  __pairs = true, __tostring = true, __close = true }

local MODULES <const> = {
  "vmem", "vmem.sparse", "vmem.arena", "vmem.stack", "vmem.pager", "vmem.pager.file", "vmem.replacement",
  "vmem.paging", "vmem.secret", "vmem.recorder", "vmem.layout", "vmem.map", "vmem.pagetable", "vmem.win32",
  "vmem.file.array",
}

local function nothing() end

--- A function that ends with a call of f, as each line does that is typed at the prompt. Lua lets a function
--- of Lua take the place of such a caller.
local typed = load("local f = ... return function(...) return f(...) end", "=prompt")

--- name -> an object of each class, and a function that closes the objects.
local function make_objects(region, released, path)
  local paging, replacement = require "vmem.paging", require "vmem.replacement"
  local sparse, recorder = require "vmem.sparse", require "vmem.recorder"
  local store = { load = nothing, save = function() return true end }
  local _, fault = pcall(vmem.read, 0, 1)
  local mmu, trace = paging.new(), paging.trace { 1, 2 }
  local arena = assert(require("vmem.arena").new(P))
  return {
    region = region, released = released, view = region:view "u8", page = region[1], fault = fault,
    numbers = assert(sparse.new("u8", 100)), strings = assert(sparse.new(10, 100)),
    records = assert(sparse.new("i4 d", 100)), cost = assert(sparse.new("u8", 1)):cost(),
    arena = arena, mark = arena:mark(), stack = assert(require("vmem.stack").new(P)),
    secret = assert(require("vmem.secret").new(10)), map = region:map(),
    pager = assert(require("vmem.pager").new { store = store, type = "u8", count = 100, frames = 2 }),
    file = assert(require("vmem.pager.file").open(path)),
    kept = require("vmem.file.array").open(path .. ".array", "r+", "u8", 100), -- nil on some systems
    stored = sparse.open(path .. ".sparse", "r+", "u8", 100),
    fifo = replacement.fifo(), lru = replacement.lru(), clock = replacement.clock(3),
    aging = replacement.aging(), mmu = mmu, trace = trace, translation = mmu:translate(0),
    memory = paging.allocator("first", 1000), misses = paging.misses(trace),
    comparison = paging.compare({ { "a", 4096 } }, { "first" }, 65536),
    sizes = paging.page_sizes({ 1 }, { 512 }),
    layout = require("vmem.layout").of(), pagetable = require("vmem.pagetable").of(region),
    recording = recorder.start():stop(),
  }
end

--- All functions that a script gets at by way of an object, as name -> function.
local function methods_of(object)
  local meta, found = debug.getmetatable(object), {}
  local function add(from)
    if type(from) ~= "table" then return end
    for key, value in next, from do
      if type(value) == "function" and key ~= "__gc" then found[key] = value end
    end
  end
  add(meta)
  add(meta.__index)
  local tables = { [""] = true, methods = true, recording = true, layout = true, stack = true }
  for i = 1, 9 do -- the tables of methods behind an __index function; C's have no names
    local name, value = debug.getupvalue(type(meta.__index) == "function" and meta.__index or nothing, i)
    if name and tables[name] then add(value) end
  end
  return found
end

local function read_key(object, key)
  local value = object[key]
  return value
end

local function assign(object, key, value) object[key] = value end

describe("an error names the script's line", function()
  local region, released, objects, path, wrong

  before_each(function()
    region, released = assert(vmem.allocate(4 * P)), assert(vmem.allocate(P))
    path, wrong = os.tmpname(), {}
    released:release()
    objects = make_objects(region, released, path)
  end)

  after_each(function()
    for _, name in ipairs { "pager", "file", "secret", "arena", "stack", "numbers", "strings", "records",
      "kept", "stored" } do
      pcall(function() objects[name]:close() end)
    end
    for each in vmem.regions() do each:release() end
    local running = require("vmem.recorder").running()
    if running then running:stop() end
    for _, ending in ipairs { "", ".array", ".sparse" } do os.remove(path .. ending) end
    objects, region, released = nil, nil, nil
    collectgarbage()
  end)

  local function note_unless(found, name, ok, problem)
    if ok or type(problem) ~= "string" or problem:find(found) then return end
    wrong[#wrong + 1] = ("%s: %s"):format(name, problem)
  end

  --- Calls f(…), and notes an error that is a string and does not begin with a line of this file.
  local function try(name, f, ...)
    note_unless("^[^:\n]*lines_spec%.lua:%d+: ", name, pcall(function(...)
      local value = f(...)
      return value
    end, ...))
  end

  --- The same, also of a call that is the last thing that its function does.
  local function try_typed(name, f, ...)
    try(name, f, ...)
    note_unless("^prompt:1: ", name, pcall(typed(f), ...))
  end

  local function judge()
    local some = table.concat(wrong, "\n", 1, math.min(#wrong, 9))
    assert(#wrong == 0, ("%d times not, as in %s"):format(#wrong, some))
  end

  it("for every field and index", function()
    local keys = { "base", "size", "name", "committed", "watched", "nope", 1, 1.5, {}, true, 1e300 }
    for name, object in pairs(objects) do
      for _, key in ipairs(keys) do
        try(name, read_key, object, key)
        local refuses = debug.getmetatable(object).__newindex ~= nil -- else a script has its way
        for _, value in ipairs(refuses and { "x", {}, 1e300 } or {}) do
          try(name .. " =", assign, object, key, value)
        end
        if refuses then try(name .. " = nil", assign, object, key, nil) end
      end
      try(name .. " #", function() return #object end)
      try(name .. " tostring", tostring, object)
    end
    judge()
  end)

  --- File names with which opening and saving fail: their folder does not exist.
  local function bad_arguments()
    local word <const> = "no/x"
    return {
      {}, { nil }, { 1 }, { word }, { {} }, { -1 }, { 1.5 }, { true }, { nothing }, { region }, { released },
      { 1, word }, { 1, {} }, { word, {} }, { {}, {} }, { {}, 1 }, { 1, 2, {} }, { 1, 2, word },
      { word, word, word }, { region, word }, { region, {}, 1 }, { 0, -1 }, { nothing, word }, { { {} } },
      { { 1, word } }, { { nope = 1 } }, { 1, { nope = 1 } }, { 1 << 62, 1 },
    }
  end

  it("for every method, and with nothing that it could work on", function()
    for name, object in pairs(objects) do
      for key, method in pairs(methods_of(object)) do
        local full = ("%s.%s"):format(name, key)
        local attempt = (UNCHECKED[full] or INNER[key]) and try or try_typed
        for _, arguments in ipairs(key:find "close" and {} or bad_arguments()) do
          attempt(full, method, object, table.unpack(arguments, 1, 4))
          if not UNCHECKED[full] then
            try(full, method, table.unpack(arguments, 1, 4))
            try(full, method, {}, table.unpack(arguments, 1, 4))
          end
        end
      end
    end
    judge()
  end)

  it("for every public function", function()
    for _, module in ipairs(MODULES) do
      for key, f in pairs(require(module)) do
        for _, arguments in ipairs(type(f) == "function" and bad_arguments() or {}) do
          try_typed(("%s.%s"):format(module, key), f, table.unpack(arguments, 1, 4))
        end
      end
    end
    vmem.on_fault(nil)
    judge()
  end)
end)

describe("what was released", function()
  helpers.no_regions_left()

  it("is said to be, with the script's line, for each of its fields", function()
    local r = assert(vmem.allocate(P))
    r:release()
    for field in ("base size name committed protection watched concealed wiped"):gmatch "%a+" do
      local line = debug.getinfo(1, "l").currentline + 1
      local ok, problem = pcall(function() local value = r[field] return value end)
      assert.is_false(ok)
      assert.matches("lines_spec%.lua:" .. line .. ": region is released$", problem)
    end
  end)
end)
