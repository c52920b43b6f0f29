--- A virtual address taken apart, as text: a box for each level's bits.

local terminal = require "vmem.draw.terminal"
local words = require "vmem.draw.translation_words"

local ROWS <const> = { "range", "bits", "value" }
local TEES <const> = { top = "┬", bottom = "┴" }

local function centred(text, width)
  local left = (width - #text) // 2
  return (" "):rep(left) .. text .. (" "):rep(width - #text - left)
end

local function draw_boxes(lines, fields, box)
  local widths, ascii = {}, box.down == "|"
  for i, field in ipairs(fields) do
    widths[i] = math.max(#field.range, #field.bits, #field.value, #field.title) + 2
  end
  local function border(left, tee, right)
    local parts = {}
    for i, width in ipairs(widths) do parts[i] = box.across:rep(width) end
    lines[#lines + 1] = left .. table.concat(parts, ascii and "+" or tee) .. right
  end
  local function row(key, edge)
    local parts = {}
    for i, field in ipairs(fields) do parts[i] = centred(field[key], widths[i]) end
    lines[#lines + 1] = (edge .. table.concat(parts, edge) .. edge):gsub(" +$", "")
  end
  border(box.top_left, TEES.top, box.top_right)
  for _, key in ipairs(ROWS) do row(key, box.down) end
  border(box.bottom_left, TEES.bottom, box.bottom_right)
  row("title", " ")
end

--- The fields one below the other, where the line is too short for boxes.
local function draw_list(lines, fields)
  for _, field in ipairs(fields) do
    lines[#lines + 1] = ("%-8s  %7s  %s  %s"):format(field.title, field.range, field.bits, field.value)
  end
end

--- The text that translation:text returns.
---@param self vmem.paging.translation
---@param options vmem.picture
---@return string
return function(self, options)
  local lines, boxes = { words.title(self), "" }, {}
  local fields, box = words.fields(self), terminal.box(options.ascii)
  draw_boxes(boxes, fields, box)
  if terminal.length(boxes[1]) <= terminal.width(options.width) then
    table.move(boxes, 1, #boxes, #lines + 1, lines)
  else
    draw_list(lines, fields)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = words.outcome(self)
  return terminal.text(lines, options.width)
end
