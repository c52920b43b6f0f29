--- Sentences and labels that the text and the SVG of a page table share.

local units = require "vmem.internal.units"

local words = {}

local states = {
  reserved = "reserved",
  trap = "a device",
  absent = "not in RAM",
  unknown = "the system does not tell whether in RAM",
  hidden = "in RAM",
  mapped = "",
}

--- "page 3" or "pages 4 to 90".
function words.pages(entry)
  if entry.count == 1 then return "page " .. entry.first end
  return ("pages %d to %d"):format(entry.first, entry.first + entry.count - 1)
end

function words.state(entry)
  return states[entry.state]
end

--- "16 pages side by side are in 16 frames, in 9 pieces."; nil where the frames are unknown.
function words.summary(table)
  local frames = #table:frames()
  if frames == 0 then return nil end
  local pieces = table:pieces()
  local where = pieces == 1 and "side by side, too" or units.of(pieces, "piece") .. " of physical memory"
  return ("%s, in %s: %s."):format(units.of(frames, "page"), units.of(frames, "frame"), where)
end

--- "and 984 more pages"; nil when all are shown.
function words.left(table)
  return table.left > 0 and "and " .. units.of(table.left, "more page") or nil
end

return words
