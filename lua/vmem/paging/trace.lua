--- A list of memory accesses: written by hand, or taken from a recording of vmem.recorder.

local checks = require "vmem.internal.checks"
local units = require "vmem.internal.units"

--- Lists that go side by side: access i is addresses[i], sizes[i] and so on. trace[i] is access i as a
--- trace is made of: { address, kind, size }, and `times`.
---@class vmem.paging.trace
---@field addresses integer[]
---@field sizes integer[] bytes
---@field writes boolean[] whether it is a write
---@field times integer[] how many in a row, all within these bytes, it stands for
---@field grain integer pages must be as large: within smaller ones the order is unknown
---@field [integer] { [1]: integer, [2]: "read"|"write", [3]: integer, times: integer }
---@operator len: integer
local trace = {}
trace.__name = "vmem.paging.trace"

local function new()
  return setmetatable({ addresses = {}, sizes = {}, writes = {}, times = {}, grain = 1 }, trace)
end

local function add(self, address, size, write, times)
  local i = #self.addresses + 1
  self.addresses[i], self.sizes[i], self.writes[i], self.times[i] = address, size, write, times
end

-- {====== From a list ======

--- Item i: 0x1000, or { 0x1000, "write", 8 }. Addresses are unsigned: 0xffffffff80000000 is negative to Lua.
local function add_item(self, i, item)
  if type(item) == "number" then item = { item } end
  checks.that(type(item) == "table", 1, "trace",
    "access %d must be an address or { address, kind, size }, not %s", i, checks.shown(item))
  local of = " of access " .. i
  local address = checks.integer(1, "trace", "address" .. of, item[1])
  checks.word(1, "trace", "kind" .. of, item[2] or "read", { "read", "write" })
  local size = checks.integer(1, "trace", "size" .. of, item[3] or 1, 1)
  checks.that(not math.ult(-1 - address, size - 1), 1, "trace",
    "size of access %d must end at the last address, 2^64 - 1, or before, and not be %d", i, size)
  add(self, address, size, item[2] == "write", 1)
end

-- ====== }

-- {====== From a recording ======

local GRANULARITY <const> = 65536

--- Regions one behind the other, so that the same script makes the same trace whatever addresses it got.
local function places_of(regions)
  local places, next_free = {}, GRANULARITY
  for i, region in ipairs(regions) do
    places[i] = next_free
    next_free = next_free + (region.size + GRANULARITY - 1) // GRANULARITY * GRANULARITY
  end
  return places
end

local function add_events(self, recording)
  local count, regions = #recording, recording.regions -- in this order: it may go on meanwhile
  local places = places_of(regions)
  for i = 1, count do
    local event = recording[i]
    local what = event.what
    if what == "read" or what == "write" then
      add(self, places[event.region] + event.offset, event.size, what == "write", event.count)
      if event.count > 1 then self.grain = math.max(self.grain, regions[event.region].page_size) end
    end
  end
end

-- ====== }

--- Accesses in the order in which they are made. A recording's regions come to lie one behind the other,
--- from 64 KiB on, in the order in which it met them.
---@param source vmem.recording | (integer | { [1]: integer, [2]: "read"|"write"|nil, [3]: integer? })[]
---@return vmem.paging.trace
local function of(source)
  local self = new()
  if checks.is_a("vmem.recording", source) then
    add_events(self, source)
    checks.that(#self > 0, 1, "trace",
      "the recording has no accesses: start it with { reads = true, writes = true }")
  else
    for i, item in ipairs(checks.list(1, "trace", "the source", source)) do add_item(self, i, item) end
  end
  return self
end

local MOST_PAGES <const> = 1 << 20 -- of one access

--- Checked before the first access is made.
local function check_lengths(self, name, size, shift)
  local addresses, sizes = self.addresses, self.sizes
  for i = 1, #addresses do
    local pages = (addresses[i] + sizes[i] - 1 >> shift) - (addresses[i] >> shift) + 1
    checks.that(pages <= MOST_PAGES, 1, name, "access %d is to %s, in more than %d pages of %s", i,
      units.size(sizes[i]), MOST_PAGES, units.size(size))
  end
end

--- trace:each for the function `name`, which has the size of a page from its argument `position`.
local function each(self, name, position, page_size, f)
  local size, shift = checks.power_of_two(position, name, "page_size", page_size)
  checks.that(size >= self.grain, position, name,
    "pages of %s are smaller than those of %s by which accesses were merged: record with { merge = false }",
    units.size(size), units.size(self.grain))
  check_lengths(self, name, size, shift)
  local addresses, sizes, writes, times = self.addresses, self.sizes, self.writes, self.times
  for i = 1, #addresses do
    local first, last = addresses[i] >> shift, (addresses[i] + sizes[i] - 1) >> shift
    if first == last then
      f(first, writes[i], times[i])
    else
      for _ = 1, times[i] do
        for further = 0, last - first do f(first + further, writes[i], 1) end
      end
    end
  end
end

--- Calls f(page, write, times) for every page that is referred to, in order. An access that crosses a border
--- of pages refers to each of them: to at most 1,048,576.
---@param page_size integer a power of two
---@param f fun(page: integer, write: boolean, times: integer)
---@return vmem.paging.trace self
function trace:each(page_size, f)
  checks.that(type(f) == "function", 2, "each", "f must be a function, not %s", checks.shown(f))
  each(self, "each", 1, page_size, f)
  return self
end

--- trace:pages for another function.
local function pages_of(self, name, position, page_size)
  local pages, repeats, seen, n, references, distinct = {}, {}, {}, 0, 0, 0
  each(self, name, position, page_size, function(page, _, times)
    references = references + times
    if pages[n] == page then
      repeats[n] = repeats[n] + times
      return
    end
    n = n + 1
    pages[n], repeats[n] = page, times
    if not seen[page] then
      seen[page], distinct = true, distinct + 1
    end
  end)
  return pages, repeats, references, distinct
end

--- The pages that are referred to, without repeats in a row, and how often each is, in a row; then how many
--- references and how many different pages that makes.
---@param page_size integer
---@return integer[] pages
---@return integer[] times
---@return integer references
---@return integer distinct
function trace:pages(page_size) return pages_of(self, "pages", 1, page_size) end

--- trace:references for another function.
local function references_of(self, name, position, page_size)
  local pages = {}
  each(self, name, position, page_size, function(page, _, times)
    for _ = 1, times do pages[#pages + 1] = page end
  end)
  return pages
end

--- The same with repeats.
---@param page_size integer
---@return integer[] pages
function trace:references(page_size) return references_of(self, "references", 1, page_size) end

function trace:__index(key)
  if math.type(key) ~= "integer" then return trace[key] end
  local kind = self.writes[key] and "write" or "read"
  return self.addresses[key] and { self.addresses[key], kind, self.sizes[key], times = self.times[key] }
end

function trace:__len() return #self.addresses end

local function next_access(self, i)
  local access = self[i + 1]
  if access then return i + 1, access end
end

function trace:__pairs() return next_access, self, 0 end

function trace:__tostring()
  local writes, all = 0, 0
  for i, times in ipairs(self.times) do
    all = all + times
    if self.writes[i] then writes = writes + times end
  end
  return ("vmem.paging.trace: %s, %s of them writes"):format(
    all == 1 and "1 access" or units.count(all) .. " accesses", units.count(writes))
end

checks.methods(trace, "each pages references __index __len __pairs __tostring")

local function is_trace(value) return checks.is_a(trace.__name, value) end

--- Raises an argument error unless the value is a trace.
local function check(position, name, value)
  checks.that(is_trace(value), position, name, "a trace is wanted: see vmem.paging.trace")
end

return {
  of = of, is_trace = is_trace, check = check, each = each, pages_of = pages_of,
  references_of = references_of,
}
