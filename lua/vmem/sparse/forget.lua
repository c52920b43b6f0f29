--- Records of vmem.sparse that are forgotten become zeros, and units on which nothing is left are given back.

--- Zeroes a part of one unit. Gives whether the unit can be dropped then.
local function wipe(space, from, to)
  local region, unit = space.region, from // space.unit * space.unit
  if not space.exists(region, unit, 1) then return false end
  region:fill(from, to - from, 0)
  return region:nonzero(unit, math.min(space.unit, region.size - unit)) == nil
end

--- Zeroes these bytes where a unit is only partly in the range. Gives the units to drop, as a range.
local function clear(space, from, to)
  local unit = space.unit
  local first, stop = (from + unit - 1) // unit * unit, to // unit * unit -- whole units lie between them
  if first > stop then -- or all of it is in the middle of one
    if wipe(space, from, to) then return stop, first end
    return first, first
  end
  if from < first and wipe(space, from, first) then first = first - unit end
  if stop < to and wipe(space, stop, to) then stop = stop + unit end
  return first, stop
end

--- These bytes, of records that are forgotten. True, or nil, message, code.
return function(space, from, to)
  local first, stop = clear(space, from, to)
  if first >= stop then return true end
  return space.drop(first, math.min(stop, space.region.size) - first)
end
