--- The clock, which is second chance, and the enhanced one, which knows which pages were written to.

local checks = require "vmem.internal.checks"
local common = require "vmem.replacement.common"

---@class vmem.replacement.clock.options
---@field at_load? "referenced"|"clear" the referenced bit of a page that comes. Default: referenced

local class <const>, check_new <const> = common.class, common.check_new
local check_stays <const>, refuse_unknown <const> = common.check_stays, common.refuse_unknown

-- {====== Clock ======

--- The frames that have never had a page are all behind the others: the hand passes over them at once.
---@class vmem.replacement.clock: vmem.replacement
---@field private frames integer
---@field private used integer the last frame that has ever had a page
---@field private hand integer
---@field private pages table<integer, integer> frame -> page
---@field private frame_of table<integer, integer> page -> frame; it may be another one's by now
---@field private referenced table<integer, boolean> since the hand came by
---@field private written table<integer, boolean> since the page came, or was saved
---@field private at_load? boolean what `referenced` says of a page that has just come
local clock = class "clock"

--- Whether the page is in a frame.
local function is_in(self, page)
  local frame = self.frame_of[page]
  return frame and self.pages[frame] == page
end

--- Where the hand is, which is where the last victim was; in another free frame when that one is in use.
function clock:insert(page, write)
  page = check_new(page, is_in(self, page))
  local frame = self.hand
  if self.pages[frame] then
    frame = 1
    while self.pages[frame] do frame = frame + 1 end
  end
  self.frame_of[page], self.referenced[page] = frame, self.at_load
  self.written[page] = write or nil
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
  self.frame_of[page], self.referenced[page], self.written[page] = nil, nil, nil
end

-- ====== }

-- {====== Enhanced second chance ======

---@class vmem.replacement.enhanced: vmem.replacement.clock
local enhanced = class "enhanced"

enhanced.insert, enhanced.remove = clock.insert, clock.remove

function enhanced:touch(page, write)
  local frame = self.frame_of[page]
  if not frame or self.pages[frame] ~= page then refuse_unknown("touch", page) end
  if write then self.written[page] = true end
  self.referenced[page] = true
end

--- The page differs no longer from what is stored.
function enhanced:clean(page)
  if not is_in(self, page) then refuse_unknown("clean", page) end
  self.written[page] = nil
end

--- One round of the hand. Gives the page that it stops at.
local function round(self, stays, written, takes)
  for _ = 1, self.used do
    if self.hand > self.used then self.hand = 1 end
    local page = self.pages[self.hand]
    if page and not (stays and stays(page)) then
      if not self.referenced[page] and (self.written[page] or false) == written then return page end
      if takes then self.referenced[page] = nil end
    end
    self.hand = self.hand + 1
  end
end

--- After two rounds no page is referenced any longer.
function enhanced:victim(stays)
  check_stays(stays)
  local first = self.hand
  local page = round(self, stays, false) or round(self, stays, true, true)
    or round(self, stays, false) or round(self, stays, true, true)
  if not page then self.hand = first end
  return page
end

-- ====== }

local function at_load(value)
  if value == nil or value == "referenced" then return true end
  if value == "clear" then return false end
  return nil, "'referenced' or 'clear'"
end

local known = { at_load = at_load }

local function maker(methods)
  return function(name, frames, options)
    frames = checks.integer(1, name, "frames", frames, 1)
    options = checks.options(2, name, options, known)
    return setmetatable({
      frames = frames, used = 0, hand = 1, pages = {}, frame_of = {}, referenced = {}, written = {},
      at_load = options.at_load or nil,
    }, methods)
  end
end

return { clock = maker(clock), enhanced = maker(enhanced), classes = { clock, enhanced } }
