--- Bump allocation in a reservation that never moves: an allocation moves a pointer, and a reset gives back
--- everything since a mark.
---
---   local arena <close> = assert(require("vmem.arena").new(1 << 30))
---   local offset = assert(arena:alloc(100))   -- zeros, an offset in arena.region
---   local floats = assert(arena:view("f64", 1000))
---   do
---     local mark <close> = arena:mark()       -- what is allocated from here on goes at the end
---   end
---
--- A view that was made before a reset: its whole pages are decommitted, so that touching them is a
--- fault. In the page of the mark, and in those that `keep` keeps, it shows zeros, and then whatever is
--- allocated there next: an old view cannot be distinguished from a new one there.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local elements = require "vmem.internal.elements"
local up = require("vmem.internal.pages").up
local public = require "vmem.internal.public"
local vmem = require "vmem"

local whole = core.whole
local commit, decommit = core.region_methods.commit, core.region_methods.decommit
local fill, view = core.region_methods.fill, core.region_methods.view

local ALIGNMENT <const> = 16 -- by default: what malloc gives

---@class vmem.arena.options
---@field growth? "page"|"double"|integer|fun(needed: integer, committed: integer): integer how many bytes
--- are committed when an allocation needs more: what it needs, at least as many as there are, a multiple
--- of a number, or what a function says. Always whole pages, at least what is needed, and never past the end.
--- When the system refuses more than is needed, what is needed is asked for. Default: "page"
---@field keep? integer bytes above the mark that a reset leaves committed, so that the next allocations need
--- not ask the system; they are filled with zeros. Default: 0
---@field name? string shown in the system's map where it can show one

--- Its fields are there to be read.
---@class vmem.arena
---@field region vmem.region
---@field size integer bytes of the region
---@field used integer bytes, padding included: the offset where the next allocation looks for its place
---@field high_water integer the most that `used` has ever been
---@field committed integer bytes from the region's start that the arena has committed
---@field private base integer address
---@field private policy fun(needed: integer, committed: integer): integer
---@field private keep integer
---@field private marks table<integer, vmem.arena.mark> those that the script still holds
---@field private last_mark integer index of the last one that is good
local arena = {}
arena.__index = arena
arena.__name = "vmem.arena"

--- A place in an arena to go back to. As a <close> variable it does so at the end of the block, unless the
--- arena is closed or has been reset to a place below.
---@class vmem.arena.mark
---@field arena vmem.arena
---@field offset integer what arena.used was
---@field private index integer
local mark = { __name = "vmem.arena.mark" }
mark.__index = mark

local closed = checks.closed(arena.__name)

-- {====== Growing ======

--- Each gives how many bytes to commit when `needed` are needed.
local policies = {
  page = function(needed) return needed end,
  double = function(_, committed) return committed end,
}

local function in_steps(step)
  return function(needed) return -(-needed // step) * step end
end

local function checked(policy)
  return function(needed, committed)
    local bytes = policy(needed, committed)
    return math.tointeger(type(bytes) == "number" and bytes)
      or checks.raise("growth must give a number of bytes, not %s", checks.shown(bytes))
  end
end

local known = { name = checks.name, keep = checks.count(0, nil, 0) }

function known.growth(value)
  if value == nil then return policies.page end
  if policies[value] then return policies[value] end
  if type(value) == "function" then return checked(value) end
  local step = type(value) == "number" and math.tointeger(value)
  if step and step > 0 then return in_steps(step) end
  return nil, '"page", "double", a number of bytes, or a function'
end

--- Commits so many bytes more, or as many as are needed.
local function extend(self, committed, bytes, needed)
  local region = self.region
  if self.committed ~= committed then return true end
  local ok, message, code = commit(region, committed, bytes)
  if not ok and bytes > needed then
    bytes = needed
    ok, message, code = commit(region, committed, bytes)
  end
  if not ok then return nil, message, code end
  self.committed = committed + bytes
  return true
end

--- Commits at least up to `top`. The policy may be a script's, and do anything with the arena: callers
--- read the arena's fields anew after this.
local function grow(self, top)
  local committed = self.committed
  local needed = up(top) - committed
  local wanted = self.policy(needed, committed)
  local bytes = up(math.min(math.max(wanted, needed), self.size - committed))
  return whole(extend, self, committed, bytes, needed)
end

-- ====== }

-- {====== Allocating ======

--- Asks for so many bytes of addresses; none of them is committed yet.
---@param size integer bytes, at least 1; the end is rounded up to a page
---@param options? vmem.arena.options
---@return vmem.arena? arena
---@return string? message
---@return vmem.code? code
local function new(size, options)
  size = checks.integer(1, "new", "size", size, 1)
  local chosen = checks.options(2, "new", options, known)
  local region, message, code = vmem.reserve(size, { name = chosen.name })
  if not region then return nil, message, code end
  return setmetatable({
    region = region, size = region.size, base = region.base, used = 0, high_water = 0, committed = 0,
    policy = chosen.growth, keep = chosen.keep,
    marks = setmetatable({}, { __mode = "v" }), last_mark = 0,
  }, arena)
end

-- A size that is found here is an integer, and finding it is cheaper than a call of math.type.
local small = {}
for size = 0, 1024 do small[size] = size end

local function full(self, what)
  local left = self.size - self.used
  return nil, ("cannot allocate %s: of the arena's %d bytes %d are left"):format(what, self.size, left),
    "out_of_memory"
end

--- Allocates bytes that are zero, unless the script has written past the end of an allocation. Nothing
--- changes when they do not fit, or the system refuses.
---@param size integer bytes; of 0 the place may be another allocation's, too
---@param alignment? integer of the address, a power of two. Default: 16
---@return integer? offset in arena.region
---@return string? message
---@return vmem.code? code
function arena:alloc(size, alignment)
  local bytes = small[size]
  if bytes and alignment == nil then -- the short way; the long one would do
    local offset = (self.used + ALIGNMENT - 1) & -ALIGNMENT
    local top = offset + bytes
    if top <= self.committed then
      if top > self.high_water then self.high_water = top end
      self.used = top -- last: until then nothing has been allocated
      return offset
    end
  end
  size = bytes or checks.integer(1, "alloc", "size", size, 0)
  alignment = alignment == nil and ALIGNMENT or checks.power_of_two(2, "alloc", "alignment", alignment)
  local base = self.base
  while true do
    local offset = ((base + self.used + alignment - 1) & -alignment) - base
    if size > self.size - offset then
      return full(self, ("%d bytes aligned to %d"):format(size, alignment))
    end
    local top = offset + size
    if top <= self.committed then
      if top > self.high_water then self.high_water = top end
      self.used = top -- last: until then nothing has been allocated
      return offset
    end
    local ok, message, code = grow(self, top)
    if not ok then return nil, message, code end
  end
end

--- Allocates elements, aligned for their type, and gives a view of them.
---@param type vmem.type
---@param count integer elements
---@return vmem.view? view all zeros
---@return string? message
---@return vmem.code? code
function arena:view(type, count)
  local width = elements.sizes[type]
  if not width then
    checks.refuse(1, "view", "type must be %s, not %s", elements.names, checks.shown(type))
  end
  count = checks.integer(2, "view", "count", count, 0)
  if count > self.size // width then return full(self, ("%d elements of %s"):format(count, type)) end
  local offset, message, code = self:alloc(count * width, width)
  if not offset then return nil, message, code end
  return view(self.region, type, offset, count)
end

--- Allocates a copy of a string with a zero byte behind it: arena.region:cstring(offset) reads it back.
---@param bytes string
---@return integer? offset in arena.region
---@return string? message
---@return vmem.code? code
function arena:string(bytes)
  checks.string(1, "string", "bytes", bytes)
  local offset, message, code = self:alloc(#bytes + 1, 1)
  if not offset then return nil, message, code end
  self.region:write(offset, bytes)
  return offset
end

-- ====== }

-- {====== Going back ======

--- Remembers what is allocated up to now. A mark is good until the arena is reset to a place below.
---@return vmem.arena.mark
function arena:mark()
  local marks, last = self.marks, self.last_mark
  while last > 0 and marks[last] == nil do last = last - 1 end -- it has been collected
  local place = setmetatable({ arena = self, offset = self.used, index = last + 1 }, mark)
  marks[last + 1], self.last_mark = place, last + 1
  return place
end

local function is_live(self, place)
  return place.index <= self.last_mark and self.marks[place.index] == place
end

local function check_mark(self, place)
  if getmetatable(place) ~= mark then
    checks.refuse(1, "reset", "mark must be one that arena:mark() has given, not %s", checks.shown(place))
  elseif place.arena ~= self then
    checks.refuse(1, "reset", "mark is of another arena")
  elseif not is_live(self, place) then
    checks.refuse(1, "reset", "mark is stale: the arena has been reset to a place below it")
  end
end

--- Takes back everything from `offset` on. Pages go back to the system, and what stays is zeroed before:
--- where the script has protected it, that is a fault, and nothing has changed.
local function go_back(self, offset, last_mark)
  local region, used, committed = self.region, self.used, self.committed
  local stays = math.min(up(offset + math.min(self.keep, committed)), committed)
  if used > offset then fill(region, offset, math.min(used, stays) - offset, 0) end
  if committed > stays then
    if decommit(region, stays, committed - stays) then
      self.committed = stays
    elseif used > stays then -- what the system does not take back stays committed
      fill(region, stays, used - stays, 0)
    end
  end
  self.used, self.last_mark = offset, last_mark
end

--- Takes back everything that was allocated since the mark, or everything. The mark itself stays good,
--- those that were made after it do not.
---@param place? vmem.arena.mark
---@return vmem.arena self
function arena:reset(place)
  if place ~= nil then check_mark(self, place) end
  whole(go_back, self, place and place.offset or 0, place and place.index or 0)
  return self
end

function mark:__close()
  local owner = self.arena
  if getmetatable(owner) == arena and is_live(owner, self) then owner:reset(self) end
end

function mark:__tostring() return ("vmem.arena.mark at %d"):format(self.offset) end

-- ====== }

--- Gives the whole region back. Every use after that is an error, except for closing again.
---@return true
function arena:close() return checks.close(self, closed) end

arena.__close = arena.close

function arena:__tostring()
  return ("vmem.arena 0x%x: %d bytes, %d used, %d committed")
    :format(self.base, self.size, self.used, self.committed)
end

checks.methods(arena, "view string mark reset close __tostring")
checks.methods(mark, "__tostring")

return public.module("vmem.arena", "allocation by moving a pointer, in memory that never moves",
  { new = new })
