-- Text pictures in few columns: they fit, or say how wide they are, and a frame is whole.

local helpers = require "helpers"
local layout = require "vmem.layout"
local pagetable = require "vmem.pagetable"
local paging = require "vmem.paging"
local vmem = require "vmem"

local P = vmem.page_size

local pictures = {
  ["an address space"] = { helpers.areas_it, function(options) return layout.of():text(options) end },
  ["a region"] = { it, function(options)
    local region <close> = assert(vmem.reserve(300 * P, { name = "a name of some length, as names go" }))
    region:commit(0, 9 * P)
    return region:map():text(options)
  end },
  ["a page table"] = { it, function(options) return pagetable.simulated(12):text(options) end },
  ["memories"] = { it, function(options)
    return paging.compare({ { "a", 4096 }, { "d", 8192 } }, { "first", "paged" }, 16384):text(options)
  end },
  ["curves"] = { it, function(options)
    return paging.misses(paging.trace { 0, 4096, 0 }, { frames = { 1, 2, 3 } }):text(options)
  end },
  ["a translation"] = { it, function(options)
    local mmu = paging.new()
    mmu:read(0x56781234)
    return mmu:translate(0x56781234):text(options)
  end },
}

local function widest(text)
  local most = 0
  for line in text:gmatch "[^\n]+" do most = math.max(most, utf8.len(line)) end
  return most
end

--- The lines of a box are as wide as each other.
local function check_frame(text)
  local width
  for line in text:gmatch "[^\n]+" do
    if line:find "[│┊┤┐┘]$" then
      width = width or utf8.len(line)
      if utf8.len(line) ~= width then error(("%d, not %d: %s"):format(utf8.len(line), width, line)) end
    end
  end
end

describe("in any width", function()
  helpers.no_regions_left()

  for name, picture in pairs(pictures) do
    picture[1](name .. " fits, or says how wide it is", function()
      for width = 1, 130 do
        for _, ascii in ipairs { false, true } do
          local text = picture[2] { width = width, colour = false, ascii = ascii }
          local told, there = text:match "\n%(takes (%d+) columns; there are (%d+)%)$"
          local body = text:gsub("\n%(takes [^\n]+$", "")
          if told then
            assert.equal(widest(body), tonumber(told))
            assert.equal(width, tonumber(there))
            assert.is_true(tonumber(told) > width)
          else
            assert.is_true(widest(text) <= width, text)
          end
          if name == "an address space" and not ascii then check_frame(body) end
        end
      end
      -- Colour takes no columns.
      local text = picture[2] { width = 130, colour = true }
      assert.is_nil(text:find("(takes", 1, true))
    end)
  end
end)
