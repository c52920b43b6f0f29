--- An array of numbers in a file, which says what they are:
---
---   local array = require "vmem.file.array"
---   local samples <close> = assert(array.open("samples.vma", "r+", "f32", 1 << 20))  -- or made
---   samples[1] = 0.5
---   assert(samples:flush())
---   local again <close> = assert(array.open "samples.vma")                           -- to read
---   print(again.type, #again, again:sum())
---
--- The whole file is mapped; the system reads pages when they are touched, and writes them in its own time.
--- All of its room on the disk is taken when it is made. For arrays of which little is used there is
--- vmem.sparse.

local bulk = require "vmem.internal.bulk"
local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local elements = require "vmem.internal.elements"
local typed_file = require "vmem.internal.typed_file"
local public = require "vmem.internal.public"
local vmem = require "vmem"

local UNIT <const> = typed_file.UNIT

--- array[i] is element i, from 1, as in a view. As a <close> variable it is closed at the end of the block.
--- After that every use raises "array is closed". array.view has the atomics, too.
---
--- Several processes may have the file: what one of them writes, the others see at once. There are no locks.
--- When another program cuts the file off, an access to what is missing is a fault of the kind in_page_error.
---@class vmem.file.array
---@field view vmem.view all elements
---@field region vmem.region where they are, from offset 0 on
---@field section vmem.section of the file, with its path and mode; the elements begin at 64 KiB
---@field type vmem.type
---@field [integer] number
---@operator len: integer
local methods = {}

local array = {}

local closed = checks.closed "vmem.file.array"

---@type table<vmem.file.array, vmem.view>
local view_of = setmetatable({}, { __mode = "k" })

local function check_view(self, method)
  return view_of[self] or checks.refuse(1, method, "vmem.file.array expected, got %s", type(self))
end

-- {====== Methods ======

--- Elements i to j, as many results; nil for those outside the array. This and the next ones are those of
--- views.
---@param i integer
---@param j? integer Default: i
---@return number ...
function methods:get(i, j)
  return check_view(self, "get"):get(i, j)
end

---@param i integer
---@param ... number
---@return vmem.file.array self
function methods:set(i, ...)
  check_view(self, "set"):set(i, ...)
  return self
end

--- A part of the array.
---@param i integer
---@param j? integer Default: the last one. i - 1 gives a view without elements
---@return vmem.view
function methods:slice(i, j)
  return check_view(self, "slice"):slice(i, j)
end

local function part(self, method, position, i, j)
  local view = check_view(self, method)
  if i == nil and j == nil then return view end
  return view:slice(bulk.range(position, method, i, j, 1, #view))
end

---@param value number
---@param i? integer Default: 1
---@param j? integer Default: the last one. i - 1 is no element
---@return vmem.file.array self
function methods:fill(value, i, j)
  part(self, "fill", 2, i, j):fill(value)
  return self
end

---@param i? integer Default: 1
---@param j? integer Default: the last one
---@return number sum 0 or 0.0 without elements
function methods:sum(i, j)
  return part(self, "sum", 1, i, j):sum()
end

---@param i? integer Default: 1
---@param j? integer Default: the last one
---@return number? smallest nil without elements, or with nothing but NaN
---@return number? largest
function methods:minmax(i, j)
  return part(self, "minmax", 1, i, j):minmax()
end

--- Copies elements i to j of a view, or of another array, to `to` and further, as that of vmem.pager does.
---@param other vmem.view|vmem.file.array|vmem.pager|vmem.sparse of the same type but for the order of bytes
---@param to? integer index of the first element that is set. Default: 1
---@param i? integer Default: its first one
---@param j? integer Default: its last one
---@return vmem.file.array self
function methods:copy(other, to, i, j)
  local view = check_view(self, "copy")
  local source
  source, to, i, j = bulk.copy_arguments(other, to, i, j, view.type, #view)
  for first, last, piece in source.pieces(i, j) do
    local target = view:slice(to + first - i, to + last - i)
    if piece then target:copy(piece:slice(first, last)) else target:fill(0) end
  end
  return self
end

--- What was written is on the disk when this returns, as far as the system says. Without it the file outlives
--- the process, however that ends, but what was written last may not outlive a power failure.
---@return vmem.file.array? self
---@return string? message
---@return vmem.code? code
function methods:flush()
  check_view(self, "flush")
  local done, message, code = self.section:flush()
  if not done then return nil, message, code end
  return self
end

--- Gives the memory back; the file stays.
---@return true
function methods:close()
  check_view(self, "close")
  do local _ <close> = self.section end
  return checks.close(self, closed)
end

public.keep_callers(methods)

-- ====== }

-- {====== Opening ======

local function bytes_of(header) return header.count * header.record_size end

local function size_of(header) return UNIT + bytes_of(header) end

--- The metatable: core.cells makes most accesses, and the view the others.
local function metatable(view, region, count)
  local function index(_, key)
    if type(key) == "number" then return view[key] end
    return methods[key]
  end
  local function newindex(_, key, value)
    view[key] = value
  end
  local quick_index, quick_newindex = core.cells(region, view.type, count, index, newindex, true)
  return {
    __name = "vmem.file.array",
    __index = quick_index or index, __newindex = quick_newindex or newindex,
    __len = function() return #view end,
    __pairs = function() return pairs(view) end,
    __close = methods.close,
  }
end

local function describe(self)
  return ("vmem.file.array of %d %s in %s"):format(self.count, self.type, self.path)
end

--- The array on an open section; or nil, message, code. Pages that its file has lost are attached again when
--- they are touched and the file is long again.
local function map(section, header)
  local bytes, protection = bytes_of(header), section.mode == "r" and "r" or "rw"
  local region, message, code = vmem.reserve(bytes, { name = section.path })
  if not region then return nil, message, code end
  local done
  done, message, code = region:attach(section, 0, UNIT, bytes, protection)
  if not done then
    region:release()
    return nil, message, code
  end
  region:on_fault(function(fault)
    if fault.state ~= "reserved" or fault.kind == "in_page_error" then return false end
    typed_file.check_size(section, UNIT + bytes)
    return region:attach(section, 0, UNIT, bytes, protection) ~= nil
  end)
  local view = region:view(header.type, 0, header.count)
  local meta = metatable(view, region, header.count)
  local words = { count = header.count, type = header.type, path = section.path }
  meta.__tostring = function() return describe(words) end
  local made = setmetatable({ view = view, region = region, section = section, type = header.type }, meta)
  view_of[made] = view
  bulk.offer(made, function() return bulk.of_view(view) end)
  return made
end

--- Opens an array in a file. The file says its type and count; where they are given, it must say the same.
--- "r+" makes the file where there is none, and "w+" makes it anew, if they are given. With "copy" what is
--- written stays in this process. A file that is no array of this module, or not whole, is not opened, and
--- stays as it is.
---@param path string
---@param mode? vmem.mode Default: "r"
---@param type? vmem.type
---@param count? integer elements
---@return vmem.file.array? array
---@return string? message
---@return vmem.code|vmem.sparse.code|nil code
function array.open(path, mode, type, count)
  path, mode = typed_file.check_path("open", path, mode, "r r+ w+ copy")
  local wanted = {}
  if type ~= nil then
    checks.that(elements.sizes[type], 3, "open", "type must be %s, not %s", elements.names,
      checks.shown(type))
    count = checks.integer(4, "open", "count", count, 1, (math.maxinteger >> 2) // elements.sizes[type])
    wanted = { type = type, count = count, record_size = elements.sizes[type] }
  end
  checks.that(type ~= nil or mode ~= "w+", 3, "open", 'mode "w+" needs a type and a count')
  local section, header, code = typed_file.open("array", path, mode, wanted, size_of, false)
  if not section then return nil, header, code end
  if elements.sizes[header.type] ~= header.record_size then
    section:close()
    return nil, ("%s: its type '%s' is none of this vmem"):format(path, header.type), "type"
  end
  local made, message, why = map(section, header)
  if made then return made end
  section:close()
  return nil, message, why
end

-- ====== }

return public.module("vmem.file.array", "arrays of numbers in files", array)
