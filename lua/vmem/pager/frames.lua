--- The frames of a pager's array: which pages are in one, how they are loaded, saved and replaced. Each of
--- these may wait for the store, and other coroutines may change everything meanwhile: after each wait the
--- state is read anew. A page enters or leaves as a whole: no hook's error interrupts that.

local contract = require "vmem.replacement.contract"
local core = require "vmem.core"
local flights = require "vmem.pager.flights"
local sorted_keys = require "vmem.internal.sorted_keys"
local vmem = require "vmem"

---@class vmem.pager.frames
---@field resident table<integer, true> pages in frames
---@field dirty table<integer, true> those of them that the store has not
---@field quick_hits fun(): integer hits that core.cells has counted, and `hits` has not
---@field parents table<integer, true> those that were dirty when the process was forked
local frames = {}
frames.__index = frames

local raise <const>, process_id <const> = core.blame, core.process_id
local attempt <const>, whole <const> = core.attempt, core.whole

local NO_REASON <const> = "it gave no reason"

function frames:check_open()
  if self.closed then raise("array is closed") end
end

-- {====== Asking the store ======

--- Calls a method of the store. Gives what it gives, or nil, message, code; an error is a failure, too, but
--- not when a hook has raised it.
local function ask(self, method, page, bytes)
  local store = self.store
  local ok, result, message, code = attempt(store[method], store, page, bytes)
  if not ok then return nil, tostring(result), nil end
  return result, message, code
end

--- The message of a failure.
local function failure(self, what, page, message)
  return ("page %d cannot be %s %s: %s"):format(page, what, tostring(self.store), tostring(message))
end

--- The bytes of a page, or nothing when it was never saved. Raises where the store fails.
local function fetch(self, page)
  local bytes, message = ask(self, "load", page)
  if bytes == nil and message == nil then return nil end
  if bytes == nil then raise(failure(self, "loaded from", page, message)) end
  if type(bytes) ~= "string" or #bytes ~= self.page_size then
    local got = type(bytes) == "string" and #bytes .. " bytes" or "a " .. type(bytes)
    raise(failure(self, "loaded from", page, ("it gave %s and not %d bytes"):format(got, self.page_size)))
  end
  return bytes
end

-- ====== }

-- {====== Waiting ======

--- Waits a moment for other coroutines, which have `what`. True, or nil, message, code when that cannot be.
local function pause(self, what)
  if self.wait then
    self.wait()
  elseif coroutine.isyieldable() then
    coroutine.yield()
  else
    return nil, what .. " on its way with another coroutine, and only a coroutine can wait for it", "busy"
  end
  return true
end

local function pause_or_raise(self, what)
  local ok, message = pause(self, what)
  if not ok then raise(message) end
  self:check_open()
end

--- A store that touches the array from within load or save would wait for itself.
local function check_not_own(list, page)
  if list:of(page) == coroutine.running() then
    raise(("page %d is touched by the store that is about to load or save it"):format(page))
  end
end

--- Neither would one that needs a frame for that, where it keeps them from becoming free.
local function check_room(list)
  local page = list:own()
  if not page then return end
  raise(("the store touches the array while it loads or saves page %d, and no frame is left for it"):format(
    page))
end

-- ====== }

-- {====== A child of fork ======

--- Pages that are dirty at the fork are the parent's, which may save them at any time; the child could only
--- overwrite them with older bytes. It keeps such pages in their frames, and never saves them.
local function check_process(self)
  local process = process_id()
  if process == self.process then return end
  local parents = {}
  for page in pairs(self.dirty) do parents[page] = true end
  self.parents = parents
  self.process = process -- last: until then the parent's are not known
end

local function parents_page(self, page)
  return failure(self, "saved to", page, "it was written to before this process was forked, and its parent "
    .. "alone can save it"), "forked"
end

-- ====== }

-- {====== Pages go ======

--- Whether a page that is in a frame holds something other than what the store has: `saved`, or nil for a
--- page that was clean.
local function differs(self, page, saved)
  if not saved then return self.dirty[page] end
  return saved ~= self.region:read((page - 1) * self.page_size, self.page_size)
end

--- A page leaves its frame. True when it has; false when it must not any longer; or nil, message, code. The
--- policy is called first: it may be a script's, and raise.
local function leave(self, page, saved)
  if self.closed or not self.resident[page] or differs(self, page, saved) then return false end
  self.policy:remove(page)
  local ok, message, code = self.region:decommit((page - 1) * self.page_size, self.page_size)
  if not ok then
    self.policy:insert(page, self.dirty[page])
    return nil, message, code
  end
  self.resident[page], self.dirty[page] = nil, nil
  self.used = self.used - 1
  return true
end

local function send(self, page)
  local bytes = self.region:read((page - 1) * self.page_size, self.page_size)
  local ok, message, code = ask(self, "save", page, bytes)
  if not ok then return nil, failure(self, "saved to", page, message or NO_REASON), code end
  self.saves = self.saves + 1
  return bytes
end

--- Has the store save a page. Gives the bytes that the store has; or nil, message, code. It is dirty in any
--- case, for the caller to see to, and may hold something else meanwhile.
local function save(self, page)
  check_process(self)
  if self.parents[page] then return nil, parents_page(self, page) end
  return self.saving:during(page, send, self, page)
end

--- Makes a page leave its frame, unless it is written to while it is saved. Gives a message when it
--- cannot be saved.
local function evict(self, page)
  local saved, message
  if self.dirty[page] then
    saved, message = save(self, page)
    self:check_open()
    if not saved then return message end
  end
  local gone, problem = whole(leave, self, page, saved)
  if gone == nil then raise(problem) end
end

--- The page to replace; nil where that has to wait, or where a clean one is wanted and there is none. A
--- policy may be a script's: its victim is checked.
local function choose(self, clean)
  check_process(self)
  local busy = self.saving:pending() > 0
  local stays = clean and self.is_dirty or (busy or next(self.parents)) and self.is_held or nil
  local page = self.policy:victim(stays)
  contract.check_victim(page, self.resident, stays)
  return not (stays and stays(page)) and page or nil
end

--- Where a page cannot be saved, a clean one goes in its place, so that loads go on.
local function make_room(self)
  local failed
  while self.used >= self.limit do
    local page = choose(self, failed)
    if page then
      failed = evict(self, page) or failed
    elseif failed then
      raise(failed)
    elseif next(self.parents) and self.saving:pending() == 0 then
      raise((parents_page(self, next(self.parents))))
    else
      check_room(self.saving)
      pause_or_raise(self, "every page in a frame is")
    end
  end
end

-- ====== }

-- {====== Pages come ======

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

-- ====== }

-- {====== Which pages there are ======

local function cannot_list(self, message)
  raise(("%s cannot say which pages it has: %s"):format(tostring(self.store), tostring(message or NO_REASON)))
end

--- The next page that the store's iterator gives, or nil behind the last one.
local function next_stored(self, advance, last)
  local ok, page, message = attempt(advance)
  if ok and page == nil and message == nil then return nil end
  if ok and math.type(page) == "integer" and page > last then return page end
  if not ok then
    message = page
  elseif page ~= nil then
    message = ("after page %d its iterator gave %s"):format(last, tostring(page))
  end
  cannot_list(self, message)
end

--- Iterator over the pages from `from` to `to` that hold something, or nil where the store cannot tell: those
--- that it has, and those that are to be saved.
function frames:existing(from, to)
  self:check_open()
  if not self.store.pages then return nil end
  local advance, message, code = ask(self, "pages", from)
  if not advance and code == "not_supported" then return nil end
  if not advance then cannot_list(self, message) end
  local dirty, k, last = sorted_keys(self.dirty), 1, from - 1
  local stored = next_stored(self, advance, last)
  return function()
    while dirty[k] and dirty[k] <= last do k = k + 1 end
    if stored and stored <= last then stored = next_stored(self, advance, last) end
    last = math.min(stored or to + 1, dirty[k] or to + 1)
    return last <= to and last or nil
  end
end

-- ====== }

-- {====== All pages ======

--- The next write to a page faults. It is clean first, lest a finalizer that writes to it meanwhile finds it
--- dirty; and stays as it is when more has been written than what was saved.
local function shut(self, page, saved)
  if self.closed or not self.resident[page] or differs(self, page, saved) then return true end
  self.dirty[page] = nil
  local old, message, code = self.region:protect((page - 1) * self.page_size, self.page_size, "r")
  if not old then
    self.dirty[page] = true
    return nil, message, code
  end
  if self.policy.clean then self.policy:clean(page) end
  return true
end

--- Saves a page, after which its next write faults.
local function clean(self, page)
  local saved, message, code = save(self, page)
  if not saved then return nil, message, code end
  return whole(shut, self, page, saved)
end

--- Another coroutine's save may have begun with older bytes, and may fail.
local function clean_in_turn(self, page)
  while self.saving:of(page) do
    check_not_own(self.saving, page)
    local ok, message, code = pause(self, ("page %d is"):format(page))
    if not ok then return nil, message, code end
  end
  if not self.dirty[page] then return true end
  return clean(self, page)
end

--- Saves what is dirty and not the parent's. True and the first page that is the parent's, or nil, message,
--- code.
local function save_own(self)
  self:check_open()
  check_process(self)
  local left
  for _, page in ipairs(sorted_keys(self.dirty)) do
    if self.parents[page] then
      left = left or page
    else
      local ok, message, code = clean_in_turn(self, page)
      if not ok then return nil, message, code end
    end
  end
  if not self.store.flush then return true, left end
  local ok, message, code = ask(self, "flush")
  if ok then return true, left end
  return nil, ("%s cannot be flushed: %s"):format(tostring(self.store), tostring(message or NO_REASON)), code
end

function frames:flush()
  local ok, left, code = save_own(self)
  if not ok then return nil, left, code end
  if left then return nil, parents_page(self, left) end
  return true
end

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

local function has_own(self)
  for page in pairs(self.dirty) do
    if not self.parents[page] then return true end
  end
  return false
end

--- False while there is something left to save.
local function finish(self)
  if has_own(self) then return false end
  local _, message, code = self.region:release()
  if message then return nil, message, code end
  self.closed, self.used = true, 0
  for page in pairs(self.resident) do self.resident[page] = nil end
  return true
end

--- `at_the_end`: no coroutine is left that could finish the loads and saves under way.
function frames:close(at_the_end)
  if self.closed then return true end
  if at_the_end then self.saving:forget() end
  while true do
    local ok, message, code = save_own(self)
    if not ok then return nil, message, code end
    if self.closed then return true end -- by another coroutine, meanwhile
    ok, message, code = whole(finish, self)
    if ok ~= false then return ok, message, code end
  end
end

-- ====== }

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
