--- Replacement policies: which page leaves its frame when another one needs it. vmem.pager and vmem.paging
--- use them; a policy of your own is an object with the same four methods.

--- Keeps account of the pages that are in frames. Pages are integers of the caller's choice.
---@class vmem.replacement
---@field insert fun(self: vmem.replacement, page: integer) a page has come into a frame: its first reference
---@field touch fun(self: vmem.replacement, page: integer) a page that is in a frame has been referenced again
---@field victim fun(self: vmem.replacement, stays?: fun(page: integer): boolean): integer? the one to replace
---@field remove fun(self: vmem.replacement, page: integer) a page has left its frame

--- victim: of the pages for which `stays` is not true, or nil; it is in its frame until it is removed.

---@alias vmem.replacement.name "fifo"|"lru"|"aging"|"clock"

---@class vmem.replacement.aging.options
---@field bits? integer of the history that is kept of a page, 1 to 62. Default: 62
---@field tick? integer references from one look at the referenced bits to the next. Default: 1

local checks = require "vmem.internal.checks"
local common = require "vmem.replacement.common"
local lru = require "vmem.replacement.lru"

local replacement = {}

local class <const>, check_new <const> = common.class, common.check_new
local check_stays <const> = common.check_stays
local check_frames <const>, refuse_unknown <const> = common.check_frames, common.refuse_unknown

-- An error may come from anywhere, also from a hook, between any two instructions. So each change of a policy
-- is a single assignment, and what is done before and after it makes no difference.

-- {====== FIFO, and LRU ======

--- Pages stand in a line: place -> page. A page that has gone and comes again gets a new place. The place
--- that holds is the one that place_of says; the page's places before it are empty.
---@class vmem.replacement.fifo: vmem.replacement
---@field private line table
local queue = class "fifo"

local FEW <const> = 64

--- The same line without its empty places.
local function closed_up(line)
  local pages, place_of, last = {}, {}, 0
  for place = line.first, line.last do
    local page = line.pages[place]
    if line.place_of[page] == place then
      last = last + 1
      pages[last], place_of[page] = page, last
    end
  end
  return { pages = pages, place_of = place_of, first = 1, last = last, most = 4 * last + FEW }
end

local function append(self, line, page)
  local place = line.last + 1
  if place - line.first > line.most then
    line = closed_up(line)
    self.line, place = line, line.last + 1
  end
  line.last = place
  line.pages[place] = page
  line.place_of[page] = place
end

local function new_queue(methods)
  return setmetatable({ line = { pages = {}, place_of = {}, first = 1, last = 0, most = FEW } }, methods)
end

function queue:insert(page)
  local line = self.line
  append(self, line, check_new(page, line.place_of[page]))
end

function queue:remove(page)
  local place_of = self.line.place_of
  if not place_of[page] then refuse_unknown("remove", page) end
  place_of[page] = nil
end

function queue:touch(page)
  if not self.line.place_of[page] then refuse_unknown("touch", page) end
end

function queue:victim(stays)
  check_stays(stays)
  local line = self.line
  local pages, place_of = line.pages, line.place_of
  for place = line.first, line.last do
    local page = pages[place]
    if page and place_of[page] == place then
      if not (stays and stays(page)) then return page end
    elseif line.first == place then
      line.first = place + 1
      pages[place] = nil
    end
  end
end

--- First in, first out: the page that has been in a frame for longest goes, referenced or not.
---@param frames? integer not used
---@return vmem.replacement
function replacement.fifo(frames)
  check_frames("fifo", frames)
  return new_queue(queue)
end

--- Least recently used, exactly: the page that has not been referenced for longest goes.
---@param frames? integer not used
---@return vmem.replacement
function replacement.lru(frames)
  check_frames("lru", frames)
  return lru.new()
end

-- ====== }

-- {====== LRU by aging ======

---@class vmem.replacement.aging: vmem.replacement
---@field private states table<integer, table> page -> its history, the tick of that, and when it came
---@field private time integer references so far
---@field private tick integer
---@field private top integer the leftmost bit of a history
local aging = class "aging"

--- At each tick the histories move right by a bit, and the bit of the pages referenced since comes in on
--- the left: the greater a history, the more recent the references. Of each page is known what its history
--- was in the tick of its last reference; how it has moved since then is found when it is wanted.

--- A reference in this tick.
local function refer(self, page, history, came)
  self.states[page] = { history = history, tick = self.time // self.tick, came = came }
  self.time = self.time + 1
end

function aging:insert(page)
  refer(self, check_new(page, self.states[page]), 0, self.time)
end

function aging:touch(page)
  local state = self.states[page]
  if not state then refuse_unknown("touch", page) end
  local moved = self.time // self.tick - state.tick
  if moved == 0 then
    self.time = self.time + 1
  else
    refer(self, page, (state.history >> 1 | self.top) >> (moved - 1), state.came)
  end
end

--- The page with the lowest history goes; references since the last tick count first. Of equals, the one that
--- came first.
function aging:victim(stays)
  check_stays(stays)
  local lowest, came, page
  local now, top = self.time // self.tick, self.top
  for each, state in pairs(self.states) do
    local bits, moved = state.history, now - state.tick
    bits = moved == 0 and bits | top << 1 or (bits >> 1 | top) >> (moved - 1)
    local sooner = not page or bits < lowest or bits == lowest and state.came < came
    if sooner and not (stays and stays(each)) then
      lowest, came, page = bits, state.came, each
    end
  end
  return page
end

function aging:remove(page)
  if not self.states[page] then refuse_unknown("remove", page) end
  self.states[page] = nil
end

local known = { bits = checks.count(1, 62, 62), tick = checks.count(1, nil, 1) }

--- LRU as systems approximate it: a history of bits for each page, one bit a tick. With a tick for each
--- reference it is LRU, except among pages that were not referenced for so many ticks as there are bits.
---@param frames? integer not used
---@param options? vmem.replacement.aging.options
---@return vmem.replacement
function replacement.aging(frames, options)
  check_frames("aging", frames)
  options = checks.options(2, "aging", options, known)
  return setmetatable({ states = {}, time = 0, tick = options.tick, top = 1 << (options.bits - 1) }, aging)
end

-- ====== }

-- {====== Clock ======

--- The frames that have never had a page are all behind the others: the hand passes over them at once.
---@class vmem.replacement.clock: vmem.replacement
---@field private frames integer
---@field private used integer the last frame that has ever had a page
---@field private hand integer
---@field private pages table<integer, integer> frame -> page
---@field private frame_of table<integer, integer> page -> frame; it may be another one's by now
---@field private referenced table<integer, boolean> since the hand came by
local clock = class "clock"

--- Whether the page is in a frame.
local function is_in(self, page)
  local frame = self.frame_of[page]
  return frame and self.pages[frame] == page
end

--- Where the hand is, which is where the last victim was; in another free frame when that one is in use.
function clock:insert(page)
  page = check_new(page, is_in(self, page))
  local frame = self.hand
  if self.pages[frame] then
    frame = 1
    while self.pages[frame] do frame = frame + 1 end
  end
  self.frame_of[page], self.referenced[page] = frame, true
  self.frames, self.used = math.max(self.frames, frame), math.max(self.used, frame)
  self.pages[frame] = page -- from here on it is in
  if frame == self.hand then self.hand = frame % self.frames + 1 end
end

function clock:touch(page)
  local frame = self.frame_of[page]
  if not frame or self.pages[frame] ~= page then refuse_unknown("touch", page) end
  self.referenced[page] = true
end

--- The hand goes round: a page that was referenced since it last came by gets a second chance. After two
--- rounds it has found a page, if any may go; if not it is where it was.
function clock:victim(stays)
  check_stays(stays)
  local first = self.hand
  for _ = 1, 2 * self.used do
    if self.hand > self.used then self.hand = 1 end
    local page = self.pages[self.hand]
    if page and not (stays and stays(page)) then
      if not self.referenced[page] then return page end
      self.referenced[page] = nil
    end
    self.hand = self.hand + 1
  end
  self.hand = first
end

function clock:remove(page)
  if not is_in(self, page) then refuse_unknown("remove", page) end
  self.pages[self.frame_of[page]] = nil -- from here on it is not
  self.frame_of[page], self.referenced[page] = nil, nil
end

--- Second chance: frames in a circle, and a hand that passes over pages referenced since it was there.
---@param frames integer
---@return vmem.replacement
function replacement.clock(frames)
  frames = checks.integer(1, "clock", "frames", frames, 1)
  return setmetatable({
    frames = frames, used = 0, hand = 1, pages = {}, frame_of = {}, referenced = {},
  }, clock)
end

-- ====== }

-- Not touch: every hit of a pager calls it, and would take half as long again.
for _, policy in ipairs { queue, lru, aging, clock } do checks.methods(policy, "insert remove victim") end

return replacement
