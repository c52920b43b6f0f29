--- A recording says what the regions said of residency at the same moments, also while other processes keep
--- the processors busy.

local helpers = require "helpers"
local interpreter = require "interpreter"
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local P <const> = vmem.page_size
local PAGES <const> = 16
local KNOWS <const> = select(2, pcall(function()
  local region <close> = assert(vmem.allocate(P))
  return region:resident() ~= nil
end)) == true
local it = KNOWS and it or function(name) pending(name .. " (needs region:resident)") end

--- Runs `act` while three other processes do nothing but count.
local function while_busy(act)
  local pipes = {}
  if not helpers.on_windows then
    for i = 1, 3 do
      -- The shell's child is ended through its number, which it writes first.
      pipes[i] = assert(io.popen(("%s >/dev/null & echo $!"):format(
        interpreter.command .. " -e 'local t = os.time() + 120 while os.time() < t do end'")))
      pipes[i] = { pipes[i], assert(pipes[i]:read "l") }
    end
  end
  local ok, problem = pcall(act)
  for _, pipe in ipairs(pipes) do
    os.execute("kill " .. pipe[2])
    pipe[1]:close()
  end
  if not ok then error(problem, 0) end
end

--- Works on a region, each step with an event or none; keeps what the region said after each event.
local function work(recording, said, seed)
  local region <close> = assert(vmem.reserve(PAGES * P))
  local random = seed
  local function draw(n)
    random = random * 1103515245 + 12345 & 0x7fffffff
    return (random >> 8) % n
  end
  local function step(act)
    act()
    said[#recording] = region:resident()
  end
  step(function() assert(region:commit()) end)
  for _ = 1, 12 do
    local offset = draw(PAGES) * P
    step(function() region:write(offset, "touched") end) -- no event: only the next look can see it
    step(function() region:fill(0, (1 + draw(PAGES)) * P, 7) end)
    step(function() assert(region:protect(offset, P, "rw")) end)
    local takes = draw(3)
    if takes == 0 then
      step(function() assert(region:decommit(offset, P)) end)
      step(function() assert(region:commit(offset, P)) end)
    elseif takes == 1 then
      step(function() assert(region:discard(offset, P)) end)
    else
      local snapshot <close> = assert(region:snapshot())
      said[#recording] = region:resident()
      step(function() region:write(offset, "changed") end)
      step(function() assert(region:restore(snapshot)) end)
    end
  end
end

--- "event 3 commit: 4096, not 8192", for each event that says another number than the region did.
local function differences(recording, said)
  local found = {}
  for i, event in ipairs(recording) do
    local wanted = event.what == "release" and 0 or said[i]
    if wanted and event.resident ~= wanted then
      found[#found + 1] = ("event %d %s: %s, not %d"):format(i, event.what, event.resident, wanted)
    end
  end
  return found
end

describe("residency in recordings", function()
  for _, options in ipairs { {}, { writes = true }, { reads = true, writes = true, merge = false } } do
    local name = options.reads and "reads and writes" or options.writes and "writes" or "calls"
    it("is what the regions said, of twenty recordings of " .. name .. " on a busy machine", function()
      while_busy(function()
        for seed = 1, 20 do
          local recording, said = recorder.start(options), {}
          work(recording, said, seed)
          recording:stop()
          assert.is_true(#recording > 20)
          assert.same({}, differences(recording, said))
        end
      end)
    end)
  end

  it("is seen before pages are taken away, though nothing was recorded since they were touched", function()
    local region <close> = assert(vmem.allocate(PAGES * P))
    for _, take in ipairs { "decommit", "discard" } do
      assert(region:commit())
      local recording = recorder.start()
      assert(region:protect(0, P, "rw"))
      region:fill(0, PAGES * P, 1)
      local full = region:resident()
      assert(region[take](region))
      recording:stop()
      assert.same({ full, region:resident() }, { recording[1].resident, recording[2].resident })
    end
  end)

  it("of a write is what it was before the next note", function()
    local region <close> = assert(vmem.allocate(PAGES * P))
    local recording = recorder.start { writes = true }
    region:fill(0, PAGES * P, 1)
    local full = region:resident()
    recording:note "a chapter"
    assert(region:decommit())
    recording:stop()
    assert.equal(full, recording[1].resident)
  end)

  -- os.clock is the processor's time, but on Windows time as it passes.
  local clock_it = helpers.on_windows and function(name) pending(name .. " (needs processor time)") end or it
  clock_it("takes a part of the script's processor time, also while others have the processor", function()
    local regions <const>, calls <const> = {}, 4000
    for i = 1, 64 do
      regions[i] = assert(vmem.allocate(P))
      regions[i]:fill(0, P, 1)
    end
    local region <close> = assert(vmem.reserve(P))
    local function time(act)
      local start = os.clock()
      act()
      return os.clock() - start
    end
    local function calls_of(options)
      local recording <close> = recorder.start(options)
      return time(function()
        for _ = 1, calls do assert(region:commit():decommit()) end
      end), #recording
    end
    local function look()
      for _, each in ipairs(regions) do each:resident() end
    end
    while_busy(function()
      local without = calls_of { residency = false }
      local first = time(function()
        -- The first looks, at half a million pages, where a region counts as 16 more.
        for _ = 1, (1 << 19) // (17 * (#regions + 1)) do look() end
      end)
      local with, events = calls_of()
      for _, each in ipairs(regions) do each:release() end
      assert.equal(2 * calls, events)
      local most = 3 * (without + first) -- half of it for what other processes disturb
      assert.is_true(with < most, ("%.3f s, where %.3f s would do"):format(with, most))
    end)
  end)

  it("is not known if nobody asked for it", function()
    local region <close> = assert(vmem.reserve(P))
    local recording = recorder.start { residency = false }
    assert(region:commit())
    recording:stop()
    assert.is_nil(recording[1].resident)
  end)
end)
