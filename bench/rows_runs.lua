--- How one more operation grows with the number of runs that a region has: every second page of it is
--- committed. Plain C has as many mappings, as long as vm.max_map_count allows them.

local baseline = require "baseline"
local digits = require "bench.digits"
local fragments = require "bench.fragments"
local offsets = require "bench.offsets"
local ours = require "bench.ours"

local SAMPLES = 20000
local COMMITS = 1000

local topic = { title = "Growth with the number of runs", by_series = true }

--- Single commits somewhere among the others: some pages are given back, untimed, and committed anew.
--- `side` is ours or baseline.
local function recommit(side, place, pages)
  local batch = math.max(1, math.min(COMMITS, #pages // 8))
  local total, batches = 0, COMMITS // batch
  local mixed = offsets.shuffled(pages)
  for i = 0, batches - 1 do
    local from = i * batch % (#mixed - batch + 1)
    local chosen = table.move(mixed, from + 1, from + batch, 1, {})
    local value, note = side.decommit(place, chosen)
    if value then value, note = side.commit(place, chosen) end
    if not value then return nil, note end
    total = total + value
  end
  return total / batches
end

--- Twice: the first time the system brings in the pages.
local function peek(view, sample)
  ours.peek(view, sample)
  return ours.peek(view, sample)
end

local function in_words(runs) return runs == 1 and "1 run" or digits(runs) .. " runs" end

local function group(runs)
  local pages = fragments.pages(runs)
  local anywhere, committed = offsets.random(runs, SAMPLES), offsets.drawn(pages, SAMPLES)
  local function row(series, ours_, theirs)
    return { name = series .. ", " .. in_words(runs), series = series, x = runs, vmem = ours_, c = theirs }
  end
  return {
    rounds = 3,
    setup = {
      vmem = function() return fragments.vmem(runs, pages) end,
      c = function() return fragments.c(runs, pages) end,
    },
    teardown = fragments.teardown,
    rows = {
      row("one more commit", function(our) return recommit(ours, our.region, pages) end,
        function(their) return recommit(baseline, their.address, pages) end),
      row("query", function(our) return ours.query(our.region, anywhere) end,
        function(their) return baseline.query(their.address, anywhere) end),
      row("v[i]", function(our) return peek(our.region:view "u8", committed) end,
        function(their) return peek(baseline.bytes(their.address), committed) end),
    },
  }
end

for _, runs in ipairs { 1, 10, 100, 1000, 10000, 60000, 100000, 1000000 } do
  topic[#topic + 1] = group(runs)
end

return topic
