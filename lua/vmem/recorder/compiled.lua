--- Whether compiled Lua has a function: compares what string.dump writes of both. Its format is not
--- documented: where it is another one than here, nothing is found.

-- {====== Lua 5.4 ======

local HEAD <const> = 4 + 1 + 1 + 6 + 3 + 8 + 8 + 1 -- bytes of what string.dump writes before a function

--- The bytes of string.dump behind the source's name, which functions within another function lack.
local function body_of(code)
  local at, length = HEAD, 0
  repeat -- seven bits each; the last byte has the eighth
    at = at + 1
    local byte = code:byte(at) or 0x80
    length = length << 7 | byte & 0x7f
  until byte >= 0x80
  return code:sub(at + length) -- length counts one more than the string has bytes
end

local function has_bytes(chunk, code)
  local body = body_of(code)
  return body ~= "" and body_of(chunk):find(body, 1, true) ~= nil
end

-- ====== }

-- {====== Lua 5.5 ======

-- A string is written once, and later only its number; instructions begin at a multiple of four. So the bytes
-- of a function depend on what is in front of it, and have to be read.

local SIGNATURE <const> = 4 + 1 + 1 + 6 -- bytes, before the sizes of four types, each with a value
local FLOAT <const>, INTEGER <const>, SHORT <const>, LONG <const> = "\x13", "\x03", "\x04", "\x14"

--- Reads what string.dump has written. Gives every function in it, as a set of strings in which no number of
--- a string is left, and the outermost one; or nil where it is written in another way. Raises nothing for
--- that.
local function functions_of(code)
  local at, strings, found = SIGNATURE + 1, {}, {}

  local function bytes(count)
    local from = at
    at = at + count
    return code:sub(from, at - 1)
  end

  local function number()
    local value = 0
    repeat -- seven bits each; all but the last byte have the eighth
      local byte = code:byte(at) or 0
      at = at + 1
      value = value << 7 | byte & 0x7f
    until byte < 0x80
    return value
  end

  local function count() return math.min(number() & math.maxinteger, #code) end

  local function align() at = at + -(at - 1) % 4 end

  local function text()
    local size = count()
    if size == 0 then return strings[number()] or "" end
    strings[#strings + 1] = bytes(size)
    return strings[#strings]
  end

  local function whole_function()
    local parts = {}

    local function keep(part) parts[#parts + 1] = ("s"):pack(part) end
    local function keep_number() keep(("j"):pack(number())) end

    local function each(read)
      local all = count()
      keep(("j"):pack(all))
      for _ = 1, all do
        if at > #code then return end
        read()
      end
    end

    keep_number() -- its first line
    keep_number() -- and the last one
    keep(bytes(3)) -- parameters, flags, size of the stack
    local instructions = count()
    align()
    keep(bytes(4 * instructions))
    each(function() -- constants
      local tag = bytes(1)
      keep(tag)
      if tag == FLOAT then
        keep(bytes(8))
      elseif tag == INTEGER then
        keep_number()
      elseif tag == SHORT or tag == LONG then
        keep(text())
      end
    end)
    each(function() keep(bytes(3)) end) -- upvalues
    each(function() keep(whole_function()) end)
    text() -- the source's name
    keep(bytes(count())) -- how the lines change
    local lines = count()
    if lines > 0 then align() end
    keep(bytes(8 * lines))
    each(function() -- local variables
      keep(text())
      keep_number()
      keep_number()
    end)
    each(function() keep(text()) end) -- the upvalues' names
    local whole = table.concat(parts)
    found[whole] = true
    return whole
  end

  for _ = 1, 4 do at = at + 1 + (code:byte(at) or 0) end
  at = at + 1 -- the number of upvalues
  local outermost = whole_function()
  if at == #code + 1 then return found, outermost end
end

local function has_function(chunk, code)
  local _, wanted = functions_of(code)
  local found = wanted and functions_of(chunk)
  return found ~= nil and found[wanted] == true
end

-- ====== }

return { has = _VERSION == "Lua 5.4" and has_bytes or has_function }
