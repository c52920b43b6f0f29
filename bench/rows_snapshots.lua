--- Snapshots of a region of 16,384 pages, of which 160 are written in each turn.

local baseline = require "baseline"
local measure = require "bench.measure"
local offsets = require "bench.offsets"
local page = require("vmem").page_size
local vmem = require "vmem"

local PAGES, DIRTY, TURNS = 16384, 160, 40

local dirty = table.move(offsets.shuffled(offsets.every(PAGES, 1)), 1, DIRTY, 1, {})
local region = assert(vmem.allocate(PAGES * page))
local copy = assert(vmem.allocate(PAGES * page))
local bytes = region:view "u8"
region:fill(0, PAGES * page, 1)
copy:fill(0, PAGES * page, 1)

local function write_pages(turn)
  for i = 1, DIRTY do bytes[dirty[i] + 1] = turn end
end

--- Nanoseconds that `body` takes after the pages have been written: the median of all turns. One turn is so
--- short that another process takes a part of it only now and then.
local function after_writing(body)
  local times = {}
  for turn = 1, TURNS do
    write_pages(turn)
    local start = baseline.now()
    body()
    times[turn] = measure.each(start, 1)
  end
  table.sort(times)
  return times[TURNS // 2]
end

local function copy_back() baseline.copy_pages(region:pointer(), copy:pointer(), dirty) end

--- The first turn makes the copies; they are kept.
local function restore()
  local snapshot <close> = assert(region:snapshot())
  write_pages(0)
  assert(region:restore(snapshot))
  return after_writing(function() region:restore(snapshot) end)
end

return {
  title = "Snapshots of 16,384 pages, against memcpy of pages",
  {
    name = "restore of 160 dirty pages of 16,384", target = 2, rounds = 21,
    vmem = restore,
    c = function() return after_writing(copy_back) end,
  },
  {
    name = "a snapshot, the first writes to 160 pages, and its end", rounds = 21,
    vmem = function()
      local start = baseline.now()
      for turn = 1, TURNS do
        local snapshot = assert(region:snapshot())
        write_pages(turn)
        snapshot:close()
      end
      return measure.each(start, TURNS)
    end,
    c = function()
      local start = baseline.now()
      for turn = 1, TURNS do
        baseline.copy_pages(copy:pointer(), region:pointer(), dirty)
        write_pages(turn)
      end
      return measure.each(start, TURNS)
    end,
  },
}
