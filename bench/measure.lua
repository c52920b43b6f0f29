--- How everything is measured: in rounds, in which vmem and plain C take turns, so that both meet the same
--- changes in the machine's speed. A figure is the median over the rounds. A ratio is the median of the
--- ratios of each round, because a change of speed lasts longer than a round.
---
--- A row is { name, vmem = function, c = function, target }; both functions return nanoseconds for each
--- operation, or nil and a note with the reason. Either function may be missing. More fields:
---   target   the wanted ratio to plain C
---   limit    the wanted figure itself, for a target without plain C
---   unit     of the figure, if it is not "ns"
---   peer     the key of other languages' figures
---   rounds   how many, if not the usual number
---   series, x   the row's place in a plot of growth
---
--- A group is { setup = { vmem = function, c = function }, teardown = …, rows = { row, … } }. All rows of a
--- side are measured with the result of its setup as argument, before the other side has its turn.
--- setup may return nil and a note instead. After `seconds`, no further round begins.

local baseline = require "baseline"
local progress = require "bench.progress"

local measure = {}

local ROUNDS = 9
local SECONDS = 15 -- unless the group says otherwise
local TURNS = { [0] = { "c", "vmem" }, { "vmem", "c" } } -- in even rounds; in odd ones the other way round

--- The cost of reading the clock: it matters if one operation is timed alone.
local clock_cost = math.huge
for _ = 1, 1000 do
  local start = baseline.now()
  clock_cost = math.min(clock_cost, baseline.now() - start)
end

--- Nanoseconds since `start`, divided by `times` operations.
function measure.each(start, times)
  return math.max(0, baseline.now() - start - clock_cost) / times
end

--- Nanoseconds for reading each of the first `times` elements once; and the last one, so that all are read.
function measure.reading(elements, times)
  local start, x = baseline.now(), nil
  for i = 1, times do x = elements[i] end
  return measure.each(start, times), nil, x
end

--- The same for writing them.
function measure.writing(elements, times)
  local start = baseline.now()
  for i = 1, times do elements[i] = i end
  return measure.each(start, times)
end

local function median(list)
  if #list == 0 then return nil end
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

--- For two lists of the same length, or with one of them empty.
local function median_ratio(a, b)
  local ratios = {}
  for i = 1, math.min(#a, #b) do ratios[i] = a[i] / b[i] end
  return median(ratios)
end

local function new_samples(rows)
  local samples = {}
  for i in ipairs(rows) do samples[i] = { vmem = {}, c = {}, note = {} } end
  return samples
end

local function take(samples, side, value, note)
  local list = samples[side]
  list[#list + 1] = value
  if note then samples.note[side] = note end
end

--- One side's turn: setup, every row, teardown.
local function turn(group, side, samples)
  local setup, teardown = group.setup[side], group.teardown and group.teardown[side]
  local subject, refusal
  if setup then
    subject, refusal = setup()
  end
  for i, row in ipairs(group.rows) do
    if row[side] then
      if refusal and not subject then
        take(samples[i], side, nil, refusal)
      else
        progress.show(row.name)
        collectgarbage()
        take(samples[i], side, row[side](subject))
      end
    end
  end
  if subject and teardown then teardown(subject) end
end

local function verdict(result)
  local value, wanted = result.ratio, result.target
  if result.limit then value, wanted = result.vmem, result.limit end
  if not wanted then return nil end
  if not value then return result.vmem and "unknown" or "missed" end
  -- Judges the rounded figure, which is the one that is shown.
  return tonumber(("%.2f"):format(value)) <= wanted and "met" or "missed"
end

local function conclude(row, samples)
  local result = {}
  for key, value in pairs(row) do result[key] = value end
  result.vmem, result.c = median(samples.vmem), median(samples.c)
  result.note = samples.note
  result.unit = row.unit or "ns"
  result.ratio = median_ratio(samples.vmem, samples.c)
  result.verdict = verdict(result)
  return result
end

--- Measures a row or a group, and returns a list of results.
function measure.group(group)
  if not group.rows then group = { setup = {}, rows = { group }, rounds = group.rounds } end
  local samples, results = new_samples(group.rows), {}
  local rounds, start = group.rounds or ROUNDS, os.time()
  for round = 1, rounds do
    progress.round(round, rounds)
    for _, side in ipairs(TURNS[round % 2]) do turn(group, side, samples) end
    if os.time() - start >= (group.seconds or SECONDS) then break end
  end
  for i, row in ipairs(group.rows) do results[i] = conclude(row, samples[i]) end
  progress.done(#results)
  return results
end

return measure
