--- What handlers and the functions of traps answer in the test: the same for library and model, made from the
--- place of the access alone.

local answers = {}

-- {====== Elements ======

--- Formats of string.pack, without an order of bytes.
local FORMATS <const> = {
  i8 = "b", u8 = "B", i16 = "h", u16 = "H", i32 = "i4", u32 = "I4", i64 = "i8", u64 = "i8", f32 = "f",
  f64 = "d",
}
local ORDERS <const> = { [""] = "=", be = ">", le = "<" }

--- The format of a type of elements, and the type without its order of bytes.
function answers.format(kind)
  local number, order = kind:match "^(%a%d+)(%a*)$"
  return ORDERS[order] .. FORMATS[number], number
end

-- ====== }

-- {====== Answers ======

--- Bytes for a read at this place; those of a trap are other letters than those of a handler. Some are zero.
function answers.bytes(at, size, by_trap)
  local list, first = {}, by_trap and 97 or 65
  for k = at, at + size - 1 do list[#list + 1] = k % 53 == 0 and "\0" or string.char(first + k * 7 % 26) end
  return table.concat(list)
end

--- The value that is answered, and the bytes that the access gets: for a read; for a write nothing, and true.
function answers.of(fault, by_trap)
  if fault.access == "write" then return nil, true end
  local bytes = answers.bytes(fault.offset or fault.address, fault.size, by_trap)
  return fault.type and (answers.format(fault.type):unpack(bytes)) or bytes, bytes
end

--- Whether it can be answered: not an atomic, nor a write whose bytes are not known.
function answers.can(fault)
  return not fault.atomic and (fault.access == "read" or fault.type ~= nil or fault.bytes ~= nil)
end

--- The line of a log about an answer: which access it was, and what a write has handed over.
function answers.line(by, need, offset, wanted, kind)
  return ("%s answers %s at %s: %s %s"):format(by, need, offset or "-", ("%q"):format(wanted), kind or "-")
end

-- ====== }

return answers
