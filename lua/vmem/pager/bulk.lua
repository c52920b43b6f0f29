--- Many elements of an array at once. What one access takes is a page that may be in no frame, or neighbours
--- that are in frames: so one frame is enough, and arrays can be larger than memory.

local bulk = require "vmem.internal.bulk"
local checks = require "vmem.internal.checks"
local vmem = require "vmem"

local all = {}

local MOST_PAGES <const> = 256 -- in one access

-- {====== Stretches ======

local function page_of(state, i) return (i - 1) // state.per_page + 1 end

--- Iterator over all pages from one to another.
local function every(from, to)
  from = from - 1
  return function()
    if from >= to then return nil end
    from = from + 1
    return from
  end
end

local function refer(frames, page, write)
  if not frames.resident[page] then return end
  frames.hits = frames.hits + 1
  frames.policy:touch(page, write)
end

--- The elements i to j, as stretches that one access can take: `for first, last in stretches(…) do`. `pages`
--- is an iterator over the pages that count, by default all of them.
local function stretches(state, i, j, pages, write)
  local frames, per_page = state.frames, state.per_page
  frames:check_open()
  if j < i then return function() end end
  pages = pages or every(page_of(state, i), page_of(state, j))
  local resident, page = frames.resident, pages()
  return function()
    if not page then return nil end
    local first, last = page, page
    refer(frames, page, write)
    page = pages()
    while page == last + 1 and resident[last] and resident[page] and page - first < MOST_PAGES do
      refer(frames, page, write)
      last, page = page, pages()
    end
    return math.max(i, (first - 1) * per_page + 1), math.min(j, last * per_page)
  end
end

--- The pages of the elements i to j that hold something, or nil where the store cannot tell.
local function existing(state, i, j)
  if j < i then return nil end
  return state.frames:existing(page_of(state, i), page_of(state, j))
end

--- Whether these elements are a page that is in no frame: it need not be loaded to be written.
local function is_new_page(state, first, last)
  return last - first + 1 == state.per_page and (first - 1) % state.per_page == 0
    and not state.frames.resident[page_of(state, first)]
end

-- ====== }

--- array:pages(): the first element of each page that there is, and how many elements it has.
function all.pages(state)
  local per_page = state.per_page
  local pages = existing(state, 1, state.count)
  if not pages then
    checks.raise("%s does not say which pages it has: it has no method pages", tostring(state.frames.store))
  end
  return function()
    local page = pages()
    if not page then return nil end
    local first = (page - 1) * per_page + 1
    return first, math.min(per_page, state.count - first + 1)
  end
end

--- array:sum([i [, j]]). What was never saved is zeros.
function all.sum(state, i, j)
  i, j = bulk.range(1, "sum", i, j, 1, state.count)
  local sum, view = bulk.nothing(state.type), state.view
  for first, last in stretches(state, i, j, existing(state, i, j)) do
    sum = sum + view:slice(first, last):sum()
  end
  return sum
end

--- array:minmax([i [, j]]).
function all.minmax(state, i, j)
  i, j = bulk.range(1, "minmax", i, j, 1, state.count)
  local seen, view, extremes = 0, state.view, bulk.extremes(state.type)
  for first, last in stretches(state, i, j, existing(state, i, j)) do
    extremes(view:slice(first, last):minmax())
    seen = seen + last - first + 1
  end
  local zero = bulk.nothing(state.type)
  if seen < j - i + 1 then extremes(zero, zero) end
  return extremes()
end

--- The bytes of a page full of a value.
local function page_of_values(state, value)
  local region <close> = assert(vmem.allocate(vmem.page_size))
  region:view(state.type):fill(value)
  return region:read()
end

--- array:fill(value [, i [, j]]). Page by page. Where nothing was ever saved, zeros need not be written.
function all.fill(state, value, i, j)
  state.frames:check_open()
  i, j = bulk.range(2, "fill", i, j, 1, state.count)
  state.view:slice(1, 0):fill(value) -- a value that does not fit is an error before anything is written
  local bytes
  local pages = bulk.is_zero(value) and existing(state, i, j) or nil
  for first, last in stretches(state, i, j, pages, true) do
    local is_new = is_new_page(state, first, last)
    if is_new and not bytes then bytes = page_of_values(state, value) end
    if not is_new or not state.frames:replace(page_of(state, first), bytes) then
      state.view:slice(first, last):fill(value)
    end
  end
end

-- {====== Copies ======

--- What array:copy of another array reads.
function all.source(state)
  return {
    type = state.type, count = state.count, from = 1, state = state,
    pieces = function(i, j)
      local step = stretches(state, i, j)
      return function()
        local first, last = step()
        return first, last, state.view
      end
    end,
  }
end

--- The elements first to last of a view as bytes, in the order that the array has.
local function bytes_of_piece(state, view, first, last)
  local size, count = state.size, last - first + 1
  if view.type == state.type and view.stride == size then
    return view.region:read(view.offset + (first - view.from) * size, count * size)
  end
  local region <close> = assert(vmem.allocate(count * size))
  region:view(state.type, 0, count):copy(view:slice(first, last))
  return region:read(0, count * size)
end

--- The elements i to j of a source as bytes.
local function bytes_of(state, source, i, j)
  local parts = {}
  for first, last, view in source.pieces(i, j) do
    parts[#parts + 1] = view and bytes_of_piece(state, view, first, last)
      or ("\0"):rep((last - first + 1) * state.size)
  end
  return table.concat(parts)
end

--- Copies into elements first to last of the array what the source has from i on.
local function copy_stretch(state, source, i, first, last)
  local frames, view = state.frames, state.view
  local is_new, is_self = is_new_page(state, first, last), source.state == state
  if is_new or is_self then
    local bytes = bytes_of(state, source, i, i + last - first)
    if is_new and frames:replace(page_of(state, first), bytes) then return end
    state.region:write((first - 1) * state.size, bytes)
    return
  end
  for from, to, other in source.pieces(i, i + last - first) do
    local target = view:slice(first + from - i, first + to - i)
    if other then target:copy(other:slice(from, to)) else target:fill(0) end
  end
end

--- array:copy(other [, to [, i [, j]]]). Page by page; an array that is copied within itself from that end on
--- where nothing is overwritten before it was read.
function all.copy(state, other, to, i, j)
  local source
  source, to, i, j = bulk.copy_arguments(other, to, i, j, state.type, state.count)
  local last = to + j - i
  state.frames:check_open()
  if source.state ~= state then
    for first, stop in stretches(state, to, last, nil, true) do
      copy_stretch(state, source, i + first - to, first, stop)
    end
    return
  end
  local step = to > i and -1 or 1
  local from_page, to_page = page_of(state, to), page_of(state, last)
  if step < 0 then from_page, to_page = to_page, from_page end
  for page = from_page, to_page, step do
    local first = math.max(to, (page - 1) * state.per_page + 1)
    local stop = math.min(last, page * state.per_page)
    if first <= stop then
      refer(state.frames, page, true)
      copy_stretch(state, source, i + first - to, first, stop)
    end
  end
end

-- ====== }

return all
