--- More of the model's accesses: two ranges at once, string.pack formats, files, and ranges of addresses.

local accesses = require "model.accesses"
local pages = require "model.pages"

local access, put = accesses.access, accesses.put
local next_part, parts_of, store_parts = accesses.next_part, accesses.parts_of, accesses.store_parts
local P <const> = pages.P
local misuse, check_count, methods = pages.misuse, pages.check_count, pages.methods

local bulk = {}

-- {====== Two ranges ======

local function check_two(self, at, from, size, source)
  self:check_live()
  source:check_live()
  self:check_offset(at, 0)
  source:check_offset(from, 0)
  check_count(size, 0, math.min(self.size - at, source.size - from))
end

function methods:copy(to, from, size, source)
  source = source or self
  local overlaps = source == self and from < to + size and to < from + size
  return access(self.world, function(permit, again)
    check_two(self, to, from, size, source)
    local bytes = permit(source, from, size, "first")
    if not bytes then return nil end
    -- What is read may be overwritten before all of it is stored, because a part may be taken.
    local is_apart = not overlaps or again.is_copied or not again.has_asked
    is_apart = is_apart or accesses.has_copy(again, "first", size)
    local parts = is_apart and permit(self, to, size, "written", bytes)
    if parts then
      store_parts(parts, bytes)
      return { self }
    end
  end)
end

function methods:compare(offset, from, size, source)
  source = source or self
  return access(self.world, function(permit)
    check_two(self, offset, from, size, source)
    local b = permit(source, from, size, "first")
    local a = b and permit(self, offset, size, "second")
    if not a then return nil end
    if a == b then return { 0 } end
    local i = 1
    while a:byte(i) == b:byte(i) do i = i + 1 end
    return { a:byte(i) < b:byte(i) and -1 or 1, i - 1 }
  end)
end

-- ====== }

-- {====== Formats ======

function methods:pack(offset, format, ...)
  self:check_live()
  self:check_offset(offset, 0)
  local ok, bytes = pcall(string.pack, format, ...)
  if not ok then misuse "cannot pack" end
  return put(self, offset, bytes, "packed bytes run past", offset + #bytes)
end

local function too_short(message)
  return message:find("too short", 1, true) or message:find("unfinished string", 1, true)
end

--- How many bytes a format takes up to the end of its first option that is not wholly in `bytes`, as far as
--- the bytes show it.
local function needed(format, bytes)
  local before, done = "", 0
  for option in format:gmatch("%S+") do
    local ok = table.pack(pcall(string.unpack, before .. option, bytes))
    if not ok[1] then
      local width = tonumber(option:match("^s(%d)$"))
      if option == "z" then return #bytes + 1, true end
      if not width then return string.packsize(before .. option) end
      if #bytes < done + width then return done + width end
      return done + width + string.unpack("I" .. width, bytes, done + 1)
    end
    before, done = before .. option, ok[ok.n] - 1
  end
end

--- How much of it unpack asks for: further options, too, if their sizes are known and they fit; of a string
--- its length.
local function asked(format, wanted, rest)
  local before = ""
  for option in format:gmatch("%S+") do
    if option == "z" then break end
    before = before .. option:gsub("^s", "I")
    local size = string.packsize(before)
    if size <= rest then wanted = math.max(wanted, size) end
    if option:find "^s" then break end
  end
  return wanted
end

function methods:unpack(offset, format)
  local want = 256
  return access(self.world, function(permit, again)
    self:check_live()
    self:check_offset(offset, 0)
    local rest = self.size - offset
    want = math.min(want, rest)
    local parts, have = parts_of(self.world, again, self.base + offset, want, "first")
    local bytes = accesses.bytes_of_all(parts)
    local results = table.pack(pcall(string.unpack, format, bytes))
    if results[1] then
      local size = results[results.n] - 1
      parts = parts_of(self.world, again, self.base + offset, size, "first")
      if not accesses.join(parts, again, "first", size) then return nil end
      results[results.n] = offset + results[results.n] - 1
      return { n = results.n - 1, table.unpack(results, 2, results.n) }
    end
    if not too_short(results[2]) then misuse "cannot unpack" end
    local wanted, is_open = needed(format, bytes)
    if have == rest or wanted > rest then misuse "the region ends before the value does" end
    if have == want then
      want = want * 2
    else
      -- Of a string that ends at a zero, the rest of a page.
      local size = is_open and have + math.min(P - (offset + have) % P, rest - have)
      permit(self, offset, size or asked(format, wanted, rest), "first")
    end
    return nil
  end)
end

-- ====== }

-- {====== Files: `content` is their content ======

--- Loads into a part as much of it as there is; of which handlers may have taken all.
local function load_part(part, bytes)
  bytes = bytes:sub(1, part.size)
  if not part.answer then
    part.region:note_write(part.offset, #bytes)
    part.region:store(part.offset, bytes)
  end
  return #bytes
end

local function load_some(self, content, offset, size)
  return access(self.world, function(permit, again)
    self:check_span(offset, size, 0)
    local parts, done = parts_of(self.world, again, self.base + offset, size, "written")
    if done < size then
      permit(self, offset, size, "written", content:sub(1, size))
      return nil
    end
    for _, part in ipairs(parts) do load_part(part, content:sub(part.done + 1)) end
    return { math.min(size, #content) }
  end)
end

function methods:load(content, offset, size)
  self:check_live()
  if size then return load_some(self, content, offset or 0, size) end
  local done = 0
  return access(self.world, function(permit, again)
    local start, rest = self:check_span(offset, nil, 0)
    if done >= rest or done >= #content then return { done } end
    local part = next_part(self.world, again, self.base + start + done, rest - done, "written")
    if not part then
      local most = math.min(P - (start + done) % P, rest - done, #content - done)
      permit(self, start + done, most, "written", content:sub(done + 1, done + most))
      return nil
    end
    done, again.asked = done + load_part(part, content:sub(done + 1)), 0
    return nil
  end)
end

--- Gives the bytes that are in the file then, too.
function methods:save(_, offset, size)
  return access(self.world, function(permit)
    local at, count = self:check_span(offset, size, 0)
    local bytes = permit(self, at, count, "first")
    if bytes then return { count, bytes } end
  end)
end

-- ====== }

-- {====== By address ======

function bulk.read(world, address, size)
  return access(world, function(_, _, _, permit_at)
    check_count(address, 0)
    check_count(size, 0)
    local bytes = permit_at(address, size, "first", { rest = 1 })
    if bytes then return { bytes } end
  end)
end

function bulk.write(world, address, bytes)
  return access(world, function(_, _, _, permit_at)
    check_count(address, 0)
    local parts = permit_at(address, #bytes, "written", { rest = 1, bytes = bytes })
    if parts then
      store_parts(parts, bytes)
      return { true }
    end
  end)
end

-- ====== }

return bulk
