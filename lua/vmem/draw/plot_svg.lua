--- Curves as SVG: axes, a line with a mark at each value, names beside the ends.

local scale = require "vmem.draw.plot_scale"
local svg = require "vmem.draw.svg"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

local WIDTH <const>, LEAST_HEIGHT <const> = 760, 420
local TOP <const>, BOTTOM <const>, LEFT <const>, RIGHT <const> = 66, 62, 84, 20
local CHARACTER <const>, LINE <const> = 7.4, 16
local LONGEST <const> = 240 -- name
local STYLES <const> = {
  { "region" }, { "mapped" }, { "private" }, { "system", "7 3" }, { "heap", "2 3" }, { "stack", "9 3 2 3" },
}

local function style_of(i) return table.unpack(STYLES[(i - 1) % #STYLES + 1]) end

--- Names must not stand closer than a line: they are moved apart, from the top down, and back into the plot.
local function spread(names, top, bottom)
  table.sort(names, function(a, b) return a.y < b.y end)
  local free = top
  for _, name in ipairs(names) do
    name.y = math.max(name.y, free)
    free = name.y + LINE
  end
  free = bottom
  for i = #names, 1, -1 do
    names[i].y = math.min(names[i].y, free)
    free = names[i].y - LINE
  end
end

--- The marks: a circle, a square, a triangle, a diamond, a cross.
local shapes = {
  function(x, y) return units.format("M%g %ga3 3 0 1 0 6 0a3 3 0 1 0 -6 0z", x - 3, y) end,
  function(x, y) return units.format("M%g %gh5.4v5.4h-5.4z", x - 2.7, y - 2.7) end,
  function(x, y) return units.format("M%g %gl3.6 6.2h-7.2z", x, y - 3.8) end,
  function(x, y) return units.format("M%g %gl3.8 3.8l-3.8 3.8l-3.8 -3.8z", x, y - 3.8) end,
  function(x, y) return units.format("M%g %gl6 6m-6 0l6 -6", x - 3, y - 3) end,
}

local function draw_axes(s, plot, area, ticks)
  local word = plot.y_word or units.count
  local labels = {}
  for _, tick in ipairs(ticks) do
    local y = area.y(tick)
    s:path(units.format("M%g %gH%g", area.left, y, area.right), "free", 1)
    s:text(area.left - 8, y + 4, word(tick), "dim", "end")
  end
  for _, label in ipairs(scale.labels(plot, (area.right - area.left) / CHARACTER)) do
    local x = area.x(label.x)
    labels[#labels + 1] = units.format("M%g %gv5", x, area.bottom)
    s:text(x, area.bottom + 20, label.text, "dim", "middle")
  end
  s:path(units.format("M%g %gV%gH%g%s", area.left, area.top, area.bottom, area.right, table.concat(labels)),
    "line", 1)
  s:text(area.left - 8, area.top - 14, plot.y_title, "ink", "end")
  s:text((area.left + area.right) / 2, area.bottom + 44, plot.x_title, "ink", "middle")
  if plot.mark then
    local x = area.x(plot.mark.x)
    s:path(units.format("M%g %gV%g", x, area.top, area.bottom), "line", 1, "3 3")
    s:text(x, area.top - 6, plot.mark.text, "ink", "middle")
  end
end

--- Gives where the curve ends.
local function draw_curve(s, plot, i, area)
  local class, dash = style_of(i)
  local line, marks, shape, last = {}, {}, shapes[(i - 1) % #shapes + 1], nil
  for k, x in ipairs(plot.x) do
    local value = plot.curves[i].values[k]
    if value then
      local at_x, at_y = area.x(x), area.y(value)
      line[#line + 1] = units.format("%s%.5g %.5g", #line == 0 and "M" or "L", at_x, at_y)
      marks[#marks + 1] = shape(at_x, at_y)
      last = at_y
    end
  end
  if not last then return nil end
  s:path(table.concat(line), class, 1.8, dash)
  s:path(table.concat(marks), class, 1.3)
  return last
end

local function draw_names(s, area, ends)
  local names = {}
  for i, y in pairs(ends) do names[#names + 1] = { i = i, y = y, from = y } end
  table.sort(names, function(a, b) return a.i < b.i end)
  -- Sorting by height alone would leave equals in any order.
  for order, name in ipairs(names) do name.y = name.y + order * 0.001 end
  spread(names, area.top + 4, area.bottom)
  for _, name in ipairs(names) do
    local class = style_of(name.i)
    s:path(units.format("M%.5g %.5gL%.5g %.5gh8",
      area.right + 5, name.from, area.right + 18, name.y), class, 1)
    s:text(area.right + 30, name.y + 4, area.names[name.i], class)
  end
end

--- Names have their places beside the curves: they are cut, and the picture is as high as they need.
local function area_of(plot, at_y)
  local longest, names = 0, {}
  for i, curve in ipairs(plot.curves) do
    names[i] = svg.cut(curve.name, LONGEST)
    longest = math.max(longest, terminal.length(names[i]))
  end
  local height = math.max(LEAST_HEIGHT, TOP + BOTTOM + (#names + 1) * LINE)
  local area = { left = LEFT, top = TOP, bottom = height - BOTTOM, height = height, names = names,
    right = WIDTH - RIGHT - 34 - longest * CHARACTER }
  local at_x = scale.of_x(plot.x)
  function area.x(value) return area.left + 14 + at_x(value) * (area.right - area.left - 28) end
  function area.y(value) return area.bottom - at_y(value) * (area.bottom - area.top) end
  return area
end

--- The SVG document of a plot.
---@param plot vmem.draw.plot
---@param options vmem.picture
---@return string
return function(plot, options)
  local names = {}
  for i, curve in ipairs(plot.curves) do names[i] = curve.name end
  local description = ("%s by %s, for %s"):format(plot.y_title, plot.x_title, table.concat(names, "; "))
  local s = svg.new(plot.title, description, options.scheme)
  local ticks, at_y = scale.of_y(plot, 5)
  local area, ends = area_of(plot, at_y), {}
  s:text(16, 28, svg.cut(plot.title, (WIDTH - 32) * 0.75), "ink", "start", 16)
  draw_axes(s, plot, area, ticks)
  for i = #plot.curves, 1, -1 do ends[i] = draw_curve(s, plot, i, area) end
  draw_names(s, area, ends)
  return s:document(WIDTH, area.height)
end
