--- The calls, and how they are written to files: one on each line, numbers in hexadecimal, an address as a
--- slot and an offset in it. A slot is a fixed window of addresses, so that every system has the same
--- neighbours. Slot -1 begins at address 0: for NULL, and for addresses that no process may use.
---   A slot offset size type protect    VirtualAlloc
---   F slot offset size type            VirtualFree
---   P slot offset size protect         VirtualProtect
---   Q slot offset                      VirtualQuery
---   M slot offset size source          MoveMemory from an offset in the same slot
---   B slot offset size byte            FillMemory
---   Z slot offset size                 ZeroMemory
---   V slot offset section access from size   MapViewOfFileEx of one of `sections`
---   U slot offset                      UnmapViewOfFile
---   L slot offset size                 FlushViewOfFile
--- A further call is a row of `kinds`, a function that makes it in generate.lua with its weight, and one that
--- answers it in portable.lua and in native.c.

local calls = {}

calls.SLOTS = 16
calls.WINDOW = 0x50000000
calls.SLOT_SIZE = 0x1000000
calls.WINDOW_END = calls.WINDOW + calls.SLOTS * calls.SLOT_SIZE

--- Each call: its name, and its numbers behind the place.
calls.kinds = {
  A = { name = "VirtualAlloc", "size", "type", "protect" },
  F = { name = "VirtualFree", "size", "type" },
  P = { name = "VirtualProtect", "size", "protect" },
  Q = { name = "VirtualQuery" },
  M = { name = "MoveMemory", "size", "source" },
  B = { name = "FillMemory", "size", "byte" },
  Z = { name = "ZeroMemory", "size" },
  V = { name = "MapViewOfFileEx", "section", "access", "from", "size" },
  U = { name = "UnmapViewOfFile" },
  L = { name = "FlushViewOfFile", "size" },
}

--- Sections of memory, which both sides have made before the first call: protection and SEC_ flags, size.
--- None is of SEC_RESERVE: right after a commit of 26 pages in a view of one, Wine 8 calls ten of them
--- reserved.
calls.sections = { [0] = { 0x04, 0x20000 }, { 0x02, 0x20000 }, { 0x8000004, 0x40000 }, { 0x40, 0x23456 } }

function calls.base(slot)
  return slot < 0 and 0 or calls.WINDOW + slot * calls.SLOT_SIZE
end

function calls.format(call)
  local words = { call.op, ("%d"):format(call.slot), ("%x"):format(call.offset) }
  for _, field in ipairs(calls.kinds[call.op]) do words[#words + 1] = ("%x"):format(call[field]) end
  return table.concat(words, " ")
end

function calls.parse(line)
  local op, slot, rest = line:match("^(%u) (%-?%d+) (.*)$")
  local call = { op = op, slot = tonumber(slot) }
  local next_word = rest:gmatch("%x+")
  call.offset = tonumber(next_word(), 16)
  for _, field in ipairs(calls.kinds[op]) do call[field] = tonumber(next_word(), 16) end
  call.address = calls.base(call.slot) + call.offset
  return call
end

return calls
