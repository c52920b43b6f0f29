--- All that a hostile script can use: every function of vmem, found by walking through its modules,
--- metatables and upvalues, and values to call them with. Functions that have an effect outside the process
--- are removed first.
---
--- Left out: the vmem command and the pager's Redis stores (they run programs and open sockets), the
--- metatable of Lua's files on other objects (Lua's io library believes it), and debug.setlocal in
--- finalizers (it can crash Lua 5.4 without any module).

local world = {}

-- {====== Nothing outside is harmed ======

local tmpfile <const> = io.tmpfile

--- Removes functions that open files by name, and those that start or end processes.
local function disarm()
  local function no() return nil, "not here" end
  io.open = function() return tmpfile() end -- luacheck: ignore 122
  for _, name in ipairs { "popen", "lines", "input", "output" } do io[name] = no end -- luacheck: ignore 122
  for _, name in ipairs { "execute", "exit", "remove", "rename", "tmpname" } do
    os[name] = no -- luacheck: ignore 122
  end
end

--- Makes the files of arrays that later calls open by their paths, without io.open. They go with the state.
local function make_files()
  local remove <const> = os.remove
  local array, cells = os.tmpname(), os.tmpname()
  local function make(open, path, ...)
    local made <close> = open(path, "r+", ...) -- nil where files are no sections
    return made and path or nil
  end
  remove(array)
  remove(cells)
  world.files = {
    array = make(require("vmem.file.array").open, array, "u8", 5000),
    cells = make(require("vmem.sparse").open, cells, "u32", 1 << 20),
  }
  world.files_end = setmetatable({}, { __gc = function()
    remove(array)
    remove(cells)
  end })
end

-- ====== }

-- {====== Finding functions ======

--- Everything that is Lua's own, which is not called for its own sake.
local function own_of_lua()
  local seen = {}
  local function walk(value)
    if type(value) ~= "table" and type(value) ~= "function" or seen[value] then return end
    seen[value] = true
    if type(value) ~= "table" then return end
    for _, inner in next, value do walk(inner) end
  end
  walk(_G)
  walk(package.loaded)
  walk(debug.getmetatable("").__index)
  walk(debug.getmetatable(io.stdout))
  walk(debug.getmetatable(io.stdout).__index)
  return seen
end

--- Names and numbers in a table, in the same order each time.
function world.sorted_keys(value)
  local keys = {}
  for key in next, value do
    if type(key) == "string" or math.type(key) then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

--- Adds what can be reached from a value to world.functions, by path.
local function harvest(value, path, seen, found, depth)
  local kind = type(value)
  if kind ~= "table" and kind ~= "function" or seen[value] or depth > 6 then return end
  seen[value] = true
  if kind == "function" then
    found[#found + 1] = { path = path, fn = value }
    for i = 1, 20 do
      local name, inner = debug.getupvalue(value, i)
      if not name then break end
      harvest(inner, ("%s^%s"):format(path, name == "" and i or name), seen, found, depth + 1)
    end
    return
  end
  for _, key in ipairs(world.sorted_keys(value)) do
    harvest(rawget(value, key), ("%s.%s"):format(path, key), seen, found, depth + 1)
  end
  harvest(debug.getmetatable(value), path .. "<", seen, found, depth + 1)
end

local MODULES <const> = {
  "vmem.core", "vmem", "vmem.win32", "vmem.arena", "vmem.stack", "vmem.sparse", "vmem.secret", "vmem.pager",
  "vmem.pager.file", "vmem.file.array", "vmem.paging", "vmem.map", "vmem.layout", "vmem.pagetable",
  "vmem.recorder",
  "vmem.replacement", "vmem.paging.mmu", "vmem.paging.memory", "vmem.paging.trace", "vmem.paging.sizes",
  "vmem.paging.compare", "vmem.paging.misses", "vmem.paging.buddy",
  "vmem.file", "vmem.file.pages", "vmem.file.formats", "vmem.file.changes",
}

--- Fills world.functions with { path, fn }, in the same order each time.
local function find_functions(seen)
  local found = {}
  for _, name in ipairs(MODULES) do harvest(require(name), name, seen, found, 0) end
  local vmem = require "vmem"
  local region <close> = assert(vmem.allocate(1))
  local _, fault = pcall(vmem.read, 0, 1)
  local objects = { region = region, page = region[1], view = region:view "u8", floats = region:view "f32",
    fault = fault, section = vmem.section(1) }
  objects.cells = assert(require("vmem.sparse").new("u32", 2000))
  objects.array = assert(require("vmem.pager").new {
    store = { load = function() end, save = function() return true end },
    type = "u8", count = 20000, frames = 2,
  })
  local files <const> = world.files
  objects.kept = files.array and require("vmem.file.array").open(files.array, "r+")
  objects.stored = files.cells and require("vmem.sparse").open(files.cells, "r+")
  objects.cells[1], objects.array[1] = 1, 1
  objects.file = require("vmem.file").open(arg[0]) -- this script
  for _, name in ipairs { "region", "page", "view", "floats", "fault", "section", "cells", "array", "kept",
    "stored", "file" } do
    local meta = debug.getmetatable(objects[name])
    if meta then harvest(meta, "<" .. name .. ">", seen, found, 0) end -- not each system has sections
  end
  harvest(region:runs(), "runs()", seen, found, 0)
  harvest(region:attachments(), "attachments()", seen, found, 0)
  table.sort(found, function(a, b) return a.path < b.path end)
  world.functions = found

  --- Closes what the functions of their metatables keep.
  function world.close()
    for _, name in ipairs { "cells", "array", "kept", "stored", "file" } do
      pcall(function() objects[name]:close() end)
    end
  end
end

-- ====== }

-- {====== Waits ======

--- Nobody wakes these processes, so their waits have a limit, which no hook takes away. Only this function
--- reaches the real one.
local function limit_waits(seen)
  local gethook <const>, sethook <const>, pcall <const> = debug.gethook, debug.sethook, pcall
  local vmem = require "vmem"
  local region <close> = assert(vmem.allocate(1))
  local _, methods = debug.getupvalue(debug.getmetatable(region:view "u32").__index, 1)
  local wait <const> = methods.wait
  seen[wait] = true
  local function limited(view, i, value, seconds)
    local hook, mask, count = gethook()
    sethook()
    local ok, woken, message, code = pcall(wait, view, i, value, seconds == seconds and 0 or seconds)
    sethook(hook, mask, count)
    if not ok then error(woken, 0) end
    return woken, message, code
  end
  for _, type in ipairs(world.sorted_keys(require("vmem.internal.elements").sizes)) do
    methods = select(2, debug.getupvalue(debug.getmetatable(region:view(type)).__index, 1))
    methods.wait = limited
  end
end

-- ====== }

-- {====== Numbers, strings, and what else is no object ======

world.small_numbers = { 0, 1, 2, 3, 8, 9, 63, 64, 100, 255, 4095, 4096, 4097, 8192, 65536, -1, 1.5, 4096.0 }

--- A refusal makes vmem collect all garbage, so that large numbers cost time.
world.numbers = {
  0, 1, 2, 3, 7, 8, 16, 63, 64, 100, 255, 256, 4095, 4096, 4097, 8192, 65535, 65536, 65537, 1 << 18, 1 << 20,
  1 << 31, 1 << 32, 1 << 40, 1 << 47, 1 << 62, math.maxinteger, math.maxinteger - 4095, math.mininteger,
  -1, -2, -4096, 0.0, -0.0, 0.5, 1.5, 4096.0, 1e15, 1e300, -1e300, 2.0 ^ 53, 2.0 ^ 63, math.huge, -math.huge,
  0 / 0,
}

world.strings = {
  "", "\0", "a", "rw", "r", "none", "rw+guard", "rw\0", "x+guard", "u8", "u64", "i8", "f64", "read", "write",
  "i4 d", "z", "s8", "<i16", "!16 i16", "c100", "10", "0x10", "1e5", "clock", "lru", "fifo", "first", "buddy",
  "page", "double", "lock", "conceal", "commit", "rw+copy", "+copy", "r+", "copy", "set",
  "end", "l", "L", "n",
  "zero\0inside", ("x"):rep(300), ("\255"):rep(5000), "%s%n%d",
}

--- Keys that something of vmem looks at.
world.keys = {
  "address", "size", "name", "protection", "sparse", "top_down", "watch", "wipe", "conceal", "growth", "keep",
  "touch", "around", "lazy", "alignment", "lowest", "highest", "growable", "executable", "guard", "reserve",
  "section", "from", "copy", "created", "path",
  "store", "type", "count", "frames", "policy", "wait", "writes", "reads", "merge", "residency", "limit",
  "require", "strict", "width", "colour", "unicode", "tlb", "levels", "page_size", "title", "region",
  "offset", "base", "pages", "index", "cells", "entries", "n", "load", "save", "flush", "__index", "__gc",
  "__close", "__len", "__name", "__metatable", "__mode",
}

--- Names of methods and fields of all objects.
local function find_names()
  local seen, list = {}, {}
  for _, entry in ipairs(world.functions) do
    local name = entry.path:match("([%a_][%w_]*)$")
    if name and not seen[name] then
      seen[name] = true
      list[#list + 1] = name
    end
  end
  for _, name in ipairs(world.keys) do
    if not seen[name] then list[#list + 1] = name end
  end
  world.names = list
end

-- ====== }

--- Loads everything, and removes what a random call must not have.
function world.open()
  local seen = own_of_lua()
  make_files()
  disarm()
  limit_waits(seen)
  find_functions(seen)
  find_names()
  return world
end

return world
