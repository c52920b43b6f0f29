--- A page table as SVG: virtual pages at the left, frames at the right, a curve from each page to its frame.

local svg = require "vmem.draw.svg"
local units = require "vmem.internal.units"
local words = require "vmem.draw.pagetable_words"

local WIDTH, MARGIN, ROW, TOP = 900, 16, 28, 78
local BOX = 22 -- the height of a box
local PAGES, FRAMES = 430, 160 -- widths

-- Neighbouring curves differ in colour, so that one can follow them where they cross.
local palette = { "image", "heap", "stack", "mapped", "private", "region", "system" }
local ground = {
  reserved = "reserved", trap = "trap", absent = "free", unknown = "free", hidden = "rw", mapped = "rw",
}

local function colour_of(entry)
  return palette[(entry - 1) % #palette + 1]
end

local function draw_page(s, entry, y)
  local state = words.state(entry)
  s:rect(MARGIN, y, PAGES, BOX, ground[entry.state], entry.state == "absent" and 1 or 0.3)
  s:text(MARGIN + 8, y + 15, units.address(entry.address), "dim")
  s:text(MARGIN + PAGES - 8, y + 15,
    svg.cut(words.pages(entry) .. (state ~= "" and ", " .. state or ""), PAGES - 128), "ink", "end")
end

local function draw_frame(s, place, y)
  local x = WIDTH - MARGIN - FRAMES
  s:rect(x, y, FRAMES, BOX, colour_of(place.entries[1]), 0.25)
  s:text(x + 10, y + 15, "frame " .. units.address(place.frame))
end

local function draw_link(s, entry, from, to)
  local left, right = MARGIN + PAGES, WIDTH - MARGIN - FRAMES
  local bend = (right - left) * 0.45
  s:path(units.format("M%g %gC%g %g %g %g %g %g l-6 -3.5 m6 3.5 l-6 3.5",
    left, from, left + bend, from, right - bend, to, right, to), colour_of(entry), 1.8)
end

--- The SVG document that pagetable:svg returns.
---@param self vmem.pagetable
---@param options vmem.picture
---@return string
return function(self, options)
  local frames = words.frames(self)
  local facts = self.note or words.summary(self) or "No page is in RAM."
  local s = svg.new(self.title, facts, options.scheme)
  s:text(MARGIN, 28, svg.cut(self.title, (WIDTH - 2 * MARGIN) * 0.75), "ink", "start", 16)
  s:text(MARGIN, 50, facts)
  s:text(MARGIN, TOP - 8, "virtual pages", "dim")
  if #frames > 0 then s:text(WIDTH - MARGIN - FRAMES, TOP - 8, "physical frames", "dim") end
  -- Frames are spread over the height of the pages.
  local function frame_y(j) return TOP + (j - 0.5) * #self.entries * ROW / #frames - BOX / 2 end
  for i, entry in ipairs(self.entries) do draw_page(s, entry, TOP + (i - 1) * ROW) end
  for j, place in ipairs(frames) do
    for _, entry in ipairs(place.entries) do
      draw_link(s, entry, TOP + (entry - 1) * ROW + BOX / 2, frame_y(j) + BOX / 2)
    end
    draw_frame(s, place, frame_y(j))
  end
  local bottom, left = TOP + #self.entries * ROW, words.left(self)
  if left then
    s:text(MARGIN + 8, bottom + 14, left, "dim")
    bottom = bottom + 22
  end
  return s:document(WIDTH, bottom + MARGIN)
end
