--- What the calls for allocations do to regions and their pieces, once their arguments have been judged.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local pages = require "vmem.internal.pages"
local pieces = require "vmem.win32.pieces"
local protection = require "vmem.win32.protection"
local vmem = require "vmem"

local fail = failure.fail

local allocations = {}

--- Regions of which a script has the addresses, which do not keep them from being collected.
local kept = {} -- luacheck: ignore 241

function allocations.keep(region) kept[region] = true end

--- The region has been released.
function allocations.let_go(region) kept[region] = nil end

local function has(flags, flag) return flags & flag ~= 0 end

--- The error of a commit.
local function commit_failure(code)
  return code == "out_of_memory" and C.ERROR_COMMITMENT_LIMIT or failure.of(code)
end

-- {====== Taking ======

---@class vmem.win32.wanted
---@field address integer
---@field size integer
---@field type integer MEM_ flags
---@field protect integer
---@field how? "placeholder"|"replace"
---@field place? table options for vmem.reserve

--- The fields of the piece that is wanted.
local function piece_of(wanted)
  return {
    kind = wanted.how == "placeholder" and "placeholder" or "private", protect = wanted.protect,
    replaces = wanted.how == "replace", watched = has(wanted.type, C.MEM_WRITE_WATCH),
    modifiers = wanted.protect & (C.PAGE_NOCACHE | C.PAGE_WRITECOMBINE),
  }
end

--- Allocates in a piece: a placeholder that is replaced, or free addresses.
local function take(piece, offset, bytes, wanted)
  local region = piece.region
  local done, _, code = pieces.replace(piece, offset, bytes, piece_of(wanted), function()
    if not has(wanted.type, C.MEM_COMMIT) then return true end
    return region:commit(offset, bytes, protection.word_of(wanted.protect))
  end)
  if not done then return fail(commit_failure(code)) end
  return region.base + offset
end

--- The free piece around the place of a reservation, the offset, and the size; nil where there is none.
local function find_free(address, size)
  local base = address & -vmem.allocation_granularity
  local region, offset = vmem.at(base)
  local piece = region and pieces.at(region, offset)
  local bytes = pages.up(address + size) - base
  if not piece or piece.kind ~= "free" or bytes > piece.offset + piece.size - offset then return nil end
  return piece, offset, bytes
end

local function reserve(wanted)
  local address, type, place = wanted.address, wanted.type, wanted.place or {}
  local piece, offset, bytes = find_free(address, wanted.size)
  if piece then return take(piece, offset, bytes, wanted) end
  local region, _, code = vmem.reserve(wanted.size, {
    address = address ~= 0 and address or nil,
    top_down = address == 0 and has(type, C.MEM_TOP_DOWN),
    protection = protection.word_of(wanted.protect),
    watch = has(type, C.MEM_WRITE_WATCH) or wanted.how == "placeholder", -- what replaces it may want that
    alignment = place.alignment, lowest = place.lowest, highest = place.highest,
  })
  if not region then return fail(failure.of(code)) end
  protection.note_caching(region, wanted.protect)
  if wanted.how then pieces.begin(region, piece_of(wanted)) end
  if has(type, C.MEM_COMMIT) then
    local done
    done, _, code = region:commit()
    if not done then
      region:release()
      return fail(commit_failure(code))
    end
  end
  local base = region.base
  kept[region] = true -- last: an error on the way leaves it to the collector
  return base
end

local function replace(wanted)
  local region, offset, bytes, piece = arguments.find(wanted.address, wanted.size)
  if not region or not piece or piece.kind ~= "placeholder" or bytes ~= piece.size then
    return fail(C.ERROR_INVALID_ADDRESS)
  end
  return take(piece, offset, bytes, wanted)
end

--- MEM_RESERVE; with MEM_COMMIT, commits it, too.
---@param wanted vmem.win32.wanted
---@return integer? address
function allocations.reserve(wanted)
  return core.whole(wanted.how == "replace" and replace or reserve, wanted)
end

--- MEM_COMMIT by itself.
function allocations.commit(address, size, protect)
  local region, offset, bytes, piece = arguments.find(address, size)
  if not region or piece and piece.kind == "placeholder" then return fail(C.ERROR_INVALID_ADDRESS) end
  local done, _, code = region:commit(offset, bytes, protection.word_of(protect))
  if not done then return fail(commit_failure(code)) end
  return region.base + offset
end

--- MEM_RESET: the pages keep their state, and may lose their contents. The range shrinks to whole pages, so
--- that data beside it is not lost.
function allocations.reset(address, size)
  local region, offset, _, piece = arguments.find(address, size)
  if not region or piece and piece.kind == "placeholder" then return fail(C.ERROR_INVALID_ADDRESS) end
  local from = pages.up(address) - region.base
  local to = pages.down(address + size) - region.base
  while from < to do
    local run = region:query(from)
    local bytes = math.min(run.offset + run.size, to) - from
    if run.state == "committed" then region:discard(from, bytes) end
    from = from + bytes
  end
  return region.base + offset
end

-- ====== }

-- {====== Giving back ======

local function release(region)
  local _, _, code = region:release()
  if code then return fail(failure.of(code), false) end
  kept[region] = nil
  return true
end

--- A part of a piece becomes a placeholder, or free.
local function empty(piece, offset, size, kind)
  local region = piece.region
  local done, _, code = pieces.replace(piece, offset, size, { kind = kind }, function()
    if piece.kind == "placeholder" then return true end
    return region:decommit(offset, size)
  end)
  return done and true or fail(failure.of(code), false)
end

--- A whole piece becomes a placeholder, or its addresses become free. A region ends with its last piece.
---@param piece vmem.win32.piece
---@param kind "placeholder"|"free"
---@return boolean done
function allocations.give_back(piece, kind)
  if kind == "free" and pieces.is_last(piece) then return core.whole(release, piece.region) end
  return core.whole(empty, piece, piece.offset, piece.size, kind)
end

--- MEM_RELEASE.
---@param region vmem.region
---@param piece vmem.win32.piece?
---@return boolean done
function allocations.release(region, piece)
  if piece then return allocations.give_back(piece, "free") end
  return release(region)
end

--- MEM_PRESERVE_PLACEHOLDER: a part of a placeholder becomes one of its own; what has replaced one becomes
--- one again.
---@return boolean done
function allocations.preserve(address, size)
  local region, offset, bytes, piece = arguments.find(address, size)
  if not region or not piece then return fail(C.ERROR_INVALID_ADDRESS, false) end
  if piece.kind == "view" then return fail(C.ERROR_INVALID_PARAMETER, false) end
  local may_split, may_go_back = piece.kind == "placeholder" and bytes < piece.size, piece.replaces
  if not may_split and not may_go_back then return fail(C.ERROR_INVALID_ADDRESS, false) end
  return core.whole(empty, piece, offset, bytes, "placeholder")
end

--- MEM_COALESCE_PLACEHOLDERS.
---@return boolean done
function allocations.coalesce(address, size)
  local from = pages.down(address)
  local region, offset = vmem.at(from)
  local bytes = pages.up(address + size) - from
  local fits = region and bytes <= region.size - offset
  return fits and core.whole(pieces.coalesce, region, offset, bytes) or fail(C.ERROR_INVALID_ADDRESS, false)
end

-- ====== }

return allocations
