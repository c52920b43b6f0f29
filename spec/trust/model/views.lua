--- The model's views: elements by string.pack, one by one.

local accesses = require "model.accesses"
local pages = require "model.pages"

local misuse, check_count = pages.misuse, pages.check_count
local access = accesses.access

--- Formats of string.pack, without an order of bytes.
local FORMATS <const> = {
  i8 = "b", u8 = "B", i16 = "h", u16 = "H", i32 = "i4", u32 = "I4", i64 = "i8", u64 = "i8", f32 = "f",
  f64 = "d",
}
local ORDERS <const> = { [""] = "=", be = ">", le = "<" }

local methods = {}
local View = { __index = methods }

local views = { methods = methods }

--- Arguments as region:view takes them; the last one may be a table of options.
local function arguments_of(offset, count, stride, options)
  if type(offset) == "table" then return nil, nil, nil, offset end
  if type(count) == "table" then return offset, nil, nil, count end
  if type(stride) == "table" then return offset, count, nil, stride end
  return offset, count, stride, options or {}
end

function views.new(region, kind, ...)
  local offset, count, stride, options = arguments_of(...)
  region:check_live()
  local number, order = kind:match "^(%a%d+)(%a*)$"
  local size = FORMATS[number]:packsize()
  offset = offset and region:check_offset(offset, 0) or 0
  stride = check_count(options.stride or stride or size, 1, (1 << 32) - 1)
  local most = math.max((region.size - offset - size) // stride + 1, 0)
  count = count and check_count(count, 0, most) or most
  return setmetatable({
    region = region, world = region.world, kind = kind, offset = offset, count = count, size = size,
    stride = stride, from = options.from or 1, number = number, is_float = number:find "^f" ~= nil,
    format = ORDERS[order] .. FORMATS[number],
  }, View)
end

-- {====== Elements ======

--- The value as bytes.
function methods:encode(value)
  if self.is_float then
    if type(value) ~= "number" then misuse "must be a number" end
    local bytes = self.format:pack(value)
    local became = self.format:unpack(bytes)
    if math.abs(became) == math.huge and math.abs(value) ~= math.huge then misuse "does not fit" end
    return bytes
  end
  local integer = math.type(value) and math.tointeger(value)
  if not integer then misuse "must be an integer" end
  local ok, bytes = pcall(string.pack, self.format, integer)
  if not ok then misuse "does not fit" end
  return bytes
end

function methods:place(i)
  return self.offset + (i - self.from) * self.stride
end

function methods:check_index(i)
  if i < self.from or i >= self.from + self.count then misuse "outside the view" end
end

--- Whether elements from i on may be touched: so many to read, or as many as there are in a list of bytes to
--- write. Gaps between elements are left alone.
function methods:permits(permit, permit_each, i, elements, need)
  local list = type(elements) == "table" and elements or nil
  local count = list and #list or elements
  if count == 0 then return true end
  if self.stride == self.size or count == 1 then
    return permit(self.region, self:place(i), count * self.size, need, list and table.concat(list))
  end
  local places = {}
  for k = 1, count do places[k] = self:place(i + k - 1) end
  return permit_each(self.region, places, self.size, need, list)
end

function methods:bytes_of(i, count)
  local list = {}
  for k = 1, count do list[k] = self.region:bytes(self:place(i + k - 1), self.size) end
  return list
end

function methods:values_of(i, count)
  local list = self:bytes_of(i, count)
  for k = 1, count do list[k] = (self.format:unpack(list[k])) end
  return list
end

function methods:store(i, list)
  for k, bytes in ipairs(list) do self.region:store(self:place(i + k - 1), bytes) end
end

-- ====== }

function methods:length()
  self.region:check_live()
  return self.count
end

local FIELDS <const> = { type = "kind", offset = "offset", stride = "stride", from = "from",
  region = "region" }

function methods:field(name)
  self.region:check_live()
  return self[FIELDS[name]]
end

function methods:index(i)
  return access(self.world, function(permit)
    self.region:check_live()
    if i < self.from or i >= self.from + self.count then return { n = 1 } end
    if permit(self.region, self:place(i), self.size, "read", nil, self.kind) then
      return self:values_of(i, 1)
    end
  end)
end

function methods:newindex(i, value)
  return access(self.world, function(permit)
    self.region:check_live()
    self:check_index(i)
    local bytes = self:encode(value)
    local number = self.format:unpack(bytes)
    if permit(self.region, self:place(i), self.size, "write", bytes, self.kind, number) then
      self:store(i, { bytes })
      return {}
    end
  end)
end

function methods:get(i, j)
  j = j or i
  return access(self.world, function(permit, _, permit_each)
    self.region:check_live()
    if i > j then return {} end
    if j - i >= 1000000 or j - i < 0 then misuse "too many elements" end
    local first, last = math.max(i, self.from), math.min(j, self.from + self.count - 1)
    local count = math.max(last - first + 1, 0)
    if not self:permits(permit, permit_each, first, count, "read") then return nil end
    local results = { n = j - i + 1 }
    for k, value in ipairs(self:values_of(first, count)) do results[first - i + k] = value end
    return results
  end)
end

function methods:set(i, ...)
  local values = table.pack(...)
  return access(self.world, function(permit, _, permit_each)
    self.region:check_live()
    if values.n == 0 then return { self } end
    self:check_index(i)
    if values.n > self.from + self.count - i then misuse "run past the view's end" end
    local list = {}
    for k = 1, values.n do list[k] = self:encode(values[k]) end
    if self:permits(permit, permit_each, i, list, "write") then
      self:store(i, list)
      return { self }
    end
  end)
end

function methods:fill(value)
  return access(self.world, function(permit, _, permit_each)
    self.region:check_live()
    local bytes = self:encode(value)
    local list = {}
    for k = 1, self.count do list[k] = bytes end
    if not self:permits(permit, permit_each, self.from, list, "write") then return nil end
    if self.stride == self.size then
      self.region:store(self.offset, bytes:rep(self.count))
    else
      for k = 0, self.count - 1 do self.region:store(self.offset + k * self.stride, bytes) end
    end
    return { self }
  end)
end

function methods:copy(other)
  return access(self.world, function(permit, _, permit_each)
    self.region:check_live()
    other.region:check_live()
    if other.number ~= self.number then misuse "cannot copy from a view of" end
    if other.count > self.count then misuse "cannot copy" end
    if not other:permits(permit, permit_each, other.from, other.count, "read") then return nil end
    local list = other:bytes_of(other.from, other.count)
    local swaps = self.format:pack(1) ~= other.format:pack(1)
    for k = 1, swaps and #list or 0 do list[k] = list[k]:reverse() end
    if self:permits(permit, permit_each, self.from, list, "write") then
      self:store(self.from, list)
      return { self }
    end
  end)
end

function methods:slice(i, j)
  self.region:check_live()
  local last = self.from + self.count - 1
  j = j or last
  if i < self.from or i > last + 1 or j < i - 1 or j > last then misuse "are not all in the view" end
  local copy = {}
  for key, value in pairs(self) do copy[key] = value end
  copy.offset, copy.count = self:place(i), j - i + 1
  return setmetatable(copy, View)
end

--- Calls fn(list of all elements).
local function reduce(self, fn)
  return access(self.world, function(permit, _, permit_each)
    self.region:check_live()
    if self:permits(permit, permit_each, self.from, self.count, "read") then
      return fn(self:values_of(self.from, self.count))
    end
  end)
end

function methods:sum()
  return reduce(self, function(list)
    local sum, magnitude = self.is_float and 0.0 or 0, 0.0
    for _, value in ipairs(list) do
      sum = sum + value
      magnitude = magnitude + math.abs(value)
    end
    -- The order in which floats are added is not defined, so the sums may differ a little.
    return { self.is_float and { about = sum, within = magnitude * 1e-10 } or sum }
  end)
end

function methods:minmax()
  return reduce(self, function(list)
    local less = self.number == "u64" and math.ult or function(a, b) return a < b end
    local least, most
    for _, value in ipairs(list) do
      if value == value then
        if not least or less(value, least) then least = value end
        if not most or less(most, value) then most = value end
      end
    end
    return { least, most, n = 2 }
  end)
end

return views
