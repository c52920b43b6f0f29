--- Shows progress on standard error: a bar on a terminal, else a line for each measurement.

local baseline = require "baseline"

local progress = {}

local WIDTH = 20
local watched = baseline.terminal()
local total, finished = 1, 0
local round, rounds = 1, 1
local told = {} -- names that have had their line

--- Sets the number of rows.
function progress.begin(rows) total, finished = rows, 0 end

function progress.round(current, all) round, rounds = current, all end

local function bar(name)
  local filled = WIDTH * finished // total
  local turn = rounds > 1 and (", round %d of %d"):format(round, rounds) or ""
  local cells = ("#"):rep(filled) .. ("."):rep(WIDTH - filled)
  return ("[%s] %d/%d %s%s"):format(cells, finished, total, name, turn)
end

function progress.show(name)
  if watched then
    io.stderr:write("\r\27[K", bar(name))
  elseif not told[name] then
    io.stderr:write("measuring ", name, "\n")
    told[name] = true
  end
end

function progress.done(rows) finished = finished + rows end

--- Leaves the line to others.
function progress.clear()
  if watched then io.stderr:write("\r\27[K") end
end

return progress
