--- Not recently used: pages in four classes, by whether they were referenced in this tick and written to.

local checks = require "vmem.internal.checks"
local common = require "vmem.replacement.common"

---@class vmem.replacement.nru.options
---@field tick? integer references from one clearing of the referenced bits to the next. Default: the frames

---@class vmem.replacement.nru: vmem.replacement
---@field private came table<integer, integer> page -> the number of its first reference
---@field private tick_of table<integer, integer> page -> the tick of its last reference
---@field private written table<integer, boolean>
---@field private time integer references so far
---@field private tick integer
local nru = common.class "nru"

local check_new <const>, check_stays <const> = common.check_new, common.check_stays
local refuse_unknown <const> = common.refuse_unknown

--- A reference in this tick. Gives its number.
local function refer(self, page, write)
  local now = self.time
  if write then self.written[page] = true end
  self.tick_of[page] = now // self.tick
  self.time = now + 1
  return now
end

function nru:insert(page, write)
  page = check_new(page, self.came[page])
  self.written[page] = nil
  self.came[page] = refer(self, page, write) -- from here on it is in
end

function nru:touch(page, write)
  if not self.came[page] then refuse_unknown("touch", page) end
  refer(self, page, write)
end

--- The page differs no longer from what is stored.
function nru:clean(page)
  if not self.came[page] then refuse_unknown("clean", page) end
  self.written[page] = nil
end

--- Of the lowest class that has pages, the one that came first: books take any.
function nru:victim(stays)
  check_stays(stays)
  local now, lowest, first, found = self.time // self.tick, nil, nil, nil
  for page, came in pairs(self.came) do
    local number = (self.tick_of[page] == now and 2 or 0) + (self.written[page] and 1 or 0)
    local lower = not found or number < lowest or number == lowest and came < first
    if lower and not (stays and stays(page)) then lowest, first, found = number, came, page end
  end
  return found
end

function nru:remove(page)
  if not self.came[page] then refuse_unknown("remove", page) end
  self.came[page] = nil
  self.tick_of[page], self.written[page] = nil, nil
end

---@param frames integer
---@param options? vmem.replacement.nru.options
---@return vmem.replacement.nru
function nru.new(frames, options)
  frames = checks.integer(1, "nru", "frames", frames, 1)
  options = checks.options(2, "nru", options, { tick = checks.count(1, nil, frames) })
  return setmetatable({ came = {}, tick_of = {}, written = {}, time = 0, tick = options.tick }, nru)
end

return nru
