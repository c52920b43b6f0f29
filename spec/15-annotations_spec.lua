-- What editors are told of objects written in Lua: each method belongs to a class that has a name, and what a
-- constructor is said to return is that class.

local helpers = require "helpers"
local kit = require "pager_kit"

--- Members of each class, by the annotations of the files.
local function documented(files)
  local classes, class = {}, nil
  for _, path in ipairs(files) do
    local variables = {}
    for line in io.lines(path) do
      local name = line:match "^%-%-%-@class ([%w_.]+)"
      if name then
        class = name
        classes[class] = classes[class] or {}
      end
      local field = line:match "^%-%-%-@field (%a[%w_]*)" or line:match "^%-%-%-@field private (%a[%w_]*)"
      if field and class then classes[class][field] = true end
      local variable = line:match "^local (%w+) = [{s]"
      if variable and class then variables[variable] = variables[variable] or class end
      if class and class:match "constants$" and line:match "^  [%u_%d]+ = " then
        classes[class][line:match "^  ([%u_%d]+)"] = true
      end
      if not line:match "^%-%-%-" then class = class and class:match "constants$" and class or nil end
      local owner, method = line:match "^function (%w+)[.:]([%a][%w_]*)"
      if owner and variables[owner] then classes[variables[owner]][method] = true end
    end
    class = nil
  end
  return classes
end

local function public(object, found)
  for key, value in pairs(object) do
    if type(key) == "string" and not key:match "^_" and type(value) == "function" then found[key] = true end
  end
  return found
end

--- Class, its file, and the functions that objects of it have.
local cases = {
  { "vmem.pager", "lua/vmem/pager.lua", function()
    local array <close> = kit.array { count = 4, frames = 1 }
    local found = {}
    for _, name in ipairs { "get", "set", "read", "write", "flush", "refresh", "close" } do
      found[name] = assert(array[name]) ~= nil
    end
    return found
  end },
  { "vmem.recording", "lua/vmem/recorder.lua",
    function() return { stop = true, html = true, save = true } end },
  { "vmem.win32.constants", "lua/vmem/win32/constants.lua", function()
    local found = {}
    for name in pairs(require "vmem.win32.constants") do found[name] = true end
    return found
  end },
}

local function of_metatable(class, path, make)
  cases[#cases + 1] = { class, path, function()
    local object = make()
    local meta = getmetatable(object)
    local found = public(type(meta.__index) == "table" and meta.__index or meta, {})
    if object.close then object:close() end
    return found
  end }
end

of_metatable("vmem.arena", "lua/vmem/arena.lua", function() return require "vmem.arena".new(4096) end)
of_metatable("vmem.stack", "lua/vmem/stack.lua", function() return require "vmem.stack".new(4096) end)
of_metatable("vmem.secret", "lua/vmem/secret.lua", function() return require "vmem.secret".new(16) end)
of_metatable("vmem.paging.mmu", "lua/vmem/paging/mmu.lua", function() return require "vmem.paging".new() end)
of_metatable("vmem.paging.trace", "lua/vmem/paging/trace.lua",
  function() return require "vmem.paging".trace { 1 } end)
of_metatable("vmem.paging.misses", "lua/vmem/paging/misses.lua",
  function() return require "vmem.paging".misses(require "vmem.paging".trace { 1 }) end)
of_metatable("vmem.paging.memory", "lua/vmem/paging/memory.lua",
  function() return require "vmem.paging".allocator("first", 4096) end)
of_metatable("vmem.paging.sizes", "lua/vmem/paging/sizes.lua",
  function() return require "vmem.paging".page_sizes { 1 } end)
of_metatable("vmem.paging.translation", "lua/vmem/paging/translation.lua",
  function() return require "vmem.paging".new():translate(0) end)

describe("the annotations of", function()
  helpers.no_regions_left()

  for _, case in ipairs(cases) do
    local class, path, members = table.unpack(case)
    it(class .. " name all that there is", function()
      local names = assert(documented { path }[class], "no such class")
      for name in pairs(members()) do assert.is_true(names[name], name) end
    end)
  end

  it("vmem.win32 has the constants' class for a parent", function()
    local file <close> = assert(io.open "lua/vmem/win32.lua")
    assert.matches("%-%-%-@class vmem%.win32: vmem%.win32%.constants\nlocal win32 = ", file:read "a")
  end)

  it("functions that are given say what they may take and give", function()
    local file <close> = assert(io.open "lua/vmem/secret.lua")
    assert.matches("@param fn fun%(bytes: vmem%.view%): any %.%.%.", file:read "a")
  end)
end)
