local replacement = require "vmem.replacement"
local textbook = require "textbook"

--- Faults of a reference string with so many frames: as a textbook counts them.
local function faults_of(policy, frames, references)
  local resident, count, faults = {}, 0, 0
  for page in references:gmatch "%d+" do
    page = math.tointeger(page)
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
    for _, name in ipairs { "fifo", "lru", "aging", "clock" } do
      local policy = replacement[name](3)
      for page = 1, 3 do policy:insert(page) end
      assert.equal(2, policy:victim(function(page) return page ~= 2 end), name)
      assert.is_nil(policy:victim(function() return true end), name)
    end
  end)

  it("finds nobody where nobody is", function()
    for _, name in ipairs { "fifo", "lru", "aging", "clock" } do
      local policy = replacement[name](3)
      assert.is_nil(policy:victim(), name)
      policy:insert(7)
      policy:remove(7)
      assert.is_nil(policy:victim(), name)
    end
  end)

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
    assert.has_error(function() replacement.aging(3, { bits = 63 }) end,
      "bits of aging: an integer from 1 to 62")
    assert.has_error(function() replacement.aging(3, { tick = 0 }) end,
      "tick of aging: a positive number of references")
    assert.has_error(function() replacement.aging(3, 8) end, "options of aging: a table, not a number")
    assert.has_error(function() replacement.aging(3, { bit = 8 }) end,
      "options of aging: bits and tick, not bit")
  end)

  it("that goes round in a circle must know how many frames there are", function()
    for _, frames in ipairs { 0, 1.5, "3", false } do
      assert.has_error(function() replacement.clock(frames) end, "frames of clock: a positive integer")
    end
    assert.has_error(replacement.clock, "frames of clock: a positive integer")
  end)
end)
