--- The open file of a file store: reads and writes bytes at a position, also in a child of fork.

local core = require "vmem.core"

local process_id <const>, read_at <const>, newest_version <const> =
  core.process_id, core.read_at, core.newest_version

---@class vmem.pager.file.handle
---@field path string
---@field why string? why it can only be read; nil where it can be written
---@field file file* of the process that has opened it
---@field process integer the number of that process
local handle = {}
handle.__index = handle

-- {====== Opening ======

local ENOENT <const>, EACCES <const>, EROFS <const> = 2, 13, 30

--- Reads and writes whole slots: no saved bytes stay in a buffer of this process, and a child of fork has no
--- copy of them.
local function open(path, mode)
  local file, message, errno = io.open(path, mode)
  if file then file:setvbuf "no" end
  return file, message, errno
end

--- Makes the file if there is none. Never cuts it: another process may have made it meanwhile.
local function open_to_write(path)
  local file, message, errno = open(path, "r+b")
  if not file and errno == ENOENT then
    file, message, errno = io.open(path, "ab")
    if not file then return nil, message, errno end
    core.make_sparse(file)
    file:close()
    file, message, errno = open(path, "r+b")
  end
  return file, message, errno
end

--- Opens for reading and writing, or for reading alone where the user may not write.
---@param path string
---@return vmem.pager.file.handle?
---@return string? message
---@return integer? errno
function handle.open(path)
  local file, message, errno = open_to_write(path)
  local why
  if not file and (errno == EACCES or errno == EROFS) then
    file, why = open(path, "rb"), message
  end
  if not file then return nil, message, errno end
  return setmetatable({ path = path, why = why, file = file, process = process_id() }, handle)
end

-- ====== }

-- {====== Reading and writing ======

local NEAR <const> = 1 << 31 -- no system's type for positions has less

--- Lua's own method goes no further where that type has 32 bits, as on Windows.
local function seek(file, position)
  if position < NEAR then return file:seek("set", position) end
  return core.seek(file, position)
end

--- A child of fork has its parent's place in the file: whichever of them seeks moves both. So it opens the
--- file anew, if its first bytes are still the same.
local function open_in_child(self)
  local file, message, errno = open(self.path, self.why and "rb" or "r+b")
  if not file then return nil, ("a child of fork cannot open it: %s"):format(message), errno end
  local start = self.start and read_at(file, 0, #self.start)
  if start ~= self.start then
    file:close()
    return nil, ("a child of fork cannot open it: %s is another file now"):format(self.path), "not_ours"
  end
  self.file, self.process = file, process_id()
  return file
end

local function own_file(self)
  if self.process == process_id() then return self.file end
  return open_in_child(self)
end

--- So many bytes, and with `more` those behind them, too; behind the file's end there are zeros. Or nil,
--- message, code.
function handle:read(position, size, more)
  local file, message, code = own_file(self)
  if not file then return nil, message, code end
  return read_at(file, position, size, more)
end

--- core.newest_version in the open file. It gives nothing where that cannot be opened, either.
function handle:newest_version(...)
  local file = own_file(self)
  if file then return newest_version(file, ...) end
end

local function refuse_to_write(self)
  return nil, "it was opened for reading only: " .. self.why, "read_only"
end

--- True, or nil, message, code.
function handle:write(position, bytes)
  if self.why then return refuse_to_write(self) end
  local file, message, code = own_file(self)
  if not file then return nil, message, code end
  local ok
  ok, message, code = seek(file, position)
  if not ok then return nil, message, code end
  ok, message, code = file:write(bytes)
  if not ok then return nil, message, code end
  return true
end

--- Writes behind the end, wherever that is by then: of two processes that find the file empty, one has its
--- bytes at the file's start. True, or nil, message, code.
function handle:append(bytes)
  if self.why then return refuse_to_write(self) end
  local file, message, code = open(self.path, "ab")
  if not file then return nil, message, code end
  local ok
  ok, message, code = file:write(bytes)
  file:close()
  if not ok then return nil, message, code end
  return true
end

--- Bytes in the file, or nil, message, code.
function handle:length()
  local file, message, code = own_file(self)
  if not file then return nil, message, code end
  return core.seek(file)
end

--- Has the system write the file to the disk, by the function `sync`. True, or nil, message, code.
function handle:sync(sync)
  local file, message, code = own_file(self)
  if not file then return nil, message, code end
  return sync(file)
end

--- True, or nil, message, errno.
function handle:close()
  if io.type(self.file) == "closed file" then return true end -- an error has come between this and the rest
  return self.file:close()
end

-- ====== }

return handle
