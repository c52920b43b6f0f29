-- layers.lua SOURCES OBJECTS: checks the C files: no include leads to a folder above, and no files
-- call each other in a circle. The arguments are the folders of the sources and of the object files.

local circles = dofile "tools/circles.lua"
local objects = dofile "tools/objects.lua"

local sources <const>, folder <const> = ...

-- From the ground up: a file includes files of its own folder and of those before it.
local FLOORS <const> = { "os", "core", "lua" }

local floor_of <const> = {}
for height, name in ipairs(FLOORS) do floor_of[name] = height end

--- Includes that lead upward, or to a folder that does not exist.
local function upward_includes()
  local found = {}
  for _, file in ipairs(objects.files_in(sources, ".[ch]")) do
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
  local defined, asked, files = {}, {}, objects.files_in(folder, ".o")
  for _, file in ipairs(files) do
    asked[file] = {}
    for symbol, kind in objects.symbols(folder, file) do
      if kind == "U" then
        asked[file][symbol] = true
      else
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
