-- Properties that all SVG pictures have.

local helpers = require "helpers"
local layout = require "vmem.layout"
local pagetable = require "vmem.pagetable"
local paging = require "vmem.paging"
local vmem = require "vmem"

local P = vmem.page_size

--- A region with pages of all kinds, and with a name that must be escaped in XML.
local function mixed()
  local region = vmem.reserve(300 * P, { name = "a <b> & \"c\"\27\xff" })
  region:commit(0, 10 * P):write(0, "A")
  region:commit(20 * P, P, "r"):commit(21 * P, P, "none"):commit(22 * P, P, "rw+guard")
  return region
end

--- Fails unless tags are closed in order, and all text between them is allowed in XML.
local function check_xml(text)
  assert.is_nil(text:find("[%z\1-\8\11-\31]"))
  assert.truthy(utf8.len(text))
  assert.is_nil(text:gsub("&%a+;", ""):find("&", 1, true))
  local open = {}
  for closing, name, attributes in text:gmatch("<(/?)([%w]+)([^>]*)>") do
    if closing == "/" then
      assert.equal(name, table.remove(open))
    elseif attributes:sub(-1) ~= "/" then
      open[#open + 1] = name
    end
  end
  assert.equal(0, #open)
end

local pictures = {
  ["an address space"] = function(options) return layout.of():svg(options) end,
  ["a region"] = function(options)
    local region <close> = mixed()
    return region:map():svg(options)
  end,
  ["a page table"] = function(options)
    local region <close> = mixed()
    return pagetable.of(region):svg(options)
  end,
  ["a simulated page table"] = function(options)
    return paging.new():replay(paging.trace { 0x5000, 0x1000, 0x3000 }):figure():svg(options)
  end,
  ["a translation"] = function(options)
    local mmu = paging.new()
    mmu:read(0x56781234)
    return mmu:translate(0x56781234):svg(options) .. mmu:translate(1 << 40):svg(options)
  end,
  ["a translation without offset"] = function(options)
    return paging.new({ page_size = 1, levels = 1 }):translate(5):svg(options)
  end,
  ["memories side by side"] = function(options)
    return paging.compare({ { "a <b> & c\27\xff", 4096 }, { "d", 8192 } }, { "first", "paged" },
      16384):svg(options)
  end,
  ["memory"] = function(options) return paging.allocator("buddy", 65536):svg(options) end,
  ["miss curves"] = function(options)
    return paging.misses({ { "a <b> & c\27\xff", paging.trace { 1, 4096, 5 } } }):svg(options)
  end,
  ["sizes of pages"] = function(options) return paging.page_sizes({ 1, 5000 }):svg(options) end,
}

describe("the SVG of", function()
  helpers.no_regions_left()

  for name, draw in pairs(pictures) do
    local it = name == "an address space" and helpers.areas_it or it

    it(name .. " is XML, whatever names there are", function()
      local region <close> = mixed()
      assert.equal(300 * P, region.size)
      check_xml(draw())
    end)

    it(name .. " has a title and a description", function()
      local svg = draw()
      assert.truthy(svg:find('role="img"', 1, true))
      assert.matches("<title>[^<]+</title>%s*<desc>[^<]+</desc>", svg)
    end)

    it(name .. " has colours for light and for dark, or those that it is told to have", function()
      assert.truthy(draw():find("@media (prefers-color-scheme:dark)", 1, true))
      assert.is_nil(draw({ scheme = "light" }):find("@media", 1, true))
      assert.not_equal(draw({ scheme = "light" }), draw({ scheme = "dark" }))
    end)

    it(name .. " has a style for every class, in both schemes", function()
      local svg = draw()
      local light, dark = svg:match("<style>(.-)@media(.-)</style>")
      for class in svg:gmatch('class="(vm%-[%w-]+)"') do
        assert.truthy(light:find("." .. class .. "{", 1, true), class)
        assert.truthy(dark:find("." .. class .. "{", 1, true), class)
      end
    end)
  end

  it("a region of a million pages stays small", function()
    local region <close> = vmem.reserve(1000000 * P)
    for page = 0, 999999, 1000 do region:commit(page * P, P) end
    local svg = region:map():svg()
    check_xml(svg)
    assert.is_true(#svg < 1000000, #svg)
  end)
end)
