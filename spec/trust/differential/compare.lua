--- compare.lua SEED MINIMUM DONE ANSWERS NATIVE LEFT_OUT: whether both sides gave the same answers. Of the
--- differences it shows the first one; the later ones may only follow from it.

local calls = require "calls"

local seed, minimum = arg[1], math.tointeger(arg[2])
local BEFORE <const> = 25 -- calls shown before a difference

local function lines_of(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

local done, portable, native = lines_of(arg[3]), lines_of(arg[4]), lines_of(arg[5])

--- A star in the result of vmem.win32 stands for text that a rule hides.
local function is_same(here, there)
  if here == there then return true end
  if not here:find("*", 1, true) then return false end
  local pattern = here:gsub("[%^%$%(%)%%%.%[%]%+%-%?]", "%%%0"):gsub("%*", "%%x+")
  return there:find("^" .. pattern .. "$") ~= nil
end

local function describe(line)
  local call = calls.parse(line)
  local words = {}
  local kind = calls.kinds[call.op]
  for _, field in ipairs(kind) do words[#words + 1] = ("%s=%x"):format(field, call[field]) end
  return ("%-14s %x %s"):format(kind.name, call.address, table.concat(words, " "))
end

local function show_difference(at)
  local slot = calls.parse(done[at]).slot
  local before = {}
  for i = at - 1, 1, -1 do
    if calls.parse(done[i]).slot == slot then table.insert(before, 1, i) end
    if #before == BEFORE then break end
  end
  print(("\nDIFFERENCE in call %d, in slot %d. The %d calls before it there:"):format(at, slot, #before))
  for _, i in ipairs(before) do print(("  %6d %-62s -> %s"):format(i, describe(done[i]), portable[i])) end
  print(("  %6d %s"):format(at, describe(done[at])))
  print("    vmem.win32: " .. portable[at])
  print("    native:     " .. tostring(native[at]) .. "\n")
end

local succeeded, failed = 0, 0
local differences, first = 0, nil
for i, here in ipairs(portable) do
  if here:find("^ok") then succeeded = succeeded + 1 else failed = failed + 1 end
  if not native[i] or not is_same(here, native[i]) then
    differences, first = differences + 1, first or i
  end
end
if #native ~= #portable then
  print(("%d answers by vmem.win32, %d by the native calls"):format(#portable, #native))
end

local left_out, partly = 0, 0
print("left out by rule:")
for line in io.lines(arg[6]) do
  local kind, name, count, why = line:match("^(%S+) (%S+) (%d+) (.*)$")
  count = math.tointeger(tonumber(count))
  if kind == "call" then left_out = left_out + count else partly = partly + count end
  print(("  %6d %-10s %-26s %s"):format(count, kind == "call" and "calls" or "in part", name, why))
end
if first then show_difference(first) end
print(("differential: seed %s: %d calls compared (%d succeed, %d fail; %d in part), "
  .. "%d left out, %d differences"):format(seed, #portable, succeeded, failed, partly, left_out,
  differences))
if #portable < minimum then print(("fewer than the %d that a run should have"):format(minimum)) end
os.exit(differences == 0 and #native == #portable and #portable >= minimum)
