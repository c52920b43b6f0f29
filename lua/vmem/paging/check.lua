--- What is wrong with an argument of vmem.paging, in the words that Lua has for it.

local check = {}

--- The error points at the first line that is not vmem.paging's own.
function check.raise(format, ...)
  local level, frame = 2, debug.getinfo(2, "S")
  while frame and (frame.what == "C" or frame.source:find("vmem[/\\]paging")) do
    level = level + 1
    frame = debug.getinfo(level, "S")
  end
  error(format:format(...), level)
end

local function fail(place, call, format, ...)
  check.raise("bad argument #%d to '%s' (%s)", place, call, format:format(...))
end

--- What a message calls a value.
local function shown(value)
  if type(value) == "string" then return ("'%s'"):format(value) end
  return math.type(value) and tostring(value) or type(value)
end

function check.integer(value, least, most, name, place, call)
  if math.type(value) == "integer" and value >= least and value <= most then return value end
  local range = most == math.maxinteger and ("of %d or more"):format(least) or ("from %d to %d"):format(least,
    most)
  fail(place, call, "%s must be an integer %s, not %s", name, range, shown(value))
end

--- Gives the exponent, too.
function check.power_of_two(value, name, place, call)
  if math.type(value) == "integer" and value > 0 and value & (value - 1) == 0 then
    local shift = 0
    while 1 << shift < value do shift = shift + 1 end
    return value, shift
  end
  fail(place, call, "%s must be a power of two, not %s", name, shown(value))
end

--- A list with something in it.
function check.list(value, name, place, call)
  if type(value) == "table" and #value > 0 then return value end
  fail(place, call, "%s must be a list with something in it, not %s", name,
    type(value) == "table" and "an empty one" or shown(value))
end

function check.word(value, words, name, place, call)
  for _, word in ipairs(words) do
    if word == value then return value end
  end
  fail(place, call, "%s must be one of %s, not %s", name, table.concat(words, ", "), shown(value))
end

--- One of these words, or a function that makes a policy.
function check.policy(value, words, name, place, call)
  if type(value) == "function" then return value end
  for _, word in ipairs(words) do
    if word == value then return value end
  end
  fail(place, call, "%s must be %s, or a function that makes one, not %s", name, table.concat(words, ", "),
    shown(value))
end

function check.string(value, name, place, call)
  if type(value) == "string" then return value end
  fail(place, call, "%s must be a string, not %s", name, shown(value))
end

--- A table with no keys but these, or nil.
function check.options(options, known, place, call)
  if options == nil then return {} end
  if type(options) ~= "table" then fail(place, call, "options must be a table, not %s", shown(options)) end
  local words = {}
  for word in known:gmatch "%w[%w_]*" do words[word] = true end
  for key in pairs(options) do
    if not words[key] then fail(place, call, "option %s is unknown; there are %s", shown(key), known) end
  end
  return options
end

--- Anything else.
function check.that(condition, place, call, format, ...)
  if not condition then fail(place, call, format, ...) end
end

return check
