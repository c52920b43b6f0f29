-- When a recording starts and ends.

local core = require("vmem.core").recorder
local helpers = require "helpers"
local recorder = require "vmem.recorder"
local recordings = require "recording_kit"
local vmem = require "vmem"

local P = vmem.page_size
local record, story = recordings.record, recordings.story

describe("recorder.start", function()
  helpers.no_regions_left()

  it("raises while a recording is under way", function()
    local recording <close> = recorder.start()
    assert.equal(recording, recorder.running())
    helpers.raises("a recording is under way: stop it first", recorder.start)
    helpers.raises("a recording is under way: stop it first", core.start, false, false, 1, false, false)
    recording:stop()
    assert.is_nil(recorder.running())
    recorder.start():stop()
  end)

  it("keeps what it has started", function()
    recorder.start()
    collectgarbage()
    vmem.reserve(P):release()
    assert.equal(2, #recorder.running():stop())
  end)

  for problem, options in pairs {
    ["options must be a table, not 5"] = 5,
    ["option 'write' is unknown; there are bytes, limit, merge, reads, residency and writes"] = {
      write = true },
    ["option writes must be true or false"] = { writes = 1 },
    ["option limit must be an integer of 1 or more"] = { limit = 0 },
    ["(option limit must be an integer of 1 or more, not 1.5)"] = { limit = 1.5 },
  } do
    it("says that " .. problem, function()
      helpers.raises(problem, recorder.start, options)
      assert.is_nil(recorder.running())
    end)
  end
end)

describe("the end of a recording", function()
  helpers.no_regions_left()

  it("comes by stop, more than once", function()
    local recording = record(function(region) region:commit() end)
    assert.equal("stopped", recording.ended)
    assert.equal(recording, recording:stop())
    assert.equal("vmem.recording: 1 event of 1 region, stopped", tostring(recording))
  end)

  it("comes by <close>", function()
    local kept
    do
      local recording <close> = recorder.start()
      assert.is_nil(recording.ended)
      assert.is_nil(recording.duration)
      kept = recording
    end
    assert.equal("stopped", kept.ended)
  end)

  it("comes at the limit, and the script goes on", function()
    local recording = record(function(region)
      for _ = 1, 10 do assert(region:commit()) end
      assert.is_nil(recorder.running())
      vmem.reserve(P):release()
    end, { limit = 3 })
    assert.equal("limit", recording.ended)
    assert.equal(3, #recording)
    assert.equal("vmem.recording: 3 events of 1 region, ended at its limit", tostring(recording))
  end)

  it("comes at the limit for a new region too", function()
    local recording = record(function()
      for _ = 1, 3 do vmem.reserve(P):release() end
    end, { limit = 2 })
    assert.equal("reserve 0 " .. P .. ", release 0 " .. P, story(recording))
    assert.equal(2, #recording.regions)
  end)

  helpers.no_sanitizer_it("comes when there is no memory for events, and the script goes on", function()
    local output = helpers.run_script([[
      local vmem, recorder = require "vmem", require "vmem.recorder"
      local region = vmem.allocate(4096)
      local recording = recorder.start { limit = 1 << 40, residency = false }
      for i = 1, 3000000 do region:commit(0, 1) end
      print(recording.ended, #recording > 1000, recording[#recording].what)
    ]], "ulimit -v 102400;")
    assert.equal("out_of_memory\ttrue\tcommit\n", output)
  end)

  it("may come inside a handler", function()
    local recording = record(function(region)
      region:on_fault(function(fault)
        recorder.running():stop()
        return region:commit(fault.offset, 1)
      end)
      region:write(0, "x")
    end, { writes = true })
    assert.equal("fault 0 1", story(recording))
  end)

  it("may come, and another begin, inside a handler", function()
    local second
    local first = record(function(region)
      region:on_fault(function(fault)
        recorder.running():stop()
        second = recorder.start { writes = true }
        return region:commit(fault.offset, 1)
      end)
      region:write(0, "x")
      second:stop()
    end)
    assert.equal("fault 0 1", story(first))
    assert.equal("commit 0 1, mend 0 1, write 0 1", story(second))
  end)
end)
