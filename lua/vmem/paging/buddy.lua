--- The buddy system: blocks are powers of two, each is one half of a larger one, and halves that are both
--- free become whole again.

local buddy = {}
buddy.__index = buddy

---@param size integer a power of two
---@param smallest integer block; a power of two
function buddy.new(size, smallest)
  local self = setmetatable({ size = size, smallest = smallest, free = {}, used = {} }, buddy)
  local half = smallest
  while half <= size do
    self.free[half] = {}
    half = half * 2
  end
  self.free[size][0] = true
  return self
end

local function lowest(set)
  local address
  for each in pairs(set) do
    if not address or each < address then address = each end
  end
  return address
end

--- The part of halving a block that can fail: until it is as large as the used one.
local function halve(self, block, size)
  self.used[block] = true
  while size > block.size do
    size = size // 2
    self.free[size][block.address + size] = true
  end
end

--- The first of the smallest blocks that are large enough, halved as often as it can be. Nil when there is
--- none.
function buddy:take(size)
  local wanted = self.smallest
  while wanted < size do wanted = wanted * 2 end
  local found = wanted
  while self.free[found] and not next(self.free[found]) do found = found * 2 end
  if not self.free[found] then return nil end
  local address = lowest(self.free[found])
  local block = { address = address, size = wanted, used = true, name = false, asked = 0 }
  local ok, message = pcall(halve, self, block, found)
  if not ok then
    self.used[block] = nil
    for half, set in pairs(self.free) do
      if half >= wanted and half < found then set[address + half] = nil end
    end
    error(message, 0)
  end
  self.free[found][address] = nil
  return block
end

function buddy:give(block)
  local address, whole = block.address, block.size
  while whole < self.size and self.free[whole][address ~ whole] do
    address, whole = address & ~whole, whole * 2
  end
  self.free[whole][address] = true -- first: nothing else can fail
  local half = block.size
  while half < whole do
    self.free[half][block.address & -half ~ half] = nil
    half = half * 2
  end
  self.used[block] = nil
end

function buddy:largest()
  local size = self.size
  while size >= self.smallest do
    if next(self.free[size]) then return size end
    size = size // 2
  end
  return 0
end

function buddy:blocks()
  local list = {}
  for block in pairs(self.used) do list[#list + 1] = block end
  for size, set in pairs(self.free) do
    for address in pairs(set) do list[#list + 1] = { address = address, size = size, used = false } end
  end
  table.sort(list, function(a, b) return a.address < b.address end)
  return list
end

return buddy
