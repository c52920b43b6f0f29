--- Files as memory: all of a file in a region, at addresses that never move, with its exact length.
---
---   local file <close> = assert(require("vmem.file").open("weather.bin", "r+"))
---   local temperatures = file:view("f32le", 64)  -- from byte 64 to the file's end
---   temperatures[1] = 21.5
---   assert(file:flush())                         -- on the disk when it returns
---   assert(file:resize(2 << 20))                 -- the same addresses, more pages
---
--- A touch behind the end is an ordinary access violation, whose handler may make the file longer. Where
--- another process has cut the file off, it is a fault of the kind "in_page_error", which a handler can mend.

local changes = require "vmem.file.changes"
local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local elements = require "vmem.internal.elements"
local public = require "vmem.internal.public"
local formats = require "vmem.file.formats"
local pages = require "vmem.file.pages"

local whole, module = core.whole, core.module
local view, write = core.region_methods.view, core.region_methods.write

local LEAST_RESERVED <const> = 1 << 30 -- for files that can grow
local MOST <const> = 1 << 60

---@class vmem.file.options
---@field size? integer the file has at least so many bytes afterwards ("r+", "w+"). Default: 0
---@field reserve? integer bytes of addresses: the file cannot become longer. Default: for "r" and "copy" what
--- the file has; else the larger of 1 GiB and twice what it has, or less where the system refuses that
---@field sparse? boolean what the file becomes longer by may be holes. Default: false
---@field guard? boolean false: without a signal handler; a page that another process cuts off then ends the
--- process when it is touched. Default: true

--- Its fields are there to be read.
---@class vmem.file
---@field size integer bytes that the file has now
---@field region vmem.region
---@field section vmem.section
---@field path string
---@field mode vmem.mode
---@field private protection vmem.protection of its pages
---@field private position integer where the next read or write begins
---@field private known integer the size when pages were attached or detached last
---@field private committed integer and what the region had committed then
local file = { __name = "vmem.file" }

local closed = checks.closed(file.__name)

function file.__index(self, key)
  if key == "size" then return pages.size(self) end
  return file[key]
end

--- Fields that are there never come here.
function file.__newindex(_, key)
  local instead = key == "size" and "; f:resize(bytes) makes it longer or shorter" or ""
  checks.raise("field '%s' of a file cannot be set%s", tostring(key), instead)
end

-- {====== Opening ======

local known = {
  size = checks.count(0, MOST, 0), sparse = checks.boolean, guard = checks.boolean,
  reserve = checks.optional(checks.count(1, MOST)),
}

local MODES <const> = { r = "r", ["r+"] = "rw", ["w+"] = "rw", copy = "rw" }

--- As many addresses as the options say, or as can be had.
local function reserve(path, mode, wanted, size)
  local options = { name = path, watch = mode == "copy" }
  local least, bytes = math.max(size, 1), wanted
  if not bytes then
    bytes = MODES[mode] == "rw" and mode ~= "copy" and math.max(LEAST_RESERVED, 2 * size) or least
  end
  local region, message, code = module.reserve(bytes, options)
  while not region and not wanted and bytes > least do
    bytes = math.max(bytes // 2, least)
    region, message, code = module.reserve(bytes, options)
  end
  return region, message, code
end

--- Closes what has been made, unless it is done.
local undo = {
  __close = function(made)
    local self = made.file
    if not self then return end
    do local _ <close> = self.section end
    do local _ <close> = self.region end
  end,
}

local function section_of(self, options, size)
  return module.section(self.path, self.mode, { size = size, sparse = options.sparse, guard = options.guard })
end

--- Fills in section and region. A file that is emptied is opened last, so that a refusal of addresses leaves
--- it alone; one that becomes longer does so later.
local function begin(self, options)
  local mode, size = self.mode, options.size
  local message, code
  if mode ~= "w+" then
    self.section, message, code = section_of(self, options, 0)
    if not self.section then return nil, message, code end
    if mode ~= "r+" and size > self.section.size then
      return nil, ('cannot open %s: it has %d bytes, not %d, and mode "%s" makes none longer'):format(
        self.path, self.section.size, size, mode), "permission_denied"
    end
    size = self.section.size
  end
  self.region, message, code = reserve(self.path, mode, options.reserve, size)
  if not self.region then return nil, message, code end
  if mode ~= "w+" then return true end
  if size > self.region.size then return nil, pages.too_long(self.path, self.region) end
  self.section, message, code = section_of(self, options, size)
  return self.section, message, code
end

local function make(path, mode, options)
  local self = {
    section = false, region = false, path = path, mode = mode, protection = MODES[mode],
    position = 0, known = 0, committed = 0,
  }
  local made <close> = setmetatable({ file = self }, undo)
  local done, message, code = begin(self, options)
  if not done then return nil, message, code end
  local size = self.section.size
  if mode == "r+" and options.size > size then
    done, message, code = pages.resize(self, options.size)
  elseif size > self.region.size then
    return nil, pages.too_long(path, self.region)
  else
    done, message, code = pages.show(self, size)
  end
  if not done then return nil, message, code end
  made.file = nil
  return setmetatable(self, file)
end

--- Opens a file, or makes one, and shows all of it in a region. The modes are those of io.open: "r", "r+",
--- and "w+", which makes the file or empties it. "copy" opens it for reading: what is written stays in the
--- region.
---@param path string of a regular file
---@param mode? vmem.mode Default: "r"
---@param options? vmem.file.options
---@return vmem.file? file
---@return string? message
---@return vmem.code? code
local function open(path, mode, options)
  checks.string(1, "open", "path", path)
  checks.that(not path:find("\0", 1, true), 1, "open", "path has a zero byte")
  mode = mode == nil and "r" or checks.word(2, "open", "mode", mode, { "r", "r+", "w+", "copy" })
  return whole(make, path, mode, checks.options(3, "open", options, known))
end

-- ====== }

-- {====== The whole file ======

--- A typed window onto a part of the file, by default to its end.
---@param type vmem.type
---@param offset? integer bytes, of the first element. Default: 0
---@param count? integer elements. Default: as many as the file has
---@param stride? integer bytes from an element to the next. Default: those of an element
---@return vmem.view
function file:view(type, offset, count, stride)
  local width = elements.sizes[type]
  if not width then
    checks.refuse(1, "view", "type must be %s, not %s", elements.names, checks.shown(type))
  end
  local size = pages.update(self)
  offset = offset == nil and 0 or checks.integer(2, "view", "offset", offset, 0)
  checks.that(offset <= size, 2, "view", "offset %d is outside the file, which has %d bytes", offset, size)
  stride = stride == nil and width or checks.integer(4, "view", "stride", stride, 1, (1 << 32) - 1)
  local most = size - offset >= width and (size - offset - width) // stride + 1 or 0
  count = count == nil and most or checks.integer(3, "view", "count", count, 0)
  checks.that(count <= most, 3, "view", "%d elements run past the file's end: there are %d", count, most)
  return view(self.region, type, offset, count, stride)
end

--- Makes the file longer or shorter, at the same addresses. New bytes are zeros. It also shows what another
--- process has made longer. Bytes that are behind the end of a file that is shorter are gone, and a touch of
--- their pages is an access violation.
---@param bytes integer at most what was reserved
---@return vmem.file? self
---@return string? message
---@return vmem.code? code
function file:resize(bytes)
  bytes = checks.integer(1, "resize", "bytes", bytes, 0)
  return whole(pages.resize, self, bytes)
end

--- What was written is on the disk when this returns.
---@param from? integer in bytes. Default: 0
---@param size? integer bytes. Default: to the file's end
---@return vmem.file? self
---@return string? message
---@return vmem.code? code
function file:flush(from, size)
  local done, message, code = self.section:flush(from, size)
  if not done then return nil, message, code end
  return self
end

--- Walks the runs of pages that differ from the file, in one opened with "copy": `for offset, size in
--- file:changed()`. The last run ends where the file does. It sees what vmem has written.
---@return fun(): integer?, integer?
function file:changed()
  if self.mode ~= "copy" then
    checks.raise("the file was opened with \"%s\": only a \"copy\" can differ from it", self.mode)
  end
  return changes.of(self, pages.update(self))
end

--- Lets go of the file and of its addresses. Views of it are released.
---@return true
function file:close()
  do local _ <close> = self.section end
  return checks.close(self, closed)
end

-- ====== }

-- {====== As a Lua file ======

--- Reads as a file of Lua's does, from where the last read or write ended: "n", "l", "L", "a", or a number of
--- bytes.
---@param ... "n"|"l"|"L"|"a"|integer Default: "l"
---@return any ... nil for what cannot be read
function file:read(...) return formats.read(self, "read", ...) end

--- Reads these formats, or lines, at each step, until there is no more. The file stays open.
---@param ... "n"|"l"|"L"|"a"|integer Default: "l"
---@return fun(): any
function file:lines(...)
  formats.check("lines", ...)
  local list = table.pack(...)
  return function() return formats.read(self, "lines", table.unpack(list, 1, list.n)) end
end

local function join(...)
  local parts = table.pack(...)
  for i = 1, parts.n do
    local part = parts[i]
    if type(part) ~= "string" and type(part) ~= "number" then
      checks.refuse(i, "write", "string or number expected, not %s", checks.shown(part))
    end
    parts[i] = tostring(part)
  end
  return table.concat(parts)
end

--- Writes where the last read or write ended. A file that ends before that becomes longer: what lies between
--- is zeros.
---@param ... string|number
---@return vmem.file? self
---@return string? message
---@return vmem.code? code
function file:write(...)
  local bytes, position = join(...), self.position
  local size = pages.update(self)
  if self.mode == "r" then
    return nil, ("cannot write %s: it was opened with \"r\""):format(self.path), "permission_denied"
  end
  if #bytes == 0 then return self end
  if position + #bytes > size then
    local done, message, code = whole(pages.resize, self, position + #bytes)
    if not done then return nil, message, code end
  end
  write(self.region, position, bytes)
  self.position = position + #bytes
  return self
end

--- Sets where the next read or write begins, and gives it.
---@param whence? "set"|"cur"|"end" from where `offset` counts. Default: "cur"
---@param offset? integer bytes. Default: 0
---@return integer position
function file:seek(whence, offset)
  whence = whence == nil and "cur" or checks.word(1, "seek", "whence", whence, { "set", "cur", "end" })
  offset = offset == nil and 0 or checks.integer(2, "seek", "offset", offset)
  local base = whence == "cur" and self.position or whence == "end" and pages.update(self) or 0
  local position = base + offset
  checks.that(position >= 0 and position <= MOST, 2, "seek", "there is no byte %d of a file", position)
  self.position = position
  return position
end

-- ====== }

file.__close = file.close

function file.__tostring(self)
  return ("vmem.file \"%s\": %d bytes"):format(self.path, pages.size(self))
end

checks.methods(file, "view resize flush changed close read lines write seek")

return public.module("vmem.file", "files as memory", { open = open }, { array = "vmem.file.array" })
