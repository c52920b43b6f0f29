--- busted's helper in an environment: shows that the environment is in effect, and writes down what comes of
--- the specs. Standard output may be closed there.

local busted = require "busted"

local number = assert(tonumber(os.getenv "VMEM_ENVIRONMENT"))
local environment = dofile "spec/trust/environments/list.lua"[number]

local counts = { passed = 0, failed = 0, skipped = 0 }
local lines = {}

local function note(word, element, message)
  counts[word] = counts[word] + 1
  lines[#lines + 1] = ("%s: %s%s"):format(word, element.name, message and "\n" .. message or "")
end

local function failed(element, _, message, trace)
  local text = type(message) == "table" and message.message or message
  note("failed", element, ("%s\n%s"):format(tostring(text), trace and trace.traceback or ""))
  return nil, true
end

busted.subscribe({ "failure" }, failed)
busted.subscribe({ "error" }, failed)

busted.subscribe({ "test", "end" }, function(element, _, status)
  if status == "success" then counts.passed = counts.passed + 1 end
  if status == "pending" then note("skipped", element) end
  return nil, true
end)

busted.subscribe({ "suite", "end" }, function()
  local file <close> = assert(io.open(("%s/results/%d"):format(os.getenv "WORK", number), "w"))
  file:write(("%d %d %d\n"):format(counts.passed, counts.failed, counts.skipped))
  file:write(table.concat(lines, "\n"), "\n")
  return nil, true
end)

environment.prove()
