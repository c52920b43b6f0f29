--- Allocation by paging: a request gets whole pages, in any frames that are free.

local sorted_keys = require "vmem.internal.sorted_keys"

local paged = {}
paged.__index = paged

---@param size integer
---@param page_size integer
function paged.new(size, page_size)
  return setmetatable({ page_size = page_size, frames = size // page_size, free = size // page_size,
    lowest = 0,
    owner = {} }, paged)
end

--- The part of `take` that can fail. Gives the last of the frames.
local function own(self, block, count)
  local frame = self.lowest
  for i = 1, count do
    while self.owner[frame] do frame = frame + 1 end
    block.frames[i] = frame
    self.owner[frame] = block
  end
  return frame
end

local function disown(self, block)
  for i = 1, #block.frames do
    local frame = block.frames[i]
    if self.owner[frame] == block then self.owner[frame] = nil end
  end
end

--- So many frames, the lowest that are free; nil when there are not as many.
function paged:take(size)
  local count = (size + self.page_size - 1) // self.page_size
  if count > self.free then return nil end
  local block = { size = count * self.page_size, used = true, frames = {}, name = false, asked = 0 }
  local ok, last = pcall(own, self, block, count)
  if not ok then
    disown(self, block)
    error(last, 0)
  end
  self.free, self.lowest = self.free - count, last
  return block
end

function paged:give(block)
  disown(self, block)
  for i = 1, #block.frames do self.lowest = math.min(self.lowest, block.frames[i]) end
  self.free = self.free + #block.frames
end

function paged:largest()
  return self.free * self.page_size
end

--- Adds so many frames, to the last block if that is the same owner's.
local function add(list, frame, count, owner, page)
  local last = list[#list]
  if count == 0 then
    return
  elseif last and last.owner == owner and owner then
    last.size = last.size + count * page
  else
    list[#list + 1] = { address = frame * page, size = count * page, used = owner ~= nil, owner = owner,
      name = owner and owner.name or nil }
  end
end

--- Frames side by side that have one owner, or none, are one block.
function paged:blocks()
  local list, done = {}, 0
  for _, frame in ipairs(sorted_keys(self.owner)) do
    add(list, done, frame - done, nil, self.page_size)
    add(list, frame, 1, self.owner[frame], self.page_size)
    done = frame + 1
  end
  add(list, done, self.frames - done, nil, self.page_size)
  return list
end

return paged
