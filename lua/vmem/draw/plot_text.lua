--- Curves as text: a table of their values, and a plot in which each curve has a character.

local plain = require "vmem.internal.plain"
local scale = require "vmem.draw.plot_scale"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

local HEIGHT <const>, WIDEST <const> = 14, 72
local MARKS <const> = { "o", "x", "+", "*", "#", "@", "%", "&", "=", "~", "$", "?" }
local COLOURS <const> = { "31", "34", "32", "35", "36", "33" }

local function mark_of(i) return MARKS[(i - 1) % #MARKS + 1] end

local function colour_of(i) return COLOURS[(i - 1) % #COLOURS + 1] end

-- {====== The table ======

local function word_of(plot, value)
  if not value then return "-" end
  return (plot.y_word or units.count)(value)
end

--- The cells of a column, the widest first to be known.
local function column(title, words)
  local width = terminal.length(title)
  for _, word in ipairs(words) do width = math.max(width, #word) end
  local function cell(text) return (" "):rep(width - terminal.length(text)) .. text end
  local cells = { [0] = cell(title) }
  for i, word in ipairs(words) do cells[i] = cell(word) end
  return cells, width
end

--- As many columns side by side as fit; the others below.
local function draw_table(lines, plot, width)
  local words = {}
  for i, x in ipairs(plot.x) do words[i] = plot.x_word(x) end
  local first, first_width = column(plot.x_title, words)
  local block, room
  local function finish()
    for i = 0, block and #plot.x or -1 do lines[#lines + 1] = table.concat(block[i], "  ") end
    if block then lines[#lines + 1] = "" end
    block, room = {}, width - first_width
    for i = 0, #plot.x do block[i] = { first[i] } end
  end
  finish()
  for _, curve in ipairs(plot.curves) do
    local own = {}
    for i in ipairs(plot.x) do own[i] = word_of(plot, curve.values[i]) end
    local cells, needs = column(curve.name, own)
    if needs + 2 > room and #block[0] > 1 then finish() end
    room = room - needs - 2
    for i = 0, #plot.x do table.insert(block[i], cells[i]) end
  end
  finish()
end

-- ====== }

-- {====== The plot ======

--- A curve's value at a place of the axis: on the line from one of its points to the next.
local function value_at(plot, curve, at_x, place)
  local x, values = plot.x, curve.values
  for i = 1, #x do
    local here = at_x(x[i])
    if values[i] and math.abs(here - place) < 1e-9 then return values[i] end
    local before = i > 1 and at_x(x[i - 1])
    if before and values[i] and values[i - 1] and place > before and place < here then
      return values[i - 1] + (values[i] - values[i - 1]) * (place - before) / (here - before)
    end
  end
end

--- Where curves meet the first one is seen.
local function draw_curves(plot, columns, at_y, paint)
  local at_x, grid = scale.of_x(plot.x), {}
  for row = 0, HEIGHT do grid[row] = {} end
  for i = #plot.curves, 1, -1 do
    for c = 0, columns - 1 do
      local value = value_at(plot, plot.curves[i], at_x, #plot.x == 1 and 0.5 or c / (columns - 1))
      if value then grid[math.floor(at_y(value) * HEIGHT + 0.5)][c] = paint(mark_of(i), colour_of(i)) end
    end
  end
  return grid
end

local function draw_x_axis(lines, plot, indent, columns)
  local line = {}
  for _, label in ipairs(scale.labels(plot, columns)) do
    local start = math.floor(label.at * (columns - 1) - (#label.text - 1) / 2 + 0.5)
    for i = 1, #label.text do line[start + i - 1] = label.text:sub(i, i) end
  end
  local text = {}
  for c = -indent, columns + 20 do text[#text + 1] = line[c] or " " end
  lines[#lines + 1] = (table.concat(text):gsub(" +$", ""))
end

local function draw_plot(lines, plot, width, box, paint)
  local ticks, at_y = scale.of_y(plot, 5)
  local labels, left = {}, #plot.y_title
  for _, tick in ipairs(ticks) do
    local text = word_of(plot, tick)
    labels[math.floor(at_y(tick) * HEIGHT + 0.5)], left = text, math.max(left, #text)
  end
  local columns = math.min(width, WIDEST) - left - 5
  local grid = draw_curves(plot, columns, at_y, paint)
  lines[#lines + 1] = ("%" .. left .. "s"):format(plot.y_title)
  for row = HEIGHT, 0, -1 do
    local cells = {}
    for c = 0, columns - 1 do cells[c + 1] = grid[row][c] or " " end
    local edge = labels[row] and box.tee_right or box.down
    lines[#lines + 1] = (("%" .. left .. "s %s%s"):format(labels[row] or "", edge,
      table.concat(cells)):gsub(" +$", ""))
  end
  lines[#lines + 1] = (" "):rep(left + 1) .. box.bottom_left .. box.across:rep(columns)
  draw_x_axis(lines, plot, left + 2, columns)
end

local function draw_legend(lines, plot, paint, width)
  local line, length = "", 0
  for i, curve in ipairs(plot.curves) do
    local needs = terminal.length(curve.name) + 2
    if length > 0 and length + 3 + needs > width then
      lines[#lines + 1] = line
      line, length = "", 0
    end
    local gap = length > 0 and "   " or ""
    line, length = line .. gap .. paint(mark_of(i), colour_of(i)) .. " " .. curve.name, length + #gap + needs
  end
  lines[#lines + 1] = line
end

-- ====== }

--- The same curves, whose names leave half of a line for values.
local function with_short_names(plot, width, box)
  local curves = {}
  for i, curve in ipairs(plot.curves) do
    curves[i] = { name = terminal.cut(plain.text(curve.name), width // 2, box), values = curve.values }
  end
  return setmetatable({ curves = curves }, { __index = plot })
end

--- The text of a plot.
---@param plot vmem.draw.plot
---@param options vmem.picture
---@return string
return function(plot, options)
  local paint = terminal.painter(terminal.colour(options.colour))
  local box, width = terminal.box(options.ascii), terminal.width(options.width)
  plot = with_short_names(plot, width, box)
  local lines = { plot.title, "" }
  draw_table(lines, plot, width)
  draw_plot(lines, plot, width, box, paint)
  lines[#lines + 1] = ""
  draw_legend(lines, plot, paint, width)
  return terminal.text(lines, options.width)
end
