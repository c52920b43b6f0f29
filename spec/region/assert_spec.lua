-- What docs/manual/errors.md says of `assert`: a call that the system refuses gives nil, message, code; one
-- that has closed, released or written something gives a true value.

local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"

local P = vmem.page_size

--- Methods and functions that answer a question: their result may be nil or false.
local ASKS = {}

--- Functions that return the previous handler, which may be nil.
local HANDLERS = {}

local function some_file() return assert(io.tmpfile()) end

local function file_of(bytes)
  local file = some_file()
  file:write(bytes)
  file:seek "set"
  return file
end

--- Methods of a class: name -> arguments, ASKS or HANDLERS. A function makes new arguments.
local function range() return 0, P end
local function nothing() end

local function members(object)
  local _, methods = debug.getupvalue(debug.getmetatable(object).__index, 1)
  return methods
end

local function made_by(name, ...)
  local arguments = table.pack(...)
  return function() return assert(require(name).new(table.unpack(arguments, 1, arguments.n))) end
end

local function class_of(object)
  local methods = {}
  for name, method in pairs(debug.getmetatable(object)) do
    if not name:find "^__" and name ~= "new" and type(method) == "function" then methods[name] = method end
  end
  return methods
end

-- Each: how an object is made, where its methods are, and each method. A method that is in the class and not
-- here is a finding.
local CLASSES = {
  ["vmem.region"] = {
    make = function() return assert(vmem.allocate(P, { watch = true })) end, methods = members,
    commit = nothing, decommit = nothing, protect = function() return 0, P, "r" end, release = nothing,
    write = function() return 0, "bytes" end, fill = function() return 0, P, 1 end,
    copy = function() return 0, 8, 8 end, pack = function() return 0, "z", "text" end,
    load = function() return file_of "123" end, save = some_file,
    view = function() return "u8" end, lock = range, unlock = range, prefetch = range, discard = range,
    rearm = range, map = nothing, dump = range, pointer = nothing, runs = nothing,
    written = nothing, query = nothing,
    read = range, cstring = function() return 0 end,
    find = ASKS, nonzero = ASKS, compare = ASKS, unpack = ASKS, is_committed = ASKS, locked = ASKS,
    resident = ASKS, on_fault = HANDLERS,
    trap = function() return 0, P, { write = print } end,
    attach = function() return assert(vmem.section(1)) end, attachments = nothing,
    snapshot = nothing, restore = function(region) return assert(region:snapshot()) end,
  },
  ["vmem.snapshot"] = {
    make = function() return assert(assert(vmem.allocate(P)):snapshot()) end, methods = members,
    changed = nothing, close = nothing,
  },
  ["vmem.section"] = {
    make = function() return assert(vmem.section(1, { growable = true })) end, methods = members,
    close = nothing, resize = function() return 2 end,
    flush = nothing, start_flush = nothing, refresh = nothing,
  },
  ["vmem.page"] = {
    make = function() return assert(vmem.allocate(P))[1] end, methods = members,
    commit = nothing, decommit = nothing, protect = function() return "r" end,
    read = nothing, write = function() return "bytes" end,
  },
  ["vmem.view"] = {
    make = function() return assert(vmem.allocate(P)):view "u32" end, methods = members,
    set = function() return 1, 2, 3 end, fill = function() return 7 end,
    copy = function() return assert(vmem.allocate(P)):view "u32" end,
    add = function() return 1, 2 end, exchange = function() return 1, 2 end,
    compare_exchange = function() return 1, 2, 3 end, wait = ASKS, wake = ASKS,
    slice = function() return 1, 2 end,
    get = ASKS, sum = ASKS, minmax = ASKS,
  },
  ["vmem.arena"] = {
    make = made_by("vmem.arena", P), methods = class_of,
    alloc = function() return 8 end, view = function() return "u8", 4 end, string = function() return "x" end,
    mark = nothing, reset = nothing, close = nothing,
  },
  ["vmem.stack"] = {
    make = made_by("vmem.stack", 4 * P), methods = class_of,
    push = function() return "i4", 7 end, pop = ASKS, alloc = function() return 8 end,
    unwind = function(s) return s.region.size end, trim = nothing, close = nothing,
  },
  ["vmem.sparse"] = {
    make = made_by("vmem.sparse", "i32", 1000), methods = function()
      local methods = {}
      for _, name in ipairs { "set", "get", "bytes", "each", "filled", "pages", "forget", "cost", "close",
        "fill", "sum", "minmax", "copy", "flush" } do
        methods[name] = nothing
      end
      return methods
    end,
    set = function() return 1, 2 end, forget = function() return 1 end, close = nothing, cost = nothing,
    fill = function() return 5 end, copy = function() return assert(vmem.allocate(P)):view("i32", 0, 5) end,
    each = nothing, filled = nothing, pages = nothing, flush = nothing,
    get = ASKS, bytes = ASKS, sum = ASKS, minmax = ASKS,
  },
  ["vmem.secret"] = {
    make = made_by("vmem.secret", 16), methods = class_of,
    with = ASKS, load = function() return file_of(("k"):rep(16)) end,
    copy = function() return assert(require("vmem.secret").new(16)) end, equals = ASKS, close = nothing,
  },
  ["vmem.pager.file"] = {
    make = function()
      local name = os.tmpname()
      local store = assert(require("vmem.pager.file").open(name))
      os.remove(name)
      return store
    end,
    methods = class_of,
    load = ASKS, save = function() return 1, ("x"):rep(P) end, flush = nothing, close = nothing,
    check_type = function() return "u8" end, pages = nothing,
  },
  ["vmem.pager"] = {
    make = function()
      local store = { load = function() return ("\0"):rep(P) end, save = function() return true end,
        pages = function() return function() end end }
      return assert(require("vmem.pager").new { store = store, type = "u8", count = P, frames = 1 })
    end,
    methods = function(array)
      local methods = {}
      for _, name in ipairs { "get", "set", "read", "write", "pages", "fill", "sum", "minmax", "copy",
        "flush", "refresh", "close" } do
        methods[name] = array[name]
      end
      return methods
    end,
    get = ASKS, set = function() return 1, 2 end, read = nothing, write = function() return 0, "x" end,
    pages = nothing, fill = function() return 5 end, sum = ASKS, minmax = ASKS,
    copy = function() return assert(vmem.allocate(P)):view("u8", 0, 5) end,
    flush = nothing, refresh = nothing, close = nothing,
  },
  ["vmem.file"] = {
    make = function()
      local path = os.tmpname()
      local file = assert(require("vmem.file").open(path, "w+", { size = 100 }))
      if vmem.system ~= "windows" then os.remove(path) end
      return file
    end,
    methods = class_of,
    view = function() return "u8" end, resize = function() return 50 end, flush = nothing, changed = ASKS,
    close = nothing, read = ASKS, lines = nothing, write = function() return "text" end, seek = nothing,
  },
  ["vmem.file.array"] = {
    make = function()
      local path = os.tmpname()
      local array = assert(require("vmem.file.array").open(path, "w+", "u8", 10))
      if vmem.system ~= "windows" then os.remove(path) end
      return array
    end,
    methods = function(array)
      local methods = {}
      for _, name in ipairs { "get", "set", "slice", "fill", "sum", "minmax", "copy", "flush", "close" } do
        methods[name] = array[name]
      end
      return methods
    end,
    get = ASKS, sum = ASKS, minmax = ASKS, set = function() return 1, 2 end,
    slice = function() return 1, 2 end, fill = function() return 5 end,
    copy = function() return assert(vmem.allocate(P)):view("u8", 0, 5) end,
    flush = nothing, close = nothing,
  },
  ["vmem.paging.trace"] = {
    make = function() return require("vmem.paging").trace { 0, 4096 } end, methods = class_of,
    each = function() return 4096, nothing end, pages = function() return 4096 end,
    references = function() return 4096 end,
  },
  ["vmem.paging.mmu"] = {
    make = function() return require("vmem.paging").new { frames = 2 } end, methods = class_of,
    access = function() return 0, "read" end, read = function() return 0 end, write = function() return 0 end,
    replay = function() return require("vmem.paging").trace { 0 } end, flush = nothing, counts = nothing,
    translate = function() return 0 end, figure = nothing,
    access_time = function() return { memory = 100, fault = 1e6 } end,
  },
  ["vmem.paging.memory"] = {
    make = function()
      local memory = require("vmem.paging").allocator("first", 4096)
      assert(memory:alloc("a", 100))
      return memory
    end,
    methods = class_of,
    alloc = function() return "b", 100 end, free = function() return "a" end, has = ASKS, blocks = nothing,
    facts = nothing, text = nothing, svg = nothing, column = nothing,
  },
  ["vmem.recording"] = {
    make = function()
      local recording = require("vmem.recorder").start()
      assert(vmem.reserve(P):release())
      return recording
    end,
    methods = function(recording)
      return {
        stop = recording.stop, html = recording.html, save = recording.save, note = recording.note,
      }
    end,
    stop = nothing, note = function() return "a chapter" end, html = nothing,
    save = function() return os.tmpname() end,
  },
}

--- A new recording ends the one before: there can be only one.
local function made(case)
  local running = require("vmem.recorder").running()
  if running then running:stop() end
  return case.make()
end

describe("assert takes", function()
  helpers.no_regions_left()

  after_each(function()
    local running = require("vmem.recorder").running()
    if running then running:stop() end
  end)

  for class, case in pairs(CLASSES) do
    local run = class:find "^vmem%.file" and file_kit.it or it
    run("what " .. class .. " does, all of it", function()
      for name in pairs(case.methods(made(case))) do
        assert.is_not_nil(case[name], class .. ":" .. name .. " is nowhere in this table")
      end
      for name, arguments in pairs(case) do
        if name ~= "make" and name ~= "methods" and type(arguments) == "function" then
          collectgarbage() -- closes files: where a process may have few, Lua itself needs one
          local object = made(case)
          local given = table.pack(arguments(object))
          local results = table.pack(object[name](object, table.unpack(given, 1, given.n)))
          local first, message, code = table.unpack(results)
          -- A system that cannot lock or the like says so: that is no success.
          if not (first == nil and message and code) then
            assert.is_truthy(first, class .. ":" .. name)
            assert.is_not_nil(results[results.n], class .. ":" .. name .. " ends with nil, which print shows")
          end
          if name == "save" and class == "vmem.recording" then os.remove(given[1]) end
        end
      end
    end)

    run("what closes a " .. class .. " that is closed, where that is no error", function()
      local object = made(case)
      if not case.close then return end
      assert.is_true(object:close())
      local ok, again = pcall(object.close, object)
      if ok then assert.is_true(again) end
    end)
  end

  it("what vmem.write gives", function()
    local region <close> = assert(vmem.allocate(P))
    assert.is_true(vmem.write(region.base, "bytes"))
    assert.is_true(vmem.write(region.base, ""))
  end)

  it("what the Windows calls give that C has as void", function()
    local win32 = require "vmem.win32"
    local region <close> = assert(vmem.allocate(P))
    for name, arguments in pairs {
      CopyMemory = { "abc", 3 }, MoveMemory = { "abc", 3 }, FillMemory = { 3, 1 }, ZeroMemory = { 3 },
      SecureZeroMemory = { 3 },
    } do
      assert.is_truthy(win32[name](region.base, table.unpack(arguments)), name)
    end
    assert.is_true(win32.SetLastError(0))
  end)

  it("what the release of any region gives, and only the first time", function()
    for _, options in ipairs { {}, { sparse = true }, { watch = true }, { wipe = true } } do
      local region = assert(vmem.reserve(4 * P, options))
      assert.same({ true, n = 1 }, table.pack(region:release()))
      helpers.raises("region is released", region.release, region)
    end
  end)
end)
