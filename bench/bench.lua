-- make bench: every figure beside plain C doing the same in the same process. Each is the median of
-- several rounds, in which vmem and C take turns, so that both meet the same moods of the machine.

local vmem = require "vmem"
local baseline = require "baseline"

local ROUNDS = 9
local page = vmem.page_size

local function median(list)
  table.sort(list)
  return list[(#list + 1) // 2]
end

--- Runs both sides in turn and prints a row: nanoseconds an operation, and their ratio.
local function row(name, ours, theirs)
  local a, b = {}, {}
  for round = 1, ROUNDS do
    collectgarbage()
    a[round], b[round] = ours(), theirs()
  end
  local x, y = median(a), median(b)
  print(("%-46s %10.1f %10.1f %8.2f"):format(name, x, y, x / y))
  io.stdout:flush()
end

local function timed(times, body)
  local start = baseline.now()
  body(times)
  return (baseline.now() - start) / times
end

-- {====== Access ======

local function reading(v)
  return timed(2000000, function(times)
    local x
    for i = 1, times do x = v[i] end
    return x
  end)
end

local function writing(v)
  return timed(2000000, function(times)
    for i = 1, times do v[i] = i end
  end)
end

-- ====== }

-- {====== Reserving and committing ======

local MiB = 1024 * 1024

local function reserve_release()
  return timed(20000, function(times)
    for _ = 1, times do vmem.reserve(MiB):release() end
  end)
end

--- One page after the other, `step` pages apart, in a fresh region.
local function commit(pages, step)
  local region <close> = assert(vmem.reserve(pages * step * page))
  return timed(pages, function()
    for i = 0, pages - 1 do assert(region:commit(i * step * page, page)) end
  end)
end

local function row_commit(name, pages, step)
  row(name, function() return commit(pages, step) end,
    function() return baseline.commit(pages * step * page, page, step, pages) end)
end

-- ====== }

print(("%-46s %10s %10s %8s"):format("operation", "vmem (ns)", "C (ns)", "ratio"))

local region <close> = assert(vmem.allocate(16 * MiB))
local view, empty = region:view("u32"), baseline.empty()
row("x = v[i], against an empty __index in C",
  function() return reading(view) end, function() return reading(empty) end)
row("v[i] = x, against an empty __newindex in C",
  function() return writing(view) end, function() return writing(empty) end)
row("reserve + release 1 MiB, against mmap + munmap", reserve_release,
  function() return baseline.reserve(MiB, 20000) end)
row_commit("commit page after page, against mprotect", 10000, 1)
row_commit("commit scattered pages, against mprotect", 10000, 2)
