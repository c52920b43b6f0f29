-- csrc/sources.mk lists the C files of each system. What lists them besides must agree with it.

local helpers = require "helpers"

--- The paths that make gets from csrc/sources.mk for a system, sorted.
local function listed(system)
  local rule <const> = [[printf 'include csrc/sources.mk\nall:;@echo $(call module,%s)\n' | make -s -f -]]
  local pipe <close> = assert(io.popen(rule:format(system)))
  local paths = {}
  for name in pipe:read("a"):gmatch("%S+") do paths[#paths + 1] = name end
  table.sort(paths)
  return paths
end

local function sorted(list)
  local copy = table.move(list, 1, #list, 1, {})
  table.sort(copy)
  return copy
end

describe("the list of C files", function()
  local build <const> = helpers.rockspec("vmem").build
  local of_system <const> = {
    posix = build.modules,
    linux = build.platforms.linux.modules,
    windows = build.platforms.windows.modules,
  }
  for system, modules in pairs(of_system) do
    helpers.unix_it("is the same in the rockspec: " .. system, function()
      local expected = listed(system)
      assert.is_true(#expected > 30)
      assert.same(expected, sorted(modules["vmem.core"].sources))
    end)
  end

  helpers.unix_it("leaves no C file out", function()
    local known = {}
    for _, path in ipairs(listed "simulated") do known[path] = true end -- the playground's, and in no rock
    for system in pairs(of_system) do
      for _, path in ipairs(listed(system)) do known[path] = true end
    end
    for path in assert(io.popen("find csrc -name '*.c'")):lines() do
      assert.is_true(known[path], path)
    end
  end)
end)

describe("docs/architecture.md", function()
  helpers.unix_it("has a line for each C file", function()
    local file <close> = assert(io.open("docs/architecture.md"))
    local text = file:read("a")
    for path in assert(io.popen("find csrc -name '*.c'")):lines() do
      local name = path:match("linux/[^/]+$") or path:match("[^/]+$")
      assert.is_truthy(text:find(("`%s`"):format(name), 1, true), path)
    end
  end)

  helpers.unix_it("has each file of lua/ and command/", function()
    local file <close> = assert(io.open("docs/architecture.md"))
    local text = file:read("a")
    for path in assert(io.popen("find lua command -name '*.lua'")):lines() do
      assert.is_truthy(text:find(("`%s`"):format(path:match("^%l+/vmem/(.*)")), 1, true), path)
    end
  end)
end)

describe("pairs", function()
  helpers.unix_it("works wherever # does: no class has the one without the other", function()
    for path in assert(io.popen "grep -lr __len csrc/lua lua"):lines() do
      local file <close> = assert(io.open(path))
      assert.truthy(file:read "a":find("__pairs", 1, true), path)
    end
  end)
end)
