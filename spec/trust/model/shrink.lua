--- Shrinks a failing sequence: removes operations while it still fails, then makes the arguments of the
--- others smaller.

local vmem = require "vmem"
local code = require "model.code"

local P <const> = vmem.page_size

local function without(list, from, count)
  local rest = {}
  for i, op in ipairs(list) do
    if i < from or i >= from + count then rest[#rest + 1] = op end
  end
  return rest
end

--- fails(list) gives nil, or the step at which it fails. Gives a list that still does.
local function remove(list, fails)
  local size = #list // 2
  while size >= 1 do
    local at, removed = 1, false
    while at <= #list do
      local rest = without(list, at, size)
      local step = fails(rest)
      if step then
        list, removed = table.move(rest, 1, step, 1, {}), true
      else
        at = at + size
      end
    end
    if not removed or size > #list then size = size // 2 end
  end
  return list
end

-- {====== Smaller values ======

--- Tries round numbers first, then half of the way to them, a quarter, and so on.
local function smaller_integer(value, consider)
  if value < 0 then return consider(-(value // 2)) end
  for _, other in ipairs { 0, 1, P, 2 * P, value // P * P } do
    if other < value then consider(other) end
  end
  local step = value // P // 2 * P
  while step > 0 do
    consider(value - step)
    step = step // P // 2 * P
  end
  if value > 1 and value < P then consider(value // 2) end
end

local function smaller_string(value, consider)
  for _, other in ipairs { "", "A", "rw", ("A"):rep(#value) } do
    if #other < #value or #other == #value and other < value then consider(other) end
  end
  local step = #value // 2
  while step > 0 do
    consider(value:sub(1, #value - step))
    step = step // 2
  end
end

--- What says what kind of thing it is.
local fixed = { n = true, on = true, call = true, into = true, ends = true, at = true, answer = true,
  read = true, write = true }

local consider_table

--- Calls consider(other) with each smaller value that may replace the value.
local function smaller(value, consider)
  if math.type(value) == "integer" then
    smaller_integer(value, consider)
  elseif type(value) == "string" and not value:find "^[rvsm]%d$" then
    smaller_string(value, consider)
  elseif type(value) == "table" then
    consider_table(value, consider)
  elseif value == true then
    consider(nil)
  end
end

--- A table with one of its values smaller, or gone.
function consider_table(value, consider)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) > tostring(b) end) -- names first
  for _, key in ipairs(keys) do
    local function with(other)
      local copy = code.copy(value)
      copy[key] = other
      consider(copy)
    end
    local is_action = key == 1 and not value.on
    if not fixed[key] and not is_action then
      if math.type(key) == nil or type(value[key]) == "table" or key == value.n then with(nil) end
      smaller(value[key], with)
    end
  end
end

--- Each operation with the smallest values with which the list still fails.
local function reduce(list, fails)
  local changed = false
  for i = #list, 1, -1 do
    local again = true
    while again and list[i] do
      again = false
      smaller(list[i], function(other)
        if again then return end
        local copy = table.move(list, 1, #list, 1, {})
        copy[i] = other
        local step = fails(copy)
        if step then
          list, again, changed = table.move(copy, 1, step, 1, {}), true, true
        end
      end)
    end
  end
  return list, changed
end

-- ====== }

--- The shortest list that is found; `budget` seconds at most.
local function shrink(list, fails, budget)
  local deadline = os.time() + (budget or 30)
  local function try(candidate)
    if os.time() > deadline then return nil end
    return fails(candidate)
  end
  local changed = true
  while changed and os.time() < deadline do
    local before = #list
    list = remove(list, try)
    list, changed = reduce(list, try)
    changed = changed or #list < before
  end
  return list
end

return shrink
