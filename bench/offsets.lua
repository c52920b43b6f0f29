--- Lists of offsets that both sides use. They are made once, outside the measured time.

local page = require("vmem").page_size

local offsets = {}

--- `count` pages, each `step` pages after the last.
function offsets.every(count, step)
  local list = {}
  for i = 1, count do list[i] = (i - 1) * step * page end
  return list
end

--- The same places in random order. A new list.
function offsets.shuffled(list)
  local mixed = table.move(list, 1, #list, 1, {})
  for i = #mixed, 2, -1 do
    local j = math.random(i)
    mixed[i], mixed[j] = mixed[j], mixed[i]
  end
  return mixed
end

--- `count` of them, drawn at random, with repetitions.
function offsets.drawn(list, count)
  local sample = {}
  for i = 1, count do sample[i] = list[math.random(#list)] end
  return sample
end

--- `count` random pages of the first `pages`.
function offsets.random(pages, count)
  local sample = {}
  for i = 1, count do sample[i] = math.random(0, pages - 1) * page end
  return sample
end

return offsets
