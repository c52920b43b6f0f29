--- A page table as processors have it: a tree of nodes, one for every prefix of addresses that was ever
--- needed.

---@class vmem.paging.page_table
---@field bits integer[] of an address, that index the nodes of each level; the root's first
---@field entry integer bytes of an entry
---@field count integer nodes
---@field bytes integer of all nodes
---@field private below integer[] bits of a page number below each level's
---@field private nodes table<integer, boolean>[] prefix -> whether there is a node
local tree = {}
tree.__index = tree

local function log2(n)
  local shift = 0
  while 1 << shift < n do shift = shift + 1 end
  return shift
end

--- How many bits of a page number each level gets: as given; evenly to so many levels, the first getting what
--- is left out; or as hardware does it, where a node fills a page.
---@param width integer bits of a page number
---@param levels integer?
---@param page_size integer
---@param entry integer
---@return integer[]
function tree.split(width, levels, page_size, entry)
  local most = math.max(log2(page_size // entry), 1)
  levels = levels or math.max((width + most - 1) // most, 1)
  local even = levels * most >= width and (levels - 1) * most < width and most
    or (width + levels - 1) // levels
  local bits, rest = {}, width
  for level = levels, 1, -1 do
    bits[level] = level == 1 and rest or math.min(even, rest - (level - 1))
    rest = rest - bits[level]
  end
  return bits
end

local function add(self, level, prefix)
  self.nodes[level][prefix] = true
  self.count = self.count + 1
  self.bytes = self.bytes + (self.entry << self.bits[level])
end

---@param bits integer[]
---@param entry integer
---@return vmem.paging.page_table
function tree.new(bits, entry)
  local self = setmetatable({ bits = bits, entry = entry, count = 0, bytes = 0, below = {}, nodes = {} },
    tree)
  local below = 0
  for level = #bits, 1, -1 do
    self.below[level], self.nodes[level] = below, {}
    below = below + bits[level]
  end
  add(self, 1, 0)
  return self
end

--- A level's bits of a page number: the index of the entry in the level's node.
---@param page integer
---@param level integer
---@return integer
function tree:index(page, level)
  return page >> self.below[level] & (1 << self.bits[level]) - 1
end

--- The node of a level that a page belongs to, by the bits above the level's.
local function prefix(self, page, level)
  return level == 1 and 0 or page >> self.below[level - 1]
end

--- How many entries a walk reads: one a level, until there is no node to go on in.
---@param page integer
---@return integer
function tree:depth(page)
  local depth = 1
  while depth < #self.bits and self.nodes[depth + 1][prefix(self, page, depth + 1)] do depth = depth + 1 end
  return depth
end

--- Adds the nodes that a page needs.
---@param page integer
function tree:map(page)
  for level = self:depth(page) + 1, #self.bits do add(self, level, prefix(self, page, level)) end
end

return tree
