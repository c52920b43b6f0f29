--- The letters, colours and descriptions of the cells in a region's map.

local marks = {}

---@type vmem.map.mark[]
marks.order = {
  "reserved", "rw", "r", "x", "section", "copy", "none", "guard", "trap", "trapped", "mixed",
}

marks.letters = {
  reserved = ".", rw = "w", r = "r", x = "x", none = "n", guard = "g", trap = "t", trapped = "m", mixed = "+",
  section = "s", copy = "c",
}

marks.words = {
  reserved = "reserved",
  rw = "committed, read and write",
  r = "read-only",
  x = "executable",
  section = "of a section",
  copy = "copy of a section",
  none = "no access",
  guard = "guard",
  trap = "trap: a device",
  trapped = "memory, writes trapped",
  mixed = "not alike",
}

--- Whether cells with this mark have no memory.
---@param mark vmem.map.mark
---@return boolean
function marks.is_empty(mark) return mark == "reserved" or mark == "trap" end

--- The character of a cell: a capital when all of it is in RAM.
---@param cell vmem.map.cell
---@return string
function marks.letter(cell)
  local letter = marks.letters[cell.mark]
  return cell.resident == 1 and letter:upper() or letter
end

--- A capital that occurs, for the legend; nil when there is none.
---@param cells vmem.map.cell[]
---@return string?
function marks.capital(cells)
  for _, cell in ipairs(cells) do
    local letter = marks.letter(cell)
    if letter:find("%u") then return letter end
  end
end

--- The marks that occur, in order.
---@param cells vmem.map.cell[]
---@return vmem.map.mark[]
function marks.found(cells)
  local seen, found = {}, {}
  for _, cell in ipairs(cells) do seen[cell.mark] = true end
  for _, mark in ipairs(marks.order) do
    if seen[mark] then found[#found + 1] = mark end
  end
  return found
end

return marks
