-- coverage.lua GCOV MISSED SECONDS: a table out of what `gcov -t` has said of many builds. A line that has
-- run in one of them has run. The lines that have not go to the file MISSED.

local MORE_THAN = 95 -- per cent, in each file that is held to it

--- The core and the Lua side. What the system's own files reach depends on the kernel.
local function is_held(name) return name:find "^core/" ~= nil or name:find "^lua/" ~= nil end

--- files[name][line] = { text =, ran = }
local function read(path)
  local files, file = {}, nil
  for row in io.lines(path) do
    local count, line, text = row:match "^%s*([^:]+):%s*(%d+):(.*)$"
    line = tonumber(line)
    if line == 0 then
      local source = text:match "^Source:(.*)$"
      local name = source and source:match "csrc/([%w_/]+%.[ch])$"
      if source then file = name and (files[name] or {}) end
      if name then files[name] = file end
    elseif line and file and count ~= "-" then
      local known = file[line] or { text = text, ran = false }
      known.ran = known.ran or count:find "^%d" ~= nil
      file[line] = known
    end
  end
  return files
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function count(lines)
  local all, ran = 0, 0
  for _, line in pairs(lines) do
    all = all + 1
    if line.ran then ran = ran + 1 end
  end
  return all, ran
end

local files = read(arg[1])
local missed = assert(io.open(arg[2], "w"))
local all, ran, too_few = 0, 0, {}
print(("%-24s %6s %6s %7s"):format("csrc/", "lines", "run", ""))
for _, name in ipairs(sorted_keys(files)) do
  local lines, has_run = count(files[name])
  local good = not is_held(name) or has_run * 100 > MORE_THAN * lines
  print(("%-24s %6d %6d %6.1f%% %s"):format(name, lines, has_run, has_run * 100 / lines,
    not good and "TOO FEW" or is_held(name) and "" or "(not held to it)"))
  all, ran = all + lines, ran + has_run
  if not good then too_few[#too_few + 1] = name end
  for _, line in ipairs(sorted_keys(files[name])) do
    local it = files[name][line]
    if not it.ran then missed:write(("csrc/%s:%d:%s\n"):format(name, line, it.text)) end
  end
end
missed:close()
print("the lines that nothing has run: " .. arg[2])
print(("trust: coverage: %d of %d lines, %.1f %%, %s s, %d files with too few"):format(
  ran, all, ran * 100 / all, arg[3], #too_few))
os.exit(#too_few == 0 and all > 0)
