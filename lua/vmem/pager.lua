--- An array larger than the memory that it may use: its pages come from a store when they are touched, and
--- go back to it when others need their frames.
---
---   local pager = require "vmem.pager"
---   local file = require "vmem.pager.file"
---   local store <close> = assert(file.open "array.pages")
---   local array <close> = assert(pager.new { store = store, type = "u32", count = 1 << 28, frames = 64 })
---   array[1] = 42
---   print(array[1], array.faults, array.hits)
---   assert(array:flush())

local access = require "vmem.pager.access"
local bulk = require "vmem.internal.bulk"
local checks = require "vmem.internal.checks"
local frames = require "vmem.pager.frames"
local check_options = require "vmem.pager.options"
local many = require "vmem.pager.bulk"
local public = require "vmem.internal.public"
local vmem = require "vmem"

--- Keeps pages. Any object with these methods is one; pages count from 1. The methods may yield. Where they
--- raise an error, that is a failure like nil, message.
---@class vmem.pager.store
---@field load fun(self: vmem.pager.store, page: integer): string?, string?, any
---@field save fun(self: vmem.pager.store, page: integer, bytes: string): true?, string?, any
---@field flush? fun(self: vmem.pager.store): true?, string?, any
---@field check_type? fun(self: vmem.pager.store, type: vmem.type): true?, string?, any
---@field pages? fun(self: vmem.pager.store, first: integer): (fun(): integer?, string?, any)?, string?, any
---@field page_size? integer bytes, if it knows; must be vmem.page_size then

--- load: the bytes of a whole page; nil alone for a page that was never saved, which makes it zeros; or nil,
--- message, code. save and flush: true, or nil, message, code. check_type says to pager.new whether there may
--- be elements of that type: true, or nil, message, code; an error that it raises comes out of pager.new.
--- pages gives an iterator over the pages from `first` on that were ever saved, ascending: nil alone behind
--- the last one; or nil, message, code, which with the code "not_supported" means that the store cannot tell.

---@class vmem.pager.options
---@field store vmem.pager.store the script closes it, after the array
---@field type vmem.type of the elements
---@field count integer elements
---@field frames integer pages in memory at once, at most
---@field policy? vmem.pager.policy Default: "clock"
---@field wait? fun() called again and again while a page is on its way elsewhere. Default: coroutine.yield
---@field name? string shown in the system's map where it can show one

--- By name, ready, or made by a function that gets the number of frames.
---@alias vmem.pager.policy
---| vmem.replacement.name
---| vmem.replacement
---| fun(frames: integer): vmem.replacement

--- array[i] reads and writes element i; past the end nil, and an error. An access to a page that is in no
--- frame is a fault, and brings it in. Where the store fails, or the system, the access raises an error, no
--- page is lost, and the same access works once they work again.
---
--- As a <close> variable it is closed at the end of the block, which raises an error when pages cannot be
--- saved: the array lives on then, with its pages. Collected without having been closed it saves what it can;
--- what it cannot save is lost, and warn() says so.
---
--- Where the store's methods yield, so do accesses, and one coroutine may wait for a page that another has on
--- its way. An access that C makes, as in ipairs(array) or table.concat(array), cannot wait. A coroutine that
--- is to be given up while it waits for the store should be closed: until it is closed or collected, the page
--- is on its way.
---@class vmem.pager
---@field hits integer accesses to pages that were in a frame; a long access counts for each of its pages
---@field faults integer accesses to pages that were in none
---@field loads integer pages that came from the store; the others had never been saved
---@field saves integer pages that went to the store: write-backs
---@field dirtied integer pages that were written to for the first time since they came in or were saved
---@field resident integer pages in frames now
---@field dirty integer pages in frames now that differ from what the store has
---@field frames integer pages that may be in frames
---@field region vmem.region the whole array, for region:map() and region:runs(); not for access
---@field store vmem.pager.store
---@field policy vmem.replacement
---@field type vmem.type
---@field closed boolean
---@field [integer] number
---@operator len: integer

local pager = {}

--- Behind each array. It does not keep its array from being collected.
local state_of = setmetatable({}, { __mode = "k" })

local function check_state(array, method)
  local state = state_of[array]
  if not state then checks.refuse(1, method, "vmem.pager expected, got %s", type(array)) end
  return state
end

---@class vmem.pager
local methods = {}

-- {====== Reading and writing ======

--- Elements i to j, as many results; nil for those outside the array.
---@param i integer
---@param j? integer Default: i
---@return number ...
function methods:get(i, j)
  return access.get(check_state(self, "get"), i, j)
end

--- Sets elements from i on. Page by page: where a value does not fit, or the store fails, those of the pages
--- before have been set.
---@param i integer
---@param ... number
---@return vmem.pager self
function methods:set(i, ...)
  access.set(check_state(self, "set"), i, ...)
  return self
end

---@param offset? integer Default: 0
---@param size? integer bytes. Default: the rest of the array
---@return string bytes
function methods:read(offset, size)
  return access.read(check_state(self, "read"), offset, size)
end

--- Page by page, as set.
---@param offset integer
---@param bytes string
---@return vmem.pager self
function methods:write(offset, bytes)
  access.write(check_state(self, "write"), offset, bytes)
  return self
end

-- ====== }

-- {====== Many elements at once ======

--- Walks the pages that there are, ascending: those that were ever saved, and those that will be. All others
--- are zeros. `for first, count in array:pages() do`: elements `first` to first + count - 1 are on one page.
--- A page that the loop writes to for the first time may or may not be among them. Raises where the store
--- cannot tell.
---@return fun(): integer?, integer?
function methods:pages()
  return many.pages(check_state(self, "pages"))
end

--- Sets elements i to j. Page by page, as set; pages that are set as a whole are not loaded before.
---@param value number
---@param i? integer Default: 1
---@param j? integer Default: the last one. i - 1 is no element
---@return vmem.pager self
function methods:fill(value, i, j)
  many.fill(check_state(self, "fill"), value, i, j)
  return self
end

--- Adds elements i to j up, as view:sum does. Where the store can tell which pages it has, no others are
--- read.
---@param i? integer Default: 1
---@param j? integer Default: the last one
---@return number sum 0 or 0.0 without elements
function methods:sum(i, j)
  return many.sum(check_state(self, "sum"), i, j)
end

--- The smallest and the largest of elements i to j, as view:minmax gives them, and likewise.
---@param i? integer Default: 1
---@param j? integer Default: the last one
---@return number? smallest nil without elements, or with nothing but NaN
---@return number? largest
function methods:minmax(i, j)
  return many.minmax(check_state(self, "minmax"), i, j)
end

--- Copies elements i to j of a view, or of another array, to `to` and further. Page by page; pages that are
--- set as a whole are not loaded before. Within one array it is as if all were read before the first is
--- written.
---@param other vmem.view|vmem.file.array|vmem.pager|vmem.sparse of the same type but for the order of bytes
---@param to? integer index of the first element that is set. Default: 1
---@param i? integer Default: its first one
---@param j? integer Default: its last one
---@return vmem.pager self
function methods:copy(other, to, i, j)
  many.copy(check_state(self, "copy"), other, to, i, j)
  return self
end

-- ====== }

-- {====== The store ======

--- Saves every dirty page, in the order of the array, and has the store flush.
---@return true? ok
---@return string? message
---@return any code
function methods:flush()
  return check_state(self, "flush").frames:flush()
end

--- Lets clean pages go, so that the next access sees what others have saved meanwhile. Dirty pages stay.
---@param i? integer the page of this element alone. Default: all
---@return integer? count of pages that went
---@return string? message
---@return any code
function methods:refresh(i)
  local state = check_state(self, "refresh")
  if i == nil then return state.frames:refresh() end
  i = checks.integer(1, "refresh", "index", i, 1, #self)
  return state.frames:refresh((i - 1) // state.per_page + 1)
end

--- Saves every dirty page and gives the memory back. If a page cannot be saved the array lives on. The store
--- is not closed.
---@return true? ok
---@return string? message
---@return any code
function methods:close()
  return check_state(self, "close").frames:close()
end

public.keep_callers(methods)

-- ====== }

-- {====== Fields and metamethods ======

local fields = {}

local OF_FRAMES <const> = {
  "faults", "loads", "saves", "dirtied", "region", "store", "policy", "closed",
}
for _, name in ipairs(OF_FRAMES) do
  fields[name] = function(state) return state.frames[name] end
end

function fields.hits(state)
  local f = state.frames
  return f.hits + f.quick_hits()
end

function fields.resident(state) return state.frames.used end
function fields.frames(state) return state.frames.limit end
function fields.type(state) return state.type end

function fields.dirty(state)
  local count = 0
  for _ in pairs(state.frames.dirty) do count = count + 1 end
  return count
end

local function describe(state)
  local f = state.frames
  if f.closed then return "vmem.pager (closed)" end
  return ("vmem.pager of %d %s in %d of %d frames: %d hits, %d faults, %d loads, %d saves"):format(
    state.count, state.type, f.used, f.limit, fields.hits(state), f.faults, f.loads, f.saves)
end

--- The end of a block, which an error may have brought about.
local function close_block(state, problem)
  local ok, message = state.frames:close()
  if ok then return end
  if problem ~= nil then message = ("%s (the block was left by an error: %s)"):format(message, problem) end
  error(message, 0)
end

local function collect(state)
  local ok, message = state.frames:close(true)
  if not ok then warn("vmem.pager: pages are lost: ", tostring(message)) end
end

--- The iterator of pairs. Every element is an access, as array[i] is.
local function next_element(array, i)
  if i < #array then return i + 1, array[i + 1] end
end

--- Every array has its own metatable, so that v[i] finds what it needs without a look into the array.
local function new_array(state)
  local function lookup(key)
    if methods[key] then return methods[key] end
    return fields[key] and fields[key](state)
  end
  local meta = access.elements(state, lookup)
  meta.__name = "vmem.pager"
  meta.__len = function() return state.count end
  meta.__pairs = function(self) return next_element, self, 0 end
  meta.__tostring = function() return describe(state) end
  meta.__close = function(_, problem) close_block(state, problem) end
  meta.__gc = function() collect(state) end
  local array = setmetatable({}, meta)
  state_of[array] = state
  bulk.offer(array, function() return many.source(state) end)
  return array
end

-- ====== }

--- An array whose elements are zero until the store says otherwise. Takes address space for all of it, and
--- memory for as many pages as it has frames.
---@param wanted vmem.pager.options
---@return vmem.pager? array
---@return string? message
---@return any code
function pager.new(wanted)
  local o = check_options(wanted)
  if o.store.check_type then
    local ok, message, code = o.store:check_type(o.type)
    if not ok then return nil, tostring(message or "the store gives no reason"), code end
  end
  local region, message, code = vmem.reserve(o.count * o.size, { name = o.name })
  if not region then return nil, message, code end
  return new_array {
    frames = frames.new(region, o), region = region, view = region:view(o.type, 0, o.count),
    type = o.type, size = o.size, count = o.count, bytes = o.count * o.size,
    per_page = vmem.page_size // o.size,
  }
end

return public.module("vmem.pager", "arrays larger than their memory, whose pages come from a store",
  pager, { file = "vmem.pager.file", redis = "vmem.pager.redis" })
