local helpers = require "helpers"
local replacement = require "vmem.replacement"
local textbook = require "known_fault_counts"

--- The number of faults for a reference string with `frames` frames.
local function faults_of(policy, frames, references)
  local resident, count, faults = {}, 0, 0
  for reference in references:gmatch "%d+" do
    local page = math.tointeger(reference)
    if resident[page] then
      policy:touch(page)
    else
      faults = faults + 1
      if count == frames then
        local victim = assert(policy:victim())
        policy:remove(victim)
        resident[victim] = nil
      else
        count = count + 1
      end
      resident[page] = true
      policy:insert(page)
    end
  end
  return faults
end

describe("a replacement policy", function()
  for _, case in ipairs(textbook) do
    local name, frames, references, faults = table.unpack(case)
    it(("has %2d faults as %s, with %d frames for %s"):format(faults, name, frames, references), function()
      assert.equal(faults, faults_of(replacement[name](frames), frames, references))
    end)
  end

  it("never names a page that must stay", function()
    for _, name in ipairs { "fifo", "lru", "aging", "clock", "second_chance", "enhanced", "nru", "random" } do
      local policy = replacement[name](3)
      for page = 1, 3 do policy:insert(page) end
      assert.equal(2, policy:victim(function(page) return page ~= 2 end), name)
      assert.is_nil(policy:victim(function() return true end), name)
    end
  end)

  it("finds nobody where nobody is", function()
    for _, name in ipairs { "fifo", "lru", "aging", "clock", "second_chance", "enhanced", "nru", "random" } do
      local policy = replacement[name](3)
      assert.is_nil(policy:victim(), name)
      policy:insert(7)
      policy:remove(7)
      assert.is_nil(policy:victim(), name)
    end
  end)

  for _, name in ipairs { "fifo", "lru", "aging", "clock", "second_chance", "enhanced", "nru", "random" } do
    it(("called %s says when a page is not where it should be, and goes on as before"):format(name),
      function()
        local policy = replacement[name](3)
        policy:insert(1)
        policy:insert(2)
        local wrong = {
          { "bad argument #1 to 'insert' (page 2 is in a frame already)", "insert", 2 },
          { "bad argument #1 to 'insert' (page must be an integer, not 'x')", "insert", "x" },
          { "bad argument #1 to 'insert' (page must be an integer, not nil)", "insert" },
          { "bad argument #1 to 'touch' (page 3 is in no frame: insert it first)", "touch", 3 },
          { "bad argument #1 to 'touch' (page nil is in no frame: insert it first)", "touch" },
          { "bad argument #1 to 'remove' (page 3 is in no frame: insert it first)", "remove", 3 },
        }
        for _, case in ipairs(wrong) do helpers.raises(case[1], policy[case[2]], policy, case[3]) end
        policy:touch(1)
        for _ = 1, 2 do policy:remove(policy:victim()) end
        assert.is_nil(policy:victim())
      end)
  end

  it("that ages forgets what is older than its bits, and then goes by who came first", function()
    local policy = replacement.aging(3, { bits = 2 })
    for page = 1, 3 do policy:insert(page) end
    policy:touch(1)
    for _ = 1, 3 do policy:touch(3) end
    assert.equal(1, policy:victim())
    assert.equal(2, (function()
      local exact = replacement.lru()
      for page = 1, 3 do exact:insert(page) end
      exact:touch(1)
      for _ = 1, 3 do exact:touch(3) end
      return exact:victim()
    end)())
  end)

  it("that ages refuses what cannot be", function()
    local cases = {
      ["option bits must be an integer from 1 to 62, not 63"] = { bits = 63 },
      ["option tick must be an integer of 1 or more, not 0"] = { tick = 0 },
      ["options must be a table, not 8"] = 8,
      ["option 'bit' is unknown; there are bits and tick"] = { bit = 8 },
    }
    for problem, options in pairs(cases) do
      helpers.raises("bad argument #2 to 'aging' (" .. problem, replacement.aging, 3, options)
    end
  end)

  it("that goes round in a circle must know how many frames there are", function()
    local problem = "bad argument #1 to 'clock' (frames must be an integer of 1 or more, not "
    for shown, frames in pairs { ["0"] = 0, ["1.5"] = 1.5, ["'3'"] = "3", ["false"] = false } do
      helpers.raises(problem .. shown, replacement.clock, frames)
    end
    helpers.raises(problem .. "nil", replacement.clock)
  end)
end)
