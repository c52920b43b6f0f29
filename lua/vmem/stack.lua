--- A stack that grows downwards on its guard page, as a thread's does: the page below those in use faults
--- once, becomes one of them, and the next page below is the guard then.
---
---   local stack <close> = assert(require("vmem.stack").new(1 << 20))
---   stack:push("i4 d", 1, 2.5)
---   print(stack:pop "i4 d")
---
--- Every access to stack.region that touches the guard page grows the stack, so that code which writes
--- downwards and in order needs no call. An access that skips the guard page meets a page that is only
--- reserved: an access violation. push and alloc touch page after page on their way, as compilers' __chkstk
--- does. The page below the limit is never committed: touching it is a fault of the kind "stack_overflow".
--- Nothing but pages has changed then, and the stack can be used as before.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local pages = require "vmem.internal.pages"
local public = require "vmem.internal.public"
local vmem = require "vmem"

local commit, decommit = core.region_methods.commit, core.region_methods.decommit
local protect, discard = core.region_methods.protect, core.region_methods.discard
local read, write = core.region_methods.read, core.region_methods.write
local unpack = core.region_methods.unpack
local pack, string_unpack, unpack_list = string.pack, string.unpack, table.unpack
local attempt, meanwhile, whole = core.attempt, core.meanwhile, core.whole

local PAGE = vmem.page_size
local ALIGNMENT <const> = 16 -- by default: what alloca gives

---@class vmem.stack.options
---@field name? string shown in the system's map where it can show one

--- Its fields are there to be read. Offsets are in stack.region.
---@class vmem.stack
---@field region vmem.region
---@field limit integer bytes that fit
---@field pointer integer offset of the last byte pushed; stack.region.size when the stack is empty
---@field depth integer bytes pushed
---@field committed integer bytes of the pages in use and of the guard page
---@field private base integer address
---@field private size integer bytes of the region
---@field private low integer offset of the lowest page in use
---@field private wanted integer? bytes that do not fit, while a fault says so
local stack = {}
stack.__name = "vmem.stack"

--- The pointer is all that moves when something is pushed, so that nothing can come between it and the depth.
function stack:__index(key)
  if key == "depth" then return self.size - self.pointer end
  if key == "committed" then return self.region.committed end
  return stack[key]
end

local closed = checks.closed(stack.__name)

-- {====== Growing ======

-- self.low is the offset of the lowest page in use. Below it is the guard page, unless self.low is PAGE: then
-- there is the page that stays reserved.

--- The part of `lower` that no error may interrupt.
local function sink(self)
  local region, page = self.region, self.low - PAGE
  if page > PAGE then
    local ok, message = commit(region, page - PAGE, PAGE, "rw+guard")
    if not ok then
      protect(region, page, PAGE, "rw+guard") -- so that the next touch tries again
      return nil, message
    end
  end
  self.low = page
  return true
end

--- The guard page has been touched, and is an ordinary page now: puts the next one below it.
local function lower(self) return whole(sink, self) end

--- Whether the page of a fault is the one below a guard page that faulted once without our having seen to
--- it: a handler before us, or want of memory, has ended that. Or the script has taken the guard off.
local function has_lost_guard(self, fault)
  local guard = self.low - PAGE
  return guard >= PAGE and fault.state == "reserved" and fault.offset // PAGE == guard // PAGE - 1
    and self.region:query(guard).protection == "rw"
end

--- The message of a stack overflow.
local function sentence(self)
  if not self.wanted then
    return ("stack overflow: all %d bytes are used up; pop or unwind, or make a stack with a higher limit")
      :format(self.limit)
  end
  return ("stack overflow: %d of %d bytes are used up, and %d more do not fit; pop or unwind, or make a "
    .. "stack with a higher limit"):format(self.depth, self.limit, self.wanted)
end

--- The region's handler.
local function handle(self, fault)
  if has_lost_guard(self, fault) then
    local ok, message = lower(self)
    if not ok then core.overflow(fault, "stack overflow: " .. message) end
    if not ok or self.low > PAGE then return ok end
  end
  local low, offset = self.low, fault.offset
  if fault.kind == "guard_page" and low > PAGE and offset // PAGE == low // PAGE - 1 then
    local ok, message = lower(self)
    if ok then return true end
    core.overflow(fault, "stack overflow: " .. message)
  elseif offset < PAGE and (self.wanted or low == PAGE) then
    core.overflow(fault, sentence(self))
  end
  return false
end

--- Makes the fault that `size` bytes more would make if each was touched on the way down.
local function overflow(self, size)
  local ok, fault = attempt(meanwhile, self, "wanted", size, write, self.region, PAGE - 1, "\0")
  if not ok then core.blame(fault) end
  core.blame(meanwhile(self, "wanted", size, sentence, self)) -- the script has committed the last page
end

--- Touches every page from the guard page down to the one of `offset`.
local function reach(self, offset, size)
  if offset < PAGE then overflow(self, size) end
  while offset < self.low do
    local low = self.low
    read(self.region, low - PAGE, 1)
    if self.low == low then -- the script has taken the guard off
      local ok, message = lower(self)
      if not ok then checks.raise("stack overflow: %s", message) end
    end
  end
end

-- ====== }

--- Takes addresses for a stack, and a page more that is never committed; commits the first page and the
--- guard page.
---@param limit integer bytes that fit, at least 1; rounded up to a page
---@param options? vmem.stack.options
---@return vmem.stack? stack
---@return string? message
---@return vmem.code? code
local function new(limit, options)
  limit = checks.integer(1, "new", "limit", limit, 1, math.maxinteger - 2 * PAGE)
  local chosen = checks.options(2, "new", options, { name = checks.name })
  limit = pages.up(limit)
  local region, message, code = vmem.reserve(limit + PAGE, { name = chosen.name })
  if not region then return nil, message, code end
  local ok
  ok, message, code = commit(region, limit, PAGE)
  if ok and limit > PAGE then ok, message, code = commit(region, limit - PAGE, PAGE, "rw+guard") end
  if not ok then
    region:release()
    return nil, message, code
  end
  local self = setmetatable({
    region = region, base = region.base, limit = limit, size = region.size, pointer = region.size,
    low = limit,
  }, stack)
  region:on_fault(function(fault) return handle(self, fault) end)
  return self
end

-- {====== Pushing and popping ======

local MOST_FORMATS <const> = 1000
-- format -> bytes, values; false where the size depends on the bytes. And the least bytes that it takes.
local sizes, counts, leasts, formats = {}, {}, {}, 0

--- Learns a format that is none of those seen before, and checks that it is one.
local function learn(name, format)
  checks.string(1, name, "format", format)
  if formats == MOST_FORMATS then -- a script makes them at run time
    sizes = {} -- first: what has no size here is learnt
    counts, leasts, formats = {}, {}, 0
  end
  local ok, size = attempt(string.packsize, format)
  counts[format] = ok and checks.values_of(format)
  leasts[format] = ok and size or checks.least_of(format)
  formats = formats + 1
  sizes[format] = ok and size -- last: now it is known
end

--- Pushes values in a string.pack format, the first one at the lowest address. An error or a fault leaves the
--- stack's contents as they were.
---@param format string
---@param ... any
---@return integer pointer
function stack:push(format, ...)
  if sizes[format] == nil then learn("push", format) end
  -- No string is made of what cannot fit.
  if leasts[format] > self.pointer - PAGE then overflow(self, leasts[format]) end
  local ok, bytes = attempt(pack, format, ...)
  if not ok then checks.raise("cannot push: %s", (bytes:gsub("string%.pack", "push"))) end
  local pointer = self.pointer - #bytes
  if pointer < self.low then reach(self, pointer, #bytes) end
  write(self.region, pointer, bytes)
  self.pointer = pointer
  return pointer
end

local function underflow(self, format, size)
  if self.depth == 0 then checks.raise "stack is empty: there is nothing to pop" end
  local wants = size and ("%d bytes"):format(size) or "more bytes"
  checks.raise("stack underflow: format %q takes %s, and the stack holds %d", format, wants, self.depth)
end

--- Pops by a format whose size depends on the bytes.
local function pop_slowly(self, format)
  if self.depth == 0 then underflow(self, format) end
  local values = table.pack(attempt(unpack, self.region, self.pointer, format))
  local ok, problem, count = values[1], values[2], values.n
  if ok then
    self.pointer = values[count]
    return table.unpack(values, 2, count - 1)
  end
  if type(problem) ~= "string" then core.blame(problem) end -- a fault
  if problem:find("the region ends before the value does", 1, true) then underflow(self, format) end
  checks.raise("%s", (problem:gsub("^cannot unpack", "cannot pop")))
end

--- Pops values in a string.pack format: the format that they have been pushed with. An error leaves
--- everything as it was.
---@param format string
---@return any ... the values
function stack:pop(format)
  if sizes[format] == nil then learn("pop", format) end
  local size, pointer = sizes[format], self.pointer
  if not size then return pop_slowly(self, format) end
  if size > self.size - pointer then underflow(self, format, size) end
  local bytes, count = read(self.region, pointer, size), counts[format]
  local a, b, all
  if count <= 2 then
    a, b = string_unpack(format, bytes)
  else
    all = { string_unpack(format, bytes) }
  end
  self.pointer = pointer + size
  if count == 0 then return end
  if count == 1 then return a end
  if count == 2 then return a, b end
  return unpack_list(all, 1, count)
end

-- ====== }

-- {====== Frames ======

--- Moves the pointer down past so many bytes, which hold whatever was there, as alloca does, and makes sure
--- that they can be touched in any order.
---@param size integer bytes
---@param alignment? integer of the address, a power of two. Default: 16
---@return integer offset of the lowest byte: the pointer
function stack:alloc(size, alignment)
  size = checks.integer(1, "alloc", "size", size, 0)
  alignment = alignment == nil and ALIGNMENT or checks.power_of_two(2, "alloc", "alignment", alignment)
  if size > self.pointer then reach(self, 0, size) end
  local pointer = ((self.base + self.pointer - size) & -alignment) - self.base
  if pointer < self.low then reach(self, pointer, size) end
  self.pointer = pointer
  return pointer
end

--- Goes back up to what the pointer was before.
---@param pointer integer from stack.pointer to stack.region.size, where the stack is empty
---@return vmem.stack self
function stack:unwind(pointer)
  pointer = checks.integer(1, "unwind", "pointer", pointer, self.pointer, self.size)
  self.pointer = pointer
  return self
end

--- The part of stack:trim that no error may interrupt.
local function trim(self)
  local region, before, low = self.region, self.region.committed, self.low
  local page = pages.down(math.min(self.pointer, self.size - 1))
  if page <= low then return 0 end
  discard(region, page - PAGE, PAGE)
  local ok, message, code = protect(region, page - PAGE, PAGE, "rw+guard")
  if not ok then return nil, message, code end
  self.low = page
  ok, message, code = decommit(region, low - PAGE, page - low)
  if not ok then return nil, message, code end
  return before - region.committed
end

--- Gives the pages below the pointer's back, which stay committed otherwise, as a thread's do, and sets the
--- guard page anew.
---@return integer? bytes less committed
---@return string? message
---@return vmem.code? code
function stack:trim() return whole(trim, self) end

-- ====== }

--- Gives the whole region back. Every use after that is an error, except for closing again.
---@return true
function stack:close() return checks.close(self, closed) end

stack.__close = stack.close

function stack:__tostring()
  return ("vmem.stack 0x%x: %d of %d bytes in use, %d committed")
    :format(self.base, self.depth, self.limit, self.committed)
end

checks.methods(stack, "push pop alloc unwind trim close __tostring")

return public.module("vmem.stack", "stacks that grow on their guard page", { new = new })
