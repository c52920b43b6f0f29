--- Mapped files: against plain pages, and against C on the same memory.

local baseline = require "baseline"
local measure = require "bench.measure"
local vmem = require "vmem"

local MiB, ELEMENTS <const> = 1 << 20, 200000
local ROUNDS, TIMES <const> = 41, 50

local name = os.tmpname()
local section = assert(vmem.section(name, "w+", { size = MiB }))
os.remove(name)

-- The file, and as much private memory behind it.
local region = assert(vmem.reserve(2 * MiB))
assert(region:attach(section))
assert(region:commit(MiB, MiB))
local private = assert(vmem.allocate(MiB))
local pointer, bytes = region:pointer(), ("x"):rep(MiB)
for _, memory in ipairs { region, private } do memory:fill(0, memory.size, 1) end

local views = { vmem = region:view("u32", 0, MiB // 4), c = private:view "u32" }

local function elements(what, measured)
  return {
    name = what .. " of a mapped file, against a plain view", target = 1.3, rounds = ROUNDS,
    peer = measured == measure.reading and "file_read" or "file_write",
    vmem = function() return measured(views.vmem, ELEMENTS) end,
    c = function() return measured(views.c, ELEMENTS) end,
  }
end

local function timed(body)
  body()
  local start = baseline.now()
  for _ = 1, TIMES do body() end
  return measure.each(start, TIMES)
end

return {
  title = "Mapped files: elements against plain views, 1 MiB against memcpy on the same memory",
  elements("x = v[i]", measure.reading),
  elements("v[i] = i", measure.writing),
  {
    name = "1 MiB of a file read into memory, against memcpy", target = 1.05, rounds = ROUNDS,
    vmem = function() return timed(function() region:copy(MiB, 0, MiB) end) end,
    c = function() return baseline.copy(pointer, MiB, TIMES) end,
  },
  {
    name = "1 MiB of a file written from a string, against memcpy", target = 1.05, rounds = ROUNDS,
    peer = "file_write_bytes",
    vmem = function() return timed(function() region:write(0, bytes) end) end,
    c = function() return baseline.write(pointer, MiB, TIMES, bytes) end,
  },
  {
    -- Lua makes a string of memory that nobody takes away, so the bytes are copied twice.
    name = "1 MiB of a file read into a string, against lua_pushlstring", rounds = ROUNDS,
    peer = "file_read_bytes",
    vmem = function() return timed(function() region:read(0, MiB) end) end,
    c = function() return timed(function() baseline.string(pointer, MiB) end) end,
  },
}
