--- Waits for other coroutines that load or save pages. A wait that could not end raises an error.

local core = require "vmem.core"

local raise <const> = core.blame

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

return {
  pause = pause, pause_or_raise = pause_or_raise, check_not_own = check_not_own, check_room = check_room,
}
