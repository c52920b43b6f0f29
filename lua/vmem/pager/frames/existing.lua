--- Which pages hold something.

local asking = require "vmem.pager.frames.asking"
local core = require "vmem.core"
local sorted_keys = require "vmem.internal.sorted_keys"

local ask <const>, NO_REASON <const> = asking.ask, asking.NO_REASON
local raise <const>, attempt <const> = core.blame, core.attempt

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
local function existing(self, from, to)
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

return existing
