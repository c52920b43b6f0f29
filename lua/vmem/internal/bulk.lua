--- What the arrays that are written in Lua share where they read and write many elements at once: the
--- elements that are meant, and where copies come from.

local checks = require "vmem.internal.checks"
local elements = require "vmem.internal.elements"

local bulk = {}

--- Elements i to j of an array that counts from `from`; by default all of it. i - 1 as j is no element, as it
--- is for slices of views.
function bulk.range(position, method, i, j, from, count)
  local last = from + count - 1
  i = i == nil and from or checks.integer(position, method, "index", i)
  j = j == nil and last or checks.integer(position + 1, method, "last index", j)
  if i < from or i > last + 1 or j < i - 1 or j > last then
    checks.refuse(position, method, "elements %d to %d are not all in the array, which has %d to %d", i, j,
      from, last)
  end
  return i, j
end

--- Whether all bytes of a number are zero.
function bulk.is_zero(value)
  return value == 0 and (math.type(value) == "integer" or 1 / value > 0)
end

--- What sums of elements of a type begin with.
function bulk.nothing(type)
  return type:find("^f") and 0.0 or 0
end

--- Whether a is less than b, for elements of a type.
local function less(type)
  if elements.native[type] == "u64" then return math.ult end
  return function(a, b) return a < b end
end

--- A function that is told the smallest and the largest of some elements, and gives those of all so far.
function bulk.extremes(type)
  local smallest, largest
  local is_less = less(type)
  return function(least, most)
    if least ~= nil then
      if smallest == nil or is_less(least, smallest) then smallest = least end
      if largest == nil or is_less(largest, most) then largest = most end
    end
    return smallest, largest
  end
end

-- {====== Where copies come from ======

--- type, count, from: of its elements. pieces(i, j): the elements i to j, in pieces that one access can take:
--- `for first, last, view in pieces(i, j) do`; there `view` has them under these indices, or is nil where
--- nothing was ever stored.
---@class vmem.internal.source
---@field type vmem.type
---@field count integer
---@field from integer
---@field pieces fun(i: integer, j: integer): function

--- Of each array: a function that makes its source.
local sources = setmetatable({}, { __mode = "k" })

--- From now on the array can be copied from.
function bulk.offer(array, make)
  sources[array] = make
end

--- The source of a view.
function bulk.of_view(view)
  return {
    type = view.type, count = #view, from = view.from,
    pieces = function(i, j)
      local given = i > j
      return function()
        if given then return nil end
        given = true
        return i, j, view
      end
    end,
  }
end

--- The source of a view or an array, which must have numbers of that type.
---@return vmem.internal.source
function bulk.source(position, method, other, type)
  local source
  if sources[other] then
    source = sources[other]()
  elseif _G.type(other) == "userdata" and checks.is_a("vmem.view", other) then
    source = bulk.of_view(other)
  else
    checks.refuse(position, method, "a view or an array of numbers expected, got %s", _G.type(other))
  end
  if elements.native[source.type] ~= elements.native[type] then
    checks.refuse(position, method, "cannot copy elements of %s into an array of %s: set them one by one",
      source.type, type)
  end
  return source
end

--- Arguments of array:copy(other, to, i, j), for an array of so many elements. Gives the source, to, i, j.
function bulk.copy_arguments(other, to, i, j, type, count)
  local source = bulk.source(1, "copy", other, type)
  to = to == nil and 1 or checks.integer(2, "copy", "index", to)
  i, j = bulk.range(3, "copy", i, j, source.from, source.count)
  if to < 1 or to > count + 1 or j - i + 1 > count - to + 1 then
    checks.refuse(to == 1 and 1 or 2, "copy", "%d elements from %d on are not all in the array, which has %d",
      j - i + 1, to, count)
  end
  return source, to, i, j
end

-- ====== }

return bulk
