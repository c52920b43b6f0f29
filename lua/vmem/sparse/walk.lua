--- Iterators over the records of vmem.sparse: all that exist, or those that are not zero.

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
  local is_committed, nonzero = region.is_committed, region.nonzero
  local stop, next_run = #cells * size, region:runs()
  local at, piece_end, run_end = 0, 0, 0 -- what is left of a run, and what of that is looked at as one
  local advance

  --- Goes to the next committed run. False when there is none.
  local function next_pages()
    local offset, bytes, state
    repeat
      offset, bytes, state = next_run()
      if not offset or offset >= stop then return false end
    until state == "committed" and offset + bytes > at
    run_end = math.min(offset + bytes, stop)
    at, piece_end = math.max(at, offset), run_end
    return true
  end

  --- The loop has given back some of these pages.
  local function pass_gap()
    local run = region:query(at)
    local run_stop = run.offset + run.size
    if run.state == "reserved" then
      at = run_stop
    else
      piece_end = run_stop
    end
  end

  local function give(value, ...)
    if value ~= nil then return at // size, value, ... end
    return advance() -- it straddles pages of which one is missing
  end

  --- The record with the first byte that is not zero. Behind the last one there is none in this piece.
  local function look()
    local first, last = nonzero(region, at, piece_end - at)
    if not first then
      at = piece_end
      return advance()
    end
    if piece_end == run_end then run_end = last + 1 end
    piece_end = last + 1
    local i = first // size + 1
    at = i * size
    return give(read(cells, i))
  end

  function advance()
    if at >= piece_end then
      piece_end = run_end
      if at >= run_end and not next_pages() then return nil end
    end
    if is_committed(region, at, piece_end - at) then return look() end
    pass_gap()
    return advance()
  end

  return advance
end

return walk
