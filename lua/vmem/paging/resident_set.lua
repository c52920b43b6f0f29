--- Which pages a process has in frames, where their number follows its needs: the working set, and the set
--- that the page-fault frequency leaves.

local checks = require "vmem.internal.checks"
local of_traces = require "vmem.paging.trace"
local sorted_keys = require "vmem.internal.sorted_keys"
local units = require "vmem.internal.units"

---@class vmem.paging.working_set.options
---@field window integer references: a page that was among the last so many is in the set
---@field page_size? integer a power of two. Default: 4096

---@class vmem.paging.fault_frequency.options
---@field interval integer references: a fault that comes later after the last one shrinks the set
---@field page_size? integer a power of two. Default: 4096

--- tostring(set) is a line with its figures.
---@class vmem.paging.resident_set
---@field references integer
---@field faults integer
---@field sizes integer[] pages in the set after each reference
---@field average number pages
---@field largest integer pages
---@field private title string
---@field private stays { page: integer, from: integer, to: integer }[]
local set = {}
set.__index = set
set.__name = "vmem.paging.resident_set"

-- {====== Pages come and go ======

local function come(self, page, now)
  local stay = { page = page, from = now, to = math.huge }
  self.stays[#self.stays + 1], self.open[page] = stay, stay
  self.faults, self.size = self.faults + 1, self.size + 1
end

--- It is in no longer after reference `now`.
local function go(self, page, now)
  self.open[page].to, self.open[page] = now - 1, nil
  self.size = self.size - 1
end

local ways = {}

--- A page is still in when its next reference comes as late as a window later.
function ways.working_set(self, pages, window)
  local last = {}
  for now, page in ipairs(pages) do
    if not self.open[page] then come(self, page, now) end
    last[page] = now
    local old = pages[now - window]
    if old and last[old] == now - window then go(self, old, now) end
    self.sizes[now] = self.size
  end
end

--- After a long time without a fault, pages that were not referenced since the last fault go.
function ways.fault_frequency(self, pages, interval)
  local last, fault = {}, nil
  for now, page in ipairs(pages) do
    last[page] = now
    if not self.open[page] then
      if fault and now - fault > interval then
        for _, each in ipairs(sorted_keys(self.open)) do
          if last[each] < fault then go(self, each, now) end
        end
      end
      come(self, page, now)
      fault = now
    end
    self.sizes[now] = self.size
  end
end

-- ====== }

local function made(way, title, trace, option, options)
  of_traces.check(1, way, trace)
  local known = { page_size = checks.anything, [option] = checks.count(1) }
  options = checks.options(2, way, options, known)
  local size = checks.power_of_two(2, way, "page_size", options.page_size or 4096)
  local pages, sum = of_traces.references_of(trace, way, 2, size), 0
  local self = { references = #pages, faults = 0, sizes = {}, size = 0, open = {}, stays = {}, largest = 0 }
  ways[way](self, pages, options[option])
  for _, count in ipairs(self.sizes) do
    sum, self.largest = sum + count, math.max(self.largest, count)
  end
  self.average, self.title = sum / #pages, title:format(options[option])
  self.open, self.size = nil, nil
  return setmetatable(self, set)
end

--- The pages in the set after reference number `time`, ascending; empty before the first one.
---@param time integer
---@return integer[]
function set:at(time)
  time = checks.integer(1, "at", "time", time, 0, self.references)
  local pages = {}
  for _, stay in ipairs(self.stays) do
    if stay.from <= time and time <= stay.to then pages[stay.page] = true end
  end
  return sorted_keys(pages)
end

function set:__tostring()
  return units.format("%s: %s faults of %s, %.3g pages on average, %d at most", self.title,
    units.count(self.faults), units.of(self.references, "reference"), self.average, self.largest)
end

checks.methods(set, "at __tostring")

local resident_set = {}

---@param trace vmem.paging.trace
---@param options vmem.paging.working_set.options
---@return vmem.paging.resident_set
function resident_set.working_set(trace, options)
  return made("working_set", "working set, window of %d", trace, "window", options)
end

---@param trace vmem.paging.trace
---@param options vmem.paging.fault_frequency.options
---@return vmem.paging.resident_set
function resident_set.fault_frequency(trace, options)
  return made("fault_frequency", "page-fault frequency, interval of %d", trace, "interval", options)
end

return resident_set
