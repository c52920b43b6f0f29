--- Runs many hostile processes, one after the other: run.lua [CALLS [SEED [EACH]]]. A finding is a process
--- that ends badly, or a tame one (see tame.lua) with an error of vmem's own. It is printed with its last
--- calls, and with the command that repeats it.
---
--- The processes load HOSTILE_PRELOAD first: the runtime of the sanitizer that vmem was built with.

package.path = "./spec/support/?.lua;" .. package.path

local interpreter = require "interpreter"

local calls, seed = tonumber(arg[1]) or 200000, tonumber(arg[2]) or os.time()
local each = tonumber(arg[3]) or 20000 -- calls of a process

local PATIENCE <const> = 300 -- seconds that one call of a process may take; a thousand take one
local MEMORY <const> = 8000000 -- KiB that it may have; a sanitizer cannot continue without more
local preload <const> = os.getenv "HOSTILE_PRELOAD" or ""
local options <const> = "abort_on_error=1:detect_leaks=0:allocator_may_return_null=1:"
  .. "max_allocation_size_mb=1000"

-- {====== One process ======

local function output_of(command)
  local pipe = assert(io.popen(command))
  local output = pipe:read "a"
  return output, pipe:close()
end

-- Where addresses can be the same each time, a process does much the same when it is repeated.
local fixed = os.execute "setarch -R true 2>/dev/null" and "setarch -R " or ""
local start_lua = ("%senv ASAN_OPTIONS='%s' LD_PRELOAD='%s' %s "):format(fixed, options, preload,
  interpreter.command)

--- Any string may become the name of a file, and so may the message of an error, which begins with the path
--- of a script. So a process works in a folder of its own, with copies of all scripts.
local root, folder = output_of "pwd":match "[^\n]+", os.tmpname()
os.remove(folder)
assert(os.execute(("mkdir %s && cp -r lua spec %s"):format(folder, folder)))
local in_folder = ("env -C %s %s='%s' "):format(folder, interpreter.variable "LUA_CPATH",
  (";" .. package.cpath):gsub(";%./", ";" .. root .. "/"):sub(2))

--- Written memory counts, reserved memory does not; a sanitizer needs much memory itself. Large sections are
--- refused, because they are files.
local function limits()
  local tell = "-e 'for line in io.lines \"/proc/self/status\" do print(line) end' 2>/dev/null"
  local data = tonumber(output_of(start_lua .. tell):match "VmData:%s*(%d+) kB")
  local files = "ulimit -c 0; trap '' XFSZ; ulimit -f 2000000; "
  return files .. (data and ("ulimit -d %d; "):format(data + MEMORY) or "")
end

local limited = limits()

local function command(number, count, log)
  return ("tools/patient %s %d %s%sspec/trust/hostile/child.lua %d %d %s"):format(
    log, PATIENCE, in_folder, start_lua, number, count, log)
end

local function last_lines(text, most)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line end
  return table.concat(lines, "\n  ", math.max(1, #lines - most + 1))
end

local function read_all(name)
  local file <close> = assert(io.open(name))
  return file:read "a"
end

--- ASan ends the process if it needs memory itself and has none left, as when a script has committed all
--- that the limit allows: free needs memory there.
local OUT_OF_MEMORY <const> = "ERROR: Failed to mmap"

local starved = 0

--- Returns how many calls it made, and a text to report, if any.
local function run(number, count, log)
  local output, ok, how, status = output_of(limited .. command(number, count, log) .. " 2>&1")
  local said = read_all(log)
  local calls_made = tonumber(said:match ".*\n(%d+) " or said:match "^(%d+) ") or 0
  local verdict = ok and said:match "\nverdict\n(.-)\nend\n"
  if verdict then return calls_made, "came to its end, but\n  " .. verdict:gsub("\n", "\n  ") end
  if ok and said:find "\nend\n" then return calls_made end
  if output:find(OUT_OF_MEMORY, 1, true) then
    starved = starved + 1
    return calls_made
  end
  local problem = ("ended before its time (%s %d)"):format(how or "exit", status or 0)
  if status == 124 then problem = ("hung in a call for %d s"):format(PATIENCE) end
  return calls_made, ("%s; the last calls were\n  %s\n%s"):format(problem, last_lines(said, 12),
    output:sub(1, 6000))
end

-- ====== }

--- 1234567 as "1,234,567".
local function commas(number)
  return (("%d"):format(number):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local log, start = os.tmpname(), os.time()
local made, processes, findings = 0, 0, 0
while made < calls and findings < 5 do -- more findings add no information
  local number, count = seed + processes, math.min(each, calls - made)
  local calls_made, problem = run(number, count, log)
  if problem then
    findings = findings + 1
    print(("hostile: SEED=%d %s"):format(number, problem))
    print(("again: make test-hostile CALLS=%d EACH=%d SEED=%d\n"):format(count, count, number))
  end
  made, processes = made + math.max(calls_made, 1), processes + 1
end
if starved > processes / 10 + 1 then
  findings = findings + 1
  local line = "hostile: %d of %d processes had no memory left: something takes too much"
  print(line:format(starved, processes))
end
os.remove(log)
os.execute("rm -rf " .. folder)
for i = 1, 3 do os.remove(log .. ".file" .. i) end

local sanitized = preload ~= "" and " under ASan and UBSan" or ""
local line = "trust: hostile: %s calls in %d processes%s, SEED=%d, %d s, %d without memory at their "
  .. "end, %d crashes"
print(line:format(commas(made), processes, sanitized, seed, os.time() - start, starved, findings))
os.exit(findings == 0, true)
