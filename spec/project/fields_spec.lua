-- `require "vmem".sparse` is what `require "vmem.sparse"` gives: the modules that scripts require are fields,
-- which load when they are first touched.

local helpers = require "helpers"
local vmem = require "vmem"

--- Of lua/vmem itself, what scripts do not require: the module, its types, and what is loaded by a call.
local OTHERS <const> = {
  init = true, types = true, own_folder = true, command = true, mirror = true, dump = true,
}

--- { field, module's name, what has the field }
local function fields()
  local list = {
    { "file", "vmem.pager.file", "vmem.pager" }, { "redis", "vmem.pager.redis", "vmem.pager" },
    { "array", "vmem.file.array", "vmem.file" },
  }
  for name in pairs(helpers.modules()) do
    local field = name:match "^vmem%.([%w_]+)$"
    if field and field ~= "core" and not OTHERS[field] then list[#list + 1] = { field, name, "vmem" } end
  end
  return list
end

local list = fields()

describe("a module that scripts require", function()
  for _, field in ipairs(list) do
    local name, module, holder = table.unpack(field)
    it("is a field when it is " .. module, function()
      if name == "redis" and not pcall(require, "socket") then return pending "needs luasocket" end
      assert.equal(require(module), require(holder)[name])
    end)
  end

  it("is loaded when its field is touched, and not before", function()
    local output = helpers.run_script [[
      local vmem = require "vmem"
      for _ in pairs(vmem) do end
      local loaded = package.loaded
      print(loaded["vmem.sparse"], loaded["vmem.recorder"], loaded["vmem.internal.checks"])
      print(vmem.sparse == loaded["vmem.sparse"] and vmem.sparse ~= nil, loaded["vmem.recorder"])
      print(#assert(vmem.sparse.new("i32", 7)), vmem.pager.file.open ~= nil, vmem.file.array.open ~= nil)
    ]]
    assert.equal("nil\tnil\tnil\ntrue\tnil\n7\ttrue\ttrue\n", output)
  end)

  it("is not among the pairs of vmem, also after it was touched", function()
    for _, field in ipairs(list) do
      if field[3] == "vmem" then
        assert.is_table(vmem[field[1]])
        assert.is_nil(rawget(vmem, field[1]))
      end
    end
  end)

  it("is missing under any other name, as is what scripts do not require", function()
    for _, name in ipairs { "sparce", "Sparse", "core", "types", "command", "own_folder", "dump", "init",
      "draw", "internal", "pager.file", "", 1, 0.5, true, print } do
      assert.is_nil(vmem[name])
    end
    assert.is_function(vmem.mirror)
    assert.is_nil(vmem.pager.frames)
    assert.is_nil(vmem.pager.options)
    assert.is_nil(vmem.file.pages)
  end)

  it("can be replaced in the table by a script's own", function()
    local output = helpers.run_script [[
      local vmem = require "vmem"
      vmem.sparse = 5
      print(vmem.sparse, require "vmem".sparse)
    ]]
    assert.equal("5\t5\n", output)
  end)
end)
