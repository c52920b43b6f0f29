--- What specs of sparse arrays share.

local vmem = require "vmem"

local kit = {}

--- A record of a page less five bytes, as the documents' cells are.
kit.CELL = vmem.page_size - 5

--- All results of an iterator, a table for each step.
function kit.collect(iterator, state, control)
  local list = {}
  for a, b, c in iterator, state, control do list[#list + 1] = { a, b, c } end
  return list
end

return kit
