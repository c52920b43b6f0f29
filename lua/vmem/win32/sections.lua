--- CreateFileMapping and OpenFileMapping.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local backing = require "vmem.win32.backing"
local checks = require "vmem.internal.checks"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local files = require "vmem.win32.files"
local handles = require "vmem.win32.handles"
local mapped_files = require "vmem.win32.mapped_files"
local names = require "vmem.win32.names"
local vmem = require "vmem"

local fail = failure.fail

---@class vmem.win32.sections
local sections = {}

-- {====== Sections and their handles ======

--- What handles and views share. Windows keeps the exact size of a file's section, and whole pages of memory.
---@class vmem.win32.section
---@field backing vmem.win32.backing
---@field size integer bytes
---@field protect integer PAGE_ flags
---@field is_file boolean
---@field committed integer[][]? of SEC_RESERVE: ranges; in all views
---@field views table<vmem.win32.view, true> weak
---@field users integer handles and views
local Section = {}
Section.__index = Section

local function new_section(fields)
  fields.users = 0
  fields.views = setmetatable({}, { __mode = "k" })
  return setmetatable(fields, Section)
end

function Section:hold() self.users = self.users + 1 end

function Section:drop()
  self.users = self.users - 1
  if self.users == 0 then self.backing:drop() end
end

local Handle = { kind = "section" }
Handle.__index = Handle

function Handle:close() self.section:drop() end

local MAP_WRITE <const>, MAP_READ <const>, MAP_EXECUTE <const> = 2, 4, 8

local function new_handle(section, access)
  section:hold()
  return handles.new(setmetatable({ section = section, access = access }, Handle))
end

-- ====== }

-- {====== CreateFileMapping ======

local protections = {
  [C.PAGE_READONLY] = files.READ,
  [C.PAGE_READWRITE] = files.READ | files.WRITE,
  [C.PAGE_WRITECOPY] = files.READ,
  [C.PAGE_EXECUTE_READ] = files.READ | files.EXECUTE,
  [C.PAGE_EXECUTE_READWRITE] = files.READ | files.WRITE | files.EXECUTE,
  [C.PAGE_EXECUTE_WRITECOPY] = files.READ | files.EXECUTE,
}

local WRITABLE <const> = C.PAGE_READWRITE | C.PAGE_EXECUTE_READWRITE
local EXECUTABLE <const> = 0xF0
local BASES <const> = 0xFF
local ATTRIBUTES <const> = C.SEC_IMAGE | C.SEC_RESERVE | C.SEC_COMMIT | C.SEC_NOCACHE | C.SEC_WRITECOMBINE
  | C.SEC_LARGE_PAGES

--- The error of a protection with SEC_ flags, or nil.
local function judge(protect, is_file)
  local how = protect & ~BASES
  local kind = how & (C.SEC_RESERVE | C.SEC_COMMIT)
  if not protections[protect & BASES] or how & ~ATTRIBUTES ~= 0 then return C.ERROR_INVALID_PARAMETER end
  if how & C.SEC_IMAGE ~= 0 then return C.ERROR_NOT_SUPPORTED end
  if kind == C.SEC_RESERVE | C.SEC_COMMIT then return C.ERROR_INVALID_PARAMETER end
  if how ~= 0 and kind == 0 then return C.ERROR_INVALID_PARAMETER end
  if how & C.SEC_LARGE_PAGES ~= 0 then
    local legal = kind == C.SEC_COMMIT and not is_file
    return legal and C.ERROR_PRIVILEGE_NOT_HELD or C.ERROR_INVALID_PARAMETER
  end
end

--- The error for a refused section of memory: to Windows, all memory is committed.
local function memory_error(code)
  local full = code == "out_of_memory" or code == "disk_full" or code == "file_too_large"
  return full and C.ERROR_COMMITMENT_LIMIT or failure.of(code)
end

local function make_memory(protect, size, name)
  local options = not name and { executable = protect & EXECUTABLE ~= 0 } or nil
  local memory, _, code
  if name then memory, _, code = vmem.section(name, size)
  else memory, _, code = vmem.section(size, options) end
  if not memory then return nil, memory_error(code) end
  local reserves = protect & C.SEC_RESERVE ~= 0
  return new_section {
    backing = backing.new(memory), size = memory.size, protect = protect & BASES, is_file = false,
    committed = reserves and memory.created and {} or nil,
  }, memory.created
end

--- A section of a file, which grows when it has to.
local function make_of_file(file, protect, size)
  local needed = protections[protect & BASES]
  if file.access & needed ~= needed then return nil, C.ERROR_ACCESS_DENIED end
  local now = file.backing.section.size
  if not now then return nil, C.ERROR_INVALID_HANDLE end
  if size == 0 and now == 0 then return nil, C.ERROR_FILE_INVALID end
  if size == 0 then size = now end
  if size > now then
    if protect & WRITABLE == 0 then return nil, C.ERROR_NOT_ENOUGH_MEMORY end
    local done, _, code = file.backing.section:resize(size)
    if not done then return nil, failure.of(code) end
  end
  file.backing:hold()
  local section = new_section {
    backing = file.backing, size = size, protect = protect & BASES, is_file = true,
  }
  mapped_files.enter(section)
  return section, true
end

--- The section of a name that this Lua state or another process has; else nil.
local function find_named(name)
  local section = names.find(name)
  if section then return section end
  local memory, _, code = vmem.section(name, 0)
  if not memory then return nil, code ~= "no_file" and failure.of(code) or nil end
  section = new_section {
    backing = backing.new(memory), size = memory.size, protect = C.PAGE_READWRITE, is_file = false,
  }
  names.enter(name, section)
  return section
end

local function create(file, protect, size, name)
  local section, problem
  if name then section, problem = find_named(name) end
  if problem then return fail(problem) end
  local created = false
  if not section then
    if file then section, created = make_of_file(file, protect, size)
    else section, created = make_memory(protect, size, name) end
    if not section then return fail(created) end
    if name then names.enter(name, section) end
  end
  failure.set(created and 0 or C.ERROR_ALREADY_EXISTS)
  return new_handle(section, MAP_READ | MAP_WRITE | MAP_EXECUTE)
end

local function check_name(name, position, caller)
  checks.that(name == nil or name == 0 or type(name) == "string" and not name:find("\0", 1, true), position,
    caller, "name expected, got %s", type(name) == "string" and "one with a zero byte" or type(name))
  if name == 0 then name = nil end
  return names.translate(name)
end

--- As in C, or without the security attributes, and with the size in one:
--- CreateFileMapping(file, protect, size, name).
---@param file vmem.win32.handle|integer of a file that is mapped; INVALID_HANDLE_VALUE: memory
---@param attributes any
---@param protect integer PAGE_ flags, and SEC_ flags
---@param high integer? of the size in bytes, the upper 32 bits
---@param low integer? the lower ones, or the size. 0: that of the file
---@param name string? other processes open memory by it; of a file, this Lua state
---@return vmem.win32.handle? handle GetLastError gives 183 if a section had the name
---@overload fun(file: any, protect: integer, size?: integer, name?: string): vmem.win32.handle?
function sections.CreateFileMapping(file, attributes, protect, high, low, name)
  local at = 3
  if math.type(attributes) == "integer" and attributes ~= 0 then
    file, protect, high, low, name, at = file, attributes, nil, protect, high, 2
  end
  protect = arguments.integer("CreateFileMapping", at, protect)
  local size = arguments.size("CreateFileMapping", at == 3 and 4 or nil, high, at == 3 and 5 or 3, low)
  local own_name, problem = check_name(name, at == 3 and 6 or 4, "CreateFileMapping")
  local object = handles.get(file, "file")
  if not object and file ~= C.INVALID_HANDLE_VALUE then return fail(C.ERROR_INVALID_HANDLE) end
  problem = judge(protect, object ~= nil) or problem
  if problem then return fail(problem) end
  if not object and size == 0 then return fail(C.ERROR_INVALID_PARAMETER) end
  if size < 0 then return fail(C.ERROR_NOT_ENOUGH_MEMORY) end
  return core.whole(create, object, protect, size, own_name)
end

-- ====== }

local function open(name, access)
  local section, problem = find_named(name)
  if not section then return fail(problem or C.ERROR_FILE_NOT_FOUND) end
  return new_handle(section, access)
end

--- As in C, or without `inherit`: OpenFileMapping(access, name).
---@param access integer FILE_MAP_ flags: what its views may do
---@param inherit any
---@param name string
---@return vmem.win32.handle?
---@overload fun(access: integer, name: string): vmem.win32.handle?
function sections.OpenFileMapping(access, inherit, name)
  if name == nil and type(inherit) == "string" then name = inherit end
  access = arguments.integer("OpenFileMapping", 1, access)
  local own_name, problem = check_name(name, 3, "OpenFileMapping")
  if not own_name then return fail(problem or C.ERROR_INVALID_PARAMETER) end
  if access & C.FILE_MAP_COPY ~= 0 and access & C.FILE_MAP_WRITE == 0 then access = access | MAP_READ end
  if access & C.FILE_MAP_EXECUTE ~= 0 then access = access | MAP_EXECUTE end
  return core.whole(open, own_name, access)
end

return {
  calls = sections, EXECUTABLE = EXECUTABLE,
  MAP_READ = MAP_READ, MAP_WRITE = MAP_WRITE, MAP_EXECUTE = MAP_EXECUTE,
}
