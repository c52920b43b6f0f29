--- What an array of records does: its methods, its index, and how it is made in a space.

local bulk = require "vmem.internal.bulk"
local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local cost = require "vmem.sparse.cost"
local forget = require "vmem.sparse.forget"
local kinds = require "vmem.sparse.kinds"
local many = require "vmem.sparse.bulk"
local public = require "vmem.internal.public"
local walk = require "vmem.sparse.walk"

--- cells[i] is record i, from 1: a number, a string, or, of a format with several values, a list of them.
--- It is nil where none exists, and past the end; reading commits nothing. Assigning stores, and raises
--- where set gives a refusal; assigning nil forgets. #cells is the number of records, whether they exist or
--- not. pairs walks as each does. As a <close> variable it is closed at the end of the block.
---
--- A string ends with its last byte that is not zero: zeros fill the rest of the record, and zeros that a
--- string itself ends with cannot be distinguished from them. cells:bytes(i) gives them back.
---@class vmem.sparse
---@field region vmem.region its pages: `print(cells.region:map())`. Closing the array releases it
---@field type integer|string what the records are, as given to sparse.new
---@field record_size integer bytes
---@field section vmem.section? of the file, with its path and mode
---@field [integer] any
---@operator len: integer
local methods = {}

--- The private part of an array: its kind, its count, and functions that are made for it.
---@type table<vmem.sparse, table>
local inner = setmetatable({}, { __mode = "k" })

local function inner_of(cells, method)
  local self = inner[cells]
  if self then return self end
  checks.refuse(1, method, "vmem.sparse expected, got %s", type(cells))
end

--- The index as an integer. Raises outside the array.
local function check_index(self, i)
  local index = type(i) == "number" and math.tointeger(i)
  if not index then
    checks.raise("a record's index must be an integer, not %s", checks.shown(i))
  elseif index < 1 or index > self.count then
    checks.raise("record %d is outside the array, which has %d records", index, self.count)
  end
  return index
end

-- {====== Storing ======

--- Stores a record that does not exist. Gives what put does; or "refused", message, code.
local function create(self, cells, i, ...)
  local size = self.kind.size
  local done, message, code = self.space.create((i - 1) * size, size)
  if not done then return "refused", ("record %d: %s"):format(i, message), code end
  return self.put(cells, i, ...)
end

--- Stores a record, as set does.
local function store(self, cells, i, ...)
  local stored, problem, code = self.put(cells, i, ...)
  if stored == false then stored, problem, code = core.whole(create, self, cells, i, ...) end
  if stored == "refused" then return nil, problem, code end
  if stored then return cells end
  checks.raise("record %d: %s", check_index(self, i), problem or self.kind.problem(...))
end

--- Stores a record: a number, a string, or the values of a format. Commits those of its pages that are
--- missing. When the system refuses them, or the record is no place for such values, nothing has changed.
--- Where records have one value, each further value goes into the next record: all are stored, or none.
---@param i integer
---@param ... any
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code? code
function methods.set(cells, i, ...)
  local self = inner_of(cells, "set")
  if self.kind.list or select("#", ...) < 2 then return store(self, cells, i, ...) end
  local done, message, code = many.set(self, cells, core.whole, i, ...)
  if not done then return nil, message, code end
  return cells
end

--- An assignment to a record that does not exist, or that fails.
local function assign(cells, i, value)
  local self, done, message = inner_of(cells, "__newindex"), nil, nil
  if value == nil then
    done, message = cells:forget(check_index(self, i))
  elseif not self.kind.list then
    done, message = store(self, cells, i, value)
  elseif type(value) == "table" then
    done, message = store(self, cells, i, table.unpack(value))
  else
    checks.raise("record %d: a list of values is wanted, not %s", check_index(self, i), checks.shown(value))
  end
  if not done then checks.raise("%s", message) end
end

-- ====== }

-- {====== Reading ======

--- The values of a record, of a format all of them; nothing where none exists. With j, those of records i to
--- j, which have one value each, as many results: nil where none exists.
---@param i integer
---@param j? integer
---@return any ...
function methods.get(cells, i, j)
  local self = inner_of(cells, "get")
  if j ~= nil then return many.get(self, cells, i, j) end
  if type(i) == "number" then return self.get(cells, i) end
end

--- All bytes of a record, whatever it is, with the zeros at its end; nil where none exists.
---@param i integer
---@return string?
function methods.bytes(cells, i)
  return inner_of(cells, "bytes").bytes(i)
end

local function each(cells, method)
  local self = inner_of(cells, method)
  return walk.each(self.space, cells, self.get)
end

--- Walks the records that exist, ascending: `for i, value in cells:each() do`, of a format with all its
--- values: `for i, x, y in points:each() do`. Reserved stretches are passed over. The loop may store and
--- forget; it may or may not meet a record that was stored meanwhile.
---@return fun(): integer?, any
function methods.each(cells)
  return each(cells, "each")
end

--- Walks those of them that hold something other than zero bytes. Zeros are skipped at the speed of
--- memory.
---@return fun(): integer?, any
function methods.filled(cells)
  local self = inner_of(cells, "filled")
  return walk.filled(self.space, cells, self.get)
end

--- Walks the pages that exist, ascending: `for first, count in cells:pages() do`. Records `first` to first +
--- count - 1 exist, and begin on the same page. A page where no such record begins is passed over.
---@return fun(): integer?, integer?
function methods.pages(cells)
  return many.pages(inner_of(cells, "pages"))
end

-- ====== }

-- {====== Many numbers at once ======

--- Sets elements i to j, which exist from then on. This and the next three are for numbers, records of a
--- view's type. When the system refuses a page, or the value does not fit, nothing has been set.
---@param value number
---@param i? integer Default: 1
---@param j? integer Default: the last one. i - 1 is no element
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code? code
function methods.fill(cells, value, i, j)
  local done, message, code = many.fill(inner_of(cells, "fill"), value, i, j)
  if not done then return nil, message, code end
  return cells
end

--- Adds those of elements i to j up that exist, as view:sum does.
---@param i? integer Default: 1
---@param j? integer Default: the last one
---@return number sum 0 or 0.0 where none exists
function methods.sum(cells, i, j)
  return many.sum(inner_of(cells, "sum"), i, j)
end

--- The smallest and the largest of those of elements i to j that exist, as view:minmax gives them.
---@param i? integer Default: 1
---@param j? integer Default: the last one
---@return number? smallest nil where none exists, or nothing but NaN
---@return number? largest
function methods.minmax(cells, i, j)
  return many.minmax(inner_of(cells, "minmax"), i, j)
end

--- Copies elements i to j of a view, or of another array, to `to` and further. What does not exist in another
--- sparse array is forgotten here. When the system refuses a page, a part may be done. Within one array it is
--- as if all were read before the first is written.
---@param other vmem.view|vmem.file.array|vmem.pager|vmem.sparse of the same type but for the order of bytes
---@param to? integer index of the first element that is set. Default: 1
---@param i? integer Default: its first one
---@param j? integer Default: its last one
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code? code
function methods.copy(cells, other, to, i, j)
  local self = inner_of(cells, "copy")
  local done, message, code = many.copy(self, other, to, i, j, function(first, last)
    return cells:forget(first, last)
  end)
  if not done then return nil, message, code end
  return cells
end

-- ====== }

-- {====== Forgetting ======

--- Makes records zero and gives back each of their pages on which nothing but zeros is left: a neighbour of
--- which nothing but zeros has been stored goes with it. A page that still holds something stays, and what
--- it has of the record reads as zeros. When the system refuses, a part may be done.
---@param i integer
---@param j? integer the last of several records. Default: i
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code? code
function methods.forget(cells, i, j)
  local self = inner_of(cells, "forget")
  local from, to = check_index(self, i), check_index(self, j == nil and i or j)
  if to < from then return cells end
  local size = self.kind.size
  local done, message, code = core.whole(forget, self.space, (from - 1) * size, to * size)
  if not done then return nil, message, code end
  return cells
end

-- ====== }

--- Reads every committed page: zeros at the speed of memory, and every other record one by one. Pages that
--- cannot be read count as used.
---@return vmem.sparse.cost
function methods.cost(cells)
  local self = inner_of(cells, "cost")
  return cost.of(self.space, self.kind.size)
end

-- {====== Life ======

--- What was stored is on the disk when this returns, as far as the system says. Without it an array in a file
--- outlives its process, however that ends, but not a power failure. Does nothing for memory.
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code? code
function methods.flush(cells)
  local done, message, code = inner_of(cells, "flush").space.flush()
  if not done then return nil, message, code end
  return cells
end

--- Gives everything back; a file stays. From then on every use raises "region is released".
---@return true
function methods.close(cells)
  inner_of(cells, "close").space.close()
  return true
end

public.keep_callers(methods)

local function describe(cells)
  local self = inner_of(cells, "__tostring")
  local text = ("vmem.sparse of %d %s"):format(self.count, self.kind.text)
  local state = tostring(self.region):match "^vmem%.region (.* committed)$"
  if not state then return text .. " (closed)" end
  return text .. (self.region.name and ", " or " at ") .. state
end

local function metatable(self, opened)
  local function value_of(cells, i) return cells[i] end
  return {
    __name = "vmem.sparse",
    __index = opened.index,
    __newindex = opened.newindex,
    __len = function() return self.region.size > 0 and self.count end, -- a released region raises
    __pairs = function(cells)
      return walk.each(inner_of(cells, "__pairs").space, cells, value_of)
    end,
    __close = methods.close,
    __tostring = describe,
  }
end

--- The array in a space.
local function open(space, kind, type, count)
  local opened = kind.open(space, count, methods, assign)
  local self = {
    region = space.region, space = space, count = count, kind = kind, view = opened.view, get = opened.get,
    put = opened.put, bytes = kinds.reader(space, kind.size, count),
  }
  local cells = { region = space.region, type = type, record_size = kind.size, section = space.section }
  inner[cells] = self
  if self.view then bulk.offer(cells, function() return many.source(self) end) end
  return setmetatable(cells, metatable(self, opened))
end

-- ====== }

return open
