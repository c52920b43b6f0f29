--- A virtual address taken apart, as SVG: its bits in boxes, and below them the walk from node to node.

local svg = require "vmem.draw.svg"
local units = require "vmem.internal.units"
local words = require "vmem.draw.translation_words"

local MARGIN <const>, GAP <const>, CHARACTER <const> = 16, 26, 7.4
local FIELDS <const>, FIELD <const> = 74, 42 -- where the address is, and how high
local NODES <const>, NODE <const>, ENTRY <const> = 190, 170, 20
local PALETTE <const> = { "image", "mapped", "system", "stack", "heap", "private" }

local function colour_of(i) return PALETTE[(i - 1) % #PALETTE + 1] end

local function width_of(field)
  return math.max(#field.bits, #field.range, #field.title, #field.value) * CHARACTER + 18
end

--- Where each field is: x and width.
local function places_of(fields)
  local places, x = {}, MARGIN
  for i, field in ipairs(fields) do
    places[i] = { x = x, width = math.max(width_of(field), 92) }
    x = x + places[i].width + GAP
  end
  return places, x - GAP
end

local function draw_field(s, field, place, i)
  local middle = place.x + place.width / 2
  s:text(middle, FIELDS - 8, field.title, "dim", "middle")
  s:rect(place.x, FIELDS, place.width, FIELD, colour_of(i), 0.2)
  s:text(middle, FIELDS + 17, field.bits, "ink", "middle")
  s:text(middle, FIELDS + 34, field.value, "ink", "middle")
  s:text(middle, FIELDS + FIELD + 14, "bits " .. field.range, "dim", "middle", 10)
end

--- Where in its node an entry is drawn: the first at the top, the last at the bottom.
local function entry_y(field, bits)
  local last = (1 << bits) - 1
  return NODES + (last > 0 and field.value / last or 0) * (NODE - ENTRY)
end

local function arrow(s, class, format, ...)
  s:path(units.format(format, ...), class, 1.6)
end

--- A node, and the way from the address to its entry.
local function draw_node(s, self, i, place)
  local field, class = self.fields[i], colour_of(i)
  local y, bits = entry_y(field, field.high - field.low + 1), field.high - field.low + 1
  s:text(place.x, NODES - 8, ("%s entries"):format(units.count(1 << bits)), "dim", "start", 10)
  s:rect(place.x, NODES, place.width, NODE, "free", 0.6)
  s:path(units.format("M%g %gh%gv%gh%gz", place.x, NODES, place.width, NODE, -place.width), "line", 1)
  s:rect(place.x, y, place.width, ENTRY, class, 0.45)
  s:text(place.x + place.width / 2, y + 14, units.count(field.value), "ink", "middle")
  s:path(units.format("M%g %gV%gl-3 -5m3 5l3 -5", place.x + place.width - 9, FIELDS + FIELD + 5, y - 1),
    "line", 1, "3 2")
  return y + ENTRY / 2
end

--- From an entry to the node, or frame, that it names.
local function draw_link(s, class, from, y, to, at)
  local bend = GAP / 2
  arrow(s, class, "M%g %gh%gV%gH%g l-5 -3 m5 3 l-5 3", from, y, bend, at, to)
end

local function draw_frame(s, self, place)
  local y = NODES + NODE / 2 - 30
  s:rect(place.x, y, place.width, 60, "private", 0.35)
  s:text(place.x + place.width / 2, y + 26, "frame " .. units.address(self.frame), "ink", "middle")
  s:text(place.x + place.width / 2, y + 44, "+ " .. units.address(self.offset), "dim", "middle")
  return y + 30
end

--- The entries that a walk of a hashed or inverted table compares, one below the other.
local function draw_compared(s, self, place, next_place)
  local shown = #self.compared
  local all = units.count(self.read) .. (self.read == 1 and " entry read" or " entries read")
  s:text(place.x, NODES - 8, shown < self.read and ("the last %d of %s"):format(shown, all) or all, "dim",
    "start", 10)
  for i, page in ipairs(self.compared) do
    local y, found = NODES + (i - 1) * (ENTRY + 4), page == self.page
    s:rect(place.x, y, place.width, ENTRY, found and colour_of(1) or "free", found and 0.45 or 0.6)
    s:text(place.x + place.width / 2, y + 14, page and "page " .. units.address(page) or "no page", "ink",
      "middle")
    if found and self.frame then
      draw_link(s, colour_of(1), place.x + place.width, y + ENTRY / 2, next_place.x,
        draw_frame(s, self, next_place))
    end
  end
end

--- The SVG document that translation:svg returns.
---@param self vmem.paging.translation
---@param options vmem.picture
---@return string
return function(self, options)
  local fields = words.fields(self)
  if self.page_size == 1 then fields[#fields + 1] = { title = "offset", range = "", bits = "",
    value = "0" } end
  local places, right = places_of(fields)
  local s = svg.new(words.title(self), words.outcome(self), options.scheme)
  right = math.max(right, (#words.outcome(self) + 2) * CHARACTER + MARGIN,
    (#words.title(self) + 1) * 10 + MARGIN)
  s:text(MARGIN, 28, words.title(self), "ink", "start", 16)
  for i, field in ipairs(fields) do draw_field(s, field, places[i], i) end
  if self.compared then draw_compared(s, self, places[1], places[2]) end
  for i in ipairs(self.indices) do
    local place = places[i]
    if not self.fields[i].present then break end
    local y = draw_node(s, self, i, place)
    local to, next_place = self.fields[i + 1], places[i + 1]
    local from = place.x + place.width
    if i < #self.indices and to.present then
      draw_link(s, colour_of(i), from, y, next_place.x, NODES + 6)
    elseif i == #self.indices and self.frame then
      draw_link(s, colour_of(i), from, y, next_place.x, draw_frame(s, self, next_place))
    end
  end
  s:text(MARGIN, NODES + NODE + 32, words.outcome(self))
  return s:document(right + MARGIN, NODES + NODE + 32 + MARGIN)
end
