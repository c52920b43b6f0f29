--- Runs the race in each situation: host.c with a process that cuts the files that vmem works on.
---
---   lua5.4 spec/trust/race/run.lua HOST BUILD SECONDS [SEED [SITUATION]]
---
--- All situations share the seconds. RACE_PRELOAD names the runtimes of sanitizers.

local HOST <const>, BUILD <const> = arg[1], arg[2]
local SECONDS <const> = tonumber(arg[3])
local SEED <const> = math.tointeger(arg[4]) or os.time()
local ONLY <const> = arg[5] ~= "" and arg[5] or nil

-- Where other code has a handler for SIGBUS, too; where there are several threads or coroutines; where
-- handlers have a small stack. The first one's file is on a disk, the others' in memory, which is faster.
local SITUATIONS <const> = { "alone", "before", "after", "threads", "coroutines", "stack" }

local function fail(text, ...) error(("race: %s, SEED=%d: " .. text):format(BUILD, SEED, ...), 0) end

local function is_folder(path) return os.execute(("test -d %s -a -w %s"):format(path, path)) end

local function path_for(situation)
  local path = os.tmpname()
  if situation == "alone" or not is_folder "/dev/shm" then return path end
  os.remove(path)
  path = "/dev/shm/vmem-race-" .. path:match "[^/]*$"
  assert(io.open(path, "w")):close()
  return path
end

--- Adds up what each state of a run has counted; raises what it has found.
local function run(situation, seconds, sum)
  local path = path_for(situation)
  local name = "race." .. path:match "[^/]*$"
  local command = ("LD_PRELOAD='%s' exec '%s' spec/trust/race/work.lua %s %f %d '%s' '%s' 2>&1"):format(
    os.getenv "RACE_PRELOAD" or "", HOST, situation, seconds, SEED, path, name)
  local pipe = assert(io.popen(command))
  local said = {}
  for line in pipe:lines() do
    local numbers = line:match "^counted: (.*)"
    if not numbers then said[#said + 1] = line end
    local i = 0
    for number in (numbers or ""):gmatch "%d+" do
      i = i + 1
      sum[i] = (sum[i] or 0) + math.tointeger(number)
    end
  end
  local ok, how, code = pipe:close()
  os.remove(path)
  os.remove("/dev/shm/vmem." .. name)
  if not ok or #said > 0 then fail("%s: %s %d\n%s", situation, how, code, table.concat(said, "\n")) end
end

local began <const> = os.time()
local sum, situations = {}, ONLY and { ONLY } or SITUATIONS
for _, situation in ipairs(situations) do run(situation, SECONDS / #situations, sum) end

-- The reason is found after the access has failed. If the page is back by then the access is made again;
-- but after sixteen such tries the reason is that of a page which can be
-- had and cannot be written: io_error.
local accesses, in_page, violations, io_errors, signals = table.unpack(sum)
if io_errors > 1 + in_page // 500 then fail("%d of %d faults say io_error", io_errors, in_page) end
local figures <const> = "trust: race, %s: SEED=%d, %d accesses, %d faults at lost pages (%d io_error), %d at "
  .. "pages that were reserved by then, %d signals of other code, %d s, 0 findings"
print(figures:format(BUILD, SEED, accesses, in_page, io_errors, violations, signals, os.time() - began))
