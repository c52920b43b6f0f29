--- Reads what /init printed on a kernel's console, and prints what failed there and a line that begins with
--- "trust:". Fails unless the kernel is the one that it should be, and all specs ran and passed.

local file, name, release, page, option, seconds, status = table.unpack(arg)
local is, users, order, ended = nil, {}, {}, false
local problems, output = {}, {}

local function problem(...) problems[#problems + 1] = string.format(...) end

for printed in io.lines(file) do
  local line = printed:gsub("\r", "")
  local kind, rest = line:match "^@ (%S+) ?(.*)"
  if not kind then
    output[#output + 1] = line
  elseif kind == "is" then
    is = { release = rest:match "release=(%S+)", machine = rest:match "machine=(%S+)",
      page = rest:match "page=(%d+)", la57 = rest:match "la57=(%d+)" }
    output = {} -- what the firmware said
  elseif kind == "user" then
    local who = rest:match "^%S+"
    users[who] = { passed = 0, failed = 0, skipped = 0, seconds = 0 }
    order[#order + 1] = who
    local id, seen = rest:match "id=(%d+)", rest:match "page=(%d+)"
    if (who == "root") ~= (id == "0") or not id then problem("%s has the id %s", who, id) end
    if seen ~= page then problem("vmem.page_size is %s, not %s", seen, page) end
  elseif kind == "ran" then
    local who, spec, code, took, counts = rest:match "^(%S+) (%S+) status=(%d+) seconds=(%d+) ?(.*)"
    local passed, failed, skipped = counts:match "(%d+) passed, (%d+) failed, (%d+) skipped"
    local user = users[who]
    user.passed = user.passed + (passed or 0)
    user.failed = user.failed + (failed or 1)
    user.skipped = user.skipped + (skipped or 0)
    user.seconds = user.seconds + took
    if code ~= "0" or not passed or failed ~= "0" then
      print(("-- %s, as %s: %s"):format(spec, who, passed and counts or "it ended with status " .. code))
      print(table.concat(output, "\n"))
      user.failed = math.max(user.failed, 1)
    end
    output = {}
  elseif kind == "end" then
    ended = true
  end
end

if not is then
  problem "it did not boot"
else
  if release ~= "-" and is.release:sub(1, #release) ~= release then
    problem("it is Linux %s, not %s", is.release, release)
  end
  if is.page ~= page then problem("its pages have %s bytes, not %s", is.page, page) end
  if option == "la57" and is.la57 == "0" then problem "it has no five levels" end
end
if status == "124" then
  problem "it hung: it printed nothing for fifteen minutes"
elseif not ended then
  problem("it ended early, with status %s", status)
end
if not ended then print(table.concat(output, "\n")) end

local words = {}
for i, who in ipairs(order) do
  local user = users[who]
  words[i] = ("%s %d passed, %d failed, %d skipped"):format(who, user.passed, user.failed, user.skipped)
  if user.failed > 0 then problem("specs failed as %s", who) end
end
print(("trust: kernels: %s: Linux %s on %s, pages of %s bytes: %s, %s s%s"):format(
  name, is and is.release or "?",
  is and is.machine or "?", is and is.page or "?", table.concat(words, "; "), seconds,
  #problems > 0 and ": " .. table.concat(problems, ", ") or ""))
os.exit(#problems == 0)
