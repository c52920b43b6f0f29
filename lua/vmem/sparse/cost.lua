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

--- Sums over all that exists. Pages that cannot be read count as used.
local function sums(space, record_size)
  local committed, used = 0, 0
  for offset, size, _, protection in space.runs() do
    local readable = protection:find("^[rx]") and not protection:find("+guard", 1, true)
    committed = committed + size
    used = used + (readable and used_of(space.region, offset, offset + size, record_size) or size)
  end
  return committed, used
end

---@param space table see vmem.sparse.in_memory
---@param record_size integer bytes
---@return vmem.sparse.cost
local function of(space, record_size)
  local resident = space.region:resident() -- before anything is looked at
  local committed, used = sums(space, record_size)
  local wasted = committed - used
  return setmetatable({ committed = committed, resident = resident, wasted = wasted }, cost)
end

checks.methods(cost, "__tostring")

return { of = of }
