--- The axes of plots, as text and as SVG: positions of values, and which of them have a label.

---@class vmem.draw.plot
---@field title string
---@field x_title string
---@field y_title string
---@field x integer[] ascending
---@field x_word fun(x: integer): string
---@field y_word? fun(y: integer): string Default: digits in groups of three
---@field y_log? integer its base, where the axis is logarithmic
---@field mark? { x: integer, text: string }
---@field curves { name: string, values: (number | false)[] }[] values beside x; false: none

local scale = {}

local function is_even(x)
  for i = 3, #x do
    if x[i] - x[i - 1] ~= x[2] - x[1] then return false end
  end
  return true
end

--- A function from x to 0 at the first and 1 at the last: logarithmic unless they are as far from each other.
---@param x integer[]
---@return fun(value: number): number
function scale.of_x(x)
  local first, last = x[1], x[#x]
  if first == last then return function() return 0.5 end end
  local log = not is_even(x)
  local function at(value) return log and math.log(value) or value end
  return function(value) return (at(value) - at(first)) / (at(last) - at(first)) end
end

--- 1, 2 or 5 and zeros: the smallest such number that is not smaller.
local function round_up(number)
  local power = 10 ^ math.floor(math.log(number, 10))
  for _, step in ipairs { 1, 2, 5, 10 } do
    if step * power >= number * 0.999999 then return step * power end
  end
end

local function extremes(curves)
  local least, most = math.huge, 1
  for _, curve in ipairs(curves) do
    for _, value in ipairs(curve.values) do
      if value then
        most = math.max(most, value)
        if value > 0 then least = math.min(least, value) end
      end
    end
  end
  return math.min(least, most), most
end

--- Powers of a base, all of them: the base decides how many those are.
local function log_ticks(least, most, base)
  local low, high, ticks = math.floor(math.log(least, base)), math.ceil(math.log(most, base)), {}
  if high == low then high = low + 1 end
  for power = low, high do ticks[#ticks + 1] = math.tointeger(base ^ power) or base ^ power end
  return ticks, function(value)
    return (math.log(math.max(value, base ^ low), base) - low) / (high - low)
  end
end

--- Values with a label, and a function from y to 0 at the bottom and 1 at the top.
---@param plot vmem.draw.plot
---@param count integer labels at most, about
---@return number[] ticks
---@return fun(value: number): number
function scale.of_y(plot, count)
  local least, most = extremes(plot.curves)
  if plot.y_log then return log_ticks(least, most, plot.y_log) end
  local step = math.max(1, round_up(most / count))
  local ticks, top = {}, math.ceil(most / step) * step
  for tick = 0, top, step do ticks[#ticks + 1] = math.tointeger(tick) or tick end
  return ticks, function(value) return value / top end
end

--- Which of the labels of x are shown: as many as do not touch. `room` is the axis' length in characters.
---@param plot vmem.draw.plot
---@param room number
---@return { x: integer, at: number, text: string }[]
function scale.labels(plot, room)
  local at, labels, free = scale.of_x(plot.x), {}, -math.huge
  for _, x in ipairs(plot.x) do
    local text = plot.x_word(x)
    local middle = at(x) * room
    if middle - #text / 2 >= free then
      labels[#labels + 1] = { x = x, at = at(x), text = text }
      free = middle + #text / 2 + 1
    end
  end
  return labels
end

return scale
