--- A device for specs: memory that is a Lua string, so that what answers accesses can be compared with pages.

local device = {}
device.__index = device

--- The string.pack format of a view's type.
local function format_of(type)
  local kind, bits, order = type:match "^([iuf])(%d+)([bl]?)"
  local letters = { i = "i" .. bits // 8, u = "I" .. bits // 8, f = bits == "32" and "f" or "d" }
  return ({ b = ">", l = "<", [""] = "=" })[order] .. letters[kind]
end

--- A device that holds `bytes`, at this offset of a region. Counts the calls.
function device.new(offset, bytes)
  return setmetatable({ offset = offset, bytes = bytes, reads = 0, writes = 0 }, device)
end

function device:read(offset, size, type)
  local at = offset - self.offset
  assert(at >= 0 and at + size <= #self.bytes, "an access outside the device")
  self.reads = self.reads + 1
  local bytes = self.bytes:sub(at + 1, at + size)
  if type then return (string.unpack(format_of(type), bytes)) end
  return bytes
end

function device:write(offset, value, type)
  local at, bytes = offset - self.offset, type and string.pack(format_of(type), value) or value
  assert(at >= 0 and at + #bytes <= #self.bytes, "an access outside the device")
  self.writes = self.writes + 1
  self.bytes = self.bytes:sub(1, at) .. bytes .. self.bytes:sub(at + #bytes + 1)
end

--- What region:trap takes.
function device:functions()
  return {
    read = function(...) return self:read(...) end,
    write = function(...) return self:write(...) end,
  }
end

--- A fault handler that answers with the device.
function device:handler()
  return function(fault)
    if fault.access == "read" then return fault:answer(self:read(fault.offset, fault.size, fault.type)) end
    self:write(fault.offset, fault.type and fault.value or fault.bytes, fault.type)
    return fault:answer()
  end
end

return device
