--- Iterators over the records of vmem.sparse: all that exist, or those that are not zero.

local walk = {}

--- The records that exist, each with what read(cells, i) gives.
---@param space table see vmem.sparse.in_memory
---@param cells vmem.sparse
---@param read fun(cells: vmem.sparse, i: integer): any
function walk.each(space, cells, read)
  local size = cells.record_size
  local stop = #cells * size
  local next_stretch = space.stretches(0, stop)
  local i, last = 0, 0 -- the record before the next, and the last one of this stretch
  local advance

  local function give(value, ...)
    if value ~= nil then return i, value, ... end
    local from = space.stretches((i - 1) * size, last * size)() or last * size -- it has gone meanwhile
    if from > (i - 1) * size then i = math.min(last, from // size) end
    return advance()
  end

  function advance()
    i = i + 1
    while i > last do
      local from, to = next_stretch()
      if not from then return nil end
      i, last = (from + size - 1) // size + 1, to // size
    end
    return give(read(cells, i))
  end

  return advance
end

--- Those of them that hold something other than zero bytes.
---@param space table see vmem.sparse.in_memory
---@param cells vmem.sparse
---@param read fun(cells: vmem.sparse, i: integer): any
function walk.filled(space, cells, read)
  local region, size, exists = cells.region, cells.record_size, space.exists
  local nonzero = region.nonzero
  local stop, next_run = #cells * size, space.runs()
  local at, piece_end, run_end = 0, 0, 0 -- what is left of a run, and what of that is looked at as one
  local advance

  --- Goes to the next committed run. False when there is none.
  local function next_pages()
    local offset, bytes
    repeat
      offset, bytes = next_run()
      if not offset or offset >= stop then return false end
    until offset + bytes > at
    run_end = math.min(offset + bytes, stop)
    at, piece_end = math.max(at, offset), run_end
    return true
  end

  --- The loop has given back some of these pages.
  local function pass_gap()
    local from, to = space.stretches(at, piece_end)()
    if from == at then
      piece_end = to
    else
      at = from or piece_end
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
    if exists(region, at, piece_end - at) then return look() end
    pass_gap()
    return advance()
  end

  return advance
end

return walk
