--- Pages on their way to or from a store, each with the coroutine that sees to it. Where that coroutine has
--- died, was closed or has been collected, the page is on its way no longer.

local flights = {}
flights.__index = flights

-- Weak: a flight must not keep the coroutine that nobody else would ever resume.
local flight = { __mode = "v" }

--- The end of the block in which the flight began, however it ended.
function flight:__close()
  self.list:finish(self)
end

function flights.new()
  return setmetatable({ by_page = {}, count = 0 }, flights)
end

--- To be kept in a <close> variable of the coroutine that begins it.
function flights:begin(page)
  local new = setmetatable({ page = page, list = self, owner = coroutine.running() }, flight)
  self.by_page[page] = new
  self.count = self.count + 1
  return new
end

--- Does nothing when it has finished before.
function flights:finish(which)
  if self.by_page[which.page] ~= which then return end
  self.by_page[which.page] = nil
  self.count = self.count - 1
end

--- The flight of a page, or nil.
function flights:of(page)
  local found = self.by_page[page]
  if not found then return nil end
  if found.owner and coroutine.status(found.owner) ~= "dead" then return found end
  self:finish(found)
end

--- How many there are.
function flights:pending()
  for page in pairs(self.by_page) do self:of(page) end
  return self.count
end

--- The page of one that the running coroutine sees to itself, or nil.
function flights:own()
  local running = coroutine.running()
  for page, each in pairs(self.by_page) do
    if each.owner == running then return page end
  end
end

--- To be called when nobody is left who could end them.
function flights:forget()
  self.by_page, self.count = {}, 0
end

return flights
