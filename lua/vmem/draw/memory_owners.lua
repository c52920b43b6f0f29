--- Gives each owner of memory a letter and a colour, the same ones in all columns of a picture.

local sorted_keys = require "vmem.internal.sorted_keys"

local owners = {}

local CLASSES <const> = { "mapped", "private", "heap", "stack", "image", "system", "region" }
local COLOURS <const> = { "34", "32", "33", "35", "36", "31" }
local OTHERS <const> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

--- The names of all owners of blocks in the columns, sorted.
local function names_in(columns)
  local names = {}
  for _, column in ipairs(columns) do
    for _, block in ipairs(column.blocks) do
      if block.name then names[block.name] = true end
    end
  end
  return sorted_keys(names)
end

--- Names that begin with their own letter come first; then whatever letter is free; then "?" for all.
---@param columns vmem.draw.memory.column[]
---@return string[] names
---@return table<string, string> letters name -> letter
---@return table<string, string> colours letter -> SGR code
function owners.letters(columns)
  local names, letters, taken, colours = names_in(columns), {}, {}, {}
  local function give(name, letter)
    if letters[name] or taken[letter] then return end
    letters[name], taken[letter] = letter, true
  end
  for _, name in ipairs(names) do
    if name:find "^%w" then give(name, name:sub(1, 1)) end
  end
  for i, name in ipairs(names) do
    for letter in OTHERS:gmatch "." do give(name, letter) end
    letters[name] = letters[name] or "?"
    colours[letters[name]] = COLOURS[(i - 1) % #COLOURS + 1]
  end
  return names, letters, colours
end

--- name -> class of what is drawn in an SVG
---@param columns vmem.draw.memory.column[]
---@return table<string, string>
function owners.classes(columns)
  local classes = {}
  for i, name in ipairs(names_in(columns)) do classes[name] = CLASSES[(i - 1) % #CLASSES + 1] end
  return classes
end

return owners
