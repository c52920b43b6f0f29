--- The cost of recording: the same work with a recording and without one, in turns.

local baseline = require "baseline"
local offsets = require "bench.offsets"
local ours = require "bench.ours"
local page = require("vmem").page_size
local recorder = require "vmem.recorder"
local vmem = require "vmem"

local LIMIT = 2000 -- nanoseconds an event
local pages = offsets.every(20000, 1)
local WRITES = 100000

--- What an event adds. `work` gives nanoseconds for each of its operations; each is `events` events.
local function added(work, options, events)
  return function()
    local without = work()
    local recording <close> = recorder.start(options)
    local with = work()
    local recorded = #recording
    if recorded < events * #pages then return nil, ("only %d events"):format(recorded) end
    return math.max(0, with - without) / events
  end
end

local function commits()
  local region <close> = assert(vmem.reserve(#pages * page))
  return ours.commit(region, pages)
end

local function faults() return ours.fault(#pages * page, pages) end

local region = assert(vmem.allocate(#pages * page))

local function touches() return ours.touch(region, pages) end

--- Writes to one page, so that all writes are one event.
local function stores()
  local view = region:view "u8"
  local start = baseline.now()
  for i = 1, WRITES do view[(i & 1023) + 1] = 1 end
  return (baseline.now() - start) / WRITES
end

return {
  title = "Recording: what an event adds",
  { name = "commit page after page", limit = LIMIT, vmem = added(commits, nil, 1) },
  { name = "fault, commit, mend", limit = LIMIT, vmem = added(faults, nil, 3) },
  { name = "v[i] = x, page after page", limit = LIMIT, vmem = added(touches, { writes = true }, 1) },
  {
    name = "v[i] = x, again and again into one page", limit = LIMIT,
    vmem = function()
      local without = stores()
      local recording <close> = recorder.start { writes = true }
      local with = stores()
      return #recording > 0 and with - without or nil
    end,
  },
}
