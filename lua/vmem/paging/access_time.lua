--- Effective access time: what an access takes on average, from the times of its parts.

local checks = require "vmem.internal.checks"

--- Times in any unit, all in the same one.
---@class vmem.paging.times
---@field memory number of an access to memory
---@field tlb? number of a look into the TLB, which every access begins with. Default: 0
---@field fault? number of an access that faults, in all. Default: 0
---@field write_back? number that it takes longer where the page that goes was written to. Default: 0

---@class vmem.paging.rates: vmem.paging.times
---@field hit_ratio? number of accesses without a fault, the part that hits the TLB. Default: 0
---@field levels? number accesses to memory by a walk of the page table. Default: 1
---@field fault_rate? number the part of accesses that faults. Default: 0
---@field dirty_rate? number of faults, the part that writes a page back. Default: 0

local access_time = {}

local function check_number(least, most, default, expected)
  return function(value)
    if value == nil then value = default end
    if type(value) == "number" and value >= least and value <= most then return value end
    return nil, expected
  end
end

local function time(default) return check_number(0, 1e300, default, "a time of 0 or more") end
local function part() return check_number(0, 1, 0, "a number from 0 to 1") end

local times = { memory = time(), tlb = time(0), fault = time(0), write_back = time(0) }
local rates = {
  hit_ratio = part(), fault_rate = part(), dirty_rate = part(),
  levels = check_number(0, 64, 1, "a number from 0 to 64"),
}
for name, check in pairs(times) do rates[name] = check end

local function average(o)
  local walks = (1 - o.hit_ratio) * o.levels * o.memory
  local fault = o.fault + o.dirty_rate * o.write_back
  return (1 - o.fault_rate) * (o.tlb + walks + o.memory) + o.fault_rate * fault
end

---@param options vmem.paging.rates
---@return number
function access_time.of(options)
  return average(checks.options(1, "access_time", options, rates)) + 0.0
end

local function ratio(a, b) return b == 0 and 0 or a / b end

--- From what an MMU has counted; `references` are those of walks that end without a fault.
---@param options vmem.paging.times
---@param c vmem.paging.counts
---@param references integer
---@return number
function access_time.counted(options, c, references)
  local o = checks.options(1, "access_time", options, times)
  if c.accesses == 0 then return 0.0 end
  o.hit_ratio, o.levels = ratio(c.tlb_hits, c.accesses - c.faults), ratio(references, c.walks - c.faults)
  o.fault_rate, o.dirty_rate = ratio(c.faults, c.accesses), ratio(c.write_backs, c.faults)
  return average(o) + 0.0
end

return access_time
