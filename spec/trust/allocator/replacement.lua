--- The policies of vmem.replacement: a page has come into a frame, or has not.

local snippets = {}

--- A policy with three of its four frames full.
local function busy_policy(name)
  return function()
    local kit = { policy = require("vmem.replacement")[name](4), inside = {} }
    for page = 1, 3 do
      kit.policy:insert(page)
      kit.inside[page] = true
    end
    return kit
  end
end

--- An error can have come before a page was in, or after that.
local function synchronize(policy, inside)
  for page = 1, 20 do
    local ok, message = pcall(policy.touch, policy, page)
    if not ok and message:find "memory" then error(message, 0) end
    inside[page] = ok
  end
end

local function count_inside(inside)
  local count = 0
  for _, is in pairs(inside) do
    if is then count = count + 1 end
  end
  return count
end

for _, name in ipairs { "fifo", "lru", "aging", "clock", "second_chance", "enhanced", "nru", "random" } do
  snippets[#snippets + 1] = { "replacement." .. name, setup = busy_policy(name), steps = true,
    act = function(kit)
      assert(require("vmem.replacement")[name](4):victim() == nil)
      local policy, inside = kit.policy, kit.inside
      if kit.again then synchronize(policy, inside) end
      kit.again = true
      for page = 1, 20 do
        inside[page] = inside[page] or false -- a place in the table
        if inside[page] then
          policy:touch(page, page % 2 == 0)
          if policy.clean then policy:clean(page) end
        else
          local victim = count_inside(inside) == 3 and policy:victim()
          if victim then
            assert(inside[victim], "the victim is in no frame")
            policy:remove(victim)
            inside[victim] = false
          end
          policy:insert(page, page % 3 == 0)
          inside[page] = true
        end
      end
    end,
    check = function(kit)
      for _ = 1, 3 do
        local victim = kit.policy:victim()
        assert(kit.inside[victim], "the victim is in no frame")
        kit.policy:remove(victim)
        kit.inside[victim] = false
      end
      assert(kit.policy:victim() == nil)
    end }
end

return snippets
