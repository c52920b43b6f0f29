--- The book of pieces. A region that VirtualAlloc2 has reserved as a placeholder can consist of several
--- allocations, as Windows sees it: placeholders, memory or views that have replaced some, and free
--- addresses. For the core it remains one region, which ends with its last piece.
---
--- A list of pieces never changes: a change makes a new list first, which takes the place of the old one once
--- the region itself has changed. So a change that is refused, or finds no memory, leaves all as it was.

local C <const> = require "vmem.win32.constants"

---@class vmem.win32.piece
---@field region vmem.region
---@field offset integer
---@field size integer bytes, whole pages
---@field kind "placeholder"|"private"|"view"|"free"
---@field protect integer AllocationProtect
---@field modifiers integer PAGE_NOCACHE or PAGE_WRITECOMBINE, or 0
---@field replaces boolean it has taken the place of a placeholder, and can become one again
---@field watched boolean for GetWriteWatch
---@field view vmem.win32.view? that has taken its place

local pieces = {}

---@type table<vmem.region, vmem.win32.piece[]>
local lists = setmetatable({}, { __mode = "k" })

--- Like `piece`, with what `changes` says.
local function like(piece, changes)
  local copy = {}
  for key, value in pairs(piece) do copy[key] = value end
  for key, value in pairs(changes) do copy[key] = value end
  return copy
end

--- A placeholder, with what `changes` says.
local function new(region, offset, size, changes)
  return like({
    region = region, offset = offset, size = size, kind = "placeholder", protect = C.PAGE_NOACCESS,
    modifiers = 0, replaces = false, watched = false,
  }, changes)
end

--- The index of the piece that holds the offset.
local function index_of(list, offset)
  local low, high = 1, #list
  while low < high do
    local middle = (low + high + 1) // 2
    if list[middle].offset <= offset then low = middle else high = middle - 1 end
  end
  return low
end

local function free_together(a, b) return a and b and a.kind == "free" and b.kind == "free" end

--- A new list, with `middle` instead of the pieces from `first` to `last`. Free neighbours become one.
local function changed(list, first, last, middle)
  if free_together(list[first - 1], middle[1]) then
    first = first - 1
    local size = list[first].size + middle[1].size
    middle[1] = like(middle[1], { offset = list[first].offset, size = size })
  end
  if free_together(middle[#middle], list[last + 1]) then
    last = last + 1
    middle[#middle] = like(middle[#middle], { size = middle[#middle].size + list[last].size })
  end
  local result = table.move(list, 1, first - 1, 1, {})
  table.move(middle, 1, #middle, first, result)
  return table.move(list, last + 1, #list, #result + 1, result)
end

--- Puts a region into the book, as one piece.
---@param region vmem.region
---@param changes table fields in which the piece differs from a placeholder
function pieces.begin(region, changes) lists[region] = { new(region, 0, region.size, changes) } end

--- The piece that holds the offset; nil in a region that is not in the book.
---@param region vmem.region
---@param offset integer
---@return vmem.win32.piece?
function pieces.at(region, offset)
  local list = lists[region]
  return list and list[index_of(list, offset)]
end

--- A part of a piece becomes another piece; what is before and behind it stays as it is.
---@param piece vmem.win32.piece
---@param offset integer
---@param size integer
---@param changes table fields in which the new piece differs from a placeholder
---@param act fun(): any, string?, string? changes the region; what it gives is the result
---@return any done
---@return string? message
---@return string? code
function pieces.replace(piece, offset, size, changes, act)
  local region = piece.region
  local list = lists[region]
  local index = index_of(list, offset)
  local middle = { new(region, offset, size, changes) }
  local before, behind = offset - piece.offset, piece.offset + piece.size - offset - size
  if before > 0 then table.insert(middle, 1, like(piece, { size = before })) end
  if behind > 0 then middle[#middle + 1] = like(piece, { offset = offset + size, size = behind }) end
  local result = changed(list, index, index, middle)
  local done, message, code = act()
  if done then lists[region] = result end
  return done, message, code
end

--- Two or more placeholders that fill a range exactly become one. False if the range is something else.
---@param region vmem.region
---@param offset integer
---@param size integer
---@return boolean done
function pieces.coalesce(region, offset, size)
  local list = lists[region]
  if not list then return false end
  local first, last = index_of(list, offset), index_of(list, offset + size - 1)
  local stop = list[last].offset + list[last].size
  if first == last or list[first].offset ~= offset or stop ~= offset + size then return false end
  for i = first, last do
    if list[i].kind ~= "placeholder" then return false end
  end
  lists[region] = changed(list, first, last, { new(region, offset, size, {}) })
  return true
end

--- Whether all of the region but this piece is free.
---@param piece vmem.win32.piece
---@return boolean
function pieces.is_last(piece)
  for _, other in ipairs(lists[piece.region]) do
    if other ~= piece and other.kind ~= "free" then return false end
  end
  return true
end

return pieces
