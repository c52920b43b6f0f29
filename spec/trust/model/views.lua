--- The model's views: elements by string.pack, one after the other.

local accesses = require "model.accesses"
local pages = require "model.pages"

local misuse, check_count = pages.misuse, pages.check_count
local access = accesses.access

local FORMATS <const> = {
  i8 = "b", u8 = "B", i16 = "=h", u16 = "=H", i32 = "=i4", u32 = "=I4", i64 = "=i8", u64 = "=i8", f32 = "=f",
    f64 = "=d",
}

local methods = {}
local View = { __index = methods }

local views = { methods = methods }

function views.new(region, kind, offset, count)
  region:check_live()
  if not FORMATS[kind] then misuse "is unknown" end
  offset = offset and region:check_offset(offset, 0) or 0
  local size = FORMATS[kind]:packsize()
  local most = (region.size - offset) // size
  count = count and check_count(count, 0, most) or most
  return setmetatable({
    region = region, world = region.world, kind = kind, offset = offset, count = count, size = size,
    is_float = kind:find "^f" ~= nil, format = FORMATS[kind],
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

function methods:decode(bytes)
  local list = {}
  for at = 1, #bytes, self.size do list[#list + 1] = (self.format:unpack(bytes, at)) end
  return list
end

function methods:place(i)
  return self.offset + (i - 1) * self.size
end

function methods:check_index(i)
  if i < 1 or i > self.count then misuse "outside the view" end
end

-- ====== }

function methods:length()
  self.region:check_live()
  return self.count
end

function methods:field(name)
  self.region:check_live()
  if name == "region" then return self.region end
  return name == "type" and self.kind or self.offset
end

function methods:index(i)
  return access(self.world, function(permit)
    self.region:check_live()
    if i < 1 or i > self.count then return { n = 1 } end
    if permit(self.region, self:place(i), self.size, "read") then
      return self:decode(self.region:bytes(self:place(i), self.size))
    end
  end)
end

function methods:newindex(i, value)
  return access(self.world, function(permit)
    self.region:check_live()
    self:check_index(i)
    local bytes = self:encode(value)
    if permit(self.region, self:place(i), self.size, "write") then
      self.region:store(self:place(i), bytes)
      return {}
    end
  end)
end

function methods:get(i, j)
  j = j or i
  return access(self.world, function(permit)
    self.region:check_live()
    if i > j then return {} end
    if j - i >= 1000000 or j - i < 0 then misuse "too many elements" end
    local first, last = math.max(i, 1), math.min(j, self.count)
    local count = math.max(last - first + 1, 0)
    local offset = count > 0 and self:place(first) or self.offset
    if not permit(self.region, offset, count * self.size, "read") then return nil end
    local results = { n = j - i + 1 }
    for k, value in ipairs(self:decode(self.region:bytes(offset, count * self.size))) do
      results[first - i + k] = value
    end
    return results
  end)
end

function methods:set(i, ...)
  local values = table.pack(...)
  return access(self.world, function(permit)
    self.region:check_live()
    if values.n == 0 then return { self } end
    self:check_index(i)
    if values.n > self.count - i + 1 then misuse "run past the view's end" end
    local list = {}
    for k = 1, values.n do list[k] = self:encode(values[k]) end
    if permit(self.region, self:place(i), values.n * self.size, "write") then
      self.region:store(self:place(i), table.concat(list))
      return { self }
    end
  end)
end

function methods:fill(value)
  return access(self.world, function(permit)
    self.region:check_live()
    local bytes = self:encode(value)
    if permit(self.region, self.offset, self.count * self.size, "write") then
      self.region:store(self.offset, bytes:rep(self.count))
      return { self }
    end
  end)
end

function methods:copy(other)
  return access(self.world, function(permit)
    self.region:check_live()
    other.region:check_live()
    if other.kind ~= self.kind then misuse "cannot copy from a view of" end
    if other.count > self.count then misuse "cannot copy" end
    local size = other.count * other.size
    if permit(other.region, other.offset, size, "read") and permit(self.region, self.offset, size,
      "write") then
      self.region:store(self.offset, other.region:bytes(other.offset, size))
      return { self }
    end
  end)
end

--- Calls fn(list of all elements).
local function reduce(self, fn)
  return access(self.world, function(permit)
    self.region:check_live()
    local size = self.count * self.size
    if permit(self.region, self.offset, size, "read") then
      return fn(self:decode(self.region:bytes(self.offset, size)))
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
    local less = self.kind == "u64" and math.ult or function(a, b) return a < b end
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
