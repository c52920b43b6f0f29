--- An address space as text: a tall box, highest address on top.

local colours = require "vmem.draw.colours"
local rows_of = require "vmem.draw.layout_rows"
local plain = require "vmem.internal.plain"
local table_text = require "vmem.draw.table_text"
local terminal = require "vmem.draw.terminal"
local totals = require "vmem.draw.layout_totals"
local units = require "vmem.internal.units"

local ADDRESS <const> = 18 -- columns: 0xffffffffffffffff
local SIZE <const> = 9
local KIND <const> = 8

-- What each line must have room for, between the sides of the box. Below the first of them the address has a
-- line of its own.
local LEAST <const> = 20 -- columns of a line: an address between two sides
local WITH_ADDRESS <const> = KIND + SIZE + 2
local WITH_LABEL <const> = WITH_ADDRESS + 9
local WITH_ACCESS <const> = WITH_LABEL + 10
local WITH_RESIDENT <const> = 47

local PARTITION = { kernel = true, forbidden = true, null = true }

local amount = table_text.amount

-- {====== The box ======

---@class vmem.draw.sheet
---@field box table<string, string>
---@field paint fun(text: string, code: string?): string
---@field beside boolean whether addresses stand beside the box, and not in it
---@field inner integer columns between the sides of the box
---@field lines string[]
local sheet = {}
sheet.__index = sheet

function sheet:put(address, left, text, right)
  local lines, before = self.lines, ("%" .. ADDRESS .. "s "):format(address)
  if not self.beside then
    if address ~= "" then lines[#lines + 1] = left .. terminal.fit(address, self.inner, self.box) .. right end
    before = ""
  end
  lines[#lines + 1] = before .. left .. text .. right
end

--- A border, with what it parts in words, if there is room for them.
function sheet:border(left, right, title)
  local box = self.box
  local text = ""
  if title then text = ("%s %s "):format(box.across, terminal.cut(title, self.inner - 4, box)) end
  local rest = self.inner - terminal.length(text)
  self:put("", box[left], text .. box.across:rep(rest), box[right])
end

--- A line of cells: kind, and size. Where there is room the label, the access, and what is in RAM.
function sheet:cells(kind, access, label, size, resident, code)
  local inner, box = self.inner, self.box
  local margin = inner < WITH_ADDRESS and "" or " "
  local text = margin .. self.paint(terminal.fit(kind, KIND, box), code)
  local sizes = ("%" .. SIZE .. "s "):format(size)
  if inner >= WITH_RESIDENT then sizes = (" %s%" .. SIZE .. "s "):format(sizes, resident) end
  local room = inner - #margin - KIND - #sizes
  if inner >= WITH_ACCESS then
    text = text .. "  " .. terminal.fit(access, 8, box)
    room = room - 10
  end
  if inner >= WITH_LABEL then
    text = text .. " " .. terminal.fit(label, room - 1, box, label:find("^[/\\]") ~= nil)
    room = 0
  end
  return text .. (" "):rep(room) .. sizes
end

--- A row; what is too long is cut, paths at their start.
function sheet:row(row)
  local box = self.box
  self:put(units.address(row.address), box.down, self:cells(row.kind, row.protection, plain.text(row.label),
    units.size(row.size), amount(row.resident), colours[row.kind].sgr), box.down)
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
  local box, ends = s.box, units.address(last.address + last.size - 1) -- the last address of all
  if s.beside then
    local head = s:cells("kind", "access", "", "size", "in RAM")
    s.lines[#s.lines + 1] = ("%" .. ADDRESS .. "s  %s"):format("begins at", head):gsub(" +$", "")
  end
  s.lines[#s.lines + 1] = (s.beside and ("%" .. ADDRESS .. "s "):format(ends) or "")
    .. box.top_left .. box.across:rep(s.inner) .. box.top_right
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

--- The text that layout:text returns.
---@param layout vmem.layout
---@param options vmem.picture
---@return string
return function(layout, options)
  local width = terminal.width(options.width, LEAST)
  local beside = width - ADDRESS - 3 >= WITH_ADDRESS
  local s = setmetatable({
    box = terminal.box(options.ascii),
    paint = terminal.painter(terminal.colour(options.colour)),
    beside = beside, inner = beside and width - ADDRESS - 3 or width - 2,
    lines = {},
  }, sheet)
  local whose = layout.pid and "process " .. layout.pid or "this process"
  s.lines[1] = (width < 32 and "" or "Address space of ") .. whose
  draw_box(s, rows_of(layout, options.all))
  s.lines[#s.lines + 1] = ""
  local all = totals.lines(layout, width, s)
  table.move(all, 1, #all, #s.lines + 1, s.lines)
  return terminal.text(s.lines, options.width)
end
