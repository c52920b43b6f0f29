--- The kinds of records in vmem.sparse: their size, and how values become bytes and bytes values.
---
--- A kind has
---   size           bytes of a record
---   text           what tostring calls it
---   list           whether an assignment takes a list of values
---   problem(…)     why these are no values for it
---   misfit(value)  why this one is none; nil where it is
---   open(space, count, methods, beyond)   functions for an array of so many records at a space's start:
---     view               of all of them, where they are numbers
---     get(cells, i)      its values; nothing where it does not exist
---     put(cells, i, …)   true when they are stored, false where the record does not exist yet; nil, with or
---                        without a message, when that is no index or these are no values for it
---     index, newindex    metamethods. index finds `methods` too; newindex leaves to beyond(cells, i, value)
---                        what is not stored

local checks = require "vmem.internal.checks"

local core = require "vmem.core"

local attempt <const> = core.attempt
local math_type, tointeger = math.type, math.tointeger

local kinds = {}

--- The index as an integer, nil when it is none of so many.
local function place_of(i, count)
  if math_type(i) == "float" then i = tointeger(i) end
  if math_type(i) == "integer" and i >= 1 and i <= count then return i end
end

--- A function that gives all bytes of a record, nil where none exists.
---@param space table see vmem.sparse.in_memory
---@param size integer bytes
---@param count integer records
---@return fun(i: integer): string?
function kinds.reader(space, size, count)
  local region, exists, read = space.region, space.exists, space.region.read
  return function(i)
    i = place_of(i, count)
    local from = i and (i - 1) * size
    if from and exists(region, from, size) then return read(region, from, size) end
  end
end

-- {====== Elements of a view ======

local elements = require "vmem.internal.elements"

local sizes = elements.sizes

local TOO_MUCH <const> = 0x1.ffffffp127 -- the least number that rounds to an infinity of f32

--- A function that says whether a value can be an element. A float is rounded to fit, but not to an infinity.
local function fits(type)
  type = elements.native[type]
  local bits = sizes[type] * 8
  if type == "f64" then return math_type end
  if type == "f32" then
    return function(value)
      return math_type(value) and (value < TOO_MUCH and value > -TOO_MUCH or value - value ~= 0)
    end
  end
  if bits == 64 then return function(value) return math_type(value) and tointeger(value) end end
  local signed = type:find("i", 1, true)
  local least, most = signed and -1 << bits - 1 or 0, (1 << (signed and bits - 1 or bits)) - 1
  return function(value)
    if math_type(value) == "float" then value = tointeger(value) end
    return math_type(value) == "integer" and value >= least and value <= most
  end
end

---@param type vmem.type
local function numbers(type)
  local size, is_fit = sizes[type], fits(type)
  local kind = { size = size, text = type }

  function kind.problem(value)
    if math_type(value) then return ("%s does not fit %s"):format(value, type) end
    return "a number is wanted, not " .. _G.type(value)
  end

  function kind.misfit(value)
    if not is_fit(value) then return kind.problem(value) end
  end

  -- core.cells does what is usual, and calls these metamethods for the rest.
  function kind.open(space, count, methods, beyond)
    local region, exists = space.region, space.exists
    local view = region:view(type, 0, count)
    local opened = { view = view }

    function opened.get(_, i)
      if math_type(i) ~= "integer" then
        local place = place_of(i, count)
        if not place then return methods[i] end
        i = place
      end
      if i >= 1 and i <= count and exists(region, (i - 1) * size, size) then return view[i] end
    end

    function opened.put(_, i, value)
      i = place_of(i, count)
      if not i or not is_fit(value) then return nil end
      if not exists(region, (i - 1) * size, size) then return false end
      view[i] = value
      return true
    end

    function opened.newindex(cells, i, value)
      if math_type(i) == "integer" and is_fit(value) and i >= 1 and i <= count
        and exists(region, (i - 1) * size, size) then
        view[i] = value
      else
        beyond(cells, i, value)
      end
    end

    local index, newindex = core.cells(region, type, count, opened.get, opened.newindex, space.settled)
    opened.index, opened.newindex = index or opened.get, newindex or opened.newindex
    return opened
  end

  return kind
end

-- ====== }

-- {====== Strings ======

--- A function that stores a string and zeros behind it, as a kind's put. It is one write, so that nothing has
--- changed when a page refuses; but where zeros are already nothing is written, so that they take no RAM.
local function writer(space, size, count)
  local region, exists = space.region, space.exists
  local nonzero, write = region.nonzero, region.write
  return function(_, i, bytes)
    i = place_of(i, count)
    if not i or type(bytes) ~= "string" or #bytes > size then return nil end
    local from, length = (i - 1) * size, #bytes
    if not exists(region, from, size) then return false end
    local _, last
    if length < size then _, last = nonzero(region, from + length, size - length) end
    if last then bytes = bytes .. ("\0"):rep(last + 1 - from - length) end
    write(region, from, bytes)
    return true
  end
end

---@param size integer bytes
local function strings(size)
  local kind = { size = size, text = ("strings of %d"):format(size) }

  function kind.problem(value)
    if type(value) ~= "string" then return "a string is wanted, not " .. type(value) end
    return ("%d bytes are too many, a record has %d"):format(#value, size)
  end

  function kind.misfit(value)
    if type(value) ~= "string" or #value > size then return kind.problem(value) end
  end

  function kind.open(space, count, methods, beyond)
    local region, exists = space.region, space.exists
    local nonzero, read = region.nonzero, region.read
    local put = writer(space, size, count)

    local function get(_, i)
      local place = place_of(i, count)
      if not place then return methods[i] end
      local from = (place - 1) * size
      if not exists(region, from, size) then return nil end
      local _, last = nonzero(region, from, size)
      return last and read(region, from, last - from + 1) or ""
    end

    local function newindex(cells, i, value)
      if not put(cells, i, value) then beyond(cells, i, value) end
    end

    return { get = get, put = put, index = get, newindex = newindex }
  end

  return kind
end

-- ====== }

-- {====== Values of a string.pack format ======

--- The first so many of the arguments.
local first = {
  function(a) return a end,
  function(a, b) return a, b end,
  function(a, b, c) return a, b, c end,
  function(a, b, c, d) return a, b, c, d end,
}

local function first_of(count)
  return first[count] or function(...) return table.unpack({ ... }, 1, count) end
end

--- How an array's value goes in and out as one: a format with one value is that value, else a list.
local function metamethods(get, put, count, methods, beyond)
  local function index(cells, key)
    local method = methods[key]
    if method ~= nil then return method end
    if count == 1 then return (get(cells, key)) end
    local list = { get(cells, key) }
    if #list > 0 then return list end
  end

  local function newindex(cells, i, value)
    local stored
    if count == 1 then
      stored = put(cells, i, value)
    elseif type(value) == "table" and #value == count then
      stored = put(cells, i, table.unpack(value, 1, count))
    end
    if not stored then beyond(cells, i, value) end
  end

  return index, newindex
end

---@param format string
---@param size integer bytes
---@param count integer values
local function structs(format, size, count)
  local kind = { size = size, text = ("%q"):format(format), list = count > 1 }
  local wanted = count == 1 and "1 value is" or ("%d values are"):format(count)

  function kind.problem(...)
    return ("%s wanted, not %d"):format(wanted, select("#", ...))
  end

  function kind.misfit(value)
    local ok, problem = attempt(string.pack, format, value)
    if not ok then return problem end
  end

  function kind.open(space, records, methods, beyond)
    local pack, unpack, values = string.pack, string.unpack, first_of(count)
    local read, write = kinds.reader(space, size, records), writer(space, size, records)
    local opened = {}

    function opened.get(_, i)
      local bytes = read(i)
      if bytes then return values(unpack(format, bytes)) end
    end

    function opened.put(cells, i, ...)
      if select("#", ...) ~= count then return nil end
      local ok, bytes = attempt(pack, format, ...)
      if ok then return write(cells, i, bytes) end
      return nil, bytes
    end

    opened.index, opened.newindex = metamethods(opened.get, opened.put, count, methods, beyond)
    return opened
  end

  return kind
end

--- The kind of a format, or nil and what is wrong with it.
local function kind_of_format(format)
  local ok, size = attempt(string.packsize, format)
  if not ok then return nil, (size:gsub("^bad argument #1 to '[^']*' %((.*)%)$", "%1")) end
  local count = size > 0 and checks.values_of(format) or 0
  if count == 0 then return nil, "there is no value in it" end
  return structs(format, size, count)
end

-- ====== }

--- The kind for what sparse.new is given; or nil, and why there is none.
---@param type integer|string
---@return table? kind
---@return string? problem
function kinds.of(type)
  if math.type(type) == "integer" then
    if type > 0 then return strings(type) end
    return nil, ("a string must have at least 1 byte, not %d"):format(type)
  elseif _G.type(type) ~= "string" then
    return nil, "type must be a number of bytes, a view's type or a string.pack format, not " .. _G.type(type)
  elseif sizes[type] then
    return numbers(type)
  end
  local kind, problem = kind_of_format(type)
  if kind then return kind end
  return nil, ('"%s" is no view\'s type, and no string.pack format of fixed size: %s'):format(type, problem)
end

return kinds
