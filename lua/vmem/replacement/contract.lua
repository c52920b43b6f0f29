--- What vmem.pager and vmem.paging ask of a replacement policy: which methods it has, how it is made, which
--- victims it may name. vmem.replacement says what the methods do.

local checks = require "vmem.internal.checks"
local replacement = require "vmem.replacement"

local contract = {}

--- The policies of vmem.replacement.
contract.names = { "fifo", "lru", "aging", "clock", "second_chance", "enhanced", "nru", "random" }

contract.methods = "insert, touch, victim and remove" -- for messages

local METHODS <const> = { "insert", "touch", "victim", "remove" }

--- The policy for so many frames, by its name or the function that makes one; or the value itself. Gives nil
--- where that lacks a method.
---@param wanted vmem.replacement.name | (fun(frames: integer): vmem.replacement) | vmem.replacement
---@param frames integer
---@return vmem.replacement?
function contract.make(wanted, frames)
  local policy = wanted
  if type(policy) == "string" then policy = replacement[policy] end
  if type(policy) == "function" then policy = policy(frames) end
  return checks.has_methods(policy, METHODS) and policy or nil
end

local name_of, touch_of = {}, {} -- by class, and by name
for _, name in ipairs(contract.names) do
  local class = getmetatable(replacement[name](1))
  name_of[class] = name_of[class] or name -- second_chance is a clock
  touch_of[name] = class.touch
end

--- How core.cells makes an access as touch(page) would, for pages in frames. It has nothing to do for those
--- that are true in the first table. With a second one, it gives the page the next number: that after the one
--- at 1 there. Nothing for a policy that has to hear of every access.
---@param policy vmem.replacement
---@param in_frames table<integer, boolean> the pages in frames
---@return table<integer, any>? settled
---@return integer[]? time
function contract.settled(policy, in_frames)
  local class = getmetatable(policy)
  local name = name_of[class]
  if not name or policy.touch ~= touch_of[name] then return nil end
  if name == "lru" then return policy.stamps, policy.time end
  if name == "fifo" or name == "random" then return in_frames end
  return name == "clock" and policy.referenced or nil
end

--- Raises an error unless the victim is a page in a frame. A policy may name none where pages had to stay.
---@param victim integer?
---@param in_frames table<integer, any> has the pages that are in frames as keys
---@param some_stay any whether the policy was given a function `stays`
function contract.check_victim(victim, in_frames, some_stay)
  if victim == nil then
    if not some_stay then
      checks.raise "the policy named no page as a victim, and all pages in frames may go"
    end
  elseif not in_frames[victim] then
    checks.raise("the policy named page %s as a victim, which is in no frame", victim)
  end
end

return contract
