--- A buffer for keys: locked in RAM, left out of core dumps and of children of fork, accessible only
--- inside `with`, overwritten when it is closed or collected.
---
---   local secret = require "vmem.secret"
---   local key <close> = assert(secret.new(32))
---   assert(key:load(random_file))
---   key:with(function(bytes) use(bytes[1]) end, "r")
---
--- A Lua string cannot be overwritten: what has been one stays in memory until something else happens to
--- need the place. So bytes come in by load, copy, or one by one, and nothing here makes a string of them.

local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local up = require("vmem.internal.pages").up
local public = require "vmem.internal.public"
local vmem = require "vmem"

local call_protected = core.call_protected
local PAGE <const> = vmem.page_size
local MOST <const> = math.maxinteger - 4 * PAGE

---@alias vmem.secret.word
---| "lock" # kept in RAM, so that no byte gets into the swap
---| "conceal" # left out of core dumps, and zeros in a child of fork

---@class vmem.secret.options
---@field require? vmem.secret.word[] what the system must grant; without it there is no secret
---@field strict? boolean require everything. Default: false

--- The field `refused` says what the system has refused; the secret does without, unless it was required.
---@class vmem.secret
---@field size integer bytes
---@field region vmem.region a page without access, the secret's own pages, one more without access
---@field offset integer of the first byte in the region; the last one is right before the last page
---@field refused table<vmem.secret.word, string> why not, in the system's words; empty when all was granted
---@field private room integer bytes of its own pages
---@field private bytes vmem.view
---@field private closed boolean
local secret = {}
secret.__index = secret
secret.__name = "vmem.secret"

-- {====== Arguments ======

local function is_secret(value) return getmetatable(value) == secret end

local function check_open(self, name)
  if not is_secret(self) then checks.raise("calling '%s' on bad self (vmem.secret expected)", name) end
  if self.closed then checks.raise "secret is closed" end
end

--- Another secret.
local function check_other(other, name)
  checks.that(is_secret(other), 1, name, "vmem.secret expected, got %s", type(other))
  checks.that(not other.closed, 1, name, "secret is closed")
end

local known = { strict = checks.boolean }
local ALL <const> = { conceal = true, lock = true }

known.require = checks.optional(function(words)
  local expected = 'a list of "conceal" and "lock", or of one of them'
  if type(words) ~= "table" then return nil, expected end
  local must = {}
  for key, word in pairs(words) do
    if math.type(key) ~= "integer" or not ALL[word] then
      return nil, ("%s, which %s is not"):format(expected, checks.shown(word))
    end
    must[word] = true
  end
  return must
end)

-- ====== }

-- {====== Making one ======

--- Reserves with conceal; where the system does not support that and it is not required, without.
local function reserve(size, must, refused)
  local region, message, code = vmem.reserve(size, { conceal = true, wipe = true })
  if region or must.conceal or code ~= "not_supported" then return region, message, code end
  refused.conceal = message
  return vmem.reserve(size, { wipe = true })
end

--- Commits the pages in the middle, locks them if that can be, and shuts them.
local function furnish(region, room, must, refused)
  local done, message, code = region:commit(PAGE, room)
  if not done then return nil, message, code end
  done, message, code = region:lock(PAGE, room)
  if not done and must.lock then return nil, message, code end
  if not done then refused.lock = message end
  return region:protect(PAGE, room, "none")
end

local function make(size, must)
  local room, refused = up(size), {}
  local region, done, message, code
  region, message, code = reserve(room + 2 * PAGE, must, refused)
  if not region then return nil, message, code end
  done, message, code = furnish(region, room, must, refused)
  if not done then
    region:release()
    return nil, message, code
  end
  local self = { size = size, offset = PAGE + room - size, region = region, refused = refused }
  self.room, self.bytes, self.closed = room, region:view("u8", self.offset, size), false
  return setmetatable(self, secret)
end

--- Takes address space for `size` bytes and a page on either side, and makes of it what a key needs.
---@param size integer bytes, at least 1
---@param options? vmem.secret.options
---@return vmem.secret? secret full of zeros
---@return string? message
---@return vmem.code? code
function secret.new(size, options)
  size = checks.integer(1, "new", "size", size, 1, MOST)
  options = checks.options(2, "new", options, known)
  return make(size, options.strict and ALL or options.require or {})
end

-- ====== }

-- {====== Inside ======

local MODES <const> = { r = true, rw = true }

--- Calls fn(bytes) and gives what it gives. Only meanwhile the bytes can be read, and unless the mode is
--- "r", written; an error ends that, too, and goes on from here. May nest: the innermost decides, and the
--- outer ones have theirs again after it. The pages are open to the whole process, so fn cannot yield: a
--- coroutine that never came back would leave them so. Raises where the system does not let the pages be
--- opened: fn has not run then, and a result could be taken for a key that was made.
---@param fn fun(bytes: vmem.view): any ... gets a u8 view
---@param mode? "r"|"rw" Default: "rw"
---@return any ...
function secret:with(fn, mode)
  check_open(self, "with")
  checks.that(type(fn) == "function", 1, "with", "function expected, got %s", type(fn))
  mode = mode == nil and "rw" or mode
  checks.that(MODES[mode], 2, "with", "mode must be 'r' or 'rw', not %s", checks.shown(mode))
  return call_protected(self.region, PAGE, self.room, mode, fn, self.bytes)
end

--- All bytes of the file, or none.
local function fill(self, file, bytes)
  local got, message, code = self.region:load(file, self.offset, self.size)
  if got == self.size then return self end
  bytes:fill(0)
  if not got then return nil, message, code end
  return nil, ("cannot load %d bytes: the file ends after %d"):format(self.size, got), "end_of_file"
end

--- Fills the whole secret from a file; no string is made, and the file is made to read without a buffer,
--- which would keep a copy. After a failure the secret is full of zeros.
---@param file file* of `size` bytes at least; what is behind them stays in it. Of a pipe that has been read
--- from with a buffer before, the C library throws away what is in there: call setvbuf "no" first
---@return vmem.secret? self
---@return string? message
---@return "end_of_file"|integer|nil code the file was too short; or errno
function secret:load(file)
  check_open(self, "load")
  checks.that(io.type(file) == "file", 1, "load", "open file expected, got %s", io.type(file) or type(file))
  file:setvbuf("no")
  return self:with(function(bytes) return core.whole(fill, self, file, bytes) end)
end

--- Takes over the bytes of another secret of the same size.
---@param other vmem.secret
---@return vmem.secret self
function secret:copy(other)
  check_open(self, "copy")
  check_other(other, "copy")
  checks.that(other.size == self.size, 1, "copy", "%d bytes do not fit into %d", other.size, self.size)
  return other:with(function(from)
    return self:with(function(to)
      to:copy(from)
      return self
    end)
  end, "r")
end

--- Looks at every byte, whatever it finds. `get` is string.byte or view.get, which are called alike.
local function are_alike(bytes, other, get)
  local difference = 0
  for i = 1, #bytes do difference = difference | (bytes[i] ~ get(other, i)) end
  return difference == 0
end

--- Whether the bytes are the same. The time that takes depends only on their number.
---@param other vmem.secret|string
---@return boolean
function secret:equals(other)
  check_open(self, "equals")
  if type(other) == "string" then
    if #other ~= self.size then return false end
    return self:with(function(bytes) return are_alike(bytes, other, string.byte) end, "r")
  end
  check_other(other, "equals")
  if other.size ~= self.size then return false end
  return other:with(function(theirs)
    return self:with(function(ours) return are_alike(ours, theirs, theirs.get) end, "r")
  end, "r")
end

-- ====== }

-- {====== The end ======

--- Overwrites the bytes and gives everything back; again does nothing. <close> does it, and so do
--- collection and the end of the Lua state, for a secret that has not been closed.
---@return true
function secret:close()
  if not is_secret(self) then checks.raise "calling 'close' on bad self (vmem.secret expected)" end
  self.closed = true
  local _ <close> = self.region
  return true
end

secret.__close = secret.close

function secret:__tostring()
  if self.closed then return "vmem.secret (closed)" end
  -- The region knows: a child of fork has its parent's secret, but not its locks.
  local locked = self.region:locked(PAGE, self.room) == self.room and "locked" or "not locked"
  local concealed = self.refused.conceal and "not concealed" or "not dumped, not forked"
  return ("vmem.secret: %d bytes, %s, %s"):format(self.size, locked, concealed)
end

-- ====== }

checks.methods(secret, "__tostring")

return public.module("vmem.secret", "buffers for keys, locked in RAM and overwritten at the end", secret)
