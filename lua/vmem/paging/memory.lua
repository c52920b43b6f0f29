--- Simulated physical memory, allocated contiguously or by pages: what vmem.paging.allocator makes.

local buddy = require "vmem.paging.buddy"
local checks = require "vmem.internal.checks"
local contiguous = require "vmem.paging.contiguous"
local core = require "vmem.core"
local picture = require "vmem.draw.picture"
local units = require "vmem.internal.units"
local whole_pages = require "vmem.paging.whole_pages"

---@alias vmem.paging.way "first"|"next"|"best"|"worst"|"buddy"|"paged"

---@class vmem.paging.memory.options
---@field unit? integer bytes that all blocks are multiples of; of a page for "paged", of the smallest block
---  for "buddy": a power of two, by default 4096. Else any number, by default 1
---@field coalesce? boolean for the four fits: whether holes side by side become one. Default: true

---@class vmem.paging.memory.facts
---@field used integer bytes in blocks
---@field asked integer bytes that were asked for: what is used less what is wasted in blocks
---@field free integer bytes
---@field largest integer bytes: the largest request that would be granted
---@field holes integer
---@field internal integer bytes wasted within blocks
---@field external number 0 to 1: the part of the free bytes that no single request can have

--- tostring(memory) is a picture.
---@class vmem.paging.memory: vmem.draw.picture
---@field way vmem.paging.way
---@field size integer bytes
---@field unit integer
---@field private place table
---@field private owned table<string, vmem.paging.block>
local memory = {}
memory.__index = memory
memory.__name = "vmem.paging.memory"

memory.ways = { "first", "next", "best", "worst", "buddy", "paged" }

--- Their names in pictures.
memory.titles = {
  first = "first fit", next = "next fit", best = "best fit", worst = "worst fit", buddy = "buddy system",
  paged = "paging",
}

--- The options of memory.new.
memory.options = { unit = checks.anything, coalesce = checks.boolean }

local MOST <const> = 1 << 48 -- bytes
local MOST_FRAMES <const> = 1 << 22 -- each is accounted for by itself

local function check_unit(way, size, unit)
  local whole = way == "buddy" or way == "paged"
  if not whole then return checks.integer(3, "allocator", "unit", unit or 1, 1, size) end
  unit = checks.power_of_two(3, "allocator", "unit", unit or 4096)
  if way == "buddy" then
    checks.power_of_two(2, "allocator", "the size of memory for the buddy system", size)
  end
  checks.that(size % unit == 0, 2, "allocator", "%d bytes are not in whole units of %d", size, unit)
  checks.that(way == "buddy" or size // unit <= MOST_FRAMES, 2, "allocator",
    "%d bytes are in more than %d pages of %d", size, MOST_FRAMES, unit)
  return unit
end

---@param way vmem.paging.way
---@param size integer bytes
---@param options? vmem.paging.memory.options
---@return vmem.paging.memory
function memory.new(way, size, options)
  checks.word(1, "allocator", "the way", way, memory.ways)
  size = checks.integer(2, "allocator", "size", size, 1, MOST)
  options = checks.options(3, "allocator", options, memory.options)
  local unit, coalesce = check_unit(way, size, options.unit), options.coalesce
  checks.that(coalesce == nil or way ~= "buddy" and way ~= "paged", 3, "allocator",
    "option coalesce is for first, next, best and worst fit, not for %s", way)
  local place
  if way == "buddy" then
    place = buddy.new(size, unit)
  elseif way == "paged" then
    place = whole_pages.new(size, unit)
  else
    place = contiguous.new(size, unit, way, coalesce ~= false)
  end
  return setmetatable({ way = way, size = size, unit = unit, place = place, owned = {} }, memory)
end

--- The message of a refusal.
local function refusal(self, name, size)
  local facts = self:facts()
  local text = ("no place for %s, %s: "):format(name, units.size(size))
  if facts.free < size then return text .. ("only %s free"):format(units.amount(facts.free)) end
  return text .. ("%s free, but not in one piece: the largest hole has %s"):format(units.amount(facts.free),
    units.amount(facts.largest))
end

--- Nil when there is no place.
local function take(self, name, size)
  self.owned[name] = false -- a place in the table: nothing fails once there is a block
  local block = self.place:take(size)
  if not block then return nil end
  block.name, block.asked = name, size
  self.owned[name] = block
  return block.address or block.frames[1] * self.unit
end

local function give(self, name)
  local block = self.owned[name]
  self.place:give(block)
  block.name, self.owned[name] = false, nil
end

--- Allocates `size` bytes under a name that has none yet.
---@param name string
---@param size integer bytes
---@return integer? address of its first byte; with paging, of its first page: blocks() has the others
---@return string? message
---@return "out_of_memory"?
function memory:alloc(name, size)
  checks.string(1, "alloc", "name", name)
  size = checks.integer(2, "alloc", "size", size, 1, math.maxinteger >> 1)
  checks.that(not self.owned[name], 1, "alloc", "%s has memory already", name)
  local address = size <= self.size and core.whole(take, self, name, size)
  if address then return address end
  return nil, refusal(self, name, size), "out_of_memory"
end

--- Frees the memory of that name.
---@param name string
---@return vmem.paging.memory self
function memory:free(name)
  checks.string(1, "free", "name", name)
  checks.that(self.owned[name], 1, "free", "%s has no memory", name)
  core.whole(give, self, name)
  return self
end

--- How many bytes were asked for under that name; nil where it has no memory.
---@param name string
---@return integer?
function memory:has(name)
  local block = self.owned[name]
  return block and block.asked or nil
end

--- Blocks and holes in order of their addresses; a hole has no name. With paging, the pages of one owner
--- that are in frames side by side are one block.
---@return { address: integer, size: integer, name: string? }[]
function memory:blocks()
  local list = {}
  for i, block in ipairs(self.place:blocks()) do
    list[i] = { address = block.address, size = block.size, name = block.used and block.name or nil }
  end
  return list
end

---@return vmem.paging.memory.facts
function memory:facts()
  local facts = { used = 0, asked = 0, free = 0, holes = 0, largest = self.place:largest() }
  for _, block in pairs(self.owned) do
    if block then facts.used, facts.asked = facts.used + block.size, facts.asked + block.asked end
  end
  for _, block in ipairs(self:blocks()) do
    if not block.name then facts.holes = facts.holes + 1 end
  end
  facts.free, facts.internal = self.size - facts.used, facts.used - facts.asked
  facts.external = facts.free == 0 and 0.0 or 1 - facts.largest / facts.free
  return facts
end

-- {====== Pictures ======

--- The memory as a column, for vmem.draw.memory_text and vmem.draw.memory_svg.
---@return vmem.draw.memory.column
function memory:column()
  local facts = self:facts()
  return {
    title = memory.titles[self.way], blocks = self:blocks(),
    notes = {
      units.size(facts.free) .. " free", "takes up to " .. units.size(facts.largest),
      units.size(facts.internal) .. " wasted",
    },
  }
end

picture.add(memory, "memory", function(self)
  return { size = self.size, columns = { self:column() } }
end)

-- ====== }

checks.methods(memory, "alloc free has blocks facts column text svg __tostring")

return memory
