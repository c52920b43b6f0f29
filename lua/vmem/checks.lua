--- How objects written in Lua refuse what makes no sense, and what is left of them when they are closed.

local checks = {}

local LAST = math.maxinteger

--- Raises an argument error where the function that calls this has been called from, or `up` levels further
--- up.
function checks.refuse(position, name, problem, up)
  error(("bad argument #%d to '%s' (%s)"):format(position, name, problem), 3 + (up or 0))
end

--- An integer in [least, most]; a float that is one will do.
function checks.integer(position, name, what, value, least, most)
  local integer = type(value) == "number" and math.tointeger(value)
  if not integer then
    local found = type(value) == "number" and tostring(value) or type(value)
    checks.refuse(position, name, ("%s must be an integer, not %s"):format(what, found), 1)
  elseif integer < 0 and least >= 0 then
    checks.refuse(position, name, ("%s must not be negative, it is %d"):format(what, integer), 1)
  elseif integer < least then
    checks.refuse(position, name, ("%s is %d, but must be at least %d"):format(what, integer, least), 1)
  elseif integer > (most or LAST) then
    checks.refuse(position, name, ("%s is %d, but must be at most %d"):format(what, integer, most), 1)
  end
  return integer
end

--- An alignment: 1, 2, 4, 8 and so on.
function checks.alignment(position, name, value)
  local power = type(value) == "number" and math.tointeger(value)
  if not power or power < 1 or power & (power - 1) ~= 0 then
    local found = type(value) == "number" and tostring(value) or type(value)
    checks.refuse(position, name, "alignment must be a power of two, not " .. found, 1)
  end
  return power
end

function checks.region(position, name, value)
  local meta = type(value) == "userdata" and debug.getmetatable(value)
  if not meta or meta.__name ~= "vmem.region" then
    checks.refuse(position, name, ("a vmem.region is wanted, not %s"):format(type(value)), 1)
  end
  return value
end

--- The options of a picture, or none; `count` is the one that says how many there are to be of something.
function checks.drawing(position, name, options, count)
  if options ~= nil and type(options) ~= "table" then
    checks.refuse(position, name, "options must be a table, not " .. type(options), 1)
  end
  local value = options and options[count]
  if value ~= nil and (type(value) ~= "number" or not math.tointeger(value) or value < 1) then
    checks.refuse(position, name, ("option %s must be an integer of 1 or more"):format(count), 1)
  end
  return options or {}
end

--- The options of new(size, options), each of which a function of its name in `known` checks: it gives the
--- value to use, or nil and what is expected. nil is a value, too: that of an option not given.
function checks.options(options, known)
  local values = {}
  if options ~= nil and type(options) ~= "table" then
    checks.refuse(2, "new", "options must be a table, not " .. type(options), 1)
  end
  for name in pairs(options or {}) do
    if not known[name] then
      local names = {}
      for other in pairs(known) do names[#names + 1] = other end
      table.sort(names)
      checks.refuse(2, "new", ("option '%s' is unknown; there are %s")
        :format(tostring(name), table.concat(names, ", ")), 1)
    end
  end
  for name, check in pairs(known) do
    local value, expected = check((options or values)[name])
    if expected then checks.refuse(2, "new", ("option %s must be %s"):format(name, expected), 1) end
    values[name] = value
  end
  return values
end

--- Checks the option `name`, which goes to vmem.reserve.
function checks.name(value)
  if value == nil or type(value) == "string" and not value:find("\0", 1, true) then return value end
  return nil, "a string without zero bytes"
end

-- {====== The end ======

local function nothing() end

--- A metatable for closed objects: every use says so, but closing again is fine. Then the hot path needs no
--- check of its own.
function checks.closed(class)
  local what = class:match("[^.]*$")
  return {
    __name = class,
    __close = nothing,
    __tostring = function() return class .. " (closed)" end,
    __index = function(_, key)
      if key == "close" then return nothing end
      error(what .. " is closed", 2)
    end,
    __newindex = function() error(what .. " is closed", 2) end,
  }
end

--- Gives the region back, whatever its owner has done to it, and leaves nothing in the object.
function checks.close(object, closed)
  local _ <close> = object.region
  for key in pairs(object) do object[key] = nil end
  setmetatable(object, closed)
end

-- ====== }

return checks
