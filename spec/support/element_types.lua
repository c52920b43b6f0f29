--- The element types of views, as specs look at them: a list of { name, format, number, size, least, most,
--- floats }. The string.pack format does the same with one value; number is the type in native order; least
--- and most are its smallest and largest value (of u64: the integer that stands for it).

local NUMBERS <const> = {
  { "i8", "b", -128, 127 }, { "u8", "B", 0, 255 },
  { "i16", "i2", -32768, 32767 }, { "u16", "I2", 0, 65535 },
  { "i32", "i4", -2147483648, 2147483647 }, { "u32", "I4", 0, 4294967295 },
  { "i64", "i8", math.mininteger, math.maxinteger }, { "u64", "I8", 0, -1 },
  { "f32", "f", -math.huge, math.huge }, { "f64", "d", -math.huge, math.huge },
}

local ORDERS <const> = { { "", "=" }, { "be", ">" }, { "le", "<" } }

local types = {}

for _, order in ipairs(ORDERS) do
  for _, number in ipairs(NUMBERS) do
    local name, format, least, most = table.unpack(number)
    if order[1] == "" or format:packsize() > 1 then
      types[#types + 1] = {
        name = name .. order[1], format = order[2] .. format, number = name, size = format:packsize(),
        least = least, most = most, floats = name:find "^f" ~= nil,
      }
    end
  end
end

--- So many random values that the type holds. Floats are small integers, so that every sum is exact.
function types.random(type, count)
  local least, most = type.least, type.most
  if type.floats then least, most = -1000, 1000 end
  if most == -1 then least, most = math.mininteger, math.maxinteger end
  local values = {}
  for i = 1, count do values[i] = math.random(least, most) * (type.floats and 1.0 or 1) end
  return values
end

return types
