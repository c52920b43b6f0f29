--- What secret.new is given. Each raises an argument error that names what is wrong.

local PAGE <const> = require("vmem.core").module.page_size

local arguments = {}

--- Blames whoever called the function that calls this, or with a higher level somebody further up.
function arguments.misuse(place, name, problem, level)
  error(("bad argument #%d to '%s' (%s)"):format(place, name, problem), level or 3)
end

local function bad_size(problem) arguments.misuse(1, "new", problem, 5) end

function arguments.check_size(size)
  if math.type(size) ~= "integer" or size < 1 then
    bad_size(("size must be an integer of 1 or more, not %s"):format(tostring(size)))
  elseif size > math.maxinteger - 4 * PAGE then
    bad_size(("size %d is more than there can be"):format(size))
  end
end

local ALL <const> = { conceal = true, lock = true }

--- Gives why a list of words is none, or nil.
local function problem_of_words(words)
  if type(words) ~= "table" then
    return ('option require must be a list such as { "lock" }, not %s'):format(type(words))
  end
  for key, word in pairs(words) do
    if math.type(key) ~= "integer" or not ALL[word] then
      return ("option require has %s: there are conceal and lock"):format(tostring(word))
    end
  end
end

local function problem_of(name, value)
  if name == "require" then return problem_of_words(value) end
  if name ~= "strict" then
    return ("option '%s' is unknown; there are require and strict"):format(tostring(name))
  end
  if type(value) ~= "boolean" then return "option strict must be true or false" end
end

local function problem_of_options(options)
  if type(options) ~= "table" then return ("options must be a table, not %s"):format(type(options)) end
  for name, value in pairs(options) do
    local problem = problem_of(name, value)
    if problem then return problem end
  end
end

--- What the system must grant: { lock = true } and so on.
function arguments.required(options)
  if options == nil then return {} end
  local problem = problem_of_options(options)
  if problem then arguments.misuse(2, "new", problem, 4) end
  if options.strict then return ALL end
  local must = {}
  for _, word in pairs(options.require or {}) do must[word] = true end
  return must
end

return arguments
