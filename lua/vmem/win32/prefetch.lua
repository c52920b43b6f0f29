--- PrefetchVirtualMemory.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local checks = require "vmem.internal.checks"
local failure = require "vmem.win32.failure"
local pages = require "vmem.internal.pages"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.prefetch
local prefetch = {}

local CURRENT <const> = require("vmem.win32.system").GetCurrentProcess()

--- Only a hint: what is not committed is passed over, and nothing that the system refuses is an error.
local function bring(address, size)
  local stop = pages.up(address + size)
  local at = pages.down(address)
  while math.ult(at, stop) do
    local region, offset = vmem.at(at)
    if not region then return end
    local run = region:query(offset)
    local bytes = math.min(run.offset + run.size - offset, stop - at)
    if run.state == "committed" then region:prefetch(offset, bytes) end
    at = at + bytes
  end
end

--- Brings pages into RAM before they are touched.
---@param process integer GetCurrentProcess()
---@param count integer how many entries
---@param entries table[] of { VirtualAddress = …, NumberOfBytes = … }
---@param flags integer? 0
---@return boolean done
function prefetch.PrefetchVirtualMemory(process, count, entries, flags)
  process = arguments.integer("PrefetchVirtualMemory", 1, process, true)
  count = arguments.integer("PrefetchVirtualMemory", 2, count)
  flags = arguments.integer("PrefetchVirtualMemory", 4, flags, true)
  if process ~= CURRENT then return fail(C.ERROR_INVALID_HANDLE, false) end
  if count <= 0 or flags ~= 0 then return fail(C.ERROR_INVALID_PARAMETER, false) end
  checks.that(type(entries) == "table", 3, "PrefetchVirtualMemory", "table expected, got %s", type(entries))
  for i = 1, count do
    local entry = entries[i]
    checks.that(type(entry) == "table", 3, "PrefetchVirtualMemory", "entry %d expected, got %s", i,
      type(entry))
    local address = arguments.integer("PrefetchVirtualMemory", 3, entry.VirtualAddress, true)
    local size = arguments.integer("PrefetchVirtualMemory", 3, entry.NumberOfBytes)
    if size == 0 or arguments.is_outside(address, size) then return fail(C.ERROR_INVALID_PARAMETER, false) end
    bring(address, size)
  end
  return true
end

return prefetch
