--- One hostile process: child.lua SEED CALLS LOG. It must come to its end, whatever errors it meets. Each
--- call is logged before it is made: if the process crashes, the last one is the cause.

package.path = "./spec/trust/?.lua;./spec/support/?.lua;" .. package.path

local exit, pcall, next, sethook <const> = os.exit, pcall, next, debug.sethook
local collect, concat <const> = collectgarbage, table.concat
local seed, calls = tonumber(arg[1]), tonumber(arg[2])
local is_tame <const> = seed % 4 == 0
local log <const> = assert(io.open(arg[3], "w"))
log:setvbuf "no"
local write <const> = log.write

local world = require("hostile.world").open()
local tame = require "hostile.tame"
local draw = require "hostile.draw"
local weights = require("hostile.attacks").weights
local random = draw.random

draw.sow(seed)
draw.calls, draw.log, draw.attacks, draw.is_tame = calls, log, {}, is_tame
for _, name in ipairs { "hostile.attacks", "hostile.attacks_debug" } do
  local module = require(name)
  for attack, fn in pairs(module.attacks or module) do draw.attacks[attack] = fn end
end

-- {====== A tame one ======

local complaints = {}

if is_tame then
  draw.entries = tame.public(world.sorted_keys)
  for name in pairs(tame.left_out) do weights[name] = nil end

  function draw.judge(ok, ...)
    local complaint
    if ok then complaint = tame.refusal(...) else complaint = tame.complaint((...)) end
    if complaint and #complaints < 20 then
      complaints[#complaints + 1] = ("call %d: %s"):format(draw.said(), complaint)
    end
    return ok, ...
  end
end

--- The findings of a tame process, as lines.
local function judge()
  draw.let_go()
  world.close()
  for _ = 1, 4 do collect() end
  local left = tame.left()
  if left then complaints[#complaints + 1] = "regions are left that nobody holds: " .. left end
  return concat(complaints, "\n")
end

-- ====== }

-- {====== The run ======

local names, sums, total = {}, {}, 0
for name in next, weights do names[#names + 1] = name end
table.sort(names)
for i, name in ipairs(names) do
  total = total + weights[name]
  sums[i] = total
end

local function attack()
  local point = random(0, total * 1000) / 1000
  for i, sum in ipairs(sums) do
    if point <= sum then return draw.attack(names[i]) end
  end
end

local function too_long() error("it takes too long", 0) end

--- Stops a function that runs for ever by an error, which may come anywhere.
local function impatient(fn)
  sethook(too_long, "", 300000)
  pcall(fn)
  sethook()
end

for _, name in ipairs(draw.made) do draw.make(name) end
while draw.said() < calls do
  impatient(attack)
  if random(1, 400) == 1 then pcall(collect) end
end

local verdict = is_tame and judge() or ""
if #verdict > 0 then write(log, "verdict\n", verdict, "\n") end
write(log, "end\n")
local way = random(1, 4)
if way == 1 then exit(0, true) end
if way == 2 then exit(0, false) end
if way == 3 then coroutine.wrap(function() exit(0, true) end)() end

-- ====== }
