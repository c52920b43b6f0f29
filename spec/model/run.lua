--- Runs sequences of random operations on model and library; what they disagree about is shrunk, and
--- printed as a script. In a process of its own for each way in which pages are committed:
---
---   lua5.4 spec/model/run.lua [OPERATIONS [SEED]]

package.path = "./spec/?.lua;" .. package.path

local code = require "model.code"
local operations = require "model.operations"
local session = require "model.session"
local shrink = require "model.shrink"

local LENGTH <const> = 400 -- operations of a sequence

local run = {}

-- {====== One sequence ======

--- Performs a list. Gives nil, or the step that failed and why; and what has been counted. `look` is "each"
--- where all that can be seen is to be compared after every step, or "last" after the last one. What fails
--- because the operations make no sense is told in the fourth result.
local function perform(list, look)
  local both <close> = setmetatable({ it = session.new() }, { __close = function(self) self.it:close() end })
  local it = both.it
  for step, op in ipairs(list) do
    local ok, problem = xpcall(it.perform, debug.traceback, it, op)
    if ok and not problem and (look == "each" or look == "last" and step == #list) then
      problem = it:check_all(true)
    end
    if problem then return step, problem, it.counts, not ok end
  end
  return nil, nil, it.counts
end

--- The step at which a list fails, after which all is looked at.
local function fails(list)
  local step, _, _, nonsense = perform(list, "last")
  return not nonsense and step or nil
end

--- The report about a list that fails.
local function explain(list, seed)
  local earlier = perform(list, "each")
  if earlier then list = table.move(list, 1, earlier, 1, {}) end
  local short = fails(list) and shrink(list, fails) or list
  local step, problem = perform(short, "last")
  return ("model and library disagree; seed %d, %d operations shrunk to %d\n\n%s\n\n%s"):format(seed, #list,
    #short,
    code.script(short), ("-- step %s: %s"):format(step, problem):gsub("\n", "\n-- "))
end

--- Sequences from `seed` on until so many operations have been made. note(seed) is called before each.
--- Gives what has been counted, or nil and a report.
function run.sequences(seed, count, note)
  local sums = { sequences = 0, operations = 0 }
  while sums.operations < count do
    if note then note(seed) end
    local list = operations.sequence(seed, LENGTH)
    local step, _, counts = perform(list)
    if step then return nil, explain(table.move(list, 1, step, 1, {}), seed) end
    for name, number in pairs(counts) do sums[name] = (sums[name] or 0) + number end
    sums.sequences, seed = sums.sequences + 1, seed + 1
  end
  return sums
end

-- ====== }

-- {====== The command ======

local function command(...)
  return (os.getenv("MODEL_LUA") or "lua5.4 spec/model/run.lua") .. " " .. table.concat({ ... }, " ")
end

--- In the child: the last line is a table of numbers.
function run.child(seed, count, state)
  local function note(now)
    local file <close> = assert(io.open(state, "w"))
    file:write(now, "\n")
  end
  local counts, report = run.sequences(tonumber(seed), tonumber(count), note)
  print(report or "counts " .. code.expression(counts))
  os.exit(counts ~= nil, true)
end

--- In a child, too: performs the list in a file. Ends well, or with 3 where the list makes no sense.
function run.try(name)
  local step, _, _, nonsense = perform(dofile(name), "last")
  os.exit(nonsense and 3 or step and 1 or 0, false)
end

--- A sequence has ended the process, or has left it without its senses: each trial in one of its own.
local function explain_crash(seed, before)
  local name = os.tmpname()
  local function crashes(list)
    local file = assert(io.open(name, "w"))
    file:write("return ", code.expression(list))
    file:close()
    local ok, _, status = os.execute(before .. command("try", name) .. " >/dev/null 2>&1")
    return not ok and status ~= 3 and #list or nil
  end
  local list = operations.sequence(seed, LENGTH)
  local short = crashes(list) and shrink(list, crashes, 90)
  os.remove(name)
  if not short then return ("seed %d ends the process, but not when it is run again"):format(seed) end
  return ("the process ends here; seed %d, %d operations shrunk to %d\n\n%s"):format(seed, #list, #short,
    code.script(short))
end

--- One way of committing, in a child. Gives what it has counted, or nil; prints what is wrong.
local function run_way(way, seed, count)
  local state = os.tmpname()
  local before = ("export VMEM_COMMIT=%s;"):format(way)
  local pipe = assert(io.popen(before .. command("child", seed, count, state) .. " 2>&1"))
  local output = pipe:read("a")
  local counts = pipe:close() and output:match("counts (.*)")
  if not counts then
    print(("VMEM_COMMIT=%s\n%s"):format(way, output))
    if not output:find "model and library disagree" then
      local file <close> = assert(io.open(state))
      print(explain_crash(file:read("n"), before))
    end
  end
  os.remove(state)
  return counts and load("return " .. counts)()
end

local function ways()
  local system = require("vmem").system
  return system == "linux" and { "plain", "marked", "missing", "" } or { "" }
end

--- 1234567 as "1,234,567".
local function commas(number)
  local text = ("%d"):format(number)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local of_way <const> = "model: VMEM_COMMIT=%-7s SEED=%d: %s operations in %s sequences, %s faults, "
  .. "%s pages asked of the kernel, %s with markers"
local of_all <const> = "trust: model: %s operations, %s faults, %s pages compared with the kernel's, "
  .. "%s refused by it, %d s, %d disagreements"

--- Runs all ways, and prints a line about each.
function run.main(count, seed)
  count, seed = tonumber(count) or 40000, tonumber(seed) or os.time()
  local start, sums, failed = os.time(), { operations = 0, faults = 0, pages = 0, excused = 0 }, 0
  local all = ways()
  for _, way in ipairs(all) do
    local counts = run_way(way, seed, count // #all)
    if counts then
      print(of_way:format(way, seed, commas(counts.operations), commas(counts.sequences),
        commas(counts.faults), commas(counts.pages), commas(counts.markers)))
      for name in pairs(sums) do sums[name] = sums[name] + counts[name] end
    else
      failed = 1
      break -- the others would fail for the same reason
    end
  end
  print(of_all:format(commas(sums.operations), commas(sums.faults), commas(sums.pages), commas(sums.excused),
    os.time() - start, failed))
  os.exit(failed == 0, true)
end

if arg and arg[0] and arg[0]:find "model/run%.lua$" then
  local commands = { child = run.child, try = run.try }
  if commands[arg[1]] then commands[arg[1]](table.unpack(arg, 2)) else run.main(arg[1], arg[2]) end
end

-- ====== }

return run
