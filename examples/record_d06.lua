-- The recorder, on the dialogue of D6: a page that shows every step of it
--
-- Takes the same input as d06_commit_on_fault.lua, and the name of the page as an argument. Any script
-- can be recorded like that; nothing in it changes.
local recorder = require "vmem.recorder"

-- Without a name, a file among the temporary ones.
local function some_name()
  local name = os.tmpname()
  os.remove(name)
  return name .. ".html"
end

local page = arg[1] ~= "--echo" and arg[1] or some_name()
local folder = arg[0]:match("^.*[/\\]") or ""

local recording = recorder.start { writes = true }
dofile(folder .. "d06_commit_on_fault.lua")
recording:stop()

assert(recording:save(page, "Cells that are committed on the fault"))

local faults, writes = 0, 0
for _, event in ipairs(recording) do
  if event.what == "fault" then faults = faults + 1 end
  if event.what == "write" then writes = writes + 1 end
end
print(("%d events, %d of them faults and %d writes. To step through them, open in a browser:\n%s")
  :format(#recording, faults, writes, page))
