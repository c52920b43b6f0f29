--- Runs sequences of random operations on model and library. A difference is shrunk, and printed as a script.
--- There is a separate process for each way of committing:
---
---   lua5.4 spec/trust/model/run.lua [OPERATIONS [SEED]]

package.path = "./spec/trust/?.lua;./spec/support/?.lua;" .. package.path

local code = require "model.code"
local interpreter = require "interpreter"
local operations = require "model.operations"
local session = require "model.session"
local shrink = require "model.shrink"

local LENGTH <const> = 400 -- operations of a sequence

local run = {}

-- {====== One sequence ======

--- Performs a list. Returns nil, or the failing step and the reason; then the counts. With `look` "each",
--- compares everything visible after every step, as long as there is time for that; with "last", after the
--- last step. The fourth result reports failures because the operations make no sense.
local function perform(list, look)
  local deadline = os.time() + 20
  local both <close> = setmetatable({ it = session.new() }, { __close = function(self) self.it:close() end })
  local it = both.it
  for step, op in ipairs(list) do
    local ok, problem = xpcall(it.perform, debug.traceback, it, op)
    local now = look == "each" and os.time() < deadline or look == "last" and step == #list
    if ok and not problem and now then problem = it:check_all(true) end
    if problem then return step, problem, it.counts, not ok end
  end
  return nil, nil, it.counts
end

--- Whether the only difference is which of two mistakes the message names.
local function is_about_words(problem)
  return problem:find "^expected: raised [^\n]*\ngot:      raised" ~= nil
end

--- A function that returns the step at which a list fails; everything is compared after it. A shorter list
--- must not make mistakes, and so find another failure.
local function failing(about_words)
  return function(list)
    local step, problem, _, nonsense = perform(list, "last")
    if not step or nonsense or is_about_words(problem) and not about_words then return nil end
    return step
  end
end

--- The report about a list that fails.
local function explain(list, seed)
  local earlier, found = perform(list, "each")
  if earlier then list = table.move(list, 1, earlier, 1, {}) end
  local fails = failing(found and is_about_words(found))
  local short = fails(list) and shrink(list, fails) or list
  local step, problem = perform(short, "last")
  return ("model and library disagree; seed %d, %d operations shrunk to %d\n\n%s\n\n%s"):format(seed, #list,
    #short, code.script(short), (("-- step %s: %s"):format(step, problem):gsub("\n", "\n-- ")))
end

--- Memory may be scarce, but a library that always refuses is not believed.
local function refuses_too_much(sums)
  return sums.operations > 1000 and sums.excused * 20 > sums.operations
end

--- Runs sequences, beginning with `seed`, until so many operations are done. note(seed) is called before
--- each. Returns the counts, or nil and a report.
function run.sequences(seed, count, note)
  local sums = { sequences = 0, operations = 0 }
  while sums.operations < count do
    if note then note(seed) end
    local list = operations.sequence(seed, LENGTH)
    local step, _, counts = perform(list)
    if step then return nil, explain(table.move(list, 1, step, 1, {}), seed) end
    for name, number in pairs(counts) do sums[name] = (sums[name] or 0) + number end
    sums.sequences, seed = sums.sequences + 1, seed + 1
    if refuses_too_much(sums) then
      return nil, ("model and library disagree; seed %d: of %d operations the system has refused %d"):format(
        seed - sums.sequences, sums.operations, sums.excused)
    end
  end
  return sums
end

-- ====== }

-- {====== The command ======

local function command(...)
  return (os.getenv("MODEL_LUA") or interpreter.command .. " spec/trust/model/run.lua") .. " "
    .. table.concat({ ... }, " ")
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

--- A sequence has ended the process, or damaged it: each trial runs in a separate process.
local function explain_crash(seed, before)
  local name = os.tmpname()
  local function crashes(list)
    local file = assert(io.open(name, "w"))
    file:write("return ", code.expression(list))
    file:close()
    local ok, _, status = os.execute(before .. command("try", name) .. " >/dev/null 2>&1")
    return not ok and status > 3 and #list or nil -- 1 where they disagree, 3 where it makes no sense
  end
  local list = operations.sequence(seed, LENGTH)
  local short = crashes(list) and shrink(list, crashes, 90)
  os.remove(name)
  if not short then return ("seed %d ends the process, but not when it is run again"):format(seed) end
  return ("the process ends here; seed %d, %d operations shrunk to %d\n\n%s"):format(seed, #list, #short,
    code.script(short))
end

--- Shell text to put before a command.
local function environment(way)
  local folder = os.getenv "MODEL_POSIX"
  if way ~= "posix" then return ("export VMEM_COMMIT=%s;"):format(way) end
  return ("export VMEM_COMMIT=; export %s='./%s/?.so;;';"):format(interpreter.variable "LUA_CPATH", folder)
end

--- Runs one way of committing in a child. Returns its counts, or nil; prints what is wrong.
local function run_way(way, seed, count)
  local state, before = os.tmpname(), environment(way)
  local pipe = assert(io.popen(before .. command("child", seed, count, state) .. " 2>&1"))
  local output = pipe:read("a")
  local counts = pipe:close() and output:match("counts (.*)")
  if not counts then
    local file <close> = assert(io.open(state))
    local failed = file:read("n") or seed
    print(("%s: %s"):format(before, output))
    if not output:find "model and library disagree" then print(explain_crash(failed, before)) end
    print(("again: make test-model SEED=%d OPERATIONS=%d"):format(failed, LENGTH * 6))
  end
  os.remove(state)
  return counts and load("return " .. counts)()
end

--- How pages can be committed: on Linux in each way alone, as it is otherwise, and on POSIX calls alone if
--- MODEL_POSIX names the folder in which that has been built.
local function ways()
  if require("vmem").system ~= "linux" then return { "" } end
  return { "plain", "marked", "missing", "", os.getenv "MODEL_POSIX" and "posix" }
end

--- 1234567 as "1,234,567".
local function commas(number)
  local text = ("%d"):format(number)
  return (text:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local of_way <const> = "model: %-19s SEED=%d: %s operations in %s sequences, %s faults, "
  .. "%s pages asked of the kernel, %s with markers"
local of_all <const> = "trust: model: %s operations compared on %d ways, %s faults, %s pages asked of the "
  .. "kernel, %d s, %d disagreements"

--- Runs all ways, and prints a line about each.
function run.main(count, seed)
  count, seed = tonumber(count) or 40000, tonumber(seed) or os.time()
  local start, sums, failed = os.time(), { operations = 0, faults = 0, pages = 0 }, 0
  local all = ways()
  for _, way in ipairs(all) do
    local counts = run_way(way, seed, count // #all)
    if not counts then
      failed = 1
      break -- the others would fail for the same reason
    end
    local shown = way == "posix" and "OS=posix" or "VMEM_COMMIT=" .. way
    print(of_way:format(shown, seed, commas(counts.operations), commas(counts.sequences),
      commas(counts.faults), commas(counts.pages), commas(counts.markers)))
    for name in pairs(sums) do sums[name] = sums[name] + counts[name] end
  end
  print(of_all:format(commas(sums.operations), #all, commas(sums.faults), commas(sums.pages),
    os.time() - start, failed))
  os.exit(failed == 0, true)
end

if arg and arg[0] and arg[0]:find "model/run%.lua$" then
  local commands = { child = run.child, try = run.try }
  if commands[arg[1]] then commands[arg[1]](table.unpack(arg, 2)) else run.main(arg[1], arg[2]) end
end

-- ====== }

return run
