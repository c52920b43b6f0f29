-- LuaJIT's FFI: the calls of C as they are, from compiled Lua. Prints "key nanoseconds", medians.
-- luacheck: std luajit

local ffi = require "ffi"
local C = ffi.C

ffi.cdef [[
void *mmap(void *at, size_t size, int protection, int flags, int file, long offset);
int munmap(void *at, size_t size);
int mprotect(void *at, size_t size, int protection);
void *memmem(const void *at, size_t size, const void *needle, size_t length);
long sysconf(int name);
typedef struct { long seconds, nanoseconds; } timespec_t;
int clock_gettime(int clock, timespec_t *time);
int mkstemp(char *name);
int unlink(const char *name);
int ftruncate(int file, long size);
]]

local NONE, RW = 0, 3
local PRIVATE_ANONYMOUS = jit.os == "OSX" and 0x1002 or 0x22
local MiB = 1024 * 1024
local ROUNDS = 5
local page = tonumber(C.sysconf(jit.os == "OSX" and 29 or 30))

local time = ffi.new "timespec_t"
local function now()
  C.clock_gettime(1, time)
  return tonumber(time.seconds) * 1e9 + tonumber(time.nanoseconds)
end

local function map(size, protection)
  local at = C.mmap(nil, size, protection, PRIVATE_ANONYMOUS, -1, 0)
  assert(ffi.cast("intptr_t", at) ~= -1, "mmap failed")
  return ffi.cast("uint8_t *", at)
end

--- Times body(times); keeps its result, so that the compiler cannot drop the work.
local kept -- luacheck: ignore 231
local function report(key, times, body)
  local list = {}
  for round = 1, ROUNDS do
    local start = now()
    kept = body(times)
    list[round] = (now() - start) / times
  end
  table.sort(list)
  print(key, ("%.3f"):format(list[(ROUNDS + 1) / 2]))
end

local memory = map(16 * MiB, RW)
local elements = ffi.cast("uint32_t *", memory)
ffi.fill(memory, 16 * MiB, 0)

local function reading(from)
  return function(times)
    local sum = 0
    for i = 1, times do sum = sum + from[i] end
    return sum
  end
end

local function writing(to)
  return function(times)
    for i = 1, times do to[i] = i end
  end
end

report("read", 2000000, reading(elements))
report("write", 2000000, writing(elements))
report("reserve", 10000, function(times)
  for _ = 1, times do C.munmap(map(MiB, NONE), MiB) end
end)

local function commit(key, step)
  local times = 30000
  local list = {}
  for round = 1, ROUNDS do
    local at = map(times * step * page, NONE)
    local start = now()
    for i = 0, times - 1 do
      if C.mprotect(at + i * step * page, page, RW) ~= 0 then return end
    end
    list[round] = (now() - start) / times
    C.munmap(at, times * step * page)
  end
  table.sort(list)
  print(key, ("%.3f"):format(list[(ROUNDS + 1) / 2]))
end

commit("commit_adjacent", 1)
commit("commit_scattered", 2)

report("fill", 200, function(times)
  for _ = 1, times do ffi.fill(memory, MiB, 0x5a) end
end)
report("copy", 200, function(times)
  for _ = 1, times do ffi.copy(memory + MiB, memory, MiB) end
end)
report("find", 200, function(times)
  local found
  ffi.fill(memory, MiB, 0)
  for _ = 1, times do found = C.memmem(memory, MiB, "needle", 6) end
  return found
end)
local function reading_bytes(from, first)
  return function(times)
    local read
    for i = 1, times do -- a string that exists already is not made again
      first[0] = i
      read = ffi.string(from, MiB)
    end
    return #read
  end
end

local text = ("\0"):rep(MiB)
local function writing_bytes(to)
  return function(times)
    for _ = 1, times do ffi.copy(to, text, MiB) end
  end
end

report("read_bytes", 200, reading_bytes(memory, elements))
report("write_bytes", 200, writing_bytes(memory))

local SHARED = 1
local path = ffi.new("char[?]", 32, "/tmp/vmem-bench-XXXXXX")
local file = C.mkstemp(path)
C.unlink(path)
assert(file >= 0 and C.ftruncate(file, MiB) == 0)
local mapped = ffi.cast("uint8_t *", C.mmap(nil, MiB, RW, SHARED, file, 0))
assert(ffi.cast("intptr_t", mapped) ~= -1, "mmap failed")
local mapped_elements = ffi.cast("uint32_t *", mapped)
ffi.fill(mapped, MiB, 1)

report("file_read", 250000, reading(mapped_elements))
report("file_write", 250000, writing(mapped_elements))
report("file_read_bytes", 200, reading_bytes(mapped, mapped_elements))
report("file_write_bytes", 200, writing_bytes(mapped))
