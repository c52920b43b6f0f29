--- vmem's work in the rows, under the names that the same work in plain C has in baseline.c. All functions
--- return nanoseconds for each operation, or nil and a note if the system refuses.

local baseline = require "baseline"
local measure = require "bench.measure"
local secret = require "vmem.secret"
local vmem = require "vmem"

local each, now = measure.each, baseline.now
local page = vmem.page_size

local ours = {}

local function refuse(code, done)
  return nil, ("%s after %d"):format(code, done), done
end

--- Pairs of reserve and release.
function ours.reserve(size, times)
  local start = now()
  for _ = 1, times do vmem.reserve(size):release() end
  return each(start, times)
end

--- Calls the verb for every page. If a call is refused, the third result is the number of pages done.
local function page_by_page(verb)
  return function(region, offsets)
    local count = #offsets
    local start = now()
    for i = 1, count do
      local ok, _, code = region[verb](region, offsets[i], page)
      if not ok then return refuse(code, i - 1) end
    end
    return each(start, count)
  end
end

ours.commit = page_by_page "commit"
ours.decommit = page_by_page "decommit"

--- Traps reads of every page.
function ours.trap(region, offsets)
  local count, functions = #offsets, { read = function() return 0 end }
  local start = now()
  for i = 1, count do region:trap(offsets[i], page, functions) end
  return each(start, count)
end

--- Commits the first `part` bytes of `times` new regions.
function ours.fresh(size, part, times)
  local regions = {}
  for i = 1, times do regions[i] = assert(vmem.reserve(size)) end
  local done, refusal = times, nil
  local start = now()
  for i = 1, times do
    local ok, _, code = regions[i]:commit(0, part)
    if not ok then
      done, refusal = i - 1, code
      break
    end
  end
  local value = each(start, times)
  for i = 1, times do regions[i]:release() end
  if refusal then return refuse(refusal, done) end
  return value
end

--- Writes a byte at each offset.
function ours.touch(region, offsets)
  local view, count = region:view "u8", #offsets
  local start = now()
  for i = 1, count do view[offsets[i] + 1] = 1 end
  return each(start, count)
end

--- Asks for a byte at each offset, and reads none: what remains is what the region's policy does.
function ours.need(region, offsets)
  local count = #offsets
  local start = now()
  for i = 1, count do region:find("", offsets[i], 1) end
  return each(start, count)
end

--- Reads a byte at each offset, through a view or an object used like one.
function ours.peek(view, offsets)
  local count = #offsets
  local start = now()
  local x
  for i = 1, count do x = view[offsets[i] + 1] end
  return each(start, count), nil, x
end

function ours.query(region, offsets)
  local count = #offsets
  local start = now()
  local run
  for i = 1, count do run = region:query(offsets[i]) end
  return each(start, count), nil, run
end

function ours.is_committed(region, offsets)
  local count = #offsets
  local start = now()
  local committed
  for i = 1, count do committed = region:is_committed(offsets[i], 1) end
  return each(start, count), nil, committed
end

--- Walks the runs, and checks their number.
function ours.walk(region, expected)
  local count = 0
  local start = now()
  for _ in region:runs() do count = count + 1 end
  local value = each(start, count)
  if count ~= expected then error(("%d runs instead of %d"):format(count, expected)) end
  return value
end

--- Writes to reserved pages; a handler commits each.
function ours.fault(size, offsets)
  local region <close> = assert(vmem.reserve(size))
  region:on_fault(function(fault) return fault.region:commit(fault.offset, 1) end)
  return ours.touch(region, offsets)
end

--- Reserves, asks, commits a page far out, writes to it, releases.
function ours.far(size, offset, times)
  local start = now()
  for i = 1, times do
    local region, _, code = vmem.reserve(size)
    if not region then return refuse(code, i - 1) end
    region:query(offset)
    region:commit(offset, page)
    region:write(offset, "\1")
    region:release()
  end
  return each(start, times)
end

--- Opens a secret for a function that does nothing, and closes it.
function ours.open(times)
  local key <close> = assert(secret.new(32))
  local function nothing() end
  local start = now()
  for _ = 1, times do key:with(nothing) end
  return each(start, times)
end

return ours
