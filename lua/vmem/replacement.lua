--- Which page has to go when another one needs its frame. vmem.pager goes by these policies, and so does
--- vmem.paging; a policy of your own is an object with the same four methods.

--- Keeps account of the pages that are in frames. Pages are integers of the caller's choice.
---@class vmem.replacement
---@field insert fun(self: vmem.replacement, page: integer) a page has come into a frame: its first reference
---@field touch fun(self: vmem.replacement, page: integer) a page that is in a frame has been referenced again
---@field victim fun(self: vmem.replacement, stays?: fun(page: integer): boolean): integer? who should go
---@field remove fun(self: vmem.replacement, page: integer) a page has left its frame

--- victim: of the pages for which `stays` is not true, or nil; it is in its frame until it is removed.

---@alias vmem.replacement.name "fifo"|"lru"|"aging"|"clock"

---@class vmem.replacement.aging.options
---@field bits? integer of the history that is kept of a page, 1 to 62. Default: 62
---@field tick? integer references from one look at the referenced bits to the next. Default: 1

local checks = require "vmem.checks"

local replacement = {}

local function class(name)
  local methods = { __name = "vmem.replacement." .. name }
  methods.__index = methods
  return methods
end

-- {====== What no policy can do ======

--- Where the page should not be in a frame; `is_in` tells whether it is.
local function check_new(page, is_in)
  checks.integer(1, "insert", "page", page)
  checks.that(not is_in, 1, "insert", "page %s is in a frame already", page)
end

local function refuse_unknown(name, page)
  checks.refuse(1, name, "page %s is in no frame: insert it first", checks.shown(page))
end

-- ====== }

-- {====== In the order of a list: FIFO and LRU ======

--- Pages in a ring of links: after the anchor the next to go, before it the last that came.
local queue = class "fifo"

local ANCHOR <const> = "anchor"

--- What may need memory comes first: where that fails, the ring is as it was.
local function append(self, page)
  local before, after = self.before, self.after
  local last = before[ANCHOR]
  before[page] = last
  after[page] = ANCHOR
  after[last], before[ANCHOR] = page, page
end

local function cut(self, page)
  local before, after = self.before[page], self.after[page]
  self.after[before], self.before[after] = after, before
  self.after[page], self.before[page] = nil, nil
end

local function new_queue(methods)
  return setmetatable({ after = { [ANCHOR] = ANCHOR }, before = { [ANCHOR] = ANCHOR } }, methods)
end

function queue:insert(page)
  check_new(page, self.after[page])
  append(self, page)
end

function queue:remove(page)
  if not self.after[page] then refuse_unknown("remove", page) end
  cut(self, page)
end

function queue:touch(page)
  if not self.after[page] then refuse_unknown("touch", page) end
end

function queue:victim(stays)
  local page = self.after[ANCHOR]
  while page ~= ANCHOR do
    if not (stays and stays(page)) then return page end
    page = self.after[page]
  end
end

local recent = class "lru"
recent.insert, recent.remove, recent.victim = queue.insert, queue.remove, queue.victim

function recent:touch(page)
  local after = self.after[page]
  if after == ANCHOR then return end
  if not after then refuse_unknown("touch", page) end
  cut(self, page)
  append(self, page)
end

--- First in, first out: who has been in a frame for longest goes, referenced or not.
---@return vmem.replacement
function replacement.fifo() return new_queue(queue) end

--- Least recently used, exactly: who has not been referenced for longest goes.
---@return vmem.replacement
function replacement.lru() return new_queue(recent) end

-- ====== }

-- {====== LRU by aging ======

local aging = class "aging"

--- At each tick the histories move right by a bit, and the bit of the pages referenced since comes in on
--- the left: the greater a history, the more recent the references.
local function refer(self, page)
  local none = (self.time + 1) % self.tick == 0 and {} -- made before anything has changed
  self.referenced[page] = true
  self.time = self.time + 1
  if not none then return end
  local top, referenced, history = self.top, self.referenced, self.history
  for each, bits in pairs(history) do
    history[each] = (bits >> 1) | (referenced[each] and top or 0)
  end
  self.referenced = none
end

--- The history comes last, for it is what makes a page one that may go.
function aging:insert(page)
  check_new(page, self.history[page])
  self.came[page] = self.time
  refer(self, page)
  self.history[page] = self.referenced[page] and 0 or self.top
end

function aging:touch(page)
  if not self.history[page] then refuse_unknown("touch", page) end
  refer(self, page)
end

--- The lowest history goes, references since the last tick counted before it; of equals who came first.
function aging:victim(stays)
  local lowest, came, page
  for each, bits in pairs(self.history) do
    if self.referenced[each] then bits = bits | self.top << 1 end
    local sooner = not page or bits < lowest or bits == lowest and self.came[each] < came
    if sooner and not (stays and stays(each)) then
      lowest, came, page = bits, self.came[each], each
    end
  end
  return page
end

function aging:remove(page)
  if not self.history[page] then refuse_unknown("remove", page) end
  self.history[page], self.came[page], self.referenced[page] = nil, nil, nil
end

local known = { bits = checks.count(1, 62, 62), tick = checks.count(1, nil, 1) }

--- LRU as systems approximate it: a history of bits for each page, one bit a tick. With a tick for each
--- reference it is LRU, except among pages that were not referenced for so many ticks as there are bits.
---@param frames? integer not used
---@param options? vmem.replacement.aging.options
---@return vmem.replacement
function replacement.aging(frames, options) -- luacheck: ignore frames
  options = checks.options(2, "aging", options, known)
  return setmetatable({
    history = {}, came = {}, referenced = {}, time = 0, tick = options.tick, top = 1 << (options.bits - 1),
  }, aging)
end

-- ====== }

-- {====== Clock ======

local clock = class "clock"

local function advance(self)
  self.hand = self.hand % self.frames + 1
end

--- Whether the page is in a frame.
local function is_in(self, page)
  local frame = self.frame_of[page]
  return frame and self.pages[frame] == page
end

--- Where the hand is, which is where the last victim was; in another free frame when that one is in use.
function clock:insert(page)
  check_new(page, is_in(self, page))
  local frame = self.hand
  if self.pages[frame] then
    frame = 1
    while self.pages[frame] do frame = frame + 1 end
  end
  self.frame_of[page], self.referenced[page] = frame, true
  self.pages[frame] = page -- last: from here on it may go
  self.frames = math.max(self.frames, frame)
  if frame == self.hand then advance(self) end
end

function clock:touch(page)
  if not self.frame_of[page] then refuse_unknown("touch", page) end
  self.referenced[page] = true
end

--- The hand goes round: who has been referenced since it last came by gets a second chance. After two
--- rounds it has found somebody, if anybody may go.
function clock:victim(stays)
  for _ = 1, 2 * self.frames + 1 do
    local page = self.pages[self.hand]
    if page and not (stays and stays(page)) then
      if not self.referenced[page] then return page end
      self.referenced[page] = nil
    end
    advance(self)
  end
end

function clock:remove(page)
  if not is_in(self, page) then refuse_unknown("remove", page) end
  self.pages[self.frame_of[page]] = nil
  self.frame_of[page], self.referenced[page] = nil, nil
end

--- Second chance: frames in a circle, and a hand that passes over pages referenced since it was there.
---@param frames integer
---@return vmem.replacement
function replacement.clock(frames)
  frames = checks.integer(1, "clock", "frames", frames, 1)
  return setmetatable({ frames = frames, hand = 1, pages = {}, frame_of = {}, referenced = {} }, clock)
end

-- ====== }

return replacement
