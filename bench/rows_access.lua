--- Elements of views, from Lua.

local baseline = require "baseline"
local fragments = require "bench.fragments"
local measure = require "bench.measure"
local offsets = require "bench.offsets"
local ours = require "bench.ours"
local vmem = require "vmem"

local ROUNDS, TIMES = 25, 500000 -- short rounds, and many: a few percent count
local RANGE = 16 -- elements at once, with get and set

local region = assert(vmem.allocate(16 << 20))
local view, empty = region:view "u32", baseline.empty()
local swapped, packed = region:view "u32be", region:view("u32", 0, 10000, 14, { from = 0 })
local pointer = region:pointer()

-- A device's functions, in both: a register that is read and written.
local value = 0
local function read_register() return value end

local function write_register(_, x) value = x end

local device = assert(vmem.reserve(1 << 16))
device:trap(0, 1 << 16, { read = read_register, write = write_register })
local trapped, plain_device = device:view "u32", baseline.device(read_register, write_register)
local FEWER = 100000 -- accesses that call Lua

local function reading_a_part(v, least, most)
  local start, x = baseline.now(), nil
  for _ = 1, TIMES, most - least + 1 do
    for i = least, most do x = v[i] end
  end
  return measure.each(start, TIMES), nil, x
end

--- The same of a device, which is small.
local function reading_device(v)
  local start, x = baseline.now(), nil
  for i = 1, FEWER do x = v[i & 0xfff | 1] end
  return measure.each(start, FEWER), nil, x
end

local function writing_device(v)
  local start = baseline.now()
  for i = 1, FEWER do v[i & 0xfff | 1] = i end
  return measure.each(start, FEWER)
end

local wide, plain_atomics = region:view "u64", baseline.atomics(pointer)

local function adding(v)
  local start = baseline.now()
  for _ = 1, TIMES do v:add(9, 1) end
  return measure.each(start, TIMES)
end

local function adding_by(add, v)
  local start = baseline.now()
  for _ = 1, TIMES do add(v, 9, 1) end
  return measure.each(start, TIMES)
end

local function waking(v)
  local wake = v.wake
  if not wake then return nil, "not supported" end
  local start = baseline.now()
  for _ = 1, FEWER do
    local woken, _, code = wake(v, 9)
    if not woken then return nil, code end
  end
  return measure.each(start, FEWER)
end

local function calling(times, f, ...)
  local start = baseline.now()
  for _ = 1, times do f(...) end
  return measure.each(start, times)
end

local sixteen = table.pack(view:get(1, RANGE))

--- Elements at random pages of a region in which every second page is committed, and at the same places of
--- a region that has all of them.
local function among(runs)
  local pages = fragments.pages(runs)
  local many = assert(fragments.vmem(runs, pages)).region:view "u8"
  local one = assert(vmem.allocate(runs * vmem.page_size)):view "u8"
  local places = offsets.drawn(pages, 100000)
  return {
    name = ("x = v[i], random pages of %d runs, against one run"):format(runs),
    target = 1.30, rounds = ROUNDS,
    vmem = function() return ours.peek(many, places) end,
    c = function() return ours.peek(one, places) end,
  }
end

return {
  title = "Elements of a u32 view, against C functions that check nothing",
  {
    -- v[i] takes the same on both, and on Lua 5.5 the empty one takes a nanosecond less.
    target = _VERSION == "Lua 5.4" and 1.25 or 1.30,
    name = "x = v[i], against an empty __index", peer = "read", rounds = ROUNDS,
    vmem = function() return measure.reading(view, TIMES) end,
    c = function() return measure.reading(empty, TIMES) end,
  },
  {
    name = "v[i] = x, against an empty __newindex", target = 1.30, peer = "write", rounds = ROUNDS,
    vmem = function() return measure.writing(view, TIMES) end,
    c = function() return measure.writing(empty, TIMES) end,
  },
  {
    name = "x = v[i], u32be, against u32", target = 1.15, rounds = ROUNDS,
    vmem = function() return measure.reading(swapped, TIMES) end,
    c = function() return measure.reading(view, TIMES) end,
  },
  {
    name = "v[i] = x, u32be, against u32", target = 1.15, rounds = ROUNDS,
    vmem = function() return measure.writing(swapped, TIMES) end,
    c = function() return measure.writing(view, TIMES) end,
  },
  {
    name = "x = v[i], u32 every 14 bytes, from 0, against u32", target = 1.15, rounds = ROUNDS,
    vmem = function() return reading_a_part(packed, 0, 9999) end,
    c = function() return reading_a_part(view, 1, 10000) end,
  },
  among(10), among(100), among(1000),
  {
    name = "x = v[i] by region:trap, against Lua by __index in C", target = 3,
    vmem = function() return reading_device(trapped) end,
    c = function() return reading_device(plain_device) end,
  },
  {
    name = "v[i] = x by region:trap, against __newindex in C", target = 3,
    vmem = function() return writing_device(trapped) end,
    c = function() return writing_device(plain_device) end,
  },
  {
    -- The name add is found by a C function; in a metatable that is a plain table, by Lua itself.
    name = "v:add(i, n), atomic add against C", target = 2, rounds = ROUNDS,
    vmem = function() return adding(wide) end,
    c = function() return adding(plain_atomics) end,
  },
  {
    name = "add(v, i, n), the function in a local", target = 1.50, rounds = ROUNDS,
    vmem = function() return adding_by(wide.add, wide) end,
    c = function() return adding_by(plain_atomics.add, plain_atomics) end,
  },
  {
    name = "wake(v, i), with nobody waiting, against futex", target = 1.30,
    vmem = function() return waking(view) end,
    c = function() return waking(plain_atomics) end,
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
