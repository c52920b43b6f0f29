--- vmem: virtual memory for Lua. The public face; types.lua says what everything takes and gives.

local core = require "vmem.core"

local vmem = { _VERSION = "vmem 0.1.0" }
for name, value in pairs(core.module) do
  vmem[name] = value
end

--- Pictures are drawn in Lua, which is loaded when somebody asks for one.
function core.region_methods.map(region, options)
  return require("vmem.map").of(region, options)
end

return vmem
