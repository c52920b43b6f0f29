--- Random replacement, from a generator of its own: every run is alike, and math.random is left alone.

local checks = require "vmem.internal.checks"
local common = require "vmem.replacement.common"
local sorted_keys = require "vmem.internal.sorted_keys"

---@class vmem.replacement.random.options
---@field seed? integer Default: 1

---@class vmem.replacement.random: vmem.replacement
---@field private inside table<integer, boolean>
---@field private state integer of the generator
local random = common.class "random"

function random:insert(page)
  self.inside[common.check_new(page, self.inside[page])] = true
end

function random:touch(page)
  if not self.inside[page] then common.refuse_unknown("touch", page) end
end

--- A number from 1 to n. A linear congruential generator of 64 bits, of which the upper ones are used.
local function draw(self, n)
  self.state = self.state * 6364136223846793005 + 1442695040888963407
  return (self.state >> 33) % n + 1
end

function random:victim(stays)
  common.check_stays(stays)
  local pages, count = {}, 0
  for _, page in ipairs(sorted_keys(self.inside)) do
    if not (stays and stays(page)) then
      count = count + 1
      pages[count] = page
    end
  end
  return count > 0 and pages[draw(self, count)] or nil
end

function random:remove(page)
  if not self.inside[page] then common.refuse_unknown("remove", page) end
  self.inside[page] = nil
end

---@param frames? integer not used
---@param options? vmem.replacement.random.options
---@return vmem.replacement.random
function random.new(frames, options)
  common.check_frames("random", frames)
  options = checks.options(2, "random", options, { seed = checks.count(nil, nil, 1) })
  return setmetatable({ inside = {}, state = options.seed }, random)
end

return random
