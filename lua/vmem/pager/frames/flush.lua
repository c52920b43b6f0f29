--- All pages are saved: flush and close.

local asking = require "vmem.pager.frames.asking"
local core = require "vmem.core"
local leaving = require "vmem.pager.frames.leaving"
local sorted_keys = require "vmem.internal.sorted_keys"
local waiting = require "vmem.pager.frames.waiting"

local whole <const> = core.whole

local ask <const>, NO_REASON <const> = asking.ask, asking.NO_REASON
local check_process <const>, parents_page <const> = leaving.check_process, leaving.parents_page
local differs <const>, save <const> = leaving.differs, leaving.save
local check_not_own <const>, pause <const> = waiting.check_not_own, waiting.pause

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

local function flush(self)
  local ok, left, code = save_own(self)
  if not ok then return nil, left, code end
  if left then return nil, parents_page(self, left) end
  return true
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

local function close(self, at_the_end)
  if self.closed then return true end
  if at_the_end then self.saving:forget() end
  while true do
    local ok, message, code = save_own(self)
    if not ok then return nil, message, code end
    if self.closed then return true end -- by another coroutine, meanwhile
    ok, message, code = whole(finish, self)
    if ok then return true end
    if ok == nil then return nil, message, code end
  end
end

return { flush = flush, close = close }
