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

--- The frames, ascending, each with the places of the entries that are mapped to it: several pages of a
--- section may be in one.
---@param table vmem.pagetable
---@return { frame: integer, entries: integer[] }[]
function words.frames(table)
  local frames = {}
  for _, place in ipairs(table:frames()) do
    local last = frames[#frames]
    if not last or last.frame ~= place.frame then
      last = { frame = place.frame, entries = {} }
      frames[#frames + 1] = last
    end
    last.entries[#last.entries + 1] = place.entry
  end
  return frames
end

--- "16 pages, in 16 frames: 9 pieces of physical memory."; nil where the frames are unknown.
function words.summary(table)
  local pages, frames = #table:frames(), #words.frames(table)
  if frames == 0 then return nil end
  local pieces = table:pieces()
  local where = pieces == 1 and "side by side, too" or units.of(pieces, "piece") .. " of physical memory"
  if frames < pages then where = frames == 1 and "the same memory" or "some are the same memory" end
  return ("%s, in %s: %s."):format(units.of(pages, "page"), units.of(frames, "frame"), where)
end

--- "and 984 more pages"; nil when all are shown.
function words.left(table)
  return table.left > 0 and "and " .. units.of(table.left, "more page") or nil
end

return words
