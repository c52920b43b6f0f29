--- A soak: much mixed work, at the end of which the process must be as it was after warming up.
---
---   lua5.4 spec/trust/soak/soak.lua [ITERATIONS [SEED [LEAK]]]
---
--- Its length is in iterations, so that a slow machine proves as much as a fast one, only later. The figures
--- are those of FIELDS, each taken after full collections. The first quarter of the iterations warms up. Of
--- the figures after it, the lowest of the last third must be no higher than the highest of the first third,
--- except for a small difference: memory that is released even once has not leaked, and leaked memory never
--- goes back, however little it is.
---
--- LEAK plants one of the leaks in leaks.lua, every tenth iteration, to test the soak itself: it must find
--- the leak. LEAK=each tries all of them in turn.

local vmem = require "vmem"
local usage = require "soak_usage"
local work, clean_up, part_of_names = dofile "spec/trust/soak/work.lua"
local leaks = dofile "spec/trust/soak/leaks.lua"

local iterations = math.tointeger(tonumber(arg[1])) or 200000
local seed = tonumber(arg[2]) or os.time()
local leak = arg[3] ~= "" and arg[3] or nil

-- Name, and the difference that still counts as equal, because the C library keeps memory in varying ways.
local FIELDS <const> = {
  { "size", 256 << 10 }, { "rss", 512 << 10 }, { "pte", 16 << 10 }, { "locked", 0 }, { "c", 2 << 10 },
  { "lua", 4 << 10 }, { "mappings", 1 }, { "descriptors", 0 }, { "regions", 0 }, { "names", 0 },
}
local LOOKS <const> = 24

-- {====== Trying the soak itself ======

if leak == "each" then
  local names, found = {}, 0
  for name in pairs(leaks) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local command = ("%s spec/trust/soak/soak.lua %d %d %s"):format(arg[-1], iterations, seed, name)
    local pipe = assert(io.popen(command))
    local text = pipe:read("a")
    if pipe:close() then found = found + 1 else io.write(text) end
    print(("%-12s found as %s"):format(name, text:match("\nleaks: ([^\n]*)") or "nothing"))
  end
  print(("trust: planted leaks: %d of %d found by the soak, in %d iterations each"):format(
    found, #names, iterations))
  os.exit(found == #names)
end

-- ====== }

-- {====== Work ======

math.randomseed(seed)
local names = {}
for name in pairs(work) do names[#names + 1] = name end
table.sort(names)

local function iterate(i)
  for _ = 1, 5 do work[names[math.random(#names)]](math.random) end
  if i % 50 == 0 then usage.in_state "spec/trust/soak/state.lua" end
  if leak and i % 10 == 0 then leaks[leak].make() end
end

-- ====== }

-- {====== Looking ======

-- looks.size[1] and so on: all there from the start, lest looking be what grows.
local looks, count = {}, 0
for _, field in ipairs(FIELDS) do
  looks[field[1]] = {}
  for i = 1, LOOKS do looks[field[1]][i] = 0 end
end

local function look()
  for _ = 1, 3 do collectgarbage() end
  local seen = usage.look(part_of_names)
  seen.regions = 0
  for _ in vmem.regions() do seen.regions = seen.regions + 1 end
  count = count + 1
  for name, list in pairs(looks) do list[count] = seen[name] end
end

--- The highest of the first third, the lowest of the last.
local function ends(list)
  local third = LOOKS // 3
  return math.max(table.unpack(list, 1, third)), math.min(table.unpack(list, LOOKS - third + 1))
end

--- Shows what there was and is; gives the names of those that have not come back.
local function judge()
  local found = {}
  for _, field in ipairs(FIELDS) do
    local name, most = table.unpack(field)
    local before, after = ends(looks[name])
    local leaked = after > before + most
    if leaked then found[#found + 1] = name end
    print(("  %-12s %10d %10d %10d %10d%s"):format(name, looks[name][1], before, after, looks[name][LOOKS],
      leaked and "  LEAKS" or ""))
  end
  return found
end

-- ====== }

local planted = leak and ", with a leak planted: " .. leak or ""
print(("soak: %d iterations, seed %d%s"):format(iterations, seed, planted))
assert(not leak or leaks[leak], "there is no such leak to plant")
assert(iterations >= 4 * LOOKS, "so few iterations show nothing")
for i = 1, iterations do
  iterate(i)
  if i >= iterations * (1 / 4 + 3 / 4 * count / (LOOKS - 1)) then
    look()
    io.stderr:write(".") -- shows progress
  end
end
io.stderr:write "\n"
clean_up()

print(("  %-12s %10s %10s %10s %10s"):format("", "warm", "most then", "least now", "now"))
local found = judge()
if #found > 0 then print("leaks: " .. table.concat(found, ", ")) end
print(("trust: soak: %d iterations, %d looks, seed %d, %d leaks"):format(
  iterations, count, seed, #found))
if not leak then os.exit(#found == 0, true) end
for _, name in ipairs(found) do
  if name == leaks[leak].found_as then os.exit(true, true) end
end
os.exit(false, true)
