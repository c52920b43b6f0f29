-- Modules that are loaded anew one by one, and libraries that come late.

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
    for _, name in ipairs { "vmem.checks", "vmem.sparse", "vmem.arena", "vmem.stack", "vmem.pager",
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
