--- The Windows calls under their own names, on every system: VirtualAlloc and its family, so that a C
--- listing carries over line by line. The rules are the core's; the files in win32/ translate names and error
--- codes, and check arguments in the order in which Windows does.
---
--- Addresses are integers, NULL is nil or 0. Failures return nil or false, and GetLastError tells why.
--- Sizes and addresses of 2^63 and more are negative integers, as SIZE_T of -1 is.

local public = require "vmem.internal.public"

---@class vmem.win32: vmem.win32.constants
---@class vmem.win32: vmem.win32.errors
---@class vmem.win32: vmem.win32.allocate
---@class vmem.win32: vmem.win32.query
---@class vmem.win32: vmem.win32.bytes
---@class vmem.win32: vmem.win32.in_ram
---@class vmem.win32: vmem.win32.write_watch
---@class vmem.win32: vmem.win32.exceptions
---@class vmem.win32: vmem.win32.system
---@class vmem.win32: vmem.win32.not_offered
---@class vmem.win32: vmem.win32.handles
---@class vmem.win32: vmem.win32.files
---@class vmem.win32: vmem.win32.sections
---@class vmem.win32: vmem.win32.map_views
---@class vmem.win32: vmem.win32.view_placeholders
---@class vmem.win32: vmem.win32.prefetch
local win32 = {}

--- Each file has one theme, and gives a table of its calls.
for _, theme in ipairs {
  "constants", "errors", "allocate", "query", "bytes", "in_ram", "write_watch", "exceptions", "system",
  "not_offered", "prefetch", "view_placeholders",
} do
  for name, value in pairs(require("vmem.win32." .. theme)) do win32[name] = value end
end

--- These files give more to the others than their calls.
for _, theme in ipairs { "handles", "files", "sections", "map_views" } do
  for name, call in pairs(require("vmem.win32." .. theme).calls) do win32[name] = call end
end

return public.module("vmem.win32", "the Windows calls under their own names", win32)
