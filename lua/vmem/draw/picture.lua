--- What pictures are drawn with.

local checks = require "vmem.internal.checks"

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

--- The options of one drawing, by the method `name`, in front of those that its object was made with.
---@param name string
---@param options? vmem.picture
---@param own? vmem.picture
---@return vmem.picture
return function(name, options, own)
  local chosen = checks.drawing(1, name, options)
  for key, value in pairs(own or {}) do
    if chosen[key] == nil then chosen[key] = value end
  end
  return chosen
end
