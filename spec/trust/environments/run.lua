--- Runs specs of the core in other environments (list.lua), as many at a time as there are processors. The
--- files of spec/region are always divided in the same way: those in EVERYWHERE, quick ones that ask much of
--- the system, run in each environment; those in SLOW in the environments that name them; and the others in
--- turn, one in each environment.
---
---   lua5.4 spec/trust/environments/run.lua [ONLY [FILES]]
---
--- ONLY: environments with this in their names; specs that are skipped there are listed.
--- FILES: these spec files run in each environment.

local list = dofile "spec/trust/environments/list.lua"

local output_of = list.output_of
local only, files = arg[1] or "", arg[2] or ""

local EVERYWHERE <const> = {
  "assert", "commit", "files", "guard", "page", "query", "ram", "reserve", "watch",
}
--- How many seconds they take, more or less.
local SLOW <const> = {
  backed = 2, formats = 1, hostile = 7, limits = 12, marked = 2, property = 4, sparse_region = 2,
  turning_sparse = 7,
}

-- {====== Which specs run where ======

local function path_of(name) return ("spec/region/%s_spec.lua"):format(name) end

local listed, in_turn = {}, {}
for _, name in ipairs(EVERYWHERE) do listed[path_of(name)] = true end
for name in pairs(SLOW) do listed[path_of(name)] = true end
for file in output_of "echo spec/region/*_spec.lua":gmatch "%S+" do
  if not listed[file] then in_turn[#in_turn + 1] = file end
end

local function files_in(environment, number)
  if files ~= "" then return files end
  local chosen, has = {}, {}
  local function choose(file)
    if not has[file] then chosen[#chosen + 1], has[file] = file, true end
  end
  for _, name in ipairs(EVERYWHERE) do choose(path_of(name)) end
  choose(in_turn[number % #in_turn + 1])
  for _, name in ipairs(environment.slow) do choose(path_of(name)) end
  return table.concat(chosen, " ")
end

-- ====== }

-- {====== Running them ======

local work <const> = output_of "mktemp -d"
local started = os.time()

--- The script that runs specs in an environment, if the environment can be had at all.
local function script_of(number, environment)
  return ([[
export WORK=%s VMEM_ENVIRONMENT=%d VMEM_BUILD="${VMEM_BUILD:-build}" VMEM_SEED="${VMEM_SEED:-1}"
exec >"$WORK/%d.log" 2>&1
( %s true ) || exit 0
touch "$WORK/%d.there"
%s ${LUA:-lua5.4} spec/support/run.lua --helper=spec/trust/environments/inside.lua \
  --results=$WORK/results/%d %s
exit 0
]]):format(work, number, number, environment.before, number, environment.before, number,
    files_in(environment, number))
end

--- What is in a file there, or nil.
local function text_of(name, number)
  local file <close> = io.open(("%s/%s"):format(work, name:format(number)))
  return file and file:read "a"
end

assert(os.execute(("chmod 755 %s; mkdir %s/results; chmod 1777 %s/results"):format(work, work, work)))

local numbers = {}
for number, environment in ipairs(list) do
  if environment.name:find(only, 1, true) then numbers[#numbers + 1] = number end
end
-- Those that take longest come first, so that no processor waits for them at the end.
local takes = {}
for _, number in ipairs(numbers) do
  takes[number] = 0
  for _, name in ipairs(list[number].slow) do takes[number] = takes[number] + (SLOW[name] or 1) end
end
table.sort(numbers, function(a, b) return takes[a] > takes[b] or takes[a] == takes[b] and a < b end)

for _, number in ipairs(numbers) do
  local file <close> = assert(io.open(("%s/%d.sh"):format(work, number), "w"))
  file:write(script_of(number, list[number]))
end
local scripts = ("printf '%%s\\n' %s"):format(table.concat(numbers, " "))
assert(os.execute(("%s | xargs -P $(getconf _NPROCESSORS_ONLN) -I {} sh %s/{}.sh"):format(scripts, work)))

-- ====== }

-- {====== What came of it ======

local total = { 0, 0, 0 }
local good, bad = 0, 0
table.sort(numbers)

local function report(number)
  local name, counted, log = list[number].name, text_of("results/%d", number), text_of("%d.log", number)
  if not text_of("%d.there", number) then return print(("%s: NOT TESTED: %s"):format(name, log)) end
  local counts = { (counted or ""):match "(%d+) passed, (%d+) failed, (%d+) skipped\n$" }
  local is_good = #counts == 3 and counts[1] ~= "0" and counts[2] == "0"
  good, bad = good + (is_good and 1 or 0), bad + (is_good and 0 or 1)
  for i, count in ipairs(counts) do total[i] = total[i] + tonumber(count) end
  if #counts == 3 then
    print(("%s: %s passed, %s failed, %s skipped"):format(name, table.unpack(counts)))
    if not is_good or only ~= "" then print(counted) end
  else
    print(("%s: FAILED: the specs did not come to their end\n%s"):format(name, log))
  end
end

for _, number in ipairs(numbers) do report(number) end
assert(os.execute("rm -rf " .. work))
local line <const> = "trust: environments: %d environments, %d specs passed, %d failed, %d skipped, %d s"
print(line:format(good + bad, total[1], total[2], total[3], os.time() - started))
if bad > 0 then print(("%d environments with failures"):format(bad)) end
os.exit(bad == 0)

-- ====== }
