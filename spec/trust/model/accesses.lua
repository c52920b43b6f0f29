--- The model's accesses: rule 7, guards, handlers, and what reads and writes bytes. Each access is checked
--- as a whole and starts over once a handler has mended what stood in its way, or has answered.

local faults = require "model.faults"
local pages = require "model.pages"

local P <const> = pages.P
local misuse, check_count = pages.misuse, pages.check_count
local methods = pages.methods

local accesses = { looked = 0 }

-- {====== Parts ======

--- A list that is being shrunk may ask for too much. Counts the pages that were checked since the beginning
--- of an operation.
local MOST <const> = 20000000

--- How many bytes from offset on may be read or written, `size` at most.
local function allowed(region, offset, size, need)
  if size == 0 then return 0 end
  local first, last = pages.widen(offset, size)
  for i = first, last do
    accesses.looked = accesses.looked + 1
    assert(accesses.looked < MOST, "to look at each page would take too long")
    if not pages.allows(region.pages[i], need) then return math.max((i - 1) * P - offset, 0) end
  end
  return size
end

local NEEDS <const> = { first = "read", second = "read", written = "write" }

--- The part at the start of a range of addresses that can be had, in memory or from an answer; or nil.
local function next_part(world, again, address, size, which)
  local region = world:find(address)
  local offset = region and address - region.base
  local good = region and allowed(region, offset, math.min(region.size - offset, size), NEEDS[which]) or 0
  if good > 0 then return { region = region, offset = offset, size = good } end
  local answer = again.answers[which .. address]
  local piece = math.min(P - address % P, size)
  if answer == true then return { answer = true, size = piece } end
  -- It may have been asked for when the range was shorter.
  if answer then return { answer = answer, size = math.min(#answer, piece) } end
end

--- The parts of a range, as far as they can be had, and how many bytes they have.
local function parts_of(world, again, address, size, which)
  local parts, done = {}, 0
  while done < size do
    local part = next_part(world, again, address + done, size - done, which)
    if not part then break end
    parts[#parts + 1], part.done = part, done
    done = done + part.size
  end
  return parts, done
end

--- Whether the access has room for a copy of so many bytes. If it has none it makes it, and starts over.
local function has_copy(again, which, size)
  if (again.copies[which] or -1) >= size then return true end
  again.copies[which] = size
  return false
end

--- How many bytes of the parts come before the first lost page; nil if there is none.
local function before_lost(parts)
  for _, part in ipairs(parts) do
    local first, last = pages.widen(part.offset or 0, part.size)
    for i = first, part.answer and 0 or last do
      local at = part.done + math.max((i - 1) * P - (part.offset or 0), 0)
      if pages.is_lost(part.region.pages[i]) then return at end
    end
  end
end

local function bytes_of(part)
  return part.answer and part.answer:sub(1, part.size) or part.region:bytes(part.offset, part.size)
end

local function bytes_of_all(parts)
  local list = {}
  for k, part in ipairs(parts) do list[k] = bytes_of(part) end
  return table.concat(list)
end

--- The bytes of all parts; nil where the access starts over, to make room for them.
local function join(parts, again, which, size)
  again.is_copied = false
  for _, part in ipairs(parts) do
    if part.answer then again.is_copied = true end
  end
  if again.is_copied and not has_copy(again, which, size) then return nil end
  return bytes_of_all(parts)
end

local function note_parts(parts)
  for _, part in ipairs(parts) do
    if not part.answer then part.region:note_write(part.offset, part.size) end
  end
end

--- Writes the bytes, but for those that handlers have taken.
local function store_parts(parts, bytes)
  for _, part in ipairs(parts) do
    local piece = bytes:sub(part.done + 1, part.done + part.size)
    if not part.answer then part.region:store(part.offset, piece) end
  end
end

-- ====== }

-- {====== Accesses ======

--- The functions of one try of an access; see `access`.
local function permits_of(world, again)
  local function permit_at(address, size, which, wants)
    local parts, done = parts_of(world, again, address, size, which)
    -- What is written is touched before, and so is all that is recorded.
    local touches = which == "written" and not wants.kind or again.is_atomic or world.records
    local lost = (done == size or touches) and world.has_cut and before_lost(parts)
    if done == size and not lost then
      if which ~= "written" then return join(parts, again, which, size) end
      note_parts(parts)
      return parts
    end
    done = lost or done
    wants.size, wants.bytes = size - done, wants.bytes and wants.bytes:sub(done + 1, done + P)
    local region = wants.rest and world:find(address + done)
    wants.rest = region and math.min(wants.size, region.base + region.size - address - done) or wants.rest
    faults.trap(world, again, address + done, size, NEEDS[which], wants, which, lost)
    return nil
  end
  local function permit(region, offset, size, which, bytes, kind, value)
    local is_whole = offset % P + size <= P -- an element across pages is accessed as bytes
    local wants = { kind = is_whole and kind or nil, value = value, bytes = bytes }
    return permit_at(region.base + offset, size, which, wants)
  end
  local function permit_each(region, offsets, size, which, list)
    local results, all_allowed = {}, true
    for _, offset in ipairs(offsets) do
      if allowed(region, offset, size, NEEDS[which]) < size then all_allowed = false end
    end
    local first = again.refused and again.refused < #offsets and again.refused or 0
    for i = first, first + #offsets - 1 do -- begins with the element that was refused last
      local k = i % #offsets + 1
      local offset = offsets[k]
      local parts, done = parts_of(world, again, region.base + offset, size, which)
      if done < size then
        if again.has_asked then again.refused = k - 1 end
        local wants = { size = size - done, parts = #offsets, bytes = list and list[k]:sub(done + 1) }
        faults.trap(world, again, region.base + offset + done, size, NEEDS[which], wants, which)
        return nil
      end
      results[k] = parts
    end
    if which == "written" then
      for _, parts in ipairs(results) do note_parts(parts) end
      return results
    end
    local has_room = all_allowed
      or has_copy(again, "second", #offsets * size) and has_copy(again, "first", size)
    if not has_room then return nil end
    for k, parts in ipairs(results) do results[k] = join(parts, again, which, size) end
    return results
  end
  return permit, permit_each, permit_at
end

--- Calls attempt(permit, again, permit_each, permit_at) until it gives something: a table of results.
--- permit(region, offset, size, which) gives, where the access may be made, the bytes of a read (`which` is
--- "first" or "second") or the parts of a write ("written"), for store_parts; and nil once a handler has
--- changed or answered something. permit_each(region, offsets, size, which) gives lists of them;
--- permit_at(address, size, which, wants) is for regions next to each other. They take the bytes of a write,
--- permit also the kind and the value of an element. An atomic cannot be answered.
local function access(world, attempt, is_atomic)
  local again = { asked = 0, answers = {}, copies = {}, is_atomic = is_atomic or false }
  local permit, permit_each, permit_at = permits_of(world, again)
  while true do
    local results = attempt(permit, again, permit_each, permit_at)
    if results then return table.unpack(results, 1, results.n or #results) end
  end
end

accesses.access, accesses.allowed, accesses.has_copy = access, allowed, has_copy
accesses.next_part, accesses.parts_of, accesses.store_parts = next_part, parts_of, store_parts
accesses.bytes_of_all, accesses.join = bytes_of_all, join

-- ====== }

-- {====== One range ======

function methods:read(offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    local bytes = permit(self, at, count, "first")
    if bytes then return { bytes } end
  end)
end

--- Writes bytes at an offset. If they do not fit, raises an error with `phrase`.
local function put(self, offset, bytes, phrase, answer)
  return access(self.world, function(permit)
    self:check_live()
    self:check_offset(offset, 0)
    if #bytes > self.size - offset then misuse(phrase) end
    local parts = permit(self, offset, #bytes, "written", bytes)
    if parts then
      store_parts(parts, bytes)
      return { answer }
    end
  end)
end

accesses.put = put

function methods:write(offset, bytes) return put(self, offset, bytes, "run past the region's end", self) end

function methods:fill(offset, size, byte)
  local bytes -- made once: Lua copies a single byte slowly
  return access(self.world, function(permit)
    self:check_span(offset, size, 0)
    check_count(byte, 0, 255)
    bytes = bytes or string.char(byte):rep(size)
    local parts = permit(self, offset, size, "written", bytes)
    if parts then
      store_parts(parts, bytes)
      return { self }
    end
  end)
end

--- Searches as far as bytes can be had, then up to the end of the page that refuses. What was searched is not
--- searched again until the end.
function methods:cstring(offset, limit)
  local done = 0
  return access(self.world, function(permit, again)
    self:check_live()
    self:check_offset(offset, 0)
    local most = self.size - offset
    if limit then most = math.min(most, check_count(limit, 0)) end
    local at, ended = done, false
    while at < most and not ended do
      local part = next_part(self.world, again, self.base + offset + at, most - at, "first")
      if not part then break end
      local zero = bytes_of(part):find("\0", 1, true)
      at, ended = at + (zero and zero - 1 or part.size), zero ~= nil
    end
    done = at
    local more = ended and 1 or math.min(P - (offset + at) % P, most - at)
    local bytes = permit(self, offset, at + more, "first")
    if bytes then return { bytes:sub(1, at):match "^[^\0]*" } end
  end)
end

function methods:find(needle, offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    local bytes = permit(self, at, count, "first")
    if bytes then
      local place = bytes:find(needle, 1, true)
      return { place and at + place - 1, n = 1 }
    end
  end)
end

function methods:nonzero(offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    local bytes = permit(self, at, count, "first")
    if not bytes then return nil end
    local first = bytes:find "[^\0]"
    if not first then return { n = 1 } end
    local last = #bytes
    while bytes:byte(last) == 0 do last = last - 1 end
    return { at + first - 1, at + last - 1 }
  end)
end

-- ====== }

return accesses
