--- Reads and writes arrays, by elements and by bytes. A long access goes page by page, so that one
--- frame is enough for it; each page counts as one access.

local checks = require "vmem.internal.checks"
local contract = require "vmem.replacement.contract"
local core = require "vmem.core"

local access = {}

local math_type <const> = math.type

-- The most results of one call: Lua's stack has 1,000,000 places.
local MOST_RESULTS <const> = 900000

-- {====== array[i] ======

local function bad_index(i, count)
  checks.raise("index must be an integer from 1 to %d, not %s", count, checks.shown(i))
end

--- A float that is an integer is one, as it is for tables and views.
local function integer_of(i, count)
  return math_type(i) == "float" and math.tointeger(i) or bad_index(i, count)
end

--- Metatable for elements: a look whether the page is in a frame, and the view's own v[i], which faults
--- where it is not. core.cells makes the accesses of which the policy need not hear. `lookup` is for the
--- other keys.
function access.elements(state, lookup)
  local frames, view, count = state.frames, state.view, state.count
  local resident, policy = frames.resident, frames.policy
  local touch = policy.touch
  local shift = 0
  while 1 << shift < state.per_page do shift = shift + 1 end

  local function index(_, i)
    if math_type(i) ~= "integer" then
      if math_type(i) ~= "float" then return lookup(i) end
      i = integer_of(i, count)
    end
    local page = (i - 1 >> shift) + 1
    if resident[page] and i <= count then
      frames.hits = frames.hits + 1
      touch(policy, page)
    else
      frames:check_open()
    end
    return view[i]
  end

  local function newindex(_, i, value)
    if math_type(i) ~= "integer" then i = integer_of(i, count) end
    local page = (i - 1 >> shift) + 1
    if resident[page] and i <= count then
      frames.hits = frames.hits + 1
      touch(policy, page, true)
    else
      frames:check_open()
      if i < 1 or i > count then bad_index(i, count) end
    end
    view[i] = value
  end

  -- core.cells knows elements in the machine's own order of bytes alone, and gives nil for others.
  local settled, time = contract.settled(policy, resident)
  local quick_index, quick_newindex, quick_hits
  if settled then
    quick_index, quick_newindex, quick_hits =
      core.cells(state.region, state.type, count, index, newindex, settled, time)
  end
  frames.quick_hits = quick_hits or frames.quick_hits
  return { __index = quick_index or index, __newindex = quick_newindex or newindex }
end

-- ====== }

--- An access to a page is about to be made. Misses are faults, which their handler counts.
local function refer(frames, page, write)
  if frames.resident[page] then
    frames.hits = frames.hits + 1
    frames.policy:touch(page, write)
  end
end

--- for first, last in pieces(from, to, length): the stretches of from to to, as pages of so many cut them.
local function pieces(from, to, length)
  return function(_, done)
    local first = done and (done - 1) // length * length + length + 1 or from
    if first <= to then return first, math.min(to, (first - 1) // length * length + length) end
  end
end

-- {====== Elements ======

--- The elements i to j of the array that there are, page by page, appended to `values`.
local function gather(state, i, j, values)
  for first, last in pieces(i, j, state.per_page) do
    refer(state.frames, (first - 1) // state.per_page + 1)
    local found = table.pack(state.view:get(first, last))
    table.move(found, 1, found.n, #values + 1, values)
  end
  return values
end

--- array:get(i [, j]): elements i to j, as many results; nil for those outside the array.
function access.get(state, i, j)
  i = checks.integer(1, "get", "index", i)
  j = j == nil and i or checks.integer(2, "get", "index", j)
  state.frames:check_open()
  if j < i then return end
  checks.that(j - i < MOST_RESULTS and j - i >= 0, 2, "get", "too many elements to return at once")
  local per_page, first, last = state.per_page, math.max(i, 1), math.min(j, state.count)
  if (i - 1) // per_page == (j - 1) // per_page and first == i and last == j then
    refer(state.frames, (i - 1) // per_page + 1)
    return state.view:get(i, j)
  end
  local values = gather(state, first, last, {})
  return table.unpack(table.move(values, 1, #values, first - i + 1, {}), 1, j - i + 1)
end

--- array:set(i, …): elements from i on. Page by page: where a value does not fit, those of the pages before
--- its own have been set.
function access.set(state, i, ...)
  local values, per_page = table.pack(...), state.per_page
  i = checks.integer(1, "set", "index", i)
  if i < 1 or i > state.count - values.n + 1 then
    checks.refuse(1, "set", "%d elements from %d on are not all in the array, which has %d",
      values.n, i, state.count)
  end
  local last = i + values.n - 1
  state.frames:check_open()
  for from, to in pieces(i, last, per_page) do
    refer(state.frames, (from - 1) // per_page + 1, true)
    state.view:set(from, table.unpack(values, from - i + 1, to - i + 1))
  end
end

-- ====== }

-- {====== Bytes ======

local function check_range(state, method, offset, size)
  offset = checks.integer(1, method, "offset", offset)
  if offset < 0 or offset > state.bytes then
    checks.refuse(1, method, "offset %d is outside the array, which has %d bytes", offset, state.bytes)
  end
  if size > state.bytes - offset then
    checks.refuse(2, method, "%d bytes run past the array's end: %d are left", size, state.bytes - offset)
  end
  state.frames:check_open()
  return offset
end

--- array:read([offset [, size]]): bytes.
function access.read(state, offset, size)
  offset = offset or 0
  if size ~= nil then size = checks.integer(2, "read", "size", size, 0) end
  offset = check_range(state, "read", offset, size or 0)
  size = size or state.bytes - offset
  local parts, page_size = {}, state.frames.page_size
  for first, last in pieces(offset + 1, offset + size, page_size) do
    refer(state.frames, (first - 1) // page_size + 1)
    parts[#parts + 1] = state.region:read(first - 1, last - first + 1)
  end
  return table.concat(parts)
end

--- array:write(offset, bytes). Page by page.
function access.write(state, offset, bytes)
  checks.string(2, "write", "bytes", bytes)
  offset = check_range(state, "write", offset, #bytes)
  local page_size = state.frames.page_size
  for first, last in pieces(offset + 1, offset + #bytes, page_size) do
    local page, piece = (first - 1) // page_size + 1, bytes:sub(first - offset, last - offset)
    refer(state.frames, page, true)
    if #piece < page_size or not state.frames:replace(page, piece) then
      state.region:write(first - 1, piece)
    end
  end
end

-- ====== }

return access
