--- Simulated frames: which page is in which, and which one is replaced when another page needs a frame. The
--- simulated MMU and the miss curves use it.

local checks = require "vmem.internal.checks"
local contract = require "vmem.replacement.contract"

---@class vmem.paging.frames
---@field frame_of table<integer, integer> page -> frame, of the pages that are in one
---@field used integer frames in use
---@field private most integer
---@field private policy vmem.replacement
---@field private dirty table<integer, boolean>
---@field private spare integer? the frame of a victim, until another page is in it
---@field private victim integer? that one, until refer has returned it
---@field private was_dirty boolean?
local frames = {}
frames.__index = frames

--- How policies are named to vmem.paging: by the name that they have in vmem.replacement, or as a function
--- that makes one for so many frames.
---@alias vmem.paging.policy vmem.replacement.name | fun(frames: integer): vmem.replacement

--- One of these words, or a function that makes a policy.
function frames.check_policy(position, name, what, value, words)
  if type(value) == "function" then return value end
  for _, word in ipairs(words) do
    if word == value then return value end
  end
  checks.refuse(position, name, "%s must be %s, or a function that makes one, not %s", what,
    table.concat(words, ", "), checks.shown(value))
end

--- The policy where no page ever has to leave: it keeps no account.
local keep_all = { insert = function() end, touch = function() end, remove = function() end }

local function make_policy(most, policy)
  return contract.make(policy, most) or checks.raise("the policy must have the methods %s", contract.methods)
end

---@param most integer? frames; nil: as many as it takes
---@param policy vmem.paging.policy
---@return vmem.paging.frames
function frames.new(most, policy)
  return setmetatable({
    frame_of = {}, used = 0, dirty = {}, most = most or math.huge,
    policy = most and make_policy(most, policy) or keep_all,
  }, frames)
end

local function make_room(self)
  local victim = self.policy:victim()
  contract.check_victim(victim, self.frame_of)
  self.policy:remove(victim)
  self.spare, self.victim, self.was_dirty = self.frame_of[victim], victim, self.dirty[victim] or false
  self.frame_of[victim], self.dirty[victim] = nil, nil
end

--- The part of `take` that can fail: the policy may be a script's, and memory may run out.
local function enter(self, page, write)
  self.frame_of[page] = self.spare or self.used
  if write then self.dirty[page] = true end
  self.policy:insert(page, write)
end

--- Puts a page into a frame: an unused one, or a victim's. Gives the victim, and whether it was
--- written to. Where that fails the page is in no frame, and the frame is the next one's.
local function take(self, page, write)
  if not self.spare and self.used >= self.most then make_room(self) end
  local ok, message = pcall(enter, self, page, write)
  if not ok then
    self.frame_of[page], self.dirty[page] = nil, nil
    error(message, 0)
  end
  if not self.spare then self.used = self.used + 1 end
  local victim, dirty = self.victim, self.was_dirty
  self.spare, self.victim = nil, nil
  return victim, dirty or false
end

--- Refers to a page. True when it was in a frame; else false, the page that was replaced, and whether that
--- one has to be written back.
---@param page integer
---@param write? boolean
---@return boolean hit
---@return integer? victim
---@return boolean? dirty
function frames:refer(page, write)
  local hit, victim, dirty = self.frame_of[page] ~= nil, nil, nil
  if hit then
    if write then self.dirty[page] = true end
    self.policy:touch(page, write)
  else
    victim, dirty = take(self, page, write)
  end
  return hit, victim, dirty
end

return frames
