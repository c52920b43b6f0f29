-- types.lua and the real classes must have the same members, both ways: editors show the annotations, scripts
-- use the members.

local helpers = require "helpers"
local vmem = require "vmem"

--- The members that types.lua has for each class: ["vmem.region"] = { commit = true, … }.
local function documented()
  local classes, variables, class = {}, {}, nil
  for line in io.lines("lua/vmem/types.lua") do
    local name = line:match("^%-%-%-@class ([%w.]+)")
    if name then class, classes[name] = name, {} end
    local field = line:match("^%-%-%-@field (%a[%w_]*)") or line:match("^%-%-%-@field (_VERSION)")
    if field then classes[class][field] = true end
    local variable = line:match("^local (%w+) = {}")
    if variable then variables[variable] = class end
    local owner, method = line:match("^function (%w+)[.:]([%w_]+)")
    if owner then classes[variables[owner]][method] = true end
  end
  return classes
end

local function keys_of(...)
  local keys = {}
  for _, source in ipairs { ... } do
    for key in pairs(source) do keys[key] = true end
  end
  return keys
end

--- The methods and fields of a userdata, from the two tables behind its __index.
local function members(object)
  local index = debug.getmetatable(object).__index
  local _, methods = debug.getupvalue(index, 1)
  local _, fields = debug.getupvalue(index, 2)
  return keys_of(methods, fields)
end

describe("types.lua", function()
  helpers.no_regions_left()
  local region, fault

  before_each(function()
    region = assert(vmem.reserve(1))
    fault = helpers.fault(region.read, region)
  end)

  after_each(function()
    region:release()
  end)

  local cases = {
    -- highest_address is nil on a system that hides it.
    ["vmem"] = function() return keys_of(vmem, { highest_address = true }, getmetatable(vmem).modules) end,
    ["vmem.region"] = function() return members(region) end,
    ["vmem.page"] = function() return members(region[1]) end,
    ["vmem.view"] = function() return members(region:view("u8")) end,
    ["vmem.fault"] = function() return members(fault) end,
    ["vmem.snapshot"] = function() return members(region:snapshot()) end,
    ["vmem.section"] = function() return members(assert(vmem.section(1))) end,
  }
  for class, live in pairs(cases) do
    it("names what a " .. class .. " has, all of it and nothing else", function()
      assert.same(live(), documented()[class])
    end)
  end

  it("names what a run has", function()
    region:commit():trap(0, 1, { write = print })
    local keys = keys_of(region:query())
    keys.section = true -- of attached pages
    assert.same(keys, documented()["vmem.run"])
  end)

  helpers.areas_it("names all that an area may have", function()
    local names = documented()["vmem.area"]
    for area in vmem.areas() do
      for key in pairs(area) do assert.is_true(names[key], key) end
    end
  end)
end)
