--- Belady's policy: the victim is the page whose next reference is furthest away. It needs the future
--- references, so that no system can have it; it shows how good other policies could be.

local optimal = { __name = "vmem.replacement.optimal" }
optimal.__index = optimal

local NEVER <const> = math.huge

--- The next reference to `page` is after the one that is made now.
local function refer(self, page)
  local time = self.time + 1
  if self.pages[time] ~= page then
    error(("the optimal policy was told of other references: page %s comes as number %d, not page %d")
      :format(self.pages[time] or "none", time, page), 0)
  end
  self.next_of[page] = self.after[time]
  self.time = time -- last: until then the reference has not been made
end

optimal.insert, optimal.touch = refer, refer

function optimal:remove(page)
  self.next_of[page] = nil
end

--- Of pages that are never referenced again the one with the lowest number, so that runs are alike.
function optimal:victim(stays)
  local furthest, found = -1, nil
  for page, next_use in pairs(self.next_of) do
    local further = next_use > furthest or next_use == furthest and page < found
    if further and not (stays and stays(page)) then furthest, found = next_use, page end
  end
  return found
end

--- When each page of the list comes again.
local function look_ahead(pages)
  local after, coming = {}, {}
  for i = #pages, 1, -1 do
    after[i] = coming[pages[i]] or NEVER
    coming[pages[i]] = i
  end
  return after
end

--- A function that makes the policy for references to these pages, in this order.
---@param pages integer[]
---@return fun(): vmem.replacement
return function(pages)
  local after = look_ahead(pages)
  return function() return setmetatable({ pages = pages, after = after, next_of = {}, time = 0 }, optimal) end
end
