--- The model's accesses: rule 7, guards, handlers, and what reads and writes bytes. Each access is checked
--- as a whole and starts over once a handler has mended what stood in its way.

local pages = require "model.pages"

local P <const> = pages.P
local misuse, check_count = pages.misuse, pages.check_count
local methods = pages.methods

local accesses = { looked = 0 }

-- {====== Faults ======

local function describe(world, address, need, region, offset)
  if not region then return { kind = "access_violation", access = need, address = address } end
  local page = region.pages[offset // P + 1]
  local guard = page and page.protection:find("+guard", 1, true)
  return {
    kind = guard and "guard_page" or "access_violation", access = need, address = address,
    region = region, offset = offset, page = offset // P + 1, state = page and "committed" or "reserved",
    protection = page and page.protection, slot = world:name_of(region),
  }
end

--- The text of a fault, as tostring(fault) gives it.
local function sentence(fault)
  local kind = fault.kind:gsub("_page", " page violation"):gsub("_", " ")
  local doing = fault.access == "write" and "writing" or "reading"
  local start = ("%s %s %#x: "):format(kind, doing, fault.address)
  if not fault.region then return start .. "no live region holds this address" end
  local reason = ("must not be written, its protection is %s"):format(fault.protection)
  if fault.kind == "guard_page" then
    local now = fault.region.live and fault.region.pages[fault.page]
    if not now then
      reason = "was a guard page, and a handler has taken it away"
    elseif now.protection:find("+guard", 1, true) then
      reason = "was a guard page, and a handler has made it one again"
    else
      reason = "was a guard page, and is an ordinary page from now on"
    end
  elseif fault.state == "reserved" then
    reason = "is reserved, not committed"
  elseif fault.protection == "none" then
    reason = "is committed, but its protection none forbids any access"
  end
  return ("%spage %d of region %#x %s"):format(start, fault.page, fault.region.base, reason)
end

local function still_refuses(world, fault)
  local region = fault.region
  if not region then return world:find(fault.address) == nil end
  if not region.live then return false end
  local page = region.pages[fault.page]
  return (page and page.protection) == fault.protection
end

--- The text of a fault at a guard page is made when the fault is raised.
local function raise(fault)
  fault.text = sentence(fault)
  error({ fault = fault }, 0)
end

--- Asks the handlers, the region's first. Returns when one has mended the fault.
local function dispatch(world, fault)
  for stage = 1, 2 do
    local handler
    if stage == 1 then handler = fault.region and fault.region.handler else handler = world.handler end
    if handler and world:handle(handler, fault) then
      if still_refuses(world, fault) then raise(fault) end
      return
    end
  end
  raise(fault)
end

--- Whether the policy may commit the page.
local function is_for_touch(region, i) return not region.pages[i] and not region.traps[i] end

--- The policy of a region: commits the reserved pages from `offset` on that an access up to `finish` needs,
--- and their neighbours in their groups, as far as the first page that refuses. Whether it has any.
local function touch(region, offset, finish, need)
  if not region.around or not pages.allows({ protection = region.protection }, need) then return false end
  local first, last = pages.widen(offset, finish - offset)
  local around, i = region.around, first
  while i <= last and (is_for_touch(region, i) or pages.allows(region.pages[i], need)) do
    local from, to = i, i
    if not region.pages[i] then
      local most = math.min((last + around - 1) // around * around, region.size // P)
      while (from - 1) % around ~= 0 and is_for_touch(region, from - 1) do from = from - 1 end
      while to < most and is_for_touch(region, to + 1) do to = to + 1 end
      region:commit((from - 1) * P, (to - from + 1) * P)
    end
    i = to + 1
  end
  return i > first
end

--- `wants`: what is wanted from this address on: its size, of which `rest` bytes are of one region or of
--- none; of a write the bytes, if they are known; of a single element its kind, and its value; and `parts`,
--- the number of accesses of this size of which it is one.
local function trap(world, address, size, need, tries, wants)
  local region = world:find(address)
  local offset = region and address - region.base
  local rest = wants.rest or wants.size
  if region and touch(region, offset, offset + rest, need) then return end
  local fault = describe(world, address, need, region, offset)
  local piece = math.min(P - address % P, wants.size)
  fault.size = piece
  if wants.kind and piece == wants.size then
    fault.type, fault.value = wants.kind, wants.value
  elseif need == "write" and wants.bytes and #wants.bytes >= piece then
    fault.bytes = wants.bytes:sub(1, piece)
  end
  if fault.kind == "guard_page" then
    local page = region.pages[fault.page]
    page.protection = page.protection:match("^%a+")
  end
  fault.text = sentence(fault)
  if tries > 2 * (size // P + 2 * ((wants.parts or 1) - 1)) + 32 then raise(fault) end
  dispatch(world, fault)
end

--- A list that is being shrunk may ask for too much. Counts the pages that were checked since the beginning
--- of an operation.
local MOST <const> = 20000000

--- How many bytes from offset on may be read or written, `size` at most.
local function allowed(region, offset, size, need)
  if size == 0 then return 0 end
  local first, last = pages.widen(offset, size)
  accesses.looked = accesses.looked + last - first
  assert(accesses.looked < MOST, "to look at each page would take too long")
  for i = first, last do
    if not pages.allows(region.pages[i], need) then return math.max((i - 1) * P - offset, 0) end
  end
  return size
end

--- Calls attempt(permit, tries, permit_each) until it gives something: a table of results. permit(region,
--- offset, size, need) is true where the access may be made, and false once a handler has changed something;
--- permit_each(region, offsets, size, need) is the same for several. Both take the bytes of a
--- write, permit also the kind and the value of an element.
local function access(world, attempt)
  local again = { tries = 0 }
  local function permit(region, offset, size, need, bytes, kind, value)
    local good = allowed(region, offset, size, need)
    if good == size then
      if need == "write" then region:note_write(offset, size) end
      return true
    end
    local is_whole = offset % P + size <= P -- an element across pages is accessed as bytes
    local wants = { size = size - good, kind = is_whole and kind or nil,
      value = value, bytes = bytes and bytes:sub(good + 1) }
    trap(world, region.base + offset + good, size, need, again.tries, wants)
    return false
  end
  local function permit_each(region, offsets, size, need, list)
    for k, offset in ipairs(offsets) do
      local good = allowed(region, offset, size, need)
      if good < size then
        local wants = { size = size - good, parts = #offsets, bytes = list and list[k]:sub(good + 1) }
        trap(world, region.base + offset + good, size, need, again.tries, wants)
        return false
      end
    end
    for _, offset in ipairs(need == "write" and offsets or {}) do region:note_write(offset, size) end
    return true
  end
  while true do
    local results = attempt(permit, again, permit_each)
    if results then return table.unpack(results, 1, results.n or #results) end
    again.tries = again.tries + 1
  end
end

accesses.access, accesses.trap, accesses.allowed = access, trap, allowed

-- ====== }

-- {====== One range ======

function methods:read(offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    if permit(self, at, count, "read") then return { self:bytes(at, count) } end
  end)
end

--- Writes bytes at an offset. If they do not fit, raises an error with `phrase`.
local function put(self, offset, bytes, phrase, answer)
  return access(self.world, function(permit)
    self:check_live()
    self:check_offset(offset, 0)
    if #bytes > self.size - offset then misuse(phrase) end
    if permit(self, offset, #bytes, "write", bytes) then
      self:store(offset, bytes)
      return { answer }
    end
  end)
end

accesses.put = put

function methods:write(offset, bytes) return put(self, offset, bytes, "run past the region's end", self) end

function methods:fill(offset, size, byte)
  return access(self.world, function(permit)
    self:check_span(offset, size, 0)
    check_count(byte, 0, 255)
    local bytes = string.char(byte):rep(size)
    if permit(self, offset, size, "write", bytes) then
      self:store(offset, bytes)
      return { self }
    end
  end)
end

function methods:cstring(offset, limit)
  return access(self.world, function(permit)
    self:check_live()
    self:check_offset(offset, 0)
    local most = self.size - offset
    if limit then most = math.min(most, check_count(limit, 0)) end
    -- Byte by byte would do, page by page is quicker.
    local text, at = "", offset
    while #text < most do
      local piece = math.min(P - at % P, most - #text)
      if not permit(self, offset, #text + piece, "read") then return nil end
      local bytes = self:bytes(at, piece)
      local zero = bytes:find("\0", 1, true)
      if zero then return { text .. bytes:sub(1, zero - 1) } end
      text, at = text .. bytes, at + piece
    end
    return { text }
  end)
end

function methods:find(needle, offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    if permit(self, at, count, "read") then
      local place = self:bytes(at, count):find(needle, 1, true)
      return { place and at + place - 1, n = 1 }
    end
  end)
end

function methods:nonzero(offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    if not permit(self, at, count, "read") then return nil end
    local bytes = self:bytes(at, count)
    local first = bytes:find "[^\0]"
    if not first then return { n = 1 } end
    local last = #bytes
    while bytes:byte(last) == 0 do last = last - 1 end
    return { at + first - 1, at + last - 1 }
  end)
end

-- ====== }

return accesses
