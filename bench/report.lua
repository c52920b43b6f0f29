--- The table, for people at a terminal and as Markdown.

local digits = require "bench.digits"

local report = {}

-- {====== Cells ======

local function number(value)
  if not value then return "-" end
  if value < 10 then return ("%.2f"):format(value) end
  if value < 100 then return ("%.1f"):format(value) end
  return digits(value)
end

local function figure(result, value)
  if not value or result.unit == "ns" then return number(value) end
  return number(value) .. " " .. result.unit
end

local function ratio(result) return result.ratio and ("%.2f"):format(result.ratio) or "-" end

local function target(result)
  if result.target then return ("%.2f %s"):format(result.target, result.verdict) end
  if result.limit then return ("%s %s %s"):format(number(result.limit), result.unit, result.verdict) end
  return ""
end

local function remark(result)
  local parts = {}
  if result.note.vmem then parts[1] = result.note.vmem end
  if result.note.c then parts[#parts + 1] = "C: " .. result.note.c end
  return table.concat(parts, "; ")
end

--- "1 met, 2 missed" over all results that have a target.
function report.verdicts(topics)
  local count = { met = 0, missed = 0, unknown = 0 }
  for _, topic in ipairs(topics) do
    for _, result in ipairs(topic.results) do
      if result.verdict then count[result.verdict] = count[result.verdict] + 1 end
    end
  end
  local text = ("targets: %d met, %d missed"):format(count.met, count.missed)
  return count.unknown == 0 and text or text .. (", %d could not be judged"):format(count.unknown)
end

--- The other languages that have figures in a topic.
local function beside(topic, peers)
  for _, result in ipairs(topic.results) do
    if result.peer then return peers end
  end
  return {}
end

-- ====== }

-- {====== At the terminal ======

local LINE = "%-50s %11s %10s %8s  %-18s"

local function header(peers)
  local text = LINE:format("operation (ns)", "vmem", "plain C", "ratio", "target")
  for _, peer in ipairs(peers) do text = text .. (" %9s"):format(peer.name) end
  return text
end

function report.print(topic, peers)
  peers = beside(topic, peers)
  print("\n" .. topic.title)
  print(header(peers))
  for _, result in ipairs(topic.results) do
    local text = LINE:format(result.name, figure(result, result.vmem), figure(result, result.c),
      ratio(result), target(result))
    for _, peer in ipairs(peers) do text = text .. (" %9s"):format(number(peer.figures[result.peer])) end
    local note = remark(result)
    print(text:gsub("%s+$", "") .. (note ~= "" and "  " .. note or ""))
  end
  io.stdout:flush()
end

-- ====== }

-- {====== Markdown ======

local function write_topic(file, topic, peers)
  peers = beside(topic, peers)
  file:write("\n## ", topic.title, "\n\n| operation | vmem | plain C | ratio | target |")
  for _, peer in ipairs(peers) do file:write(" ", peer.name, " |") end
  file:write(" remark |\n|---|---:|---:|---:|---|", ("---:|"):rep(#peers), "---|\n")
  for _, result in ipairs(topic.results) do
    local cells = {
      result.name, figure(result, result.vmem), figure(result, result.c), ratio(result), target(result),
    }
    for _, peer in ipairs(peers) do cells[#cells + 1] = number(peer.figures[result.peer]) end
    cells[#cells + 1] = remark(result)
    file:write("| ", table.concat(cells, " | "), " |\n")
  end
end

function report.write(path, topics, peers, facts)
  local file = assert(io.open(path, "w"))
  file:write [[
# What vmem costs

Written by `make bench`. vmem and plain C take turns in one process, in several rounds. A figure is the
median of its rounds: nanoseconds for each operation, unless another unit is named. A ratio is the median of
the rounds' ratios to plain C; smaller is better. Loops are counted on both sides: those of vmem run in Lua,
those of plain C in C, except where Lua calls both: elements, and strings that are read. A bare `__index` is
a C function that reads and checks nothing. A target is for the ratio, unless it names a unit. "-" says that
there is no such thing, or that the program is not installed. LuaJIT calls C's functions through its FFI and
checks nothing; Python has its mmap module.

| | |
|---|---|
]]
  for _, fact in ipairs(facts) do file:write("| ", fact[1], " | ", fact[2], " |\n") end
  file:write("\n", report.verdicts(topics):gsub("^t", "T"), ".\n")
  file:write("\n![Ratios to plain C](ratios.svg)\n\n![Growth with the number of runs](growth.svg)\n")
  for _, topic in ipairs(topics) do write_topic(file, topic, peers) end
  file:close()
end

-- ====== }

return report
