--- CreateFile and what else files need before they can be mapped. A handle has a vmem.section of its file.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local backing = require "vmem.win32.backing"
local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local handles = require "vmem.win32.handles"
local mapped_files = require "vmem.win32.mapped_files"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.files
local files = {}

local READ <const>, WRITE <const> = C.GENERIC_READ, C.GENERIC_WRITE
local ALL <const> = C.GENERIC_READ | C.GENERIC_WRITE | C.GENERIC_EXECUTE

-- {====== CreateFile ======

local File = { kind = "file" }
File.__index = File

function File:close() self.backing:drop() end

local function has_file(path)
  local section <close>, _, code = vmem.section(path, "r")
  return section ~= nil or code ~= "no_file"
end

local function is_mapped(path)
  local section <close> = vmem.section(path, "r")
  return section ~= nil and mapped_files.refuses(section, 0)
end

--- How each disposition opens a file: an open one, or nil, a message and the code.
local ways = {}

ways[C.OPEN_EXISTING] = function(path, mode) return vmem.section(path, mode) end

--- Empties what is there, or makes it; then opens it as asked.
ways[C.CREATE_ALWAYS] = function(path, mode)
  local new, message, code = vmem.section(path, "w+")
  if not new or mode == "r+" then return new, message, code, new and not new.created end
  local existed = not new.created
  new:close()
  new, message, code = vmem.section(path, mode)
  return new, message, code, existed
end

ways[C.CREATE_NEW] = function(path, mode)
  if has_file(path) then return nil, nil, "exists" end
  return ways[C.CREATE_ALWAYS](path, mode)
end

ways[C.OPEN_ALWAYS] = function(path, mode)
  local old, message, code = vmem.section(path, mode)
  if old or code ~= "no_file" then return old, message, code, old ~= nil end
  return ways[C.CREATE_ALWAYS](path, mode)
end

ways[C.TRUNCATE_EXISTING] = function(path)
  local old, message, code = vmem.section(path, "r+")
  if not old then return nil, message, code end
  local done
  done, message, code = old:resize(0)
  if not done then old:close() end
  return done and old, message, code
end

local empties = { [C.CREATE_ALWAYS] = true, [C.TRUNCATE_EXISTING] = true }

local function error_of(code, disposition)
  if code == "exists" then return C.ERROR_FILE_EXISTS end
  if code == "bad_file" then return C.ERROR_ACCESS_DENIED end -- a folder, a device
  local makes = disposition ~= C.OPEN_EXISTING and disposition ~= C.TRUNCATE_EXISTING
  if code == "no_file" and makes then return C.ERROR_PATH_NOT_FOUND end
  return failure.of(code)
end

local function open(path, access, disposition)
  local mode = access & WRITE ~= 0 and "r+" or "r"
  local section, _, code, existed = ways[disposition](path, mode)
  if not section then return fail(error_of(code, disposition), C.INVALID_HANDLE_VALUE) end
  local file = setmetatable({ backing = backing.new(section), access = access, position = 0 }, File)
  failure.set(existed and C.ERROR_ALREADY_EXISTS or 0)
  return handles.new(file)
end

--- Opens or makes a file, for CreateFileMapping. What others may do with it meanwhile (share), security,
--- flags and template are for Windows: nothing here depends on them.
---@param path string
---@param access integer GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE, GENERIC_ALL
---@param share integer?
---@param _ any security attributes
---@param disposition integer CREATE_NEW, CREATE_ALWAYS, OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING
---@return vmem.win32.handle|integer handle INVALID_HANDLE_VALUE if it failed
function files.CreateFile(path, access, share, _, disposition)
  checks.that(type(path) == "string" and not path:find("\0", 1, true), 1, "CreateFile",
    "path expected, got %s", type(path) == "string" and "one with a zero byte" or type(path))
  access = arguments.integer("CreateFile", 2, access)
  arguments.integer("CreateFile", 3, share, true)
  disposition = arguments.integer("CreateFile", 5, disposition)
  if access & C.GENERIC_ALL ~= 0 then access = access | ALL end
  if not ways[disposition] or disposition == C.TRUNCATE_EXISTING and access & WRITE == 0 then
    return fail(C.ERROR_INVALID_PARAMETER, C.INVALID_HANDLE_VALUE)
  end
  if empties[disposition] and is_mapped(path) then
    return fail(C.ERROR_USER_MAPPED_FILE, C.INVALID_HANDLE_VALUE)
  end
  return core.whole(open, path, access, disposition)
end

-- ====== }

-- {====== Length ======

local function file_of(handle, access)
  local file = handles.get(handle, "file")
  if not file then return fail(C.ERROR_INVALID_HANDLE) end
  if file.access & access ~= access then return fail(C.ERROR_ACCESS_DENIED) end
  return file
end

--- How long the file is; nil, with the last error, when that cannot be told.
local function size_of(handle)
  local file = file_of(handle, 0)
  if not file then return nil end
  return file.backing.section.size or fail(C.ERROR_INVALID_HANDLE)
end

---@param handle vmem.win32.handle
---@param pointer nil C's pointer: an error that says what is returned
---@return integer low its length, or the lower 32 bits of it; INVALID_FILE_SIZE if it failed
---@return integer? high the upper 32 bits
function files.GetFileSize(handle, pointer)
  if pointer ~= nil then arguments.no_pointer("GetFileSize", 2, "low, high = GetFileSize(file)", pointer) end
  local size = size_of(handle)
  if not size then return C.INVALID_FILE_SIZE end
  return size & 0xFFFFFFFF, size >> 32
end

---@param handle vmem.win32.handle
---@param ... nil C's pointers: an error that says what is returned
---@return boolean done
---@return integer? size bytes
function files.GetFileSizeEx(handle, ...)
  arguments.no_pointer("GetFileSizeEx", 2, "done, size = GetFileSizeEx(file)", ...)
  local size = size_of(handle)
  if not size then return false end
  return true, size
end

--- Moves the place for SetEndOfFile.
local function move(file, distance, method)
  local from
  if method == C.FILE_BEGIN then from = 0 end
  if method == C.FILE_CURRENT then from = file.position end
  if method == C.FILE_END then from = file.backing.section.size end
  if not from then return fail(C.ERROR_INVALID_PARAMETER) end
  if distance > math.maxinteger - from then return fail(C.ERROR_INVALID_PARAMETER) end
  if from + distance < 0 then return fail(C.ERROR_NEGATIVE_SEEK) end
  file.position = from + distance
  return file.position
end

---@param handle vmem.win32.handle
---@param distance integer bytes
---@param pointer nil C's pointer: an error that says what is returned
---@param method integer FILE_BEGIN, FILE_CURRENT, FILE_END
---@return boolean done
---@return integer? position bytes from the start
function files.SetFilePointerEx(handle, distance, pointer, method)
  local name <const> = "SetFilePointerEx"
  distance = arguments.integer(name, 2, distance)
  if pointer ~= nil then
    arguments.no_pointer(name, 3, "done, position = SetFilePointerEx(file, distance, nil, method)", pointer)
  end
  method = arguments.integer(name, 4, method, true)
  local file = file_of(handle, 0)
  local position = file and move(file, distance, method)
  if not position then return false end
  return true, position
end

---@param handle vmem.win32.handle
---@param low integer bytes; with `high` only the lower 32 bits of them
---@param high integer? the upper 32 bits
---@param method integer FILE_BEGIN, FILE_CURRENT, FILE_END
---@return integer low the lower 32 bits of the position; INVALID_SET_FILE_POINTER if it failed
---@return integer? high the upper 32 bits
function files.SetFilePointer(handle, low, high, method)
  local distance = arguments.integer("SetFilePointer", 2, low)
  if high ~= nil then
    distance = arguments.integer("SetFilePointer", 3, high) << 32 | distance & 0xFFFFFFFF
  end
  method = arguments.integer("SetFilePointer", 4, method, true)
  local file = file_of(handle, 0)
  local position = file and move(file, distance, method)
  if not position then return C.INVALID_SET_FILE_POINTER end
  failure.set(0)
  return position & 0xFFFFFFFF, position >> 32
end

--- The file ends at its pointer.
---@param handle vmem.win32.handle
---@return boolean done
function files.SetEndOfFile(handle)
  local file = file_of(handle, WRITE)
  if not file then return false end
  local done, problem = core.whole(mapped_files.resize, file.backing, file.position)
  if not done then return fail(problem, false) end
  return true
end

-- ====== }

---@param handle vmem.win32.handle
---@return boolean done
function files.FlushFileBuffers(handle)
  local file = file_of(handle, WRITE)
  if not file then return false end
  local done, _, code = file.backing.section:flush()
  if not done then return fail(failure.of(code), false) end
  return true
end

return { calls = files, READ = READ, WRITE = WRITE, EXECUTE = C.GENERIC_EXECUTE }
