-- Modules that are loaded again one at a time, and libraries that are loaded late.

local helpers = require "helpers"

local cases = {
  ["globals that are strict, without pcall"] = [[
    pcall = nil
    setmetatable(_G, { __index = function(_, key) error("undefined global " .. key, 2) end })
    print(require "vmem".allocate(1):read(0, 1) == "\0")]],
  ["vmem.core alone"] = [[
    local vmem = require "vmem"
    local region = vmem.reserve(1)
    package.loaded["vmem.core"] = nil
    require "vmem.core"
    print(region.map ~= nil and vmem.reserve(1).map ~= nil)]],
  ["vmem alone"] = [[
    local region = require "vmem".reserve(1)
    package.loaded["vmem"] = nil
    print(region.map ~= nil and require "vmem".reserve(1).map ~= nil)]],
  ["all modules, one after the other"] = [[
    local vmem = require "vmem"
    local region = vmem.reserve(1)
    for _, name in ipairs { "vmem.internal.checks", "vmem.sparse", "vmem.arena", "vmem.stack", "vmem.pager",
      "vmem.win32", "vmem.paging", "vmem.layout", "vmem.core", "vmem" } do
      require(name)
      package.loaded[name] = nil
      require(name)
      assert(region.map and vmem.reserve(1).map, name)
    end
    print(true)]],
  ["io, of which the metatable comes late"] = [[
    local registry = debug.getregistry()
    local class = registry["FILE*"]
    registry["FILE*"] = nil
    local region = require "vmem".allocate(1)
    registry["FILE*"] = class
    local file = io.tmpfile()
    file:write "late"
    file:seek "set"
    print(region:load(file, 0, 4) == 4 and region:read(0, 4) == "late")]],
}

describe("a state", function()
  for name, script in pairs(cases) do
    it("has all that it needs after " .. name, function()
      local output, ok = helpers.run_script(script)
      assert(ok, output)
      assert.equal("true\n", output)
    end)
  end
end)

-- {====== States that lack a library, or a global ======

local modules <const> = {
  "vmem", "vmem.arena", "vmem.stack", "vmem.sparse", "vmem.pager", "vmem.pager.file", "vmem.win32",
  "vmem.secret", "vmem.recorder", "vmem.paging", "vmem.replacement", "vmem.layout", "vmem.pagetable",
}

describe("a state that has not opened", function()
  for _, library in ipairs { "math", "string", "table", "os", "io", "debug", "utf8", "coroutine" } do
    it(library .. " loads a module, or is told in a sentence what it lacks", function()
      local output, ok = helpers.run_script(([[
        local print, pcall, require, ipairs, loaded = print, pcall, require, ipairs, package.loaded
        local library = %q
        _G[library], loaded[library] = nil, nil
        for _, name in ipairs { "%s" } do
          local done, problem = pcall(require, name)
          print(name, not done and problem or name ~= "vmem" or problem.allocate(1):read(0, 1) == "\0")
        end
      ]]):format(library, table.concat(modules, '", "')))
      assert(ok, output)
      local lacks = ("vmem needs Lua's %s library, which this Lua state has not opened"):format(library)
      local count = 0
      for name, said in output:gmatch "([%w%.]+)\t([^\n]+)\n" do
        count = count + 1
        assert.is_true(said == "true" or name ~= "vmem" and said == lacks, said)
      end
      assert.equal(#modules, count)
    end)
  end
end)

-- Each of vmem's own files registers as one, in any order of loading.
describe("a module that is loaded alone", function()
  local calls <const> = {
    ["vmem"] = "reserve {}", ["vmem.arena"] = "new {}", ["vmem.stack"] = "new {}",
    ["vmem.sparse"] = "new({}, 1)", ["vmem.pager"] = "new(1)", ["vmem.pager.file"] = "open {}",
    ["vmem.secret"] = "new {}", ["vmem.recorder"] = "start(1)", ["vmem.replacement"] = "clock {}",
    ["vmem.win32"] = "VirtualFree {}", ["vmem.paging"] = "new(1)", ["vmem.layout"] = "of {}",
    ["vmem.map"] = "of(1)", ["vmem.pagetable"] = "of(1)",
  }
  for name, call in pairs(calls) do
    it("names the script's line: " .. name, function()
      local script <const> = "local module = require %q\nlocal _, problem = pcall(function()\n"
        .. "  module.%s\nend)\nprint(problem)"
      local output, ok, path = helpers.run_script(script:format(name, call))
      assert(ok, output)
      local line = ("%s:3: bad argument #1 to "):format(path:match "[^/\\]+$")
      assert.is_truthy(output:find(line, 1, true), output)
    end)
  end
end)

describe("strict globals, without pcall", function()
  for _, name in ipairs(modules) do
    it("are enough for " .. name, function()
      local output, ok = helpers.run_script(([[
        pcall = nil
        setmetatable(_G, { __index = function(_, key) error("undefined global " .. key, 2) end })
        print(require %q ~= nil)]]):format(name))
      assert(ok, output)
      assert.equal("true\n", output)
    end)
  end
end)

-- ====== }
