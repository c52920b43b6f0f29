--- Runs the same requests under several ways of allocation, and shows which way refuses what.

local checks = require "vmem.internal.checks"
local memory = require "vmem.paging.memory"
local picture = require "vmem.draw.picture"
local units = require "vmem.internal.units"

--- { "A", 4096 } asks for memory, { "A" } gives it back.
---@alias vmem.paging.request { [1]: string, [2]: integer? }

---@class vmem.paging.refusal
---@field request integer its place in the list
---@field name string
---@field size integer
---@field message string

---@class vmem.paging.result
---@field way vmem.paging.way
---@field memory vmem.paging.memory as it is after the last request
---@field refused vmem.paging.refusal[]

--- tostring(comparison) is a picture of all memories, side by side, after the first request that one way
--- grants and another refuses; if there is none, after the last.
---@class vmem.paging.comparison: vmem.draw.picture
---@field size integer bytes of memory
---@field requests vmem.paging.request[]
---@field decided integer? the first request about which the ways differ
---@field private columns vmem.draw.memory.column[] what was seen there
---@field [integer] vmem.paging.result one for each way, in the order asked for
local compare = {}
compare.__index = compare
compare.__name = "vmem.paging.comparison"

-- {====== Requests ======

local function check_requests(requests)
  local asked = {}
  for i, request in ipairs(checks.list(1, "compare", "the requests", requests)) do
    checks.that(type(request) == "table" and type(request[1]) == "string", 1, "compare",
      "request %d must be { name, size } or { name }", i)
    if request[2] ~= nil then
      checks.integer(1, "compare", ("size of request %d"):format(i), request[2], 1, math.maxinteger >> 1)
      checks.that(not asked[request[1]], 1, "compare", "request %d: %s has memory already", i, request[1])
    else
      checks.that(asked[request[1]], 1, "compare", "request %d: %s has no memory", i, request[1])
    end
    asked[request[1]] = request[2] and true
  end
end

--- The requests in a recording of vmem.recorder: regions, reserved and released.
---@param recording vmem.recording
---@return vmem.paging.request[]
local function requests_of(recording)
  checks.that(checks.is_a("vmem.recording", recording), 1, "requests",
    "a recording is wanted: see vmem.recorder")
  local count, regions = #recording, recording.regions -- in this order: it may go on meanwhile
  local requests, names = {}, {}
  for i, region in ipairs(regions) do
    names[i] = ("%s%d"):format(region.name and region.name .. " " or "region ", i)
    if region.before then requests[#requests + 1] = { names[i], region.size } end
  end
  for i = 1, count do
    local event = recording[i]
    if event.what == "reserve" then
      requests[#requests + 1] = { names[event.region], event.size }
    elseif event.what == "release" then
      requests[#requests + 1] = { names[event.region] }
    end
  end
  return requests
end

-- ====== }

-- {====== Running them ======

--- A name whose request was refused has nothing to free.
local function run(result, i, request)
  local name, size = request[1], request[2]
  if not size then
    if result.memory:has(name) then result.memory:free(name) end
    return true
  end
  local granted, message = result.memory:alloc(name, size)
  if not granted then
    result.refused[#result.refused + 1] = { request = i, name = name, size = size, message = message }
  end
  return granted
end

--- How many pieces the memory of that name is in.
local function pieces(column, name)
  local count = 0
  for _, block in ipairs(column.blocks) do
    if block.name == name then count = count + 1 end
  end
  return count
end

--- All memories as they are now, and whether each grants the request.
local function look(self, request)
  self.columns = {}
  for i, result in ipairs(self) do
    local column, name = result.memory:column(), request[1]
    if request[2] then
      local has = result.memory:has(name)
      column.verdict = { good = has ~= nil, text = ("%s, %s: %s"):format(name, units.size(request[2]),
        not has and "refused" or "granted" .. (result.way == "paged" and
          (", in %s"):format(units.of(pieces(column, name), "piece")) or "")) }
    end
    self.columns[i] = column
  end
end

---@param requests vmem.paging.request[]
---@param ways vmem.paging.way[]
---@param size integer bytes
---@param options? vmem.paging.memory.options; a unit is for "buddy" and "paged", coalesce for the others
---@return vmem.paging.comparison
local function of(requests, ways, size, options)
  check_requests(requests)
  options = checks.options(4, "compare", options, memory.options)
  local self = setmetatable({ size = size, requests = requests }, compare)
  for i, way in ipairs(checks.list(2, "compare", "the ways", ways)) do
    local whole = way == "buddy" or way == "paged"
    local own = whole and { unit = options.unit } or { coalesce = options.coalesce }
    self[i] = { way = way, memory = memory.new(way, size, own), refused = {} }
  end
  for i, request in ipairs(requests) do
    local granted = 0
    for _, result in ipairs(self) do
      if run(result, i, request) then granted = granted + 1 end
    end
    if not self.decided and granted > 0 and granted < #self then
      self.decided = i
      look(self, request)
    end
  end
  if not self.decided then look(self, requests[#requests]) end
  return self
end

-- ====== }

-- {====== Pictures ======

local function drawn(self)
  local request = self.decided and self.requests[self.decided]
  return {
    size = self.size, columns = self.columns,
    title = request and ("After request %d of %d, for %s: %s"):format(self.decided, #self.requests,
      request[1], units.size(request[2])) or ("After all %s"):format(units.of(#self.requests, "request")),
  }
end

picture.add(compare, "memory", drawn)

-- ====== }

checks.methods(compare, "text svg __tostring")

return { of = of, requests = requests_of }
