--- An address space as SVG: a tall box, highest address on top. A row is as high as the logarithm of what
--- it stands for; the bar at its foot is the part that is in RAM.

local rows_of = require "vmem.draw.layout_rows"
local svg = require "vmem.draw.svg"
local units = require "vmem.internal.units"

local WIDTH, MARGIN = 880, 16
local LEFT, RIGHT = 170, WIDTH - MARGIN -- the box
local LABEL, SIZE, RESIDENT = 380, 740, RIGHT - 10

local PARTITION = { kernel = true, forbidden = true, null = true }

local function amount(bytes)
  if not bytes then return "?" end
  return bytes == 0 and "-" or units.size(bytes)
end

local function height_of(row)
  if row.kind == "free" then return 28 end
  if PARTITION[row.kind] then return 40 end
  return 22 + math.min(2 * math.max(math.log(row.size, 2) - 14, 0), 40)
end

--- A gap is not to scale: its sides are torn.
local function draw_gap(s, row, y, height)
  s:path(units.format("M%g %gv%g M%g %gv%g", LEFT, y, height, RIGHT, y, height), "line", 1, "2 4")
  s:text((LEFT + RIGHT) / 2, y + height / 2 + 4, units.size(row.size) .. " free", "dim", "middle")
end

local function draw_partition(s, row, y, height)
  s:rect(LEFT, y, RIGHT - LEFT, height, row.kind, 0.2)
  s:text(LEFT + 16, y + height / 2 + 4, row.label)
  s:text(RESIDENT, y + height / 2 + 4, units.size(row.size), "ink", "end")
end

local function draw_area(s, row, y, height)
  local base = y + height / 2 + 4
  s:rect(LEFT, y, RIGHT - LEFT, height, row.kind, 0.12,
    ("%s to %s"):format(units.address(row.address), units.address(row.address + row.size - 1)))
  s:rect(LEFT, y, 6, height, row.kind)
  if row.resident and row.resident > 0 then
    local part = (RIGHT - LEFT - 6) * math.min(row.resident / row.size, 1)
    s:rect(LEFT + 6, y + height - 3, math.max(part, 1), 3, row.kind)
  end
  s:text(LEFT + 16, base, row.kind)
  s:text(LEFT + 92, base, svg.cut(row.protection, LABEL - LEFT - 100), "dim")
  s:text(LABEL, base, svg.cut(row.label, SIZE - LABEL - 84, row.label:find("^[/\\]") ~= nil))
  s:text(SIZE, base, units.size(row.size), "ink", "end")
  s:text(RESIDENT, base, amount(row.resident), "ink", "end")
  s:path(units.format("M%g %gH%g", LEFT, y, RIGHT), "line", 0.5)
end

--- Draws the box from y on, and gives where it ends.
local function draw_box(s, rows, y)
  local last, above = rows[#rows], nil
  s:text(LEFT - 8, y + 4, units.address(last.address + last.size - 1), "dim", "end")
  local top = y
  for i = #rows, 1, -1 do
    local row = rows[i]
    local height, partition, from = height_of(row), PARTITION[row.kind], y
    if above and (partition or PARTITION[above.kind]) then
      s:path(units.format("M%g %gH%g", LEFT, y, RIGHT), "line", 1.5)
      if not partition then
        s:text((LEFT + RIGHT) / 2, y + 18, "User mode partition: what the program may use", "ink", "middle")
        s:path(units.format("M%g %gv26 M%g %gv26", LEFT, y, RIGHT, y), "line", 1.5)
        y = y + 26
        from = y
      end
    end
    if partition then
      draw_partition(s, row, y, height)
    elseif row.kind == "free" then
      draw_gap(s, row, y, height)
    else
      draw_area(s, row, y, height)
    end
    y = y + height
    if row.kind ~= "free" then
      s:path(units.format("M%g %gV%g M%g %gV%g", LEFT, from, y, RIGHT, from, y), "line", 1.5)
    end
    s:text(LEFT - 8, y - 4, units.address(row.address), "dim", "end")
    above = row
  end
  s:path(units.format("M%g %gH%g M%g %gH%g", LEFT, top, RIGHT, LEFT, y, RIGHT), "line", 1.5)
  return y
end

--- The totals, which are the legend, too.
local function draw_totals(s, layout, y)
  local totals = layout:totals()
  local columns = { LEFT + 210, LEFT + 330, LEFT + 450, LEFT + 570 }
  local function line(name, class, ...)
    if class then s:rect(LEFT, y - 10, 12, 12, class) end
    s:text(LEFT + 22, y, name)
    for i, cell in ipairs { ... } do s:text(columns[i], y, cell, "ink", "end") end
    y = y + 20
  end
  line("kind", nil, "areas", "size", "committed", "in RAM")
  for _, kind in ipairs(layout.kinds) do
    local total = totals[kind]
    if total and not PARTITION[kind] and kind ~= "free" then
      line(kind, kind, units.count(total.count), units.size(total.size), amount(total.committed),
        amount(total.resident))
    end
  end
  local all = totals.all
  line("all", nil, units.count(all.count), units.size(all.size), amount(all.committed),
    amount(all.resident))
  local note = "The bar at the foot of a row is the part that is in RAM. Gaps are not to scale."
  s:text(LEFT, y + 4, note, "dim")
  return y + 4
end

--- The SVG document that layout:svg returns.
---@param layout vmem.layout
---@param options vmem.picture
---@return string
return function(layout, options)
  local all = layout:totals().all
  local title = "Address space of " .. (layout.pid and "process " .. layout.pid or "this process")
  local s = svg.new(title, ("%s in %s, %s committed, %s in RAM; the highest address is on top"):format(
    units.size(all.size), units.of(all.count, "area"), units.size(all.committed), amount(all.resident)),
    options.scheme)
  s:text(MARGIN, 28, title, "ink", "start", 16)
  s:text(LEFT - 8, 50, "begins at", "dim", "end")
  s:text(LEFT + 16, 50, "kind", "dim")
  s:text(LEFT + 92, 50, "access", "dim")
  s:text(LABEL, 50, "what", "dim")
  s:text(SIZE, 50, "size", "dim", "end")
  s:text(RESIDENT, 50, "in RAM", "dim", "end")
  local y = draw_box(s, rows_of(layout, options.all), 74)
  return s:document(WIDTH, draw_totals(s, layout, y + 36) + MARGIN)
end
