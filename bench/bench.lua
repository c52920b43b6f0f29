--- make bench: measures everything in vmem and plain C in one process, and in other languages that are
--- installed. Writes RESULTS.md and two pictures into the folder that is its first argument; with names of
--- topics after it, measures only these and writes nothing.
---
--- To add a row, add it to a list of bench/rows_*.lua; bench/measure.lua describes a row.

local measure = require "bench.measure"
local machine = require "bench.machine"
local peers = require "bench.peers"
local plot = require "bench.plot"
local progress = require "bench.progress"
local report = require "bench.report"

local TOPICS = {
  "access", "pages", "asking", "bytes", "million", "sizes", "sparse", "recorder", "arena", "stack", "pager",
  "redis", "paging", "snapshots", "sections", "files", "machine", "runs",
}
local folder = arg[1] or "bench"
local chosen = #arg > 1 and { table.unpack(arg, 2) } or TOPICS

local function count_rows(topics)
  local rows = 0
  for _, topic in ipairs(topics) do
    for _, group in ipairs(topic) do rows = rows + (group.rows and #group.rows or 1) end
  end
  return rows
end

--- Results of one series side by side, series in the order of their first result.
local function by_series(results)
  local place, count = {}, 0
  for i, result in ipairs(results) do
    if not place[result.series] then
      count = count + 1
      place[result.series] = count
    end
    result.order = place[result.series] * #results + i
  end
  table.sort(results, function(a, b) return a.order < b.order end)
end

local function measure_topic(topic)
  topic.results = {}
  for _, group in ipairs(topic) do
    local results = measure.group(group)
    table.move(results, 1, #results, #topic.results + 1, topic.results)
  end
  if topic.by_series then by_series(topic.results) end
end

local topics = {}
for i, name in ipairs(chosen) do topics[i] = require("bench.rows_" .. name) end
progress.begin(count_rows(topics) + peers.count)

local start = os.time()
local beside = peers.measure()
for _, topic in ipairs(topics) do
  measure_topic(topic)
  progress.clear()
  report.print(topic, beside)
end

print("\n" .. report.verdicts(topics))
if chosen == TOPICS then
  report.write(folder .. "/RESULTS.md", topics, beside, machine.facts())
  plot.ratios(folder .. "/ratios.svg", topics)
  plot.growth(folder .. "/growth.svg", topics[#topics].results, machine.most_mappings())
  print(("%s/RESULTS.md, ratios.svg and growth.svg are written"):format(folder))
end
print(("%d seconds"):format(os.time() - start))
