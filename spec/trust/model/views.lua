--- The model's views: elements by string.pack, one by one.

local accesses = require "model.accesses"
local answers = require "model.answers"
local pages = require "model.pages"

local misuse, check_count = pages.misuse, pages.check_count
local access, allowed, store_parts = accesses.access, accesses.allowed, accesses.store_parts

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
  local format, number = answers.format(kind)
  local size = format:packsize()
  offset = offset and region:check_offset(offset, 0) or 0
  stride = check_count(options.stride or stride or size, 1, (1 << 32) - 1)
  local most = math.max((region.size - offset - size) // stride + 1, 0)
  count = count and check_count(count, 0, most) or most
  return setmetatable({
    region = region, world = region.world, kind = kind, offset = offset, count = count, size = size,
    stride = stride, from = options.from or 1, number = number, is_float = number:find "^f" ~= nil,
    format = format,
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

--- Are they next to each other?
local function is_dense(self, count) return self.stride == self.size or count == 1 end

function methods:places(i, count)
  local places = {}
  for k = 1, count do places[k] = self:place(i + k - 1) end
  return places
end

--- The bytes of each of so many elements from i on; nil where the access starts over.
function methods:read_elements(permit, permit_each, i, count)
  if count == 0 then return {} end
  if not is_dense(self, count) then
    return permit_each(self.region, self:places(i, count), self.size, "first")
  end
  local bytes = permit(self.region, self:place(i), count * self.size, "first")
  local list = bytes and {}
  for k = 1, bytes and count or 0 do list[k] = bytes:sub((k - 1) * self.size + 1, k * self.size) end
  return list
end

--- Writes elements from i on, given as bytes. Gaps between elements are left alone. False where the access
--- starts over.
function methods:write_elements(permit, permit_each, i, list)
  if #list == 0 then return true end
  if is_dense(self, #list) then
    local bytes = table.concat(list)
    local parts = permit(self.region, self:place(i), #bytes, "written", bytes)
    if parts then store_parts(parts, bytes) end
    return parts ~= nil
  end
  local each = permit_each(self.region, self:places(i, #list), self.size, "written", list)
  for k, parts in ipairs(each or {}) do store_parts(parts, list[k]) end
  return each ~= nil
end

--- Whether memory allows to write all of them. If not, there must be a copy.
function methods:is_ready(again, i, list)
  for _, place in ipairs(self:places(i, #list)) do
    if allowed(self.region, place, self.size, "write") < self.size then
      return accesses.has_copy(again, "second", #list * self.size)
    end
  end
  return true
end

function methods:values_of(list)
  local values = {}
  for k, bytes in ipairs(list) do values[k] = (self.format:unpack(bytes)) end
  return values
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
    local bytes = permit(self.region, self:place(i), self.size, "first", nil, self.kind)
    if bytes then return self:values_of { bytes } end
  end)
end

function methods:newindex(i, value)
  return access(self.world, function(permit)
    self.region:check_live()
    self:check_index(i)
    local bytes = self:encode(value)
    local number = self.format:unpack(bytes)
    local parts = permit(self.region, self:place(i), self.size, "written", bytes, self.kind, number)
    if parts then
      store_parts(parts, bytes)
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
    local list = self:read_elements(permit, permit_each, first, count)
    if not list then return nil end
    local results = { n = j - i + 1 }
    for k, value in ipairs(self:values_of(list)) do results[first - i + k] = value end
    return results
  end)
end

function methods:set(i, ...)
  local values = table.pack(...)
  return access(self.world, function(permit, again, permit_each)
    self.region:check_live()
    if values.n == 0 then return { self } end
    self:check_index(i)
    if values.n > self.from + self.count - i then misuse "run past the view's end" end
    local list = {}
    for k = 1, values.n do list[k] = self:encode(values[k]) end
    if self:is_ready(again, i, list) and self:write_elements(permit, permit_each, i, list) then
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
    if self:write_elements(permit, permit_each, self.from, list) then return { self } end
  end)
end

function methods:copy(other)
  return access(self.world, function(permit, again, permit_each)
    self.region:check_live()
    other.region:check_live()
    if other.number ~= self.number then misuse "cannot copy from a view of" end
    if other.count > self.count then misuse "cannot copy" end
    local list = other:read_elements(permit, permit_each, other.from, other.count)
    if not list then return nil end
    local swaps = self.format:pack(1) ~= other.format:pack(1)
    for k = 1, swaps and #list or 0 do list[k] = list[k]:reverse() end
    if self:is_ready(again, self.from, list)
      and self:write_elements(permit, permit_each, self.from, list) then
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
    local list = self:read_elements(permit, permit_each, self.from, self.count)
    if list then return fn(self:values_of(list)) end
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
