--- Sets of numbers as lists of ranges: { { from, to }, … }, sorted, with gaps between them. `to` is not in a
--- range. A list is never changed.

local ranges = {}

--- Whether `at` is in the set, and where that ends; nil if it never does.
function ranges.look(list, at)
  for _, range in ipairs(list) do
    if at < range[1] then return false, range[1] end
    if at < range[2] then return true, range[2] end
  end
  return false, nil
end

--- The set, and [from, to).
function ranges.with(list, from, to)
  local new = {}
  local placed = false
  for _, range in ipairs(list) do
    if range[2] < from then
      new[#new + 1] = range
    elseif range[1] > to then
      if not placed then new[#new + 1] = { from, to } end
      placed = true
      new[#new + 1] = range
    else
      from, to = math.min(from, range[1]), math.max(to, range[2])
    end
  end
  if not placed then new[#new + 1] = { from, to } end
  return new
end

--- What of [from, to) is not in the set.
function ranges.missing(list, from, to)
  local gaps = {}
  while from < to do
    local is_in, border = ranges.look(list, from)
    border = math.min(border or to, to)
    if not is_in then gaps[#gaps + 1] = { from, border } end
    from = border
  end
  return gaps
end

return ranges
