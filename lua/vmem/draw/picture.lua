--- Options of pictures, and the methods text, svg and __tostring that all classes with pictures have.

local checks = require "vmem.internal.checks"
local terminal = require "vmem.draw.terminal"

--- All pictures know all of these, so that one table serves for any of them; what a picture has no use for
--- changes nothing.
---@class vmem.picture
---@field width? integer characters of a line. Default: COLUMNS, the terminal's width, or 80
---@field colour? boolean Default: on a terminal, unless NO_COLOR is set
---@field ascii? boolean Default: unless the locale says UTF-8
---@field all? boolean a line for every area, or row of cells, nothing folded. Default: false
---@field scheme? "light"|"dark" of an SVG. Default: as the reader prefers
---@field cells? integer of a region's map, at most; each stands for as many pages, 1, 2, 4 … Default: 4096
---@field entries? integer of a page table, at most. Default: 16

--- Objects that are drawn as text and as SVG; tostring gives the text.
---@class vmem.draw.picture
local picture = {}

-- {====== Options ======

local known = {
  all = checks.boolean, ascii = checks.boolean, cells = checks.optional(checks.count(1)),
  colour = checks.boolean, entries = checks.optional(checks.count(1)),
  width = checks.optional(checks.count(1, terminal.widest)),
}

function known.scheme(value)
  if value == nil or value == "light" or value == "dark" then return value end
  return nil, "light or dark"
end

--- The options of a picture, checked, in a table of its own.
---@return vmem.picture
local function check(position, name, options)
  return checks.options(position, name, options, known)
end

--- The options of one drawing, by the method `name`; where they say nothing, those that the object was made
--- with.
---@param name string
---@param options? vmem.picture
---@param own? vmem.picture
---@return vmem.picture
local function layered(name, options, own)
  local chosen = check(1, name, options)
  for key, value in pairs(own or {}) do
    if chosen[key] == nil then chosen[key] = value end
  end
  return chosen
end

-- ====== }

-- {====== Methods ======

local drawings = {} -- a class's __name -> { kind, subject }

--- vmem.draw.<kind>_text or vmem.draw.<kind>_svg is loaded when it first draws.
local function draw(self, format, options)
  local drawing = drawings[getmetatable(self).__name]
  local chosen = layered(format, options, rawget(self, "options"))
  local subject = drawing.subject(self, format)
  return require("vmem.draw." .. drawing.kind .. "_" .. format)(subject, chosen)
end

--- The picture as text.
---@param options? vmem.picture
---@return string
function picture:text(options)
  local text = draw(self, "text", options)
  return text
end

--- The picture as an SVG document.
---@param options? vmem.picture
---@return string
function picture:svg(options)
  local document = draw(self, "svg", options)
  return document
end

local function to_string(self) return self:text() end

local function itself(self) return self end

--- Gives a class the methods text and svg, but for those that it has, and __tostring.
---@param class table
---@param kind string what vmem.draw.<kind>_text and vmem.draw.<kind>_svg draw
---@param subject? fun(self: any, format: string): any what these draw. Default: the object
local function add(class, kind, subject)
  drawings[class.__name] = { kind = kind, subject = subject or itself }
  for name, method in pairs(picture) do class[name] = class[name] or method end
  class.__tostring = to_string
end

-- ====== }

return { add = add, check = check }
