--- Misses under LRU with every number of frames, in one pass: a page is still there if fewer other pages
--- have been referenced since than there are frames, however many those are (Mattson and others, 1970).

--- A tree of sums (Fenwick's): adds to one place, sums up to a place, both in log n steps.
local function add(sums, n, i, amount)
  while i <= n do
    sums[i] = sums[i] + amount
    i = i + (i & -i)
  end
end

local function sum_to(sums, i)
  local sum = 0
  while i > 0 do
    sum = sum + sums[i]
    i = i & (i - 1)
  end
  return sum
end

--- Marks stand where each page was last referenced: those behind a page's own are the pages since.
---@param pages integer[]
---@return fun(frames: integer): integer misses
return function(pages)
  local n, sums, last, distinct, at = #pages, {}, {}, 0, {}
  for i = 1, n do sums[i] = 0 end
  for i, page in ipairs(pages) do
    local before = last[page]
    if before then
      local distance = distinct - sum_to(sums, before) + 1
      at[distance] = (at[distance] or 0) + 1
      add(sums, n, before, -1)
    else
      distinct = distinct + 1
    end
    add(sums, n, i, 1)
    last[page] = i
  end
  local misses = { [distinct] = distinct } -- by frames: with enough, only first references miss
  for frames = distinct - 1, 1, -1 do misses[frames] = misses[frames + 1] + (at[frames + 1] or 0) end
  return function(frames) return misses[math.min(frames, distinct)] or 0 end
end
