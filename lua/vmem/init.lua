--- vmem: virtual memory for Lua. The public face; types.lua says what everything takes and gives.

local vmem = { _VERSION = "vmem 0.1.0" }
for name, value in pairs(require("vmem.core").module) do
  vmem[name] = value
end

return vmem
