-- layers.lua SOURCES OBJECTS: checks the C files: no include leads to a folder above, and no files
-- call each other in a circle. The arguments are the folders of the sources and of the object files.

local circles = dofile "tools/circles.lua"

local sources <const>, objects <const> = ...

-- From the ground up: a file includes files of its own folder and of those before it.
local FLOORS <const> = { "os", "core", "lua" }

--- The lines that a command prints.
local function lines_of(command)
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  assert(pipe:close(), "failed: " .. command)
  return lines
end

--- The files of a folder that end so, as paths within it.
local function files_in(folder, ending)
  local files = lines_of(("cd '%s' && find . -name '*%s' | sort"):format(folder, ending))
  for i, file in ipairs(files) do files[i] = file:sub(3) end
  return files
end

local floor_of <const> = {}
for height, name in ipairs(FLOORS) do floor_of[name] = height end

--- Includes that lead upward, or to a folder that does not exist.
local function upward_includes()
  local found = {}
  for _, file in ipairs(files_in(sources, ".[ch]")) do
    local own = floor_of[file:match("^[^/]+")]
    for line in io.lines(sources .. "/" .. file) do
      local included = line:match('^#include "(.-)"')
      local there = included and (floor_of[included:match("^([^/]+)/")])
      if included and not (own and there and there <= own) then
        found[#found + 1] = ("%s includes %s"):format(file, included)
      end
    end
  end
  return found
end

--- Which files each file calls: name -> { name = symbol }.
local function calls()
  local defined, asked, files = {}, {}, files_in(objects, ".o")
  for _, file in ipairs(files) do
    asked[file] = {}
    for _, line in ipairs(lines_of(("nm -g -P '%s/%s'"):format(objects, file))) do
      local symbol, kind = line:match("^(%S+) (%a)")
      if kind == "U" then
        asked[file][symbol] = true
      elseif kind then
        defined[symbol] = file
      end
    end
  end
  local arrows, count = {}, 0
  for _, file in ipairs(files) do
    arrows[file] = {}
    for symbol in pairs(asked[file]) do
      local other = defined[symbol]
      if other and other ~= file then
        if not arrows[file][other] then count = count + 1 end
        arrows[file][other] = symbol
      end
    end
  end
  return files, arrows, count
end

local upward <const> = upward_includes()
for _, line in ipairs(upward) do print("layers: upward: " .. line) end

local files <const>, arrows <const>, count <const> = calls()
local found <const> = circles(arrows)
for _, circle in ipairs(found) do
  print("layers: a circle:")
  for i = 1, #circle - 1 do
    print(("  %s needs %s for %s"):format(circle[i], circle[i + 1], arrows[circle[i]][circle[i + 1]]))
  end
end

print(("layers: %d files, %d arrows, %d circles, %d upward includes"):format(#files, count, #found, #upward))
os.exit(#files > 0 and #found == 0 and #upward == 0)
