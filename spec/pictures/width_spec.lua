-- Text pictures in few columns: they fit, or say how wide they are, and a frame is whole.

local columns = require "vmem.draw.columns"
local helpers = require "helpers"
local layout = require "vmem.layout"
local pagetable = require "vmem.pagetable"
local paging = require "vmem.paging"
local terminal = require "vmem.draw.terminal"
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

  helpers.areas_it("an address space has a whole frame round names of any characters", function()
    local names = { "漢字かな漢字かな漢字かな", "e\u{301}e\u{301}e\u{301}", "😀😀😀😀😀😀😀😀😀😀😀😀", "ab漢" }
    local regions = {}
    for i, name in ipairs(names) do
      regions[i] = assert(vmem.reserve(P, { name = name }))
      regions[i]:commit(0, P)
    end
    for _, width in ipairs { 20, 33, 41, 50, 60, 61, 62, 79, 80, 120 } do
      local text = layout.of():text { width = width, colour = false, ascii = false, all = true }
      for line in text:gmatch "[^\n]+" do
        if line:find "[│┊┤┐┘]$" then assert.equal(width, columns.of(line), line) end
      end
    end
    for _, region in ipairs(regions) do region:release() end
  end)

  it("characters take the columns that Unicode says", function()
    for text, width in pairs {
      [""] = 0, a = 1, ["é"] = 1, ["漢"] = 2, ["한"] = 2, ["ｱ"] = 1, ["Ａ"] = 2, ["😀"] = 2, ["e\u{301}"] = 1,
      ["\u{1112}\u{1161}\u{11ab}"] = 2, ["│"] = 1, ["…"] = 1, ["\xff\xfe"] = 2,
    } do
      assert.equal(width, columns.of(text), text)
    end
  end)

  it("a text is cut to columns, between letters", function()
    local box = { cut = "…" }
    for _, case in ipairs {
      { "漢字かな", 8, "漢字かな", "漢字かな" }, { "漢字かな", 7, "漢字か…", "…字かな" },
      { "漢字かな", 6, "漢字… ", "…かな " }, { "漢字", 1, "…", "…" }, { "漢字", 0, "", "" },
      { "e\u{301}e\u{301}x", 2, "e\u{301}…", "…x" }, { "ae\u{301}", 2, "ae\u{301}", "ae\u{301}" },
      { "abe\u{301}", 2, "a…", "…e\u{301}" }, { "\xffabc", 3, "\xffa…", "…bc" },
    } do
      local text, width, at_end, at_start = table.unpack(case)
      assert.equal(at_end, terminal.fit(text, width, box))
      assert.equal(at_start, terminal.fit(text, width, box, true))
    end
  end)

  for name, picture in pairs(pictures) do
    picture[1](name .. " fits, or says how wide it is", function()
      for width = 1, 130 do
        for _, ascii in ipairs { false, true } do
          local text = picture[2] { width = width, colour = false, ascii = ascii }
          local told, there = text:match "\n%(takes (%d+) columns; there are (%d+)%)$"
          local body = text:gsub("\n%(takes [^\n]+$", "")
          if told then
            assert.is_true(name ~= "an address space" or width < 20)
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
