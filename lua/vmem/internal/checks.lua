--- Checks of arguments and options for modules written in Lua, and the metatable of closed objects.

local core = require "vmem.core"
local plain = require "vmem.internal.plain"
local sorted_keys = require "vmem.internal.sorted_keys"

require "vmem.own_folder" -- a module may be loaded without `require "vmem"`

-- A host opens what libraries it likes. vmem itself does without any; all that is built on it comes by here.
for _, name in ipairs { "math", "string", "table" } do
  if not rawget(_G, name) then
    error("vmem needs Lua's " .. name .. " library, which this Lua state has not opened", 0)
  end
end

local checks = {}

-- {====== Refusing ======

--- Raises an error that names the line of the script that has called into vmem, however deep inside we are.
function checks.raise(format, ...)
  core.blame(format:format(...))
end

--- Raises an argument error.
function checks.refuse(position, name, format, ...)
  core.blame(("bad argument #%d to '%s' (%s)"):format(position, name, format:format(...)))
end

--- Raises an argument error unless the condition holds.
function checks.that(condition, position, name, format, ...)
  if not condition then checks.refuse(position, name, format, ...) end
end

--- A value as messages show it.
function checks.shown(value)
  local what = type(value)
  if what == "string" and #value >= 60 then return "a long string" end
  if what == "string" then return ("'%s'"):format(plain.text(value)) end
  return (what == "number" or what == "boolean") and tostring(value) or what
end

local shown = checks.shown

-- ====== }

-- {====== Kinds of values: each gives the value that it has found to be one ======

local READABLE <const> = 1 << 53 -- a limit above it means little to a reader, unless that is what was broken

--- The value as an integer from `least` to `most`, or nil and what is expected. A float that is one will do.
local function integer_of(value, least, most)
  local integer = type(value) == "number" and math.tointeger(value)
  if integer and integer >= (least or integer) and integer <= (most or integer) then return integer end
  if not least then return nil, "an integer" end
  if most and most < READABLE then return nil, ("an integer from %d to %d"):format(least, most) end
  if integer and integer > least then return nil, ("an integer of %d or less"):format(most) end
  return nil, ("an integer of %d or more"):format(least)
end

function checks.integer(position, name, what, value, least, most)
  local integer, expected = integer_of(value, least, most)
  return integer or checks.refuse(position, name, "%s must be %s, not %s", what, expected, shown(value))
end

--- 1, 2, 4, 8 and so on. Gives the exponent, too.
function checks.power_of_two(position, name, what, value)
  local power = type(value) == "number" and math.tointeger(value)
  if not power or power < 1 or power & (power - 1) ~= 0 then
    checks.refuse(position, name, "%s must be a power of two, not %s", what, shown(value))
  end
  local shift = 0
  while 1 << shift < power do shift = shift + 1 end
  return power, shift
end

function checks.string(position, name, what, value)
  if type(value) == "string" then return value end
  checks.refuse(position, name, "%s must be a string, not %s", what, shown(value))
end

--- A list with something in it. Gives what check(item) makes of each item, or without one the list itself.
function checks.list(position, name, what, value, check)
  if type(value) ~= "table" or value[1] == nil then
    checks.refuse(position, name, "%s must be a list with something in it, not %s", what,
      type(value) == "table" and "an empty one" or shown(value))
  end
  if not check then return value end
  local checked = {}
  for i, item in ipairs(value) do checked[i] = check(item) end
  return checked
end

function checks.word(position, name, what, value, words)
  for _, word in ipairs(words) do
    if word == value then return value end
  end
  checks.refuse(position, name, "%s must be one of %s, not %s", what, table.concat(words, ", "), shown(value))
end

--- Whether the value is an object of that class. Functions of the right names do not make it one, and some
--- values hide what their metatable is.
function checks.is_a(class, value)
  local meta = getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__name") == class
end

function checks.is_callable(value)
  local meta = getmetatable(value)
  return type(value) == "function" or type(meta) == "table" and rawget(meta, "__call") ~= nil
end

function checks.region(position, name, value)
  checks.that(type(value) == "userdata" and checks.is_a("vmem.region", value), position, name,
    "vmem.region expected, got %s", type(value))
  return value
end

--- Whether the value has all of these methods.
function checks.has_methods(value, names)
  if type(value) ~= "table" and type(value) ~= "userdata" then return false end
  for _, name in ipairs(names) do
    if type(value[name]) ~= "function" then return false end
  end
  return true
end

checks.largest_pid = 0x7fffffff -- of a process; csrc/lua/area_walk.c has it, too

-- ====== }

-- {====== Methods ======

--- Has the methods of these names refuse to work on what is no object of their class.
function checks.methods(class, names)
  for name in names:gmatch "%S+" do class[name] = core.make_method(class, name) end
end

-- ====== }

-- {====== Options ======

local function listed(names)
  local last = names[#names]
  if #names == 1 then return ("there is only %s"):format(last) end
  return ("there are %s and %s"):format(table.concat(names, ", ", 1, #names - 1), last)
end

--- The options of name(…, options), each of which a function of its name in `known` checks: it gives the
--- value to use, or nil and what is expected, and true besides where a message must not show the value. nil
--- is a value, too: that of an option not given.
function checks.options(position, name, options, known)
  if options ~= nil and type(options) ~= "table" then
    checks.refuse(position, name, "options must be a table, not %s", shown(options))
  end
  options = options or {}
  local names, values = sorted_keys(known), {}
  for key in pairs(options) do
    if not known[key] then
      checks.refuse(position, name, "option %s is unknown; %s", shown(key), listed(names))
    end
  end
  for _, key in ipairs(names) do
    local value, expected, hidden = known[key](options[key])
    if expected then
      checks.refuse(position, name, "option %s must be %s%s", key, expected,
        (hidden or type(options[key]) == "table") and "" or ", not " .. shown(options[key]))
    end
    values[key] = value
  end
  return values
end

--- For an option that the caller checks itself.
function checks.anything(value) return value end

--- Checks the option `name`, which goes to vmem.reserve.
function checks.name(value)
  if value == nil or type(value) == "string" and not value:find("\0", 1, true) then return value end
  return nil, "a string without zero bytes", true
end

function checks.boolean(value)
  if value == nil or type(value) == "boolean" then return value end
  return nil, "true or false"
end

function checks.callable(value)
  if type(value) == "function" then return value end
  return nil, "a function"
end

--- A check for an option that need not be given.
function checks.optional(check)
  return function(value)
    if value ~= nil then return check(value) end
  end
end

--- A check for an option that is an integer, `default` when it is not given.
function checks.count(least, most, default)
  return function(value)
    if value == nil then value = default end
    return integer_of(value, least, most)
  end
end

-- ====== }

-- {====== Formats of string.pack ======

--- How many values a format of fixed size has. "X" takes an option that is none.
function checks.values_of(format)
  return select(2, format:gsub("X%a", ""):gsub("[bBhHiIlLjJTfdnc]", ""))
end

--- Bytes that its strings of fixed size come to, or more than there are.
function checks.least_of(format)
  local most, sum = 1 << 60, 0
  for digits in format:gmatch "c(%d+)" do
    sum = math.min(sum + math.min(math.tointeger(tonumber(digits)) or most, most), most)
  end
  return sum
end

-- ====== }

-- {====== The end ======

local function close_again() return true end

--- A metatable for closed objects: every use says so, but closing again is fine. Then the hot path needs no
--- check of its own.
function checks.closed(class)
  local what = class:match("[^.]*$")
  local function refuse() checks.raise("%s is closed", what) end
  return {
    __name = class,
    __close = close_again,
    __tostring = function() return class .. " (closed)" end,
    __index = function(_, key)
      if key == "close" then return close_again end
      refuse()
    end,
    __newindex = refuse, __len = refuse, __pairs = refuse,
  }
end

--- Gives the region back, whatever its owner has done to it, and leaves nothing in the object. Should an
--- error come in between, closing again does the rest. Gives true.
function checks.close(object, closed)
  do local _ <close> = object.region end
  setmetatable(object, closed)
  for key in next, object do object[key] = nil end
  return true
end

-- ====== }

return checks
