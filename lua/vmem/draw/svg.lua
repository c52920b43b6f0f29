--- Writes SVG documents with colours for light and for dark backgrounds.
---
--- Each shape has a class; the style says what colour that is in each scheme. The document has its
--- own background, and takes the reader's preferred scheme, or the one that the option says.

local colours = require "vmem.draw.colours"
local plain = require "vmem.internal.plain"
local sorted_keys = require "vmem.internal.sorted_keys"
local terminal = require "vmem.draw.terminal"
local units = require "vmem.internal.units"

---@class vmem.draw.svg
---@field private parts string[]
---@field private used table<string, boolean>
local svg = {}
svg.__index = svg

--- The width reserved for a character, in units of the font's size. Fonts differ in it.
local ASPECT = 0.61
local SIZE = 12

local basic = { -- what is no kind and no mark
  ground = { light = "#ffffff", dark = "#0d1117" },
  ink = { light = "#1b1f24", dark = "#e6edf3" },
  dim = { light = "#57606a", dark = "#9198a1" },
  line = { light = "#8c959f", dark = "#6e7681" },
  on = { light = "#ffffff", dark = "#0d1117" }, -- letters on a coloured cell
}

local escapes = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;", ['"'] = "&quot;" }

--- Text for XML, which has no escapes of its own for what it forbids: see internal/plain.lua.
---@param text string
---@return string
function svg.escape(text)
  return (plain.text(text):gsub('[<>&"]', escapes))
end

--- How many characters fit.
---@param width number
---@return integer
function svg.room(width)
  return width // (SIZE * ASPECT) | 0
end

--- The text cut to a width, at its end or start.
---@param text string
---@param width number
---@param at_start boolean?
---@return string
function svg.cut(text, width, at_start)
  return terminal.cut(plain.text(text), svg.room(width), { cut = "…" }, at_start)
end

---@param title string
---@param description string
---@param scheme "light"|"dark"|nil
---@return vmem.draw.svg
function svg.new(title, description, scheme)
  local document = { title = title, description = description, scheme = scheme, parts = {}, used = {} }
  return setmetatable(document, svg)
end

function svg:put(format, ...)
  self.parts[#self.parts + 1] = units.format(format, ...)
end

--- A rectangle; `tip` is shown by browsers that point at it.
function svg:rect(x, y, width, height, class, opacity, tip)
  self.used[class] = true
  self:put('<rect class="vm-%s" x="%g" y="%g" width="%g" height="%g"%s%s', class, x, y, width, height,
    opacity and opacity < 1 and units.format(' fill-opacity="%.2g"', opacity) or "",
    tip and "><title>" .. svg.escape(tip) .. "</title></rect>" or "/>")
end

--- Text at its baseline; `anchor` is "start", "middle" or "end". In a column nothing is cut: see svg.cut.
function svg:text(x, y, text, class, anchor, size)
  class = class or "ink"
  self.used[class] = true
  self:put('<text class="vm-%s" x="%g" y="%g"%s%s>%s</text>', class, x, y,
    anchor and anchor ~= "start" and ' text-anchor="' .. anchor .. '"' or "",
    size and units.format(' font-size="%g"', size) or "", svg.escape(text))
end

--- A line that is not filled, through what an SVG path says.
function svg:path(path, class, width, dash)
  self.used[class] = true
  self:put('<path class="vm-%s-line" d="%s" stroke-width="%g"%s/>', class, path, width or 1,
    dash and ' stroke-dasharray="' .. dash .. '"' or "")
end

local function rules(used, scheme)
  local lines = {}
  for i, name in ipairs(sorted_keys(used)) do
    local colour = (basic[name] or colours[name])[scheme]
    lines[i] = (".vm-%s{fill:%s}.vm-%s-line{fill:none;stroke:%s}"):format(name, colour, name, colour)
  end
  return table.concat(lines)
end

local page = [[
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img"
  font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
  font-size="%d" xml:space="preserve">
<title>%s</title>
<desc>%s</desc>
<style>%s</style>
<rect class="vm-ground" width="100%%" height="100%%"/>
%s
</svg>
]]

--- The whole document.
---@param width number
---@param height number
---@return string
function svg:document(width, height)
  self.used.ground = true
  local style = rules(self.used, self.scheme or "light")
  if not self.scheme then
    style = ("%s\n@media (prefers-color-scheme:dark){%s}"):format(style, rules(self.used, "dark"))
  end
  return units.format(page, width, height, width, height, SIZE, svg.escape(self.title),
    svg.escape(self.description), style, table.concat(self.parts, "\n"))
end

return svg
