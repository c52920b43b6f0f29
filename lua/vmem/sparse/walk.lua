--- Walks over records of vmem.sparse.

local core = require("vmem.core").sparse

local walk = {}

--- Committed pages in a row, whatever they allow: `for from, to in stretches(region) do`, offsets. Pages may
--- come and go meanwhile.
local function stretches(region)
  local next_run = region:runs()
  local offset, size, state = next_run()
  return function()
    while offset and state ~= "committed" do offset, size, state = next_run() end
    if not offset then return nil end
    local from, to = offset, offset + size
    offset, size, state = next_run()
    while offset == to and state == "committed" do
      to = to + size
      offset, size, state = next_run()
    end
    return from, to
  end
end

--- The records that exist, each with what read(cells, i) gives.
---@param cells vmem.sparse
---@param read fun(cells: vmem.sparse, i: integer): any
function walk.each(cells, read)
  local region, size = cells.region, cells.record_size
  local stop, next_stretch = #cells * size, stretches(region)
  local i, last = 0, 0 -- the record before the next, and the last one of this stretch
  local advance

  local function give(value, ...)
    if value ~= nil then return i, value, ... end
    local run = region:query((i - 1) * size) -- it has gone meanwhile
    if run.state == "reserved" then i = math.min(last, (run.offset + run.size) // size) end
    return advance()
  end

  function advance()
    i = i + 1
    while i > last do
      local from, to = next_stretch()
      if not from then return nil end
      i, last = (from + size - 1) // size + 1, math.min(to, stop) // size
    end
    return give(read(cells, i))
  end

  return advance
end

--- Those of them that hold something other than zero bytes.
---@param cells vmem.sparse
---@param read fun(cells: vmem.sparse, i: integer): any
function walk.filled(cells, read)
  local region, size = cells.region, cells.record_size
  local offset, stop = 0, #cells * size
  local advance

  local function give(value, ...)
    if value ~= nil then return offset // size, value, ... end
    return advance() -- it straddles pages of which one is missing
  end

  function advance()
    local at = core.first(region, offset, stop - offset)
    if not at then return nil end
    local i = at // size + 1
    offset = i * size
    return give(read(cells, i))
  end

  return advance
end

return walk
