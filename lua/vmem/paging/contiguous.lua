--- Contiguous allocation: first, next, best and worst fit. All blocks are in one list, in order of their
--- addresses, used ones and holes.

---@class vmem.paging.block
---@field address integer
---@field size integer bytes
---@field used boolean
---@field name string|false its owner
---@field asked integer bytes that were asked for
---@field private before vmem.paging.block|false
---@field private after vmem.paging.block|false

local contiguous = {}
contiguous.__index = contiguous

-- {====== Which hole ======

--- With all the fields that it will ever have: nothing that is done to blocks takes memory.
local function new_block(address, size)
  return {
    address = address, size = size, used = false, name = false, asked = 0, before = false, after = false,
  }
end

local fits = {}

local function first_from(block, stop, size)
  while block and block ~= stop do
    if not block.used and block.size >= size then return block end
    block = block.after
  end
end

function fits.first(self, size)
  return first_from(self.head, nil, size)
end

--- Next fit: from the last block on, and round to it.
function fits.next(self, size)
  return first_from(self.rover, nil, size) or first_from(self.head, self.rover, size)
end

--- Of all holes that are large enough the one that is `better`; of equals the first.
local function choose(self, size, better)
  local block, found = self.head, nil
  while block do
    if not block.used and block.size >= size and (not found or better(block.size,
      found.size)) then found = block end
    block = block.after
  end
  return found
end

function fits.best(self, size)
  return choose(self, size, function(a, b) return a < b end)
end

function fits.worst(self, size)
  return choose(self, size, function(a, b) return a > b end)
end

-- ====== }

---@param size integer
---@param unit integer all blocks are multiples of it
---@param fit "first"|"next"|"best"|"worst"
---@param coalesce boolean whether holes side by side become one
function contiguous.new(size, unit, fit, coalesce)
  local all = new_block(0, size)
  return setmetatable({
    head = all, rover = all, unit = unit, fit = fits[fit], coalesce = coalesce,
  }, contiguous)
end

local function link(before, after)
  if before then before.after = after end
  if after then after.before = before end
end

--- A block at the start of a hole that is larger.
local function split(self, hole, size)
  local block = new_block(hole.address, size)
  link(hole.before, block)
  link(block, hole)
  if self.head == hole then self.head = block end
  hole.address, hole.size = hole.address + size, hole.size - size
  return block
end

--- A block for so many bytes; nil when no hole is large enough.
function contiguous:take(size)
  size = (size + self.unit - 1) // self.unit * self.unit
  local hole = self:fit(size)
  if not hole then return nil end
  local block = hole.size > size and split(self, hole, size) or hole
  block.used = true
  self.rover = block.after or self.head
  return block
end

--- The hole becomes one with the next, if that is one too.
local function merge(self, hole)
  local after = hole.after
  if not after or after.used or hole.used then return end
  hole.size = hole.size + after.size
  link(hole, after.after)
  if not after.after then hole.after = false end
  if self.rover == after then self.rover = hole end
end

function contiguous:give(block)
  block.used = false
  if not self.coalesce then return end
  merge(self, block)
  if block.before then merge(self, block.before) end
end

--- The largest request that would be granted.
function contiguous:largest()
  local largest = 0
  for _, block in ipairs(self:blocks()) do
    if not block.used then largest = math.max(largest, block.size) end
  end
  return largest // self.unit * self.unit
end

--- All blocks and holes, in order of their addresses.
function contiguous:blocks()
  local list, block = {}, self.head
  while block do
    list[#list + 1] = block
    block = block.after
  end
  return list
end

return contiguous
