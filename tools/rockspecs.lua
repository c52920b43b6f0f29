--- Writes the rockspecs of a release: those of rockspec/, with the version and its tag instead of the branch.
---
---   lua5.4 tools/rockspecs.lua FOLDER      the folder is there

local folder = assert(arg[1], "which folder?")

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

local version = read "lua/vmem/init.lua":match '_VERSION = "vmem (%d+%.%d+%.%d+)"'
assert(version, "lua/vmem/init.lua does not say the version")

--- Replaces a text that is there once.
local function put(path, text, old, new)
  local at, to = text:find(old, 1, true)
  assert(at and not text:find(old, to, true), path .. ": there must be one " .. old)
  return text:sub(1, at - 1) .. new .. text:sub(to + 1)
end

for _, rock in ipairs { "vmem", "vmem-command" } do
  local path = ("rockspec/%s-scm-1.rockspec"):format(rock)
  local text = read(path)
  text = put(path, text, 'version = "scm-1"', ('version = "%s-1"'):format(version))
  text = put(path, text, 'branch = "main"', ('tag = "v%s"'):format(version))
  if rock ~= "vmem" then text = put(path, text, '"vmem == scm"', ('"vmem == %s"'):format(version)) end
  local name = ("%s/%s-%s-1.rockspec"):format(folder, rock, version)
  local file <close> = assert(io.open(name, "wb"))
  assert(file:write(text))
  print(name)
end
