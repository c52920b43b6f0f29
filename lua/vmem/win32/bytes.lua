--- CopyMemory, MoveMemory, FillMemory, ZeroMemory, SecureZeroMemory: over any range of vmem's memory, one
--- allocation or several. An access where there is none faults, as C's does.

local arguments = require "vmem.win32.arguments"
local checks = require "vmem.internal.checks"
local vmem = require "vmem"

---@class vmem.win32.bytes
local bytes = {}

local PIECE <const> = 1 << 20 -- bytes that are copied at a time where a copy crosses a border of regions

--- An address or a length, which is never negative here: a script has no other way to write such a number.
local function natural(name, position, value, optional)
  value = arguments.integer(name, position, value, optional)
  checks.that(value >= 0, position, name, "it must not be negative, it is %d", value)
  return value
end

--- How many bytes from an address on lie in one region, `length` at most. nil where there is no region.
local function part(address, length)
  local region, offset = vmem.at(address)
  if region then return math.min(length, region.size - offset), region, offset end
end

--- In pieces, from that end at which no byte is overwritten before it has been copied.
local function copy_across(to, from, length)
  local done = 0
  while done < length do
    local size = math.min(PIECE, length - done)
    local at = math.ult(from, to) and length - done - size or done
    vmem.write(to + at, vmem.read(from + at, size))
    done = done + size
  end
end

--- A string has a zero at its end, as in C.
local function copy_string(name, to, text, length)
  checks.that(length <= #text + 1, 3, name, "the string has %d bytes and a zero, which is less than %d",
    #text, length)
  vmem.write(to, (text .. "\0"):sub(1, length))
end

local function copy(name, to, from, length)
  to = natural(name, 1, to, true)
  length = natural(name, 3, length)
  if type(from) == "string" then return copy_string(name, to, from, length) end
  from = natural(name, 2, from, true)
  local fits_there, target, at = part(to, length)
  local fits_here, source, offset = part(from, length)
  if fits_there == length and fits_here == length then
    target:copy(at, offset, length, source)
  else
    copy_across(to, from, length)
  end
end

--- As MoveMemory: bytes that overlap are copied right, too.
---@param destination integer address
---@param source integer|string address, or a string, which has a zero behind it as in C
---@param length integer bytes
---@return true
function bytes.CopyMemory(destination, source, length)
  copy("CopyMemory", destination, source, length)
  return true -- for assert; in C these give nothing
end

---@param destination integer address
---@param source integer|string address, or a string, which has a zero behind it as in C
---@param length integer bytes
---@return true
function bytes.MoveMemory(destination, source, length)
  copy("MoveMemory", destination, source, length)
  return true
end

local function fill(name, address, length, byte)
  address = natural(name, 1, address, true)
  length = natural(name, 2, length)
  while length > 0 do
    local size, region, offset = part(address, length)
    if region then
      region:fill(offset, size, byte)
    else
      size = 1
      vmem.write(address, string.char(byte)) -- faults, unless a filter makes memory there
    end
    address, length = address + size, length - size
  end
end

---@param destination integer address
---@param length integer bytes
---@param byte integer its lowest 8 bits count, as for C's BYTE
---@return true
function bytes.FillMemory(destination, length, byte)
  fill("FillMemory", destination, length, arguments.integer("FillMemory", 3, byte) & 0xFF)
  return true
end

---@param destination integer address
---@param length integer bytes
---@return true
function bytes.ZeroMemory(destination, length)
  fill("ZeroMemory", destination, length, 0)
  return true
end

--- Gives the address, as in C. Nothing here could leave the zeros out.
---@param address integer
---@param length integer bytes
---@return integer address
function bytes.SecureZeroMemory(address, length)
  fill("SecureZeroMemory", address, length, 0)
  return arguments.integer("SecureZeroMemory", 1, address, true)
end

return bytes
