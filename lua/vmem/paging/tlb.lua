--- A translation lookaside buffer: sets of so many ways, in each of which a policy names the page that goes.

local contract = require "vmem.replacement.contract"

---@class vmem.paging.tlb
---@field entries integer
---@field ways integer
---@field policy vmem.replacement.name
---@field private sets { order: vmem.replacement, count: integer }[]
---@field private holds table<integer, boolean>
local tlb = {}
tlb.__index = tlb

---@param entries integer 0: none
---@param ways integer entries of a set; as many as there are entries: any page may be in any
---@param policy? vmem.replacement.name Default: "lru"
---@return vmem.paging.tlb
function tlb.new(entries, ways, policy)
  return setmetatable({ entries = entries, ways = ways, policy = policy or "lru" }, tlb):flush()
end

--- Empties it.
function tlb:flush()
  local sets = {}
  for i = 1, self.entries > 0 and self.entries // self.ways or 0 do
    sets[i] = { order = contract.make(self.policy, self.ways), count = 0 }
  end
  self.sets, self.holds = sets, {}
  return self
end

local function set_of(self, page)
  return self.sets[page % #self.sets + 1]
end

--- Whether the page's translation is there; it has been used then.
---@param page integer
---@return boolean
function tlb:find(page)
  if not self.holds[page] then return false end
  set_of(self, page).order:touch(page)
  return true
end

--- Adds a page's translation, which was not there.
---@param page integer
function tlb:insert(page)
  if self.entries == 0 then return end
  local set = set_of(self, page)
  self.holds[page] = false -- a place in the table: nothing fails once the page is in the order
  if set.count == self.ways then self:remove(set.order:victim()) end
  set.order:insert(page)
  set.count = set.count + 1
  self.holds[page] = true
end

--- Forgets a page's translation, if it is there.
---@param page integer
function tlb:remove(page)
  if not self.holds[page] then return end
  local set = set_of(self, page)
  set.order:remove(page)
  set.count = set.count - 1
  self.holds[page] = nil
end

return tlb
