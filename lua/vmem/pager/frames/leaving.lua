--- Pages are saved, and leave their frames.

local asking = require "vmem.pager.frames.asking"
local contract = require "vmem.replacement.contract"
local core = require "vmem.core"
local waiting = require "vmem.pager.frames.waiting"

local raise <const>, process_id <const>, whole <const> = core.blame, core.process_id, core.whole

local ask <const>, failure <const>, NO_REASON <const> = asking.ask, asking.failure, asking.NO_REASON
local check_room <const>, pause_or_raise <const> = waiting.check_room, waiting.pause_or_raise

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

return {
  check_process = check_process, parents_page = parents_page, differs = differs, leave = leave, save = save,
  make_room = make_room,
}
