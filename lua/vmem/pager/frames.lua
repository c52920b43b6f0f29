--- The frames of a pager's array: which pages are in one, and how they are loaded. How they are saved and
--- replaced is in frames/leaving.lua, how all are saved in frames/flush.lua. Each of these may wait for the
--- store, and other coroutines may change everything meanwhile: after each wait the state is read anew. A
--- page enters or leaves as a whole: no hook's error interrupts that.

local asking = require "vmem.pager.frames.asking"
local core = require "vmem.core"
local existing = require "vmem.pager.frames.existing"
local flights = require "vmem.pager.flights"
local flush = require "vmem.pager.frames.flush"
local leaving = require "vmem.pager.frames.leaving"
local sorted_keys = require "vmem.internal.sorted_keys"
local vmem = require "vmem"
local waiting = require "vmem.pager.frames.waiting"

---@class vmem.pager.frames
---@field resident table<integer, true> pages in frames
---@field dirty table<integer, true> those of them that the store has not
---@field quick_hits fun(): integer hits that core.cells has counted, and `hits` has not
---@field parents table<integer, true> those that were dirty when the process was forked
local frames = {}
frames.__index = frames

local raise <const>, process_id <const> = core.blame, core.process_id
local whole <const> = core.whole
local check_process <const>, leave <const> = leaving.check_process, leaving.leave
local make_room <const> = leaving.make_room
local check_not_own <const>, check_room <const> = waiting.check_not_own, waiting.check_room
local pause_or_raise <const>, fetch <const> = waiting.pause_or_raise, asking.fetch

function frames:check_open()
  if self.closed then raise("array is closed") end
end

local function mark_dirty(self, page)
  check_process(self)
  if self.dirty[page] then return end
  self.dirty[page] = true -- first, as it may take memory
  self.dirtied = self.dirtied + 1
end

--- The part of putting a page into a frame that can fail. The policy is called first: it may be a script's,
--- and raise. Written at once, the page is dirty from the start, and has no second fault.
local function furnish(self, page, bytes, to_write)
  local offset, size, region = (page - 1) * self.page_size, self.page_size, self.region
  self.resident[page] = false -- a place in the table, so that nothing needs memory later on
  self.policy:insert(page, to_write)
  self.resident[page] = true
  local ok, message = region:commit(offset, size, (bytes or to_write) and "rw" or "r")
  if ok and bytes then
    region:write(offset, bytes)
    if not to_write then ok, message = region:protect(offset, size, "r") end
  end
  if not ok then raise(message) end
  if to_write then mark_dirty(self, page) end
end

--- Puts a page into a free frame. Where the system fails, the policy, or Lua for want of memory, it is in
--- none. False when there is no frame any longer.
local function place(self, page, bytes, to_write, is_loaded)
  if self.closed or self.used >= self.limit then return false end
  local ok, message = pcall(furnish, self, page, bytes, to_write)
  if ok then
    self.used = self.used + 1
    if is_loaded then self.loads = self.loads + 1 end
    return true
  end
  local inserted = self.resident[page]
  self.resident[page], self.dirty[page] = nil, nil
  if inserted then
    self.region:decommit((page - 1) * self.page_size, self.page_size)
    self.policy:remove(page)
  end
  error(message, 0)
end

--- The bytes are fetched before a victim is chosen, so that where the store fails nothing has changed. With
--- `contents` the page gets these bytes, and the store is not asked.
local function load(self, page, to_write, contents)
  local bytes = contents or fetch(self, page)
  repeat
    self:check_open()
    make_room(self)
  until whole(place, self, page, bytes, to_write, bytes and not contents)
  return true
end

--- No more pages are on their way than there are frames. True if the page came with these contents; nil where
--- another coroutine has brought it.
local function bring(self, page, to_write, contents)
  local placed
  while not self.resident[page] do
    if self.loading:of(page) then -- a local variable would keep its coroutine from being collected
      check_not_own(self.loading, page)
      pause_or_raise(self, ("page %d is"):format(page))
    elseif self.loading:pending() >= self.limit then
      check_room(self.loading)
      pause_or_raise(self, "as many pages as there are frames are")
    else
      placed = self.loading:during(page, load, self, page, to_write, contents)
    end
  end
  self.faults = self.faults + 1
  return placed
end

--- Gives a page that is in no frame other contents as a whole, without loading it. False where it is in one.
function frames:replace(page, contents)
  self:check_open()
  return not self.resident[page] and bring(self, page, true, contents) or false
end

--- The first write to a clean page. It is dirty before it can be written: a page saved in vain is no harm.
local function allow_writes(self, page)
  mark_dirty(self, page)
  local ok, message = self.region:protect((page - 1) * self.page_size, self.page_size, "rw")
  if not ok then
    self.dirty[page], self.dirtied = nil, self.dirtied - 1
    raise(message)
  end
end

--- The region's handler. Changes that a script made to the region's pages are not mended.
local function mend(self, fault)
  local page, to_write = fault.page, fault.access == "write"
  if not self.resident[page] then
    if fault.state ~= "reserved" then return false end
    bring(self, page, to_write)
  elseif to_write and fault.protection == "r" then
    whole(allow_writes, self, page)
  else
    return false
  end
  return true
end

--- Iterator over the pages from `from` to `to` that hold something, or nil where the store cannot tell.
function frames:existing(from, to) return existing(self, from, to) end

--- Drops clean pages: one, or all.
function frames:refresh(page)
  self:check_open()
  local count = 0
  for _, each in ipairs(page and { page } or sorted_keys(self.resident)) do
    if not self.saving:of(each) then
      local gone, message, code = whole(leave, self, each)
      if gone == nil then return nil, message, code end
      if gone then count = count + 1 end
    end
  end
  return count
end

--- Saves what is dirty.
function frames:flush() return flush.flush(self) end

--- Saves it, and gives the frames back. `at_the_end`: no coroutine is left that could finish the loads and
--- saves under way.
function frames:close(at_the_end) return flush.close(self, at_the_end) end

---@param region vmem.region
---@param options vmem.pager.options checked
function frames.new(region, options)
  local self = setmetatable({
    region = region, store = options.store, policy = options.policy, wait = options.wait,
    limit = options.frames, used = 0, page_size = vmem.page_size, closed = false,
    resident = {}, dirty = {}, loading = flights.new(), saving = flights.new(),
    process = process_id(), parents = {},
    hits = 0, quick_hits = function() return 0 end, faults = 0, loads = 0, saves = 0, dirtied = 0,
  }, frames)
  self.is_held = function(page) return self.parents[page] == true or self.saving:of(page) ~= nil end
  self.is_dirty = function(page) return self.dirty[page] == true or self.saving:of(page) ~= nil end
  region:on_fault(function(fault) return mend(self, fault) end)
  return self
end

return frames
