--- Describes the machine on which the figures were measured.

local vmem = require "vmem"

local machine = {}

local function first_line(path)
  local file = io.open(path)
  if not file then return "" end
  local line = file:read "l"
  file:close()
  return line or ""
end

--- The value behind a name in a file of /proc, or nil.
local function field(path, name)
  for line in io.lines(path) do
    local value = line:match("^" .. name .. "%s*:%s*(.-)%s*$")
    if value then return value end
  end
end

local function command(line)
  local pipe = io.popen(line .. " 2>&1")
  local text = pipe and pipe:read "l"
  if pipe then pipe:close() end
  return text or ""
end

--- Bytes that Linux could give out now.
function machine.available()
  return tonumber((field("/proc/meminfo", "MemAvailable") or ""):match "%d+" or 0) * 1024
end

function machine.most_mappings()
  return tonumber(first_line "/proc/sys/vm/max_map_count") or 65530
end

--- Lines of { name, value }.
function machine.facts()
  local interpreter = arg and arg[-1] or "lua5.4"
  local memory = tonumber((field("/proc/meminfo", "MemTotal") or ""):match "%d+" or 0)
  return {
    { "processor", ("%s, %s cores"):format(field("/proc/cpuinfo", "model name") or "?", command "nproc") },
    { "memory", ("%.1f GiB"):format(memory / (1 << 20)) },
    { "kernel", "Linux " .. (first_line("/proc/sys/kernel/osrelease"):match "^[%d.]+%d" or "?") },
    { "Lua", command(interpreter .. " -v"):match "^Lua [%d.]+%d" or _VERSION },
    { "library", vmem._VERSION },
    { "date", os.date "!%Y-%m-%d" },
  }
end

return machine
