-- A mapped file, and two views of one section, in the Windows calls as a C listing has them
local vmem = require "vmem"
local w = require "vmem.win32"

local function fail(call)
  print(("%s: GetLastError %d: %s"):format(call, w.GetLastError(),
    w.FormatMessage(w.FORMAT_MESSAGE_FROM_SYSTEM, nil, w.GetLastError()) or ""))
  os.exit(false)
end

-- Shared memory: one section, two addresses.
local hMapping = w.CreateFileMapping(w.INVALID_HANDLE_VALUE, nil, w.PAGE_READWRITE, 0, 0x20000, nil)
if not hMapping then fail "CreateFileMapping" end
local pAll = w.MapViewOfFile(hMapping, w.FILE_MAP_WRITE, 0, 0, 0) or fail "MapViewOfFile"
local pHalf = w.MapViewOfFile(hMapping, w.FILE_MAP_READ, 0, 0x10000, 0) or fail "MapViewOfFile"
w.CopyMemory(pAll + 0x10000, "seen at both", 12)
print("Second view   : " .. vmem.read(pHalf, 12))
w.try(function() vmem.write(pHalf, "X") end, w.EXCEPTION_EXECUTE_HANDLER, function()
  print(("Writing there : exception 0x%x"):format(w.GetExceptionCode()))
end)
w.UnmapViewOfFile(pHalf)
w.UnmapViewOfFile(pAll)
w.CloseHandle(hMapping)

-- A file: it becomes as long as its mapping.
local path = os.tmpname()
if package.config:sub(1, 1) == "\\" then path = os.getenv "TEMP" .. path:gsub("%.$", "") end
local hFile = w.CreateFile(path, w.GENERIC_READ | w.GENERIC_WRITE, 0, nil, w.CREATE_ALWAYS,
  w.FILE_ATTRIBUTE_NORMAL, nil)
if hFile == w.INVALID_HANDLE_VALUE then fail "CreateFile" end
hMapping = w.CreateFileMapping(hFile, nil, w.PAGE_READWRITE, 0, 10000, nil) or fail "CreateFileMapping"
local pView = w.MapViewOfFile(hMapping, w.FILE_MAP_WRITE, 0, 0, 0) or fail "MapViewOfFile"
w.CloseHandle(hMapping) -- the view goes on
w.CopyMemory(pView, "Hello", 5)
w.CopyMemory(pView + 9995, "World", 5)
w.FlushViewOfFile(pView, 0)
w.FlushFileBuffers(hFile)

w.SetFilePointer(hFile, 100, nil, w.FILE_BEGIN)
if not w.SetEndOfFile(hFile) then print("SetEndOfFile  : GetLastError " .. w.GetLastError()) end
w.UnmapViewOfFile(pView)
w.CloseHandle(hFile)

local file <close> = assert(io.open(path, "rb"))
local text = file:read "a"
print(("The file      : %d bytes, %s … %s"):format(#text, text:sub(1, 5), text:sub(-5)))
file:close()
os.remove(path)
