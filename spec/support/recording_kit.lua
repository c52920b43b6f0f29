--- What specs of recordings share.

local recorder = require "vmem.recorder"
local vmem = require "vmem"

local kit = {}

--- Records `run`, which gets a region of four pages.
function kit.record(run, options)
  local region <close> = vmem.reserve(4 * vmem.page_size)
  local recording = recorder.start(options)
  run(region)
  recording:stop()
  return recording
end

--- "commit 0 4096, fault 4096 1": kind, offset and size of each event.
function kit.story(recording)
  local words = {}
  for i, event in ipairs(recording) do
    words[i] = ("%s %s %d"):format(event.what, event.offset or "-", event.size)
  end
  return table.concat(words, ", ")
end

return kit
