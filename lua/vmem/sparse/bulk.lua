--- Many records of vmem.sparse at once. Those that do not exist are passed over.

local bulk = require "vmem.internal.bulk"
local checks = require "vmem.internal.checks"

local all = {}

local MOST_RESULTS <const> = 900000 -- Lua's stack has 1,000,000 places

local function check_numbers(self, method)
  if self.view then return end
  checks.raise("calling '%s' on an array of %s, which are no numbers of a view's type", method,
    self.kind.text)
end

local function range_of(self, position, method, i, j)
  check_numbers(self, method)
  return bulk.range(position, method, i, j, 1, self.count)
end

--- The numbers i to j that exist: `for first, last in existing(self, i, j) do`.
local function existing(self, i, j)
  local size = self.kind.size
  local step = self.space.stretches((i - 1) * size, j * size)
  return function()
    local from, to = step()
    if from then return from // size + 1, to // size end
  end
end

-- {====== Several values ======

--- cells:get(i, j), nil for those that do not exist.
function all.get(self, cells, i, j)
  if self.kind.list then
    checks.refuse(2, "get", "records of this array have several values: get them one by one")
  end
  i = checks.integer(1, "get", "index", i)
  j = checks.integer(2, "get", "index", j)
  if j < i then return end
  checks.that(j - i < MOST_RESULTS and j - i >= 0, 2, "get", "too many records to return at once")
  local size = self.kind.size
  local inside = i >= 1 and j <= self.count
  if self.view and inside and self.space.exists(self.region, (i - 1) * size, (j - i + 1) * size) then
    return self.view:get(i, j)
  end
  local values = {}
  for k = math.max(i, 1), math.min(j, self.count) do values[k - i + 1] = self.get(cells, k) end
  return table.unpack(values, 1, j - i + 1)
end

--- Stores one value in each of the records from i on: all, or none. Gives true, nothing where a value does
--- not fit, or "refused", message, code.
local function store(self, cells, i, ...)
  local size, count = self.kind.size, select("#", ...)
  if not self.space.exists(self.region, (i - 1) * size, count * size) then
    local done, message, code = self.space.create((i - 1) * size, count * size)
    if not done then return "refused", ("records %d to %d: %s"):format(i, i + count - 1, message), code end
  end
  if self.view then
    self.view:set(i, ...)
  else
    for k, value in ipairs { ... } do self.put(cells, i + k - 1, value) end
  end
  return true
end

--- cells:set(i, …) of more than one value. True; or nil, message, code.
function all.set(self, cells, whole, i, ...)
  local count = select("#", ...)
  i = checks.integer(1, "set", "index", i)
  if i < 1 or i > self.count - count + 1 then
    checks.refuse(1, "set", "%d records from %d on are not all in the array, which has %d",
      count, i, self.count)
  end
  for k = 1, count do
    local value = select(k, ...)
    local problem = self.kind.misfit(value)
    if problem then checks.raise("record %d: %s", i + k - 1, problem) end
  end
  local stored, message, code = whole(store, self, cells, i, ...)
  if stored == "refused" then return nil, message, code end
  return true
end

-- ====== }

--- cells:pages(): the first record of each page that exists, and how many that exist begin on it.
function all.pages(self)
  local size, unit, stop = self.kind.size, self.space.unit, self.count * self.kind.size
  local step = self.space.stretches(0, stop)
  local from, to, at
  return function()
    while true do
      if not to or at >= to then
        from, to = step()
        if not from then return nil end
        at = from
      end
      local first = (at + size - 1) // size + 1 -- the first that begins there
      local last = math.min(((at // unit + 1) * unit + size - 1) // size, to // size)
      at = (at // unit + 1) * unit
      if first <= last then return first, last - first + 1 end
    end
  end
end

function all.sum(self, i, j)
  i, j = range_of(self, 1, "sum", i, j)
  local sum = bulk.nothing(self.kind.text)
  for first, last in existing(self, i, j) do sum = sum + self.view:slice(first, last):sum() end
  return sum
end

function all.minmax(self, i, j)
  i, j = range_of(self, 1, "minmax", i, j)
  local extremes = bulk.extremes(self.kind.text)
  for first, last in existing(self, i, j) do extremes(self.view:slice(first, last):minmax()) end
  return extremes()
end

local function make_exist(self, i, j)
  local size = self.kind.size
  local from, bytes = (i - 1) * size, (j - i + 1) * size
  if bytes == 0 or self.space.exists(self.region, from, bytes) then return true end
  return self.space.create(from, bytes)
end

--- True; or nil, message, code.
function all.fill(self, value, i, j)
  i, j = range_of(self, 2, "fill", i, j)
  local problem = self.kind.misfit(value)
  checks.that(not problem, 1, "fill", "%s", problem)
  local done, message, code = make_exist(self, i, j)
  if not done then return nil, message, code end
  self.view:slice(i, j):fill(value)
  return true
end

-- {====== Copies ======

--- What array:copy of another array reads.
function all.source(self)
  return {
    type = self.kind.text, count = self.count, from = 1, array = self,
    pieces = function(i, j)
      local step, at = existing(self, i, j), i
      local first, last = step()
      return function()
        if at > j then return nil end
        local from = at
        if first and at == first then
          at = last + 1
          first, last = step()
          return from, at - 1, self.view
        end
        at = first or j + 1
        return from, at - 1, nil
      end
    end,
  }
end

--- Elements first to last of the array become those from i on of the source: those that do not exist there do
--- not here.
local function copy_piece(self, view, i, first, last, forget)
  if not view then return forget(first, last) end
  local done, message, code = make_exist(self, first, last)
  if not done then return nil, message, code end
  self.view:slice(first, last):copy(view:slice(i, i + last - first))
  return true
end

--- True; or nil, message, code, with a part done. `forget` is the array's own.
function all.copy(self, other, to, i, j, forget)
  check_numbers(self, "copy")
  local source
  source, to, i, j = bulk.copy_arguments(other, to, i, j, self.kind.text, self.count)
  if source.array ~= self then
    for first, last, view in source.pieces(i, j) do
      local done, message, code = copy_piece(self, view, first, to + first - i, to + last - i, forget)
      if not done then return nil, message, code end
    end
    return true
  end
  local pieces = {}
  for first, last, view in source.pieces(i, j) do pieces[#pieces + 1] = { first, last, view } end
  local from, stop, step = 1, #pieces, 1
  if to > i then from, stop, step = #pieces, 1, -1 end
  for k = from, stop, step do
    local first, last, view = table.unpack(pieces[k], 1, 3)
    local done, message, code = copy_piece(self, view, first, to + first - i, to + last - i, forget)
    if not done then return nil, message, code end
  end
  return true
end

-- ====== }

return all
