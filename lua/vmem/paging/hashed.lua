--- Page tables that are no trees: hashed ones, and inverted ones, which have an entry for each frame.

---@class vmem.paging.hashed
---@field count integer entries
---@field bytes integer of all entries, and of the buckets
---@field private frames integer? of an inverted one
---@field private frame_of table<integer, integer>
---@field private buckets integer? nil: an inverted one that is searched from its first entry on
---@field private chains table<integer, integer[]> bucket -> pages
local hashed = {}
hashed.__index = hashed

hashed.SHOWN = 7 -- entries of a walk in a picture: the last ones

local POINTER <const> = 8 -- bytes of a bucket

---@param entry integer bytes
---@param buckets integer?
---@param frames integer? nil: it is not inverted
---@param frame_of table<integer, integer>
---@return vmem.paging.hashed
function hashed.new(entry, buckets, frames, frame_of)
  return setmetatable({
    entry = entry, buckets = buckets, frames = frames, frame_of = frame_of, chains = {},
    count = frames or 0, bytes = (frames or 0) * entry + (buckets or 0) * POINTER,
  }, hashed)
end

--- Where the page is in its chain, how long that is, and the chain.
local function find(self, page)
  local chain = self.chains[page % self.buckets] or {}
  for i, each in ipairs(chain) do
    if each == page then return i, #chain, chain end
  end
  return nil, #chain, chain
end

--- How many entries a walk reads, until it has found the page or knows that it is not there. A bucket is read
--- as well where it is a table of its own: with an inverted table.
---@param page integer
---@return integer
function hashed:depth(page)
  if not self.buckets then
    local frame = self.frame_of[page]
    return frame and frame + 1 or self.frames
  end
  local place, length = find(self, page)
  return self.frames and (place or length) + 1 or place or math.max(length, 1)
end

--- The pages of the entries that a walk compares, in order; of an inverted table without buckets false for an
--- entry of a frame that is free.
---@param page integer
---@return (integer | false)[]
function hashed:compared(page)
  local list = {}
  if self.buckets then
    local place, length, chain = find(self, page)
    return table.move(chain, 1, place or length, 1, list)
  end
  local last = self:depth(page)
  local first <const> = math.max(last - hashed.SHOWN, 0) -- a table may be large
  for i = first + 1, last do list[i - first] = false end
  for each, frame in pairs(self.frame_of) do
    if frame >= first and frame < last then list[frame - first + 1] = each end
  end
  return list
end

local function resize(self, by)
  if self.frames then return end
  self.count, self.bytes = self.count + by, self.bytes + by * self.entry
end

--- Adds an entry at the end of the chain, unless there is one.
---@param page integer
function hashed:map(page)
  if not self.buckets or find(self, page) then return end
  local bucket <const> = page % self.buckets
  local chain = self.chains[bucket]
  if chain then chain[#chain + 1] = page else self.chains[bucket] = { page } end
  resize(self, 1)
end

--- The page has left its frame.
---@param page integer
function hashed:unmap(page)
  if not self.buckets then return end
  local place, _, chain = find(self, page)
  if not place then return end
  table.remove(chain, place)
  resize(self, -1)
end

return hashed
