--- The book of views: which addresses are views of sections, and what their pages are to Windows.

local pages = require "vmem.internal.pages"
local pieces = require "vmem.win32.pieces"
local protection = require "vmem.win32.protection"
local ranges = require "vmem.win32.ranges"
local vmem = require "vmem"

local views = {}

---@class vmem.win32.view
---@field region vmem.region
---@field offset integer where in the region it begins
---@field bytes integer whole pages
---@field section vmem.win32.section
---@field from integer where in the section it begins
---@field protect integer AllocationProtect

--- Region -> the view that it is: a script has the address, which does not keep the region. What is in the
--- place of a placeholder is in the book of pieces.
local book = {}

function views.enter(view) book[view.region] = view end

function views.remove(view) book[view.region] = nil end

--- The view that holds an address, and the address's offset in its region; nil if there is none.
---@param address integer
---@return vmem.win32.view?
---@return integer? offset
function views.at(address)
  if address < 0 then return nil end
  local region, offset = vmem.at(address)
  local piece = region and pieces.at(region, offset)
  local view = piece and piece.view or region and book[region]
  if view then return view, offset end
end

-- {====== Pages ======

--- A part of a view whose pages are alike.
---@class vmem.win32.stretch
---@field offset integer in the region
---@field bytes integer
---@field state vmem.state "reserved" also of pages of a SEC_RESERVE section that are not committed yet
---@field word string? the core's word for the protection
---@field copy boolean what is written stays in the view
---@field written boolean and something has been
---@field value integer PAGE_ flags; 0 while reserved

local function is_copy(region, offset)
  for from, size, _, _, copy in region:attachments() do
    if from > offset then return false end
    if offset < from + size then return copy end
  end
  return false
end

--- Whether the page at `offset` has been written, and where that changes.
local function look_for_written(region, offset, stop)
  local next_run, state, control = region:written(offset, stop - offset)
  local from, size = next_run(state, control)
  if not from then return false, stop end
  if from > offset then return false, from end
  return true, from + size
end

--- The stretch from the page at `offset` on, at most to `stop`.
---@param view vmem.win32.view
---@return vmem.win32.stretch
local function stretch_at(view, offset, stop)
  local region, section = view.region, view.section
  local run = region:query(offset)
  stop = math.min(stop, run.offset + run.size)
  local state, word = run.state, run.protection
  if section.committed and state == "committed" then
    local place = view.from - view.offset
    local is_committed, border = ranges.look(section.committed, offset + place)
    if border then stop = math.min(stop, border - place) end
    if not is_committed then state, word = "reserved", nil end
  end
  local copy = state == "committed" and is_copy(region, offset)
  local written = false
  if copy then written, stop = look_for_written(region, offset, stop) end
  return {
    offset = offset, bytes = stop - offset, state = state, word = word, copy = copy, written = written,
    value = word and protection.value_in_view(word, copy and not written) or 0,
  }
end

--- All of [from, to), which are whole pages of the view.
---@return vmem.win32.stretch[]
function views.stretches(view, from, to)
  local list = {}
  while from < to do
    list[#list + 1] = stretch_at(view, from, to)
    from = from + list[#list].bytes
  end
  return list
end

--- The stretch at an offset, with the size of all that VirtualQuery calls alike.
function views.look(view, offset)
  local stop = view.offset + view.bytes
  local first = stretch_at(view, pages.down(offset), stop)
  local at = first.offset + first.bytes
  while at < stop do
    local next_one = stretch_at(view, at, stop)
    if next_one.state ~= first.state or next_one.value ~= first.value then break end
    at = at + next_one.bytes
  end
  first.bytes = at - first.offset
  return first
end

-- ====== }

-- {====== Attaching ======

--- Gives true, or nil and vmem's code. Another process can have made a file shorter.
function views.attach(view, offset, bytes, word, copy)
  local from = offset - view.offset + view.from
  local memory = view.section.backing.section
  if pages.up(memory.size or 0) < from + bytes then return nil, "past_end" end
  local done, _, code = view.region:attach(memory, offset, from, bytes, copy and word .. "+copy" or word)
  return done, code
end

-- ====== }

return views
