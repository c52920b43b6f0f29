--- vmem: virtual memory for Lua. The public module; types.lua has the types of all functions.

local core = require "vmem.core"
local public = require "vmem.internal.public"

core.own_file()

local vmem = { _VERSION = "vmem 0.1.0" }
for name, value in pairs(core.module) do
  vmem[name] = value
end

--- Pictures are drawn in Lua, which is loaded with the first one.
function core.region_methods.map(region, options)
  local checks, picture = require "vmem.internal.checks", require "vmem.draw.picture"
  return require("vmem.map").of(checks.region(1, "map", region), picture.check(1, "map", options))
end

function core.region_methods.dump(region, ...) return require("vmem.dump").of(region, ...) end

--- What print shows of runs, areas and iterators is found in Lua, too.
for kind, meta in pairs(core.told) do
  function meta.__tostring(value) return require("vmem.internal.printed")(kind, value) end
end

function vmem.mirror(size, times) return require("vmem.mirror").new(size, times) end

--- The other modules that scripts require.
local modules = {}
for _, name in ipairs {
  "arena", "file", "layout", "map", "pager", "pagetable", "paging", "recorder", "replacement", "secret",
  "sparse", "stack", "win32",
} do
  modules[name] = "vmem." .. name
end

public.keep_callers(core.region_methods)
return public.module(vmem._VERSION, "virtual memory for Lua", vmem, modules)
