--- Sections of vmem that several handles and views of vmem.win32 use: the last one closes them.

local backing = {}

local Backing = {}
Backing.__index = Backing

---@class vmem.win32.backing
---@field section vmem.section

--- With one user.
---@param section vmem.section
---@return vmem.win32.backing
function backing.new(section)
  return setmetatable({ section = section, users = 1 }, Backing)
end

function Backing:hold() self.users = self.users + 1 end

function Backing:drop()
  self.users = self.users - 1
  if self.users == 0 then self.section:close() end
end

return backing
