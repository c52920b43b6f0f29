-- pairs walks the objects with numbered elements like ipairs does, from 1 to #, and iterators as `for` does.

local file_kit = require "file_kit"
local helpers = require "helpers"
local kit = require "pager_kit"
local recorder = require "vmem.recorder"
local sparse = require "vmem.sparse"
local vmem = require "vmem"

local P = vmem.page_size

local function walked(object)
  local list = {}
  for i, value in pairs(object) do
    assert.equal(#list + 1, i)
    list[i] = value
  end
  return list
end

local function view_of(type)
  local region = assert(vmem.allocate(P))
  local view = region:view(type, 0, 5)
  for i = 1, 5 do view[i] = 10 * i end
  return view, function() region:release() end
end

local kinds = {
  region = function()
    local region = assert(vmem.reserve(3 * P))
    return region, function() region:release() end, #region
  end,
  ["pager array"] = function()
    local array = kit.array { count = 5, frames = 1 }
    for i = 1, 5 do array[i] = i end
    return array, function() array:close() end, 5
  end,
  ["sparse array"] = function()
    local cells = assert(sparse.new("f64", 5))
    for i = 1, 5 do cells[i] = i end
    return cells, function() cells:close() end, 5
  end,
  recording = function()
    local recording = recorder.start()
    vmem.allocate(P):release()
    recording:stop()
    return recording, function() end, #recording
  end,
}
kinds.trace = function()
  local trace = require("vmem.paging").trace { 4096, { 8192, "write", 8 }, 0 }
  return trace, function() end, 3
end
if helpers.tells_areas then
  kinds.layout = function()
    local layout = assert(require("vmem.layout").of())
    return layout, function() end, #layout.areas
  end
end
kinds["array in a file"] = function()
  local path = os.tmpname()
  local array = assert(require("vmem.file.array").open(path, "w+", "f64", 5))
  for i = 1, 5 do array[i] = i end
  return array, function()
    array:close()
    os.remove(path)
  end, 5
end
kinds["sparse array in a file"] = function()
  local path = os.tmpname()
  local cells = assert(sparse.open(path, "w+", "f64", 5))
  for i = 1, 5 do cells[i] = i end
  return cells, function()
    cells:close()
    os.remove(path)
  end, 5
end
kinds["view with a stride"] = function()
  local region = assert(vmem.allocate(P))
  local view = region:view("u16be", 2, 5, 7)
  for i = 1, 5 do view[i] = i end
  return view, function() region:release() end, 5
end
for _, type in ipairs { "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64" } do
  kinds["view of " .. type] = function()
    local view, close = view_of(type)
    return view, close, 5
  end
end

describe("pairs", function()
  helpers.no_regions_left()

  for name, make in pairs(kinds) do
    local run = name:find "in a file$" and file_kit.it or it
    run("gives the elements of a " .. name .. " from 1 to #, and again after a break", function()
      local object, close, count = make()
      for i in pairs(object) do
        if i == 1 then break end
      end
      local list = walked(object)
      assert.equal(count, #list)
      for i = 1, count do
        if type(list[i]) == "table" then
          assert.same(object[i], list[i])
        else
          assert.equal(object[i], list[i])
        end
      end
      assert.is_nil(object[count + 1])
      close()
    end)
  end

  helpers.section_it("gives of an iterator what the iterator gives", function()
    local region <close> = assert(vmem.reserve(3 * P, { watch = true }))
    region:commit(P, P):write(P, "x")
    local snapshot = assert(region:snapshot())
    region:write(P, "y")
    local section <close> = assert(vmem.section(helpers.attach_unit))
    local views <close> = assert(vmem.reserve(helpers.attach_unit))
    assert(views:attach(section, 0))
    local iterators = {
      runs = function() return region:runs() end,
      written = function() return region:written() end,
      changed = function() return snapshot:changed() end,
      attachments = function() return views:attachments() end,
      regions = vmem.regions,
      areas = helpers.tells_areas and vmem.areas or nil,
    }
    for name, make in pairs(iterators) do
      local expected, got = {}, {}
      for a, b in make() do expected[#expected + 1] = { a, b } end
      for a, b in pairs((make())) do got[#got + 1] = { a, b } end
      assert(#expected > 0, name)
      if name == "areas" then
        assert.equal(expected[1][1].address, got[1][1].address) -- memory has come and gone since
        assert(#got > 5)
      else
        assert.same(expected, got)
      end
    end
  end)

  it("sees what has been changed meanwhile", function()
    local view, close = view_of "i32"
    local sum = 0
    for i, value in pairs(view) do
      if i < 5 then view[i + 1] = value + 1 end
      sum = sum + value
    end
    assert.equal(10 + 11 + 12 + 13 + 14, sum)
    close()
  end)

  it("faults where reading does, and goes on once that is mended", function()
    local region <close> = assert(vmem.reserve(2 * P))
    region:commit(0, P)
    local view, seen = region:view("u8", P - 2, 4), 0
    assert.has_error(function()
      for i in pairs(view) do seen = i end
    end)
    assert.equal(2, seen)
    region:on_fault(function(fault)
      coroutine.yield(fault.offset)
      return region:commit(P, P)
    end)
    local co = coroutine.wrap(function() return #walked(view) end)
    assert.equal(P, co())
    assert.equal(4, co())
  end)

  it("ends with an error when the region goes in the middle", function()
    local region = assert(vmem.allocate(2 * P))
    assert.error_matches(function()
      for _ in pairs(region:view "u8") do region:release() end
    end, "released")
    local other = assert(vmem.allocate(2 * P))
    assert.error_matches(function()
      for _ in pairs(other) do other:release() end
    end, "released")
    assert.error_matches(function() return pairs(other) end, "released")
  end)

  it("has an iterator that takes nothing else for its object", function()
    local view, close = view_of "u8"
    local next_element, next_page = pairs(view), pairs(view.region)
    for _, object in ipairs { {}, "x", io.stdout, view.region[1] } do
      assert.has_error(function() next_element(object, 0) end)
      assert.has_error(function() next_page(object, 0) end)
    end
    for _, i in ipairs { -1, 5, math.mininteger, math.maxinteger } do
      assert.is_nil((next_element(view, i)))
    end
    assert.has_error(function() next_element(view, "a") end)
    assert.has_error(function() next_element(view, nil) end)
    close()
  end)
end)
