--- Replacement policies: which page leaves its frame when another one needs it. vmem.pager and vmem.paging
--- use them; a policy of your own is an object with the same four methods.

--- Keeps account of the pages that are in frames. Pages are integers of the caller's choice.
---@class vmem.replacement
---@field insert fun(self: vmem.replacement, page: integer, write?: boolean) a page came: its first reference
---@field touch fun(self: vmem.replacement, page: integer, write?: boolean) it is referenced again
---@field victim fun(self: vmem.replacement, stays?: fun(page: integer): boolean): integer? the one to replace
---@field remove fun(self: vmem.replacement, page: integer) a page has left its frame
---@field clean? fun(self: vmem.replacement, page: integer) it was saved, and stays in its frame

--- insert and touch are told whether the reference is a write; a policy may leave it out of account.
--- victim: of the pages for which `stays` is not true, or nil; it is in its frame until it is removed.

---@alias vmem.replacement.name
---| "fifo"|"lru"|"aging"|"clock"|"second_chance"|"enhanced"|"nru"|"random"

---@class vmem.replacement.aging.options
---@field bits? integer of the history that is kept of a page, 1 to 62. Default: 62
---@field tick? integer references from one look at the referenced bits to the next. Default: 1

local checks = require "vmem.internal.checks"
local public = require "vmem.internal.public"
local common = require "vmem.replacement.common"
local clocks = require "vmem.replacement.clock"
local lru = require "vmem.replacement.lru"
local nru = require "vmem.replacement.nru"
local random = require "vmem.replacement.random"

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

-- {====== Clocks, NRU, random ======

--- Frames in a circle, and a hand that passes over pages referenced since it was there.
---@param frames integer
---@param options? vmem.replacement.clock.options
---@return vmem.replacement
function replacement.clock(frames, options)
  return clocks.clock("clock", frames, options)
end

--- FIFO whose oldest page goes to the end of the line if it was referenced: it names the pages that a clock
--- names, and is one.
---@param frames integer
---@param options? vmem.replacement.clock.options
---@return vmem.replacement
function replacement.second_chance(frames, options)
  return clocks.clock("second_chance", frames, options)
end

--- Enhanced second chance: a clock that prefers pages that were not written to. The hand looks for a page
--- that was neither referenced nor written to; then for one that was only written to, and takes the
--- referenced bits of those that it passes; then for both once more.
---@param frames integer
---@param options? vmem.replacement.clock.options
---@return vmem.replacement
function replacement.enhanced(frames, options)
  return clocks.enhanced("enhanced", frames, options)
end

--- Not recently used: a page of the lowest class goes. Class 0 was neither referenced in this tick nor
--- written to, class 1 was written to, class 2 referenced, class 3 both.
---@param frames integer
---@param options? vmem.replacement.nru.options
---@return vmem.replacement
function replacement.nru(frames, options)
  return nru.new(frames, options)
end

--- Any page goes, by pseudo-random numbers: the same ones in every run.
---@param frames? integer not used
---@param options? vmem.replacement.random.options
---@return vmem.replacement
function replacement.random(frames, options)
  return random.new(frames, options)
end

-- ====== }

-- Not touch: every hit of a pager calls it, and would take half as long again.
for _, policy in ipairs { queue, lru, aging, nru, random, table.unpack(clocks.classes) } do
  checks.methods(policy, "insert remove victim")
end

return public.module("vmem.replacement", "which page leaves its frame when another one needs it", replacement)
