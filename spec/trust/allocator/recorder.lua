--- The recorder. Its regions are as before or after; a start that has failed can be tried again.

local call_protected = require("vmem.core").call_protected
local recorder = require "vmem.recorder"
local vmem = require "vmem"
local P <const> = vmem.page_size

local function recorded()
  local kit = { region = vmem.allocate(4 * P, { name = "before" }) }
  kit.recording = recorder.start { reads = true, writes = true }
  kit.region:write(0, "x")
  kit.region:protect(0, P, "r")
  pcall(kit.region.write, kit.region, 0, "x")
  return kit
end

local function stopped()
  local kit = recorded()
  kit.recording:stop()
  return kit
end

return {
  { "recorder.start",
    act = function(r)
      local running = recorder.running() -- an error came when it had started
      if running then running:stop() end
      local recording = recorder.start { writes = true, limit = 100 }
      r:write(0, "recorded")
      assert(recorder.running() == recording)
      recording:stop()
      assert(#recording >= 1) -- finalizers may do something, too
    end },
  { "recorder.start, and nobody holds it", steps = true,
    act = function(r)
      local running = recorder.running()
      if running then running:stop() end
      recorder.start()
      r:write(0, "recorded")
      recorder.running():stop()
    end },
  { "what is recorded of everything", setup = function() return recorded() end, steps = true,
    act = function(kit)
      local r <close> = assert(vmem.reserve(4 * P, { name = "another" }))
      r:commit(0, P)
      r:write(0, "x")
      r[1]:protect "r+guard"
      pcall(r.read, r)
      assert(r:trap(2 * P, P, { read = function(_, size, type) return type and 7 or ("x"):rep(size) end }))
      assert(r:view("u8")[2 * P + 1] == 7 and r:read(2 * P, 2) == "xx")
      r:on_fault(function(fault) return fault:answer(fault.type and 9 or ("y"):rep(fault.size)) end)
      assert(r:view("u8")[3 * P + 1] == 9 and r:read(3 * P - 1, 2) == "xy")
      r:on_fault(nil)
      pcall(vmem.read, 0, 1)
      vmem.reserve(1 << 60)
      kit.region:discard()
    end,
    check = function(kit) assert(#kit.recording > 5) end },
  { "events", setup = stopped,
    act = function(kit)
      local words = {}
      for i, event in ipairs(kit.recording) do words[i] = event.what end
      assert(table.concat(words, " ") == "write protect fault", table.concat(words, " "))
      local ok, message = pcall(function() kit.recording.x = 1 end)
      assert(not ok and (message:find "cannot be assigned" or message:find "memory"))
      for i, event in pairs(kit.recording) do assert(event.what == words[i]) end
      assert(#kit.recording == 3 and tostring(kit.recording):find "3 events")
      assert(kit.recording.ended == "stopped")
      assert(kit.recording.regions[1].name == "before" and kit.recording.duration >= 0)
    end },
  { "print, of events", setup = stopped,
    act = function(kit)
      local event, region = kit.recording[3], kit.recording.regions[1]
      assert(tostring(event):find "fault: write of 1 byte" and tostring(region):find "recorded_region")
    end },

  { "the first event of a script, whose code is kept", setup = function()
      local kit = { region = assert(vmem.allocate(P)), recording = recorder.start() }
      assert(kit.region:protect(0, P, "none"))
      kit.script = assert(load("local open, r, size, f = ... open(r, 0, size, 'rw', f)", "@another.lua"))
      return kit
    end,
    act = function(kit)
      kit.script(call_protected, kit.region, P, function() kit.region:write(0, "x") end)
    end,
    check = function(kit)
      local found = 0 -- finalizers may do something, too
      for _, event in ipairs(kit.recording) do found = found + (event.source == "another.lua" and 1 or 0) end
      assert(found >= 2)
    end,
    drop = function(kit) kit.recording:stop() kit.region:release() end },
  { "the same, of a recording that begins in the call", setup = function()
      local kit = { region = assert(vmem.allocate(P)) }
      assert(kit.region:protect(0, P, "none"))
      kit.script = assert(load("local open, r, size, f = ... open(r, 0, size, 'rw', f)", "@another.lua"))
      return kit
    end,
    act = function(kit)
      kit.script(call_protected, kit.region, P, function()
        kit.recording = recorder.running() or recorder.start()
      end)
    end,
    drop = function(kit) kit.recording:stop() kit.region:release() end },
  { "recording:note and recorder.note", setup = function()
      return { recording = recorder.start { bytes = true }, region = vmem.allocate(P) }
    end,
    act = function(kit)
      recorder.note "a chapter"
      kit.region:write(0, "bytes")
      assert(kit.recording:note "another" == kit.recording)
      local found = kit.recording.ended ~= nil
      for _, event in ipairs(kit.recording) do found = found or event.text == "another" end
      assert(found) -- finalizers may have done something since
    end,
    drop = function(kit) kit.recording:stop() kit.region:release() end },
  { "recording:html", setup = stopped,
    act = function(kit) assert(#kit.recording:html() > 1000) end },
  { "recording:save", setup = function()
      local kit = stopped()
      kit.path = os.tmpname()
      return kit
    end,
    act = function(kit) assert(kit.recording:save(kit.path)) end,
    drop = function(kit) os.remove(kit.path) end },
}
