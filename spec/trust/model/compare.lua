--- Compares outcomes (see library.lua), and describes the difference.

local OF_FAULTS <const> = { "kind", "access", "address", "slot", "offset", "page", "state", "protection",
  "text", "reason", "size", "type", "value", "bytes", "atomic" }

local function same_fault(a, b)
  for _, key in ipairs(OF_FAULTS) do
    if a[key] ~= b[key] then return false end
  end
  return true
end

--- A sum of floats is known only approximately, and not at all if it is not a number.
local function same_value(expected, got)
  if type(expected) == "table" and expected.most then
    return math.type(got) == "integer" and got >= expected.least and got <= expected.most
  elseif type(expected) == "table" then
    local sum, within = expected.about, expected.within
    local knows = sum - sum == 0 and within < 1e300
    return not knows or math.abs(got - sum) <= within + 1e-300
  end
  return expected == got and math.type(expected) == math.type(got) or expected ~= expected and got ~= got
end

local function same(expected, got)
  if expected[1] ~= got[1] then return false end
  if expected[1] == "fault" then return same_fault(expected[2], got[2]) end
  if expected[1] == "raised" then return got[2]:find(expected[2], 1, true) ~= nil end
  if expected.n ~= got.n then
    -- A function that gives nil, and one that gives nothing.
    if expected.n + got.n ~= 3 or expected[2] ~= nil or got[2] ~= nil then return false end
  end
  for i = 2, expected.n do
    if not same_value(expected[i], got[i]) then return false end
  end
  return true
end

local function show_value(value)
  if type(value) == "table" and value.about then return "about " .. value.about end
  if type(value) == "table" and value.most then return ("%d to %d"):format(value.least, value.most) end
  if type(value) == "string" and #value > 60 then
    return ("%q … (%d bytes)"):format(value:sub(1, 40), #value)
  end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

local function show(outcome)
  local words = {}
  if outcome[1] == "fault" then
    for _, key in ipairs(OF_FAULTS) do
      words[#words + 1] = key .. "=" .. tostring(outcome[2][key])
    end
  else
    for i = 2, math.min(outcome.n, 24) do words[#words + 1] = show_value(outcome[i]) end
  end
  return outcome[1] .. " " .. table.concat(words, ", ")
end

local function differ(expected, got)
  return ("expected: %s\ngot:      %s"):format(show(expected), show(got))
end

return { same = same, differ = differ }
