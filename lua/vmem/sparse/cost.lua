--- How much memory an array of vmem.sparse takes, and how much of it is wasted.

--- tostring(cost) says all of it.
local checks = require "vmem.internal.checks"

---@class vmem.sparse.cost
---@field committed integer bytes of pages
---@field resident integer? bytes of them in RAM; nil where the system does not tell
---@field wasted integer committed bytes that belong to no record with something other than zero bytes
local cost = {}
cost.__index = cost
cost.__name = "vmem.sparse.cost"

function cost:__tostring()
  local resident = self.resident and (", %d resident"):format(self.resident) or ""
  return ("%d bytes committed%s, %d wasted"):format(self.committed, resident, self.wasted)
end

--- How many bytes of these pages belong to records with something other than zero.
local function used_of(region, from, stop, record_size)
  local nonzero = region.nonzero
  local used, at, last = 0, from, stop - 1
  while at <= last do
    local first
    first, last = nonzero(region, at, last + 1 - at)
    if not first then break end
    local record = first - first % record_size
    at = math.min(record + record_size, stop)
    used = used + at - math.max(record, from)
  end
  return used
end

--- Sums over all committed pages. Pages that cannot be read count as used.
local function used_bytes(region, record_size)
  local used = 0
  for offset, size, state, protection in region:runs() do
    if state == "committed" then
      local readable = protection:find("^[rx]") and not protection:find("+guard", 1, true)
      used = used + (readable and used_of(region, offset, offset + size, record_size) or size)
    end
  end
  return used
end

---@param region vmem.region
---@param record_size integer bytes
---@return vmem.sparse.cost
local function of(region, record_size)
  local resident = region:resident() -- before anything is looked at
  local committed = region.committed
  local wasted = committed - used_bytes(region, record_size)
  return setmetatable({ committed = committed, resident = resident, wasted = wasted }, cost)
end

checks.methods(cost, "__tostring")

return { of = of }
