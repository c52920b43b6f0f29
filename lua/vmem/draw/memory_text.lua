--- Memories as text, side by side: each a grid of characters. A character stands for a number of bytes and
--- is the letter of their owner.

local owners = require "vmem.draw.memory_owners"
local plain = require "vmem.internal.plain"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

---@class vmem.draw.memory.column
---@field title string
---@field blocks { address: integer, size: integer, name: string? }[]
---@field notes string[]
---@field verdict? { good: boolean, text: string }

---@class vmem.draw.memory
---@field size integer bytes of each
---@field title? string
---@field columns vmem.draw.memory.column[]

local GAP <const>, CELLS <const>, HOLE <const>, MIXED <const> = 3, 256, ".", "+"
local LEAST <const> = 20 -- characters of a column, for its words

--- The letter of each cell: a hole's dot, "+" where there are several owners.
local function letters_of(column, size, cells, letters)
  local row = {}
  for _, block in ipairs(column.blocks) do
    local letter = block.name and letters[block.name] or HOLE
    local first = block.address * cells // size + 1
    local last = ((block.address + block.size) * cells - 1) // size + 1
    for i = first, last do row[i] = (row[i] == nil or row[i] == letter) and letter or MIXED end
  end
  return row
end

--- Cells first to last, those with the same letter painted together.
local function draw_cells(row, first, last, colours, paint)
  local words, start = {}, first
  for i = first, last do
    if i == last or row[i + 1] ~= row[start] then
      words[#words + 1] = paint(row[start]:rep(i - start + 1), colours[row[start]])
      start = i + 1
    end
  end
  return table.concat(words)
end

--- Text in lines of so many characters at most, broken at spaces.
local function wrap(text, width)
  local lines, line = {}, ""
  for word in plain.text(text):gmatch "%S+" do
    if #line > 0 and terminal.length(line) + 1 + terminal.length(word) > width then
      lines[#lines + 1] = line
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  lines[#lines + 1] = line
  return lines
end

--- How many cells a row has: a power of two that fits, so that rows begin at round addresses.
local function cells_across(room, count)
  local most = (room - (count - 1) * GAP) // count - 2
  local cells = 8
  while cells * 2 <= math.min(most, 64) do cells = cells * 2 end
  return cells
end

--- The grids of some columns, side by side, with titles above and notes below.
local function draw_band(lines, memory, columns, look)
  local across, rows, edge = look.across, look.rows, look.box.down
  local width = math.max(across + 2, LEAST)
  local indent = (" "):rep(look.left + 2)
  local function put(cells)
    lines[#lines + 1] = (indent .. table.concat(cells, (" "):rep(GAP))):gsub(" +$", "")
  end
  local function each(f)
    local cells = {}
    for i, column in ipairs(columns) do cells[i] = f(column) end
    return cells
  end
  put(each(function(column) return terminal.fit(column.title, width, look.box) end))
  local grids = each(function(column) return letters_of(column, memory.size, across * rows, look.letters) end)
  for row = 0, rows - 1 do
    local cells = {}
    for i, grid in ipairs(grids) do
      cells[i] = edge .. draw_cells(grid, row * across + 1, (row + 1) * across, look.colours,
        look.paint) .. edge
        .. (" "):rep(width - across - 2)
    end
    lines[#lines + 1] = (("%" .. look.left .. "s  "):format(units.size(row * memory.size // rows))
      .. table.concat(cells, (" "):rep(GAP))):gsub(" +$", "")
  end
  local function put_words(text_of)
    local texts, height = each(function(column) return wrap(text_of(column), width) end), 0
    for _, words in ipairs(texts) do height = math.max(height, #words) end
    for i = 1, height do
      local cells = {}
      for c, words in ipairs(texts) do cells[c] = terminal.fit(words[i] or "", width, look.box) end
      if table.concat(cells):find "%S" then put(cells) end
    end
  end
  put_words(function(column) return column.verdict and column.verdict.text or "" end)
  for i = 1, #columns[1].notes do put_words(function(column) return column.notes[i] end) end
end

local function draw_legend(lines, memory, look, width)
  local line = ""
  local function entry(text)
    if line ~= "" and terminal.length(line) + 3 + terminal.length(text) > width then
      lines[#lines + 1] = line
      line = ""
    end
    line = line == "" and text or line .. "   " .. text
  end
  for _, name in ipairs(look.names) do
    if look.letters[name] ~= name then entry(look.letters[name] .. " " .. plain.text(name)) end
  end
  entry(HOLE .. " free")
  if look.mixed then entry(MIXED .. " several") end
  local cells = look.across * look.rows
  if memory.size >= cells then entry(("a character is %s"):format(units.size(memory.size // cells))) end
  lines[#lines + 1] = line
end

--- Whether some cell has several owners.
local function has_mixed(memory, look)
  for _, column in ipairs(memory.columns) do
    for _, letter in pairs(letters_of(column, memory.size, look.across * look.rows, look.letters)) do
      if letter == MIXED then return true end
    end
  end
end

--- The text of memories.
---@param memory vmem.draw.memory
---@param options vmem.picture
---@return string
return function(memory, options)
  local width, columns = terminal.width(options.width), memory.columns
  local look = { box = terminal.box(options.ascii),
    paint = terminal.painter(terminal.colour(options.colour)) }
  look.names, look.letters, look.colours = owners.letters(columns)
  look.left = #"1023 KiB"
  local room = width - look.left - 2
  local per_band = math.max(1, math.min(#columns, (room + GAP) // (LEAST + GAP)))
  look.across = cells_across(room, per_band)
  look.rows = math.max(4, CELLS // look.across)
  look.mixed = has_mixed(memory, look)
  local lines = {}
  if memory.title then lines = { plain.text(memory.title), "" } end
  for first = 1, #columns, per_band do
    draw_band(lines, memory, table.move(columns, first, math.min(first + per_band - 1, #columns), 1, {}),
      look)
    lines[#lines + 1] = ""
  end
  draw_legend(lines, memory, look, width)
  return terminal.text(lines, options.width)
end
