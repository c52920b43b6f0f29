--- Loads and saves under way: which coroutine loads or saves which page. Where that coroutine has died, was
--- closed or has been collected, its load or save is over.

local meanwhile = require("vmem.core").meanwhile

local flights = {}
flights.__index = flights

-- Weak: this must not keep a coroutine alive that has no other reference.
local weak = { __mode = "v" }

function flights.new()
  return setmetatable({ owners = setmetatable({}, weak) }, flights)
end

--- Calls f(…), and until it ends the running coroutine loads or saves the page.
function flights:during(page, f, ...)
  return meanwhile(self.owners, page, (coroutine.running()), f, ...)
end

--- The coroutine that loads or saves a page, or nil.
function flights:of(page)
  local owner = self.owners[page]
  if not owner then return nil end
  if coroutine.status(owner) ~= "dead" then return owner end
  self.owners[page] = nil
end

--- How many pages are being loaded or saved.
function flights:pending()
  local count = 0
  for page in pairs(self.owners) do
    if self:of(page) then count = count + 1 end
  end
  return count
end

--- The page that the running coroutine itself loads or saves, or nil.
function flights:own()
  local running = coroutine.running()
  for page, owner in pairs(self.owners) do
    if owner == running then return page end
  end
end

--- To be called when no coroutine is left that could end them.
function flights:forget()
  self.owners = {}
end

return flights
