--- Memory access in other languages, if they are installed. Each is a separate program that prints a line
--- "key nanoseconds" for each of its operations.

local progress = require "bench.progress"

local peers = {}

local PROGRAMS = {
  { name = "LuaJIT", program = "luajit", script = "bench/peers/luajit.lua" },
  { name = "Python", program = "python3", script = "bench/peers/python.py" },
}

peers.count = #PROGRAMS

local function installed(program)
  return (os.execute("command -v " .. program .. " >/dev/null 2>&1"))
end

local function run(peer)
  local figures = {}
  local pipe = assert(io.popen(("%s %s"):format(peer.program, peer.script)))
  for line in pipe:lines() do
    local key, value = line:match "^(%S+)%s+(%S+)$"
    if key then figures[key] = tonumber(value) end
  end
  if not pipe:close() then error(peer.script .. " has failed", 0) end
  return figures
end

--- A list of { name, figures }; figures is empty if the program is not installed.
function peers.measure()
  local list = {}
  for i, peer in ipairs(PROGRAMS) do
    progress.round(1, 1)
    progress.show(peer.name)
    list[i] = { name = peer.name, figures = installed(peer.program) and run(peer) or {} }
    progress.done(1)
  end
  return list
end

return peers
