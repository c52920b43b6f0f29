--- An address space as text: a tall box, highest address on top.

local colours = require "vmem.draw.colours"
local rows_of = require "vmem.draw.layout_rows"
local plain = require "vmem.internal.plain"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

local ADDRESS = 18 -- characters: 0xffffffffffffffff
local SIZE = 9
local LEAST = 60 -- characters of a line: the totals take as many

local PARTITION = { kernel = true, forbidden = true, null = true }

--- An amount of bytes; "?" where it is unknown, "-" for none.
local function amount(bytes)
  if not bytes then return "?" end
  return bytes == 0 and "-" or units.size(bytes)
end

-- {====== The box ======

---@class vmem.draw.sheet
---@field box table<string, string>
---@field paint fun(text: string, code: string?): string
---@field inner integer characters between the sides of the box
---@field lines string[]
local sheet = {}
sheet.__index = sheet

function sheet:put(address, left, text, right)
  self.lines[#self.lines + 1] = ("%" .. ADDRESS .. "s %s%s%s"):format(address, left, text, right)
end

--- A border, with what it parts in words.
function sheet:border(left, right, title)
  local box = self.box
  local text = ""
  if title then text = ("%s %s "):format(box.across, terminal.cut(title, self.inner - 4, box)) end
  local rest = self.inner - terminal.length(text)
  self:put("", box[left], text .. box.across:rep(rest), box[right])
end

--- Both columns, or, where lines are short, the first.
function sheet:sizes(size, resident)
  local format = " %" .. SIZE .. "s "
  if self.inner < 47 then return format:format(size) end
  return format:format(size) .. ("%" .. SIZE .. "s "):format(resident)
end

--- kind, protection, label, size and resident bytes; what is too long is cut, paths at their start.
function sheet:row(row)
  local box = self.box
  local label = plain.text(row.label)
  local sizes = self:sizes(units.size(row.size), amount(row.resident))
  local room = self.inner - 20 - #sizes
  local cells = (" %s %s %s"):format(
    self.paint(terminal.fit(row.kind, 9, box), colours[row.kind].sgr),
    terminal.fit(row.protection, 8, box),
    terminal.fit(label, room, box, label:find("^[/\\]") ~= nil))
  self:put(units.address(row.address), box.down, cells .. sizes, box.down)
end

--- A gap: one line, however large.
function sheet:gap(row)
  local text = units.size(row.size) .. " free"
  local before = (self.inner - #text) // 2
  local line = terminal.fit((" "):rep(before) .. text, self.inner, self.box)
  self:put(units.address(row.address), self.box.gap, self.paint(line, colours.free.sgr), self.box.gap)
end

function sheet:partition(row)
  local box, size = self.box, units.size(row.size)
  local label = terminal.fit(row.label, self.inner - 3 - #size, box)
  self:put(units.address(row.address), box.down, " " .. label .. " " .. size .. " ", box.down)
end

-- ====== }

local function draw_box(s, rows)
  local last = rows[#rows]
  local head = ("%-9s %-8s"):format("kind", "access")
  local sizes = s:sizes("size", "in RAM")
  s:put("begins at", " ", " " .. terminal.fit(head, s.inner - 1 - #sizes, s.box) .. sizes, "")
  s.lines[#s.lines + 1] = ("%" .. ADDRESS .. "s %s"):format(
    units.address(last.address + last.size - 1), -- the last address of all
    s.box.top_left .. s.box.across:rep(s.inner) .. s.box.top_right)
  local above
  for i = #rows, 1, -1 do
    local row = rows[i]
    local partition = PARTITION[row.kind]
    if above and (partition or PARTITION[above.kind]) then
      s:border("tee_left", "tee_right", not partition and "User mode partition: what the program may use")
    end
    if partition then
      s:partition(row)
    elseif row.kind == "free" then
      s:gap(row)
    else
      s:row(row)
    end
    above = row
  end
  s:border("bottom_left", "bottom_right")
end

local function draw_totals(s, layout)
  local totals = layout:totals()
  local format = "  %s %10s %10s %10s %10s"
  local function line(name, code, ...)
    s.lines[#s.lines + 1] = format:format(s.paint(terminal.fit(name, 10, s.box), code), ...)
  end
  s.lines[#s.lines + 1] = ""
  line("kind", nil, "areas", "size", "committed", "in RAM")
  for _, kind in ipairs(layout.kinds) do
    local total = totals[kind]
    if total and not PARTITION[kind] and kind ~= "free" then
      line(kind, colours[kind].sgr, units.count(total.count), units.size(total.size),
        amount(total.committed), amount(total.resident))
    end
  end
  local all = totals.all
  line("all", nil, units.count(all.count), units.size(all.size), amount(all.committed), amount(all.resident))
end

--- The text that layout:text returns.
---@param layout vmem.layout
---@param options vmem.picture
---@return string
return function(layout, options)
  local s = setmetatable({
    box = terminal.box(options.ascii),
    paint = terminal.painter(terminal.colour(options.colour)),
    inner = terminal.width(options.width, LEAST) - ADDRESS - 3,
    lines = {},
  }, sheet)
  s.lines[1] = "Address space of " .. (layout.pid and "process " .. layout.pid or "this process")
  draw_box(s, rows_of(layout, options.all))
  draw_totals(s, layout)
  return terminal.text(s.lines, options.width)
end
