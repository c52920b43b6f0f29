--- fork for the specs: from luaposix, or from spec/support/c, which `make test` builds. Scripts that fork run
--- in separate processes.

local busted = require "busted"
local helpers = require "helpers"

local kit = {}

--- The start of a script that forks: fork(), wait(child) and leave(code).
local prelude <const> = [[
  local fork, wait, leave
  do
    local ok, unistd = pcall(require, "posix.unistd")
    if ok then
      fork, leave = unistd.fork, unistd._exit
      function wait(child)
        local _, how, code = require("posix.sys.wait").wait(child)
        return how == "exited" and code or nil
      end
    else
      local forking = require "forking"
      fork, wait, leave = forking.fork, forking.wait, forking.leave
    end
  end
  --- Runs body in a child, and waits for it; an error ends it with 1.
  local function in_child(body) -- luacheck: ignore
    local child = fork()
    if child ~= 0 then return assert(wait(child) == 0, "the child has failed") end
    local ok, message = xpcall(body, debug.traceback)
    if not ok then io.stderr:write(message, "\n") end
    leave(ok and 0 or 1)
  end
]]

--- Runs a script that may fork. Any output is an error: the script asserts.
function kit.run(script, before)
  local output = helpers.run_script(prelude .. script .. "\nio.write 'done'", before)
  if output ~= "done" then error(output, 2) end
end

local available

--- Whether there is fork.
function kit.available()
  if available == nil then
    available = not helpers.on_windows and helpers.run_script(prelude .. "io.write 'done'") == "done"
  end
  return available
end

--- it(), where there is fork.
function kit.it(name, run)
  if kit.available() then
    busted.it(name, run)
  else
    busted.pending(name .. " (needs fork: luaposix, or make test)")
  end
end

return kit
