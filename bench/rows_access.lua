--- Elements of views, from Lua.

local baseline = require "baseline"
local measure = require "bench.measure"
local vmem = require "vmem"

local ROUNDS, TIMES = 25, 500000 -- short rounds, and many: a few percent count
local RANGE = 16 -- elements at once, with get and set

local region = assert(vmem.allocate(16 << 20))
local view, empty = region:view "u32", baseline.empty()
local pointer = region:pointer()

local function reading(v)
  local start, x = baseline.now(), nil
  for i = 1, TIMES do x = v[i] end
  return measure.each(start, TIMES), nil, x
end

local function writing(v)
  local start = baseline.now()
  for i = 1, TIMES do v[i] = i end
  return measure.each(start, TIMES)
end

local function calling(times, f, ...)
  local start = baseline.now()
  for _ = 1, times do f(...) end
  return measure.each(start, times)
end

local sixteen = table.pack(view:get(1, RANGE))

return {
  title = "Elements of a u32 view, against C functions that check nothing",
  {
    -- v[i] takes the same on both, and on Lua 5.5 the empty one takes a nanosecond less.
    target = _VERSION == "Lua 5.4" and 1.25 or 1.30,
    name = "x = v[i], against an empty __index", peer = "read", rounds = ROUNDS,
    vmem = function() return reading(view) end,
    c = function() return reading(empty) end,
  },
  {
    name = "v[i] = x, against an empty __newindex", target = 1.30, peer = "write", rounds = ROUNDS,
    vmem = function() return writing(view) end,
    c = function() return writing(empty) end,
  },
  {
    name = "v:get, 16 elements",
    vmem = function() return calling(200000, view.get, view, 1, RANGE) end,
    c = function() return calling(200000, baseline.get, pointer, 1, RANGE) end,
  },
  {
    name = "v:set, 16 elements",
    vmem = function() return calling(200000, view.set, view, 1, table.unpack(sixteen)) end,
    c = function() return calling(200000, baseline.set, pointer, 1, table.unpack(sixteen)) end,
  },
}
