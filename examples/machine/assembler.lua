--- A small assembler, for the programs of the machine. A line has a label with a colon, an instruction as
--- books write it, `.byte` or `.word` with values, `.org` with an address, or `name = value`; and a comment
--- behind a semicolon. A value is a number (10, $10), a letter ('A'), a name, or a sum of these; < and >
--- before it take its lower and upper byte. Names of addresses below $100 must be defined before their use.
local opcodes = require(((...):gsub("assembler$", "instructions"))).opcodes

-- How operands are written, and the ways of addressing that this may mean: with one byte, with two.
local OPERANDS <const> = {
  { "^$", "imp", alone = true }, { "^A$", "acc", alone = true }, { "^#(.+)$", "imm" },
  { "^%((.+),X%)$", "izx" }, { "^%((.+)%),Y$", "izy" }, { "^%((.+)%)$", nil, "ind" },
  { "^(.+),X$", "zpx", "abx" }, { "^(.+),Y$", "zpy", "aby" }, { "^(.+)$", "zp", "abs" },
}

local function value_of(text, names)
  local half, rest = text:match "^([<>])(.+)$"
  if half then return value_of(rest, names) >> (half == ">" and 8 or 0) & 0xFF end
  local sum = 0
  for sign, term in ("+" .. text):gmatch "([+-])([^+-]+)" do
    local letter = term:match "^'(.)'$"
    local value = letter and letter:byte() or tonumber((term:gsub("^%$", "0x"))) or names[term]
    sum = sign == "+" and sum + value or sum - value
  end
  return sum
end

--- The bytes of an instruction at an address.
local function instruction(name, operand, address, names)
  local known = opcodes[name] or error("no instruction " .. name)
  if known.rel then
    local distance = value_of(operand, names) - address - 2
    if rawget(names, operand) and distance ~= (distance + 128 & 0xFF) - 128 then
      error(operand .. " is too far away")
    end
    return string.char(known.rel, distance & 0xFF)
  end
  for _, written in ipairs(OPERANDS) do
    local text = operand:match(written[1])
    local short, long = known[written[2]], known[written[3]]
    if text and short and written.alone then return string.char(short) end
    if text and (short or long) then
      local value = value_of(text, names)
      if short and (value < 0x100 or not long) then return string.pack("BB", short, value) end
      return string.pack("<BI2", long or error(operand .. " is not below $100"), value)
    end
  end
  error(("%s has no operand like %s"):format(name, operand))
end

--- The bytes of `.byte` or `.word`: values, and texts in quotes.
local function data(format, text, names)
  local bytes = {}
  while text ~= "" do
    local quoted, behind = text:match '^"([^"]*)"[%s,]*(.*)$'
    local value, rest = text:match "^([^%s,]+)[%s,]*(.*)$"
    bytes[#bytes + 1] = quoted or string.pack(format, value_of(value, names))
    text = behind or rest
  end
  return table.concat(bytes)
end

--- One pass over a text. Gives its bytes from `origin` on, and notes labels in `names`.
local function pass(text, origin, names)
  local bytes, address = {}, origin
  local function emit(new)
    bytes[#bytes + 1] = new
    address = address + #new
  end
  for whole in text:gmatch "[^\n]+" do
    local line = whole:gsub(";.*", ""):gsub("%s+$", "")
    local name, value = line:match "^%s*([%w_]+)%s*=%s*(.+)$"
    local label, rest = line:match "^%s*([%w_]+):%s*(.*)$"
    local word, operand = (rest or line):match "^%s*(%S+)%s*(.*)$"
    if label then names[label] = address end
    if name then names[name] = value_of(value, names)
    elseif word == ".byte" then emit(data("B", operand, names))
    elseif word == ".word" then emit(data("<I2", operand, names))
    elseif word == ".org" then emit(("\0"):rep(value_of(operand, names) - address))
    elseif word then emit(instruction(word, operand:gsub("%s", ""), address, names)) end
  end
  return table.concat(bytes)
end

--- Gives the bytes of a program that begins at an address, and its names with their values; `known` are names
--- that it may use.
return function(text, origin, known)
  local names = {}
  for name, value in pairs(known or {}) do names[name] = value end
  -- The first pass only finds the labels. A name that comes later stands for an address of two bytes.
  pass(text, origin, setmetatable(names, { __index = function() return 0x7FFF end }))
  setmetatable(names, { __index = function(_, name) error("no value for " .. name) end })
  return pass(text, origin, names), setmetatable(names, nil)
end
