--- LRU, exactly: pages in the order of their last references.
---
--- Every reference has a number, and a page has the number of its last one. So that a reference is as little
--- work as can be, pages are only brought into order when a victim is wanted and the last order is used up.
---
--- The line lists pages. Up to `sorted` they stand in the order of the numbers that they had when the number
--- was `epoch`. A page with a greater one has been referenced since: it stands behind them, or is put there
--- when the search for a victim comes by. A page may be listed twice, and pages that have gone may be listed.

local common = require "vmem.replacement.common"

---@class vmem.replacement.lru: vmem.replacement
---@field private stamps table<integer, integer> page -> the number of its last reference
---@field private time integer[] [1] is the number of the last reference; core.cells writes both
---@field private line table
local lru = common.class "lru"

local check_new <const>, check_stays <const> = common.check_new, common.check_stays
local refuse_unknown <const> = common.refuse_unknown

local FEW <const> = 64

local function new_line(pages, last, epoch)
  return { pages = pages, first = 1, sorted = last, last = last, epoch = epoch, most = 4 * last + FEW }
end

--- A line with all pages in order. Finalizers may run meanwhile, and list more pages at the end of the old
--- one.
local function line_up(self)
  local old, stamps, epoch = self.line, self.stamps, self.time[1]
  local pages, stamp_of, count, place = {}, {}, 0, old.first
  while place <= old.last do
    local page = old.pages[place]
    local number = stamps[page]
    if number and not stamp_of[page] then
      count = count + 1
      pages[count], stamp_of[page] = page, number
    end
    place = place + 1
  end
  table.sort(pages, function(a, b) return stamp_of[a] < stamp_of[b] end)
  local line = new_line(pages, count, epoch)
  while place <= old.last do
    pages[line.last + 1] = old.pages[place]
    line.last, place = line.last + 1, place + 1
  end
  self.line = line
  return line
end

--- A page is listed before it is stamped: from then on it is in.
local function list(line, page)
  line.pages[line.last + 1] = page
  line.last = line.last + 1
end

local function stamp(self, page)
  local now = self.time[1] + 1
  self.time[1] = now
  self.stamps[page] = now
end

function lru:insert(page)
  page = check_new(page, self.stamps[page])
  local line = self.line
  if line.last - line.first > line.most then line = line_up(self) end
  list(line, page)
  stamp(self, page)
end

function lru:touch(page)
  if not self.stamps[page] then refuse_unknown("touch", page) end
  stamp(self, page)
end

function lru:remove(page)
  if not self.stamps[page] then refuse_unknown("remove", page) end
  self.stamps[page] = nil
end

--- The first page of the sorted part that may go, and has not been referenced since.
local function first_of(line, stamps, stays)
  for place = line.first, line.sorted do
    local page = line.pages[place]
    local number = stamps[page]
    if number and number <= line.epoch then
      if not (stays and stays(page)) then return page end
    elseif place == line.first then
      if number then list(line, page) end
      line.first = place + 1
    end
  end
end

function lru:victim(stays)
  check_stays(stays)
  return first_of(self.line, self.stamps, stays) or first_of(line_up(self), self.stamps, stays)
end

---@return vmem.replacement.lru
function lru.new()
  return setmetatable({ stamps = {}, time = { 0 }, line = new_line({}, 0, 0) }, lru)
end

return lru
