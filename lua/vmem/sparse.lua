--- An array of records of one size over reserved address space, in which only the pages that are used cost
--- memory:
---
---   local sparse = require "vmem.sparse"
---   local cells <close> = assert(sparse.new(4091, 10))       -- ten strings of at most 4091 bytes
---   local points = assert(sparse.new("i4 i4 d", 1 << 36))    -- a string.pack format of fixed size
---   local big = assert(sparse.new("f64", 1 << 37))           -- a view's type: 1 TiB of floats
---   big[1 << 36] = 1.5
---   for i, value in big:filled() do print(i, value) end
---
--- A page is committed when a record on it is stored. vmem knows pages, not records: a record exists when
--- all its pages are committed, so its neighbours there exist from then on, too, and read as zeros.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local vmem = require "vmem"
local in_file = require "vmem.sparse.in_file"
local in_memory = require "vmem.sparse.in_memory"
local kinds = require "vmem.sparse.kinds"
local open <const> = require "vmem.sparse.methods"
local public = require "vmem.internal.public"
local typed_file = require "vmem.internal.typed_file"

---@alias vmem.sparse.code
---| "not_ours" # no file of vmem.sparse
---| "version" # of a format that this version of vmem does not know
---| "damaged" # cut off, or its header is not whole
---| "type" # of another type
---| "count" # of another number of records
---| "byte_order" # written on a machine with another order of bytes, which its format does not say

local sparse = {}

--- Before its first page a sparse region costs 10 us more than another, and then 1 us less for each page
--- (measured). Smaller arrays would hardly earn that.
local SPARSE_FROM <const> = vmem.allocation_granularity

--- The options for vmem.reserve: with sparse = true, unless the caller has said otherwise.
local function region_options(options, bytes)
  if bytes < SPARSE_FROM then return options end
  if options ~= nil and (type(options) ~= "table" or rawget(options, "sparse") ~= nil) then return options end
  local all = { sparse = true }
  for name, value in next, options or {} do all[name] = value end
  return all
end

--- Reserves address space for records, and commits nothing.
---@param type integer|string the bytes of a string, a view's type, or a string.pack format of fixed size.
--- "i8" and "i16" are views' types, of 8 and of 16 bits; "=i8" is a format
---@param count integer records
---@param options? vmem.options as for vmem.reserve; but `sparse` is true by default, from 64 KiB on
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code? code
function sparse.new(type, count, options)
  local kind, problem = kinds.of(type)
  checks.that(kind, 1, "new", "%s", problem)
  count = checks.integer(2, "new", "count", count, 1, math.maxinteger // kind.size)
  local bytes = count * kind.size
  local ok, region, message, code = core.attempt(vmem.reserve, bytes, region_options(options, bytes))
  if not ok then
    checks.raise("%s", (region:gsub("^bad argument #2 to '[^']*'", "bad argument #3 to 'new'")))
  elseif not region then
    return nil, message, code
  end
  return open(in_memory(region), kind, type, count)
end

--- Opens an array in a file. The file says its type and count; where they are given, it must say the same.
--- "r+" makes the file where there is none, and "w+" makes it anew, if they are given. A file that is no
--- array of vmem.sparse, or not whole, is not opened, and stays as it is.
---@param path string
---@param mode? "r"|"r+"|"w+" Default: "r"
---@param type? integer|string as for sparse.new
---@param count? integer records
---@return vmem.sparse? cells
---@return string? message
---@return vmem.code|vmem.sparse.code|nil code
function sparse.open(path, mode, type, count)
  path, mode = typed_file.check_path("open", path, mode, "r r+ w+")
  local kind, wanted = nil, {}
  if type ~= nil then
    local problem
    kind, problem = kinds.of(type)
    checks.that(kind, 3, "open", "%s", problem)
    count = checks.integer(4, "open", "count", count, 1, (math.maxinteger >> 2) // kind.size)
    wanted = { type = type, count = count, record_size = kind.size }
  end
  checks.that(type ~= nil or mode ~= "w+", 3, "open", 'mode "w+" needs a type and a count')
  local space, header, code = in_file(path, mode, wanted)
  if not space then return nil, header, code end
  kind = kind or kinds.of(header.type)
  if kind and kind.size == header.record_size then return open(space, kind, header.type, header.count) end
  space.close()
  return nil, ("%s: its type '%s' is none of this vmem, or has records of another size"):format(path,
    header.type), "type"
end

return public.module("vmem.sparse", "arrays of records, in which only the pages in use cost memory", sparse)
