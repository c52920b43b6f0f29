--- The model's regions: rules 1 to 6 and 8 of the design again, as slow and as simple as possible. A page is
--- a table, a reserved page is nil, and there are no short cuts.

local P <const> = require("vmem").page_size
local ZEROS <const> = ("\0"):rep(P)
local MOST <const> = 1 << 20 -- pages at a time

local PROTECTIONS <const> = {
  none = true, r = true, rw = true, x = true, rx = true, rwx = true, ["r+guard"] = true, ["rw+guard"] = true,
  ["x+guard"] = true, ["rx+guard"] = true, ["rwx+guard"] = true,
}

local methods = {}
local Region = { __index = methods }

local pages = { P = P }

--- An error for misuse: the library's message must contain `phrase`.
function pages.misuse(phrase, level)
  error({ misuse = phrase }, level or 2)
end

local misuse = pages.misuse

--- The system's no.
local function refuse(code) return nil, code end

-- {====== Arguments ======

local function check_count(value, least, most)
  if value < 0 then misuse "must not be negative" end
  if value < least then misuse "must be at least" end
  if most and value > most then misuse "must be at most" end
  return value
end

pages.check_count = check_count

function methods:check_live()
  if not self.live then misuse "region is released" end
end

function methods:check_offset(offset, least)
  check_count(offset, 0)
  if offset > self.size - least then misuse "outside the region" end
  return offset
end

--- An offset and a size within the region, of `least` bytes.
function methods:check_span(offset, size, least)
  self:check_live()
  offset = offset and self:check_offset(offset, least) or 0
  if not size then return offset, self.size - offset end
  check_count(size, least)
  if size > self.size - offset then misuse "past the region's end" end
  return offset, size
end

function pages.check_protection(protection)
  if not PROTECTIONS[assert(protection)] then misuse "is unknown" end
  return protection
end

--- First and last page of those that hold a byte of the range.
local function widen(offset, size)
  return offset // P + 1, (offset + size - 1) // P + 1
end

pages.widen = widen

-- ====== }

-- {====== Pages ======

--- What an access must not meet.
function pages.allows(page, need)
  if not page or page.protection == "none" or page.protection:find("+guard", 1, true) then return false end
  return need == "read" or page.protection:find("w", 1, true) ~= nil
end

function methods:all_committed(first, last)
  for i = first, last do
    if not self.pages[i] then return false end
  end
  return true
end

--- Whether reads of a page in the range are trapped.
function methods:traps_reads(first, last)
  for i, trap in pairs(self.traps) do
    if i >= first and i <= last and trap.read then return true end
  end
  return false
end

--- The functions of each page; those of one call are one table.
function methods:trap(offset, size, functions)
  offset, size = self:check_span(offset, size, 1)
  if functions and not functions.read and not functions.write then misuse "a trap needs a function" end
  local first, last = widen(offset, size)
  for i = first, last do
    if functions and functions.read and self.pages[i] then return refuse "in_use" end
  end
  local trap = functions and { read = functions.read, write = functions.write }
  for i = first, last do self.traps[i] = trap end
  return self
end

--- Which accesses to the page are trapped: "r", "w", "rw", or false.
function methods:trap_of(i)
  local trap = self.traps[i]
  return trap and (trap.read and "r" or "") .. (trap.write and "w" or "") or false
end

function methods:commit(offset, size, protection)
  offset, size = self:check_span(offset, size, 1)
  protection = pages.check_protection(protection or self.protection)
  local first, last = widen(offset, size)
  if self:traps_reads(first, last) then return refuse "in_use" end
  if not self:attached_may(first, last, protection) then return refuse "permission_denied" end
  assert(last - first < MOST, "a table for each page would take too long")
  for i = first, last do
    local page = self.pages[i]
    if page then
      page.protection = protection
      pages.settle(page)
    else
      self.pages[i] = { protection = protection, bytes = ZEROS, locked = false, written = false }
    end
  end
  return self
end

function methods:decommit(offset, size)
  offset, size = self:check_span(offset, size, 1)
  local first, last = widen(offset, size)
  local gone = {}
  for i in pairs(self.pages) do
    if i >= first and i <= last then gone[i] = true end
  end
  for i in pairs(gone) do
    self:note_change(i, i)
    self.pages[i] = nil
  end
  return self
end

function methods:protect(offset, size, protection)
  offset, size = self:check_span(offset, size, 1)
  pages.check_protection(protection)
  local first, last = widen(offset, size)
  if not self:all_committed(first, last) then return refuse "not_committed" end
  if not self:attached_may(first, last, protection) then return refuse "permission_denied" end
  local old = self.pages[first].protection
  for i = first, last do
    self.pages[i].protection = protection
    pages.settle(self.pages[i])
  end
  return old
end

function methods:has_lost(first, last)
  for i = first, last do
    if pages.is_lost(self.pages[i]) then return true end
  end
  return false
end

--- The first and the last page, or nil where one of them is not committed.
local function committed(self, offset, size)
  local first, last = widen(self:check_span(offset, size, 1))
  if self:all_committed(first, last) then return first, last end
end

function methods:lock(offset, size)
  local first, last = committed(self, offset, size)
  if not first then return refuse "not_committed" end
  for i = first, last do
    if not pages.allows(self.pages[i], "read") then return refuse "permission_denied" end
  end
  if self:has_lost(first, last) then return refuse "past_end" end
  for i = first, last do
    self.pages[i].locked = true
    pages.settle(self.pages[i])
  end
  return self
end

function methods:unlock(offset, size)
  local first, last = committed(self, offset, size)
  if not first then return refuse "not_committed" end
  for i = first, last do self.pages[i].locked = false end
  return self
end

function methods:prefetch(offset, size)
  local first, last = committed(self, offset, size)
  if not first then return refuse "not_committed" end
  if self:has_lost(first, last) then return refuse "past_end" end
  return self
end

--- If the system keeps the contents of locked pages, so does the model.
function methods:discard(offset, size)
  offset, size = self:check_span(offset, size, 1)
  local first, last = widen(offset, size)
  if not self:all_committed(first, last) then return refuse "not_committed" end
  for i = first, last do
    local page = self.pages[i]
    local whole = (i - 1) * P >= offset and i * P <= offset + size
    local kept = page.locked and self.world.system == "posix" and not self.wiped
    if whole then self:note_change(i, i) end
    if whole and page.attachment then pages.show_again(page)
    elseif whole and not kept then page.bytes = ZEROS end
  end
  return self
end

function methods:rearm(offset, size)
  self:check_live()
  if not self.watched then misuse "region is not watched" end
  offset, size = self:check_span(offset, size, 1)
  local first, last = widen(offset, size)
  for i, page in pairs(self.pages) do
    if i >= first and i <= last then page.written = false end
  end
  return self
end

function methods:release()
  self:check_live()
  self.live, self.pages = false, {}
  self.world:forget(self)
  return true
end

-- ====== }

-- {====== Contents ======

function methods:bytes(offset, size)
  if size == 0 then return "" end
  local first, last = widen(offset, size)
  local list = {}
  for i = first, last do list[#list + 1] = self.pages[i].bytes end
  local start = offset - (first - 1) * P
  return table.concat(list):sub(start + 1, start + size)
end

function methods:store(offset, bytes)
  local done = 0
  while done < #bytes do
    local page = self.pages[(offset + done) // P + 1]
    local start = (offset + done) % P
    local piece = bytes:sub(done + 1, done + P - start)
    page.bytes = page.bytes:sub(1, start) .. piece .. page.bytes:sub(start + #piece + 1)
    done = done + #piece
  end
end

--- The range is written now.
function methods:note_write(offset, size)
  if size == 0 then return end
  local first, last = widen(offset, size)
  self:note_change(first, last)
  for i = first, last do self.pages[i].written = true end
end

-- ====== }

--- A region as the request wants it; the world knows whether there is room.
function pages.new(world, base, size, options)
  return setmetatable({
    world = world, base = base, size = size, pages = {}, traps = {}, of_files = {}, live = true,
    protection = options.protection or "rw",
    name = options.name, watched = options.watch or false, wiped = options.wipe or false,
    concealed = options.conceal or false, sparse = false, lazy = options.lazy or false, touch = options.touch,
    around = options.touch and math.min(options.around or 1, size // P),
  }, Region)
end

pages.methods = methods

return pages
