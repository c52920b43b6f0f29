--- Which physical frame is behind each page of a region: virtual pages stand side by side, their frames
--- lie scattered.
---
---   local pagetable = require "vmem.pagetable"
---   print(pagetable.of(region))          -- as the system says; Linux says it to root alone
---   print(pagetable.simulated(8))        -- the same figure anywhere

local checks = require "vmem.internal.checks"
local public = require "vmem.internal.public"
local picture = require "vmem.draw.picture"
local vmem = require "vmem"

---@alias vmem.pagetable.state
---| "reserved"
---| "trap" # reserved, with a trap: a device
---| "absent" # committed, and not in RAM
---| "unknown" # committed; the system does not say whether it is in RAM
---| "hidden" # in RAM; the system hides where
---| "mapped"

--- Pages in a row that are alike and have no frame are one entry.
---@class vmem.pagetable.entry
---@field first integer index of the page in the region, from 1
---@field count integer pages
---@field address integer of the first
---@field state vmem.pagetable.state
---@field frame integer? its number, where state is "mapped"

--- Its picture has a line from each page to its frame.
---@class vmem.pagetable: vmem.draw.picture
---@field title string
---@field note string? why there are no frames
---@field page_size integer
---@field pages integer of the region
---@field left integer pages behind the last entry
---@field entries vmem.pagetable.entry[]
---@field private base integer address of the first page
---@field private options vmem.picture
---@field private most integer entries
---@field private hidden boolean? whether pages have frames that the system does not tell
local pagetable = {}
pagetable.__index = pagetable
pagetable.__name = "vmem.pagetable"

local PAGE = vmem.page_size
local CHUNK = 512 -- pages asked for at once whether any of them is in RAM

local notes = {
  linux = "The system hides which frames they are: run as root (it takes CAP_SYS_ADMIN), and mount /proc.",
  posix = "POSIX does not tell which frames they are.",
  windows = "Windows does not tell which frames they are.",
}

-- {====== Looking at the pages ======

--- Adds pages to the last entry, or a new one. False when there are as many entries as allowed.
local function add(self, page, count, state, frame)
  local entries, last = self.entries, self.entries[#self.entries]
  if last and last.state == state and not frame and last.first + last.count == page then
    last.count = last.count + count
    return true
  end
  if #entries >= self.most then return false end
  entries[#entries + 1] =
    { first = page, count = count, address = self.base + (page - 1) * self.page_size, state = state,
      frame = frame }
  return true
end

--- One committed page.
local function add_page(self, region, i)
  local page = region[i]
  local frame = page.frame
  if frame then return add(self, i, 1, "mapped", frame) end
  local resident = page.resident
  if resident == false then return add(self, i, 1, "absent") end
  self.hidden = true
  return add(self, i, 1, resident and "hidden" or "unknown")
end

--- Committed pages first to last. Many pages that are not in RAM are found with one call.
local function add_committed(self, region, first, last)
  for from = first, last, CHUNK do
    local count = math.min(CHUNK, last - from + 1)
    local bytes = region:resident((from - 1) * PAGE, count * PAGE)
    if not bytes or bytes == 0 then
      self.hidden = self.hidden or not bytes
      if not add(self, from, count, bytes and "absent" or "unknown") then return false end
    else
      for i = from, from + count - 1 do
        if not add_page(self, region, i) then return false end
      end
    end
  end
  return true
end

local function add_runs(self, region)
  for offset, size, state, _, trap in region:runs() do
    local first, count = offset // PAGE + 1, size // PAGE
    local done
    if state == "reserved" then
      done = add(self, first, count, trap and "trap" or "reserved")
    else
      done = add_committed(self, region, first, first + count - 1)
    end
    if not done then return end
  end
end

-- ====== }

local function new(title, base, pages, options, page_size)
  return setmetatable({
    title = title, base = base, page_size = page_size or PAGE, pages = pages, entries = {}, options = options,
    most = options.entries or 16,
  }, pagetable)
end

--- Counts the pages that did not fit.
local function finish(self)
  local last = self.entries[#self.entries]
  self.left = self.pages - (last and last.first + last.count - 1 or 0)
  return self
end

--- The pages and frames of a region as they are now; later changes do not change it.
---@param region vmem.region
---@param options? vmem.picture of its pictures, by default
---@return vmem.pagetable
function pagetable.of(region, options)
  checks.region(1, "of", region)
  options = picture.check(2, "of", options)
  local name = region.name and " " .. region.name or ""
  local self = new(("Pages of region 0x%x%s"):format(region.base, name), region.base, #region, options)
  add_runs(self, region)
  if self.hidden then self.note = notes[vmem.system] end
  return finish(self)
end

local function check_pages(pages, frame_of)
  checks.that(type(pages) == "table", 3, "made", "a list of pages is wanted, not %s", checks.shown(pages))
  checks.that(type(frame_of) == "table", 4, "made", "a table of frames is wanted, not %s",
    checks.shown(frame_of))
  local before = -1
  for i, page in ipairs(pages) do
    local number = checks.integer(3, "made", "page number " .. i, page, 0)
    checks.that(number > before, 3, "made", "the pages must ascend, and %d comes after %d", number, before)
    checks.integer(4, "made", ("the frame of page %d"):format(number), frame_of[page], 0)
    before = number
  end
end

--- The same figure of given pages and frames, such as those that vmem.paging simulates.
---@param title string
---@param page_size integer
---@param pages integer[] numbers of those that are in a frame, ascending
---@param frame_of table<integer, integer> page -> frame
---@param options? vmem.picture
---@return vmem.pagetable
function pagetable.made(title, page_size, pages, frame_of, options)
  checks.string(1, "made", "title", title)
  page_size = checks.integer(2, "made", "page_size", page_size, 1)
  check_pages(pages, frame_of)
  options = picture.check(5, "made", options)
  local first, last = pages[1] or 0, pages[#pages] or -1
  local self = new(title, first * page_size, last - first + 1, options, page_size)
  local before = first - 1
  for _, page in ipairs(pages) do
    local gap, i = page - before - 1, page - first + 1
    if gap > 0 and not add(self, i - gap, gap, "absent") then break end
    if not add(self, i, 1, "mapped", frame_of[page]) then break end
    before = page
  end
  return finish(self)
end

local MOST_SIMULATED <const> = 1 << 48

--- The same figure of pages and frames that are made up: `pages` side by side, in frames taken here and
--- there. The same every time.
---@param pages integer
---@param options? vmem.picture
---@return vmem.pagetable
function pagetable.simulated(pages, options)
  pages = checks.integer(1, "simulated", "pages", pages, 1, MOST_SIMULATED)
  options = picture.check(2, "simulated", options)
  local self = new("Pages and frames, made up", 0x10000, pages, options)
  local frames, frame = 32, 7
  while frames < 4 * pages do frames = frames * 2 end
  for i = 1, pages do
    if not add(self, i, 1, "mapped", frame) then break end
    frame = (frame * 21 + 17) % frames -- comes to each frame once
  end
  return finish(self)
end

--- The frames that entries are mapped to, each with the entry's place, ascending.
---@return { frame: integer, entry: integer }[]
function pagetable:frames()
  local frames = {}
  for i, entry in ipairs(self.entries) do
    if entry.frame then frames[#frames + 1] = { frame = entry.frame, entry = i } end
  end
  table.sort(frames, function(a, b) return a.frame < b.frame end)
  return frames
end

--- Into how many pieces of frames side by side the pages are scattered.
---@return integer
function pagetable:pieces()
  local pieces, before = 0, nil
  for _, place in ipairs(self:frames()) do
    if before ~= place.frame - 1 and before ~= place.frame then pieces = pieces + 1 end
    before = place.frame
  end
  return pieces
end

local MOST_LINES <const> = 1000 -- a picture as text is as wide as it is high

picture.add(pagetable, "pagetable", function(self, format)
  if format == "text" and #self.entries > MOST_LINES then
    checks.raise("%d entries are too many for a picture as text, which takes %d: see the option entries of "
      .. "what has made it, or draw an SVG", #self.entries, MOST_LINES)
  end
  return self
end)
checks.methods(pagetable, "frames pieces text svg __tostring")

return public.module("vmem.pagetable", "the frames of RAM behind the pages of a region", pagetable)
