--- What rows about sections and views can use, beside the names of cases.lua:
---   new(bytes)           the path of a new file of so many bytes "A"
---   OPEN(path, access)   CreateFile with OPEN_EXISTING
---   SIZE(file)           how long the file is
---   END(file, bytes)     SetEndOfFile there
---   text(path)           what the file holds
---   LE()                 GetLastError
--- Files, handles and views are gone after the row.

local file_kit = require "file_kit"
local helpers = require "helpers"
local vmem = require "vmem"
local w32 = require "vmem.win32"

local section_words = {}

local handles = {}

local function keep(handle)
  if handle and handle ~= w32.INVALID_HANDLE_VALUE then handles[#handles + 1] = handle end
  return handle
end

section_words.words = {
  PF = w32.INVALID_HANDLE_VALUE, SELF = -1, NAME = helpers.new_name "vmem win32 cases",
  WC = w32.PAGE_WRITECOPY, XWC = w32.PAGE_EXECUTE_WRITECOPY, MAPPED = w32.MEM_MAPPED,
  COPY = w32.FILE_MAP_COPY, READ = w32.FILE_MAP_READ, WRITE = w32.FILE_MAP_WRITE, EXEC = w32.FILE_MAP_EXECUTE,
  ALL = w32.FILE_MAP_ALL_ACCESS,
  SFILE = w32.SEC_FILE, SRES = w32.SEC_RESERVE, SCOM = w32.SEC_COMMIT, SNOCACHE = w32.SEC_NOCACHE,
  SCOMBINE = w32.SEC_WRITECOMBINE, SLARGE = w32.SEC_LARGE_PAGES,
  GR = w32.GENERIC_READ, GW = w32.GENERIC_WRITE, GX = w32.GENERIC_EXECUTE,
  CFM = function(...) return keep(w32.CreateFileMapping(...)) end,
  OFM = function(...) return keep(w32.OpenFileMapping(...)) end,
  MV = w32.MapViewOfFile, MVX = w32.MapViewOfFileEx, UV = w32.UnmapViewOfFile, FV = w32.FlushViewOfFile,
  FFB = w32.FlushFileBuffers, CH = w32.CloseHandle, PVM = w32.PrefetchVirtualMemory,
  LE = w32.GetLastError,
  new = function(bytes) return file_kit.path_of(("A"):rep(bytes)) end,
  respelt = function(path) return (path:gsub("([/\\])([^/\\]*)$", "%1.%1%2")) end, -- folder/./name
  text = file_kit.contents,
  CREATE = function(path, access, disposition)
    return keep(w32.CreateFile(path, access, 0, nil, disposition, 0, nil))
  end,
  OPEN = function(path, access)
    return keep(w32.CreateFile(path, access, 0, nil, w32.OPEN_EXISTING, 0, nil))
  end,
  SIZE = function(file) return select(2, w32.GetFileSizeEx(file)) end,
  END = function(file, bytes)
    assert(w32.SetFilePointerEx(file, bytes, nil, w32.FILE_BEGIN))
    return w32.SetEndOfFile(file)
  end,
  store = function(path, offset, bytes)
    local file <close> = assert(io.open(path, "r+b"))
    file:seek("set", offset)
    return file:write(bytes) ~= nil
  end,
}

--- Lets go of what a row has made.
function section_words.clear()
  for region in vmem.regions() do w32.UnmapViewOfFile(region.base) end
  for i = #handles, 1, -1 do w32.CloseHandle(table.remove(handles, i)) end
  file_kit.remove_all()
end

--- What a row may need: "files", "names", "executable". False: the system does not have it.
section_words.has = {}
do
  local path = file_kit.path_of("A")
  local file <close> = vmem.section(path, "r")
  local named <close> = vmem.section(section_words.words.NAME .. " probe", 1)
  local code <close> = vmem.section(1, { executable = true })
  section_words.has.files, section_words.has.names = file ~= nil, named ~= nil
  section_words.has.executable = code ~= nil
  os.remove(path)
end

return section_words
