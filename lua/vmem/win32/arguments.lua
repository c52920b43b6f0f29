--- Arguments of the Windows calls: numbers, addresses, and the regions that they lie in.

local checks = require "vmem.internal.checks"
local pages = require "vmem.internal.pages"
local pieces = require "vmem.win32.pieces"
local vmem = require "vmem"

local arguments = {}

local HIGHEST <const> = vmem.highest_address or 0x7FFFFFFEFFFF

arguments.LOWEST = vmem.lowest_address
arguments.HIGHEST = HIGHEST
arguments.THIS_PROCESS = -1 -- the handle that GetCurrentProcess gives

--- A whole number: an address, a size, flags. Anything else is an error in the script.
function arguments.integer(name, position, value, optional)
  if optional and value == nil then return 0 end
  local integer = math.type(value) and math.tointeger(value)
  if not integer then
    checks.refuse(position, name, "integer expected, got %s",
      type(value) == "number" and tostring(value) or type(value))
  end
  return integer
end

--- C hands over a pointer to where a result shall go; here results are returned. Anything in its place, nil
--- as well, is an error in the script that says so.
---@param form string the call as it is written here, with its results
function arguments.no_pointer(name, position, form, ...)
  if select("#", ...) == 0 then return end
  checks.refuse(position, name, "what C writes there is a result here: %s", form)
end

--- A number of 64 bits that C takes as two of 32. `at_high` is nil where the script gives it as one.
function arguments.size(name, at_high, high, at_low, low)
  low = arguments.integer(name, at_low, low, true)
  if not at_high then return low end
  return arguments.integer(name, at_high, high, true) << 32 | low
end

function arguments.is_too_high(address) return math.ult(HIGHEST, address) end

--- Whether a range begins beyond, or leaves, the space that a process may use.
function arguments.is_outside(address, size)
  return arguments.is_too_high(address) or math.ult(HIGHEST - address + 1, size)
end

--- The region around [address, address+size), offset and size of its pages there, and the piece of it if it
--- has pieces. nil where nothing is allocated; nil and true where that ends before the range does.
function arguments.find(address, size)
  local from = pages.down(address)
  local region, offset = vmem.at(from)
  local piece = region and pieces.at(region, offset)
  if not region or piece and piece.kind == "free" then return nil end
  local bytes = pages.up(address + size) - from
  local stop = piece and piece.offset + piece.size or region.size
  if bytes > stop - offset then return nil, true end
  return region, offset, bytes, piece
end

return arguments
