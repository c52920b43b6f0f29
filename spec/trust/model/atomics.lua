--- The model's atomics. Nobody else changes the model's memory, so they are a read and a write.

local accesses = require "model.accesses"
local pages = require "model.pages"
local views = require "model.views"

local misuse, check_count, methods = pages.misuse, pages.check_count, views.methods
local access, store_parts = accesses.access, accesses.store_parts

local function check(self, i)
  self.region:check_live()
  self:check_index(i)
  local own_order = self.format:pack(1) == self.format:gsub("^.", "="):pack(1)
  if not self.number:find "^[iu][36]" or not own_order then misuse "cannot be changed atomically" end
  if (self.region.base + self:place(i)) % self.size ~= 0 then misuse "is not aligned" end
end

--- Changes element i to what change(its value) gives, which is a string of bytes, or nil: it stays.
local function do_atomic(self, i, check_operands, change)
  return access(self.world, function(permit)
    check(self, i)
    check_operands()
    local parts = permit(self.region, self:place(i), self.size, "written", nil, self.kind)
    if not parts then return nil end
    local now = self.region:bytes(self:place(i), self.size)
    local before = self.format:unpack(now)
    store_parts(parts, change(before) or now)
    return { before }
  end, true)
end

function methods:add(i, n)
  return do_atomic(self, i, function()
    local integer = math.type(n) and math.tointeger(n)
    if not integer then misuse "n must be an integer" end
    if self.size == 4 and (integer < -(1 << 31) or integer >= 1 << 32) then misuse "does not fit into 32" end
  end, function(before)
    return ("=I8"):pack(before + math.tointeger(n)):sub(("=I2"):pack(1) == "\1\0" and 1 or 9 - self.size)
      :sub(1, self.size)
  end)
end

function methods:exchange(i, x)
  return do_atomic(self, i, function() self:encode(x) end, function() return self:encode(x) end)
end

function methods:compare_exchange(i, old, new)
  return do_atomic(self, i, function()
    self:encode(old)
    self:encode(new)
  end, function(before) return before == old and self:encode(new) or nil end)
end

--- fn(bytes of element i), if it can be read.
local function look(self, i, check_operands, fn)
  return access(self.world, function(permit)
    check(self, i)
    if self.size ~= 4 then misuse "wait and wake need" end
    check_operands()
    local bytes = permit(self.region, self:place(i), self.size, "first", nil, self.kind)
    if not bytes then return nil end
    if self.world.system ~= "linux" then return { nil, "not_supported", n = 2 } end
    return fn(bytes)
  end, true)
end

--- The system looks for the page of an element as a write would, so that a private copy becomes the region's
--- own. Of pages that must not be written it takes those of sections alone. Whether it has one.
local function find_page(self, i)
  local page = self.region.pages[self:place(i) // pages.P + 1]
  if pages.allows(page, "write") then
    if pages.is_untouched(page) then page.bytes = page.bytes end
    return true
  end
  return page.attachment ~= nil and (not page.attachment.copy or pages.is_untouched(page))
end

--- With a limit of 0 seconds.
function methods:wait(i, value)
  local function encode() return self:encode(value) end
  return look(self, i, encode, function(bytes)
    if bytes ~= encode() then return { true } end
    if not find_page(self, i) then return { nil, "permission_denied", n = 2 } end
    return { false }
  end)
end

function methods:wake(i, n)
  return look(self, i, function() if n then check_count(n, 0) end end, function()
    find_page(self, i)
    return { 0 }
  end)
end
