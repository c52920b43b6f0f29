-- Specs of files, sections and views in vmem.win32 beside the case tables: more than single calls, and what
-- needs another process.

local file_kit = require "file_kit"
local helpers = require "helpers"
local section_words = require "win32.section_words"
local vmem = require "vmem"
local w = require "vmem.win32"

local PF <const> = w.INVALID_HANDLE_VALUE
local BOTH <const> = w.GENERIC_READ | w.GENERIC_WRITE

local it = helpers.section_it
local names_it = section_words.has.names and it or function(name)
  pending(name .. " (this system has no names of sections)")
end

--- Closes handles and unmaps views, at the end of a block.
local function made()
  return setmetatable({}, { __close = function(list)
    for i = #list, 1, -1 do
      if math.type(list[i]) then assert(w.UnmapViewOfFile(list[i])) else w.CloseHandle(list[i]) end
    end
  end, __call = function(list, object)
    assert.truthy(object, "error " .. w.GetLastError())
    assert.not_equal(PF, object, "error " .. w.GetLastError())
    list[#list + 1] = object
    return object
  end })
end

describe("sections of vmem.win32", function()
  helpers.no_regions_left()
  after_each(file_kit.remove_all)

  it("takes arguments as C does, with sizes and offsets of 64 bits in two halves", function()
    local keep <close> = made()
    local section = keep(w.CreateFileMapping(PF, nil, w.PAGE_READWRITE, 0, 0x20000, nil))
    local whole = keep(w.MapViewOfFile(section, w.FILE_MAP_WRITE, 0, 0, 0))
    local half = keep(w.MapViewOfFileEx(section, w.FILE_MAP_READ, 0, 0x10000, 0, nil))
    assert.equal(0x20000, w.VirtualQuery(whole).RegionSize)
    assert.equal(0x10000, w.VirtualQuery(half).RegionSize)
    vmem.write(whole + 0x10000, "second half")
    assert.equal("second half", vmem.read(half, 11))
    assert.is_nil(w.MapViewOfFile(section, w.FILE_MAP_READ, 1, 0, 0))
    assert.equal(w.ERROR_INVALID_PARAMETER, w.GetLastError())
    assert.is_nil(w.CreateFileMapping(PF, nil, w.PAGE_READWRITE, 0x80000000, 0, nil))
    assert.is_nil(w.CreateFileMapping(PF, 0, w.PAGE_READWRITE, 0, 0, nil))
    assert.equal(w.ERROR_INVALID_PARAMETER, w.GetLastError())
  end)

  it("keeps a view until it is unmapped, also when nobody has the handle", function()
    local view = w.MapViewOfFile(w.CreateFileMapping(PF, w.PAGE_READWRITE, 4096), w.FILE_MAP_WRITE, 0, 0)
    vmem.write(view, "kept")
    collectgarbage() collectgarbage()
    assert.equal("kept", vmem.read(view, 4))
    assert.is_true(w.UnmapViewOfFile(view))
  end)

  it("has handles that can be closed once, and by the end of a block", function()
    local outside
    do
      local handle <close> = w.CreateFileMapping(PF, w.PAGE_READWRITE, 4096)
      outside = handle
      assert.equal("vmem.win32.handle (section)", tostring(handle))
    end
    assert.equal("vmem.win32.handle (closed)", tostring(outside))
    for _, wrong in ipairs { outside, 0, 5, "handle", {}, vmem } do
      assert.is_false(w.CloseHandle(wrong))
      assert.equal(w.ERROR_INVALID_HANDLE, w.GetLastError())
      assert.is_nil(w.MapViewOfFile(wrong, w.FILE_MAP_READ, 0, 0))
      assert.equal(w.ERROR_INVALID_HANDLE, w.GetLastError())
      assert.is_nil(w.CreateFileMapping(wrong, w.PAGE_READONLY, 0))
      assert.equal(w.ERROR_INVALID_HANDLE, w.GetLastError())
      assert.is_false(w.GetFileSizeEx(wrong))
    end
    assert.is_false(w.CloseHandle(nil))
    assert.is_true(w.CloseHandle(PF))
  end)

  it("raises for what is no number, and for names that are none", function()
    helpers.raises("bad argument #3 to 'CreateFileMapping'", w.CreateFileMapping, PF, nil, "4")
    helpers.raises("bad argument #6 to 'CreateFileMapping'", w.CreateFileMapping, PF, nil, 4, 0, 1, {})
    helpers.raises("bad argument #4 to 'CreateFileMapping'", w.CreateFileMapping, PF, 4, 1, "a\0b")
    helpers.raises("bad argument #2 to 'MapViewOfFile'", w.MapViewOfFile, nil, {})
    helpers.raises("bad argument #1 to 'CreateFile'", w.CreateFile, 5)
    helpers.raises("done, size = GetFileSizeEx(file)", w.GetFileSizeEx, nil, {})
    helpers.raises("low, high = GetFileSize(file)", w.GetFileSize, nil, {})
    helpers.raises("done, position = SetFilePointerEx(file,", w.SetFilePointerEx, nil, 0, {})
    helpers.raises("bad argument #1 to 'UnmapViewOfFile'", w.UnmapViewOfFile, "x")
  end)

  it("leaves views alone in GetWriteWatch, which is for private memory", function()
    local keep <close> = made()
    local view = keep(w.MapViewOfFile(keep(w.CreateFileMapping(PF, w.PAGE_READWRITE, 4096)),
      w.FILE_MAP_WRITE, 0, 0))
    assert.equal(0xFFFFFFFF, w.GetWriteWatch(0, view, 4096, 1))
    assert.equal(w.ERROR_INVALID_PARAMETER, w.GetLastError())
  end)

  it("changes protection all or nothing: a page that is not committed refuses", function()
    local keep <close> = made()
    local section = keep(w.CreateFileMapping(PF, w.PAGE_READWRITE | w.SEC_RESERVE, 0x40000))
    local view = keep(w.MapViewOfFile(section, w.FILE_MAP_WRITE, 0, 0))
    assert(w.VirtualAlloc(view, 0x20000, w.MEM_COMMIT, w.PAGE_READWRITE))
    for _, protect in ipairs { w.PAGE_READONLY, w.PAGE_WRITECOPY } do
      assert.is_false(w.VirtualProtect(view, 0x30000, protect))
      assert.equal(w.ERROR_INVALID_ADDRESS, w.GetLastError())
      assert.equal(w.PAGE_READWRITE, w.VirtualQuery(view).Protect)
      assert.equal(0x20000, w.VirtualQuery(view).RegionSize)
    end
    assert.is_false(w.VirtualProtect(view, 0x40001, w.PAGE_READONLY))
    assert.equal(w.ERROR_INVALID_ADDRESS, w.GetLastError())
  end)

  names_it("gives another process the same memory by a name, and its copies stay there", function() -- 342-344
    local keep <close> = made()
    local name = helpers.new_name "vmem win32 child"
    local section = keep(w.CreateFileMapping(PF, w.PAGE_READWRITE, 4096, name))
    local view = keep(w.MapViewOfFile(section, w.FILE_MAP_WRITE, 0, 0))
    vmem.write(view, ("<I4"):pack(0x1a2b3c4d))
    local output = helpers.run_script(([[
      local w, vmem = require "vmem.win32", require "vmem"
      local section = w.CreateFileMapping(-1, w.PAGE_READWRITE, 4096, %q)
      print(w.GetLastError())
      local shared = w.MapViewOfFile(section, w.FILE_MAP_WRITE, 0, 0)
      local copy = w.MapViewOfFile(w.OpenFileMapping(w.FILE_MAP_COPY, %q), w.FILE_MAP_COPY, 0, 0)
      print(("%%x"):format(("<I4"):unpack(vmem.read(shared, 4))))
      vmem.write(shared + 4, "from the child")
      vmem.write(copy + 100, "in the child")
    ]]):format(name, name))
    assert.equal("183\n1a2b3c4d\n", output)
    assert.equal("from the child", vmem.read(view + 4, 14))
    assert.equal("\0", vmem.read(view + 100, 1))
  end)
end)

describe("files of vmem.win32", function()
  helpers.no_regions_left()
  after_each(file_kit.remove_all)

  --- Opens, closes, and gives the last error.
  local function try(path, access, disposition)
    local handle = w.CreateFile(path, access, 0, nil, disposition, w.FILE_ATTRIBUTE_NORMAL, nil)
    local code = w.GetLastError()
    if handle == PF then return false, code end
    assert(w.CloseHandle(handle))
    return true, code
  end

  local function outcome(...) return { try(...) } end

  file_kit.it("are opened or made as CreateFile's dispositions say", function()
    local there, empty = file_kit.path_of "text", file_kit.path_of()
    assert.same({ true, 0 }, outcome(there, w.GENERIC_READ, w.OPEN_EXISTING))
    assert.same({ false, w.ERROR_FILE_NOT_FOUND }, outcome(empty, w.GENERIC_READ, w.OPEN_EXISTING))
    assert.same({ false, w.ERROR_FILE_NOT_FOUND }, outcome(empty, BOTH, w.TRUNCATE_EXISTING))
    assert.same({ false, w.ERROR_FILE_EXISTS }, outcome(there, BOTH, w.CREATE_NEW))
    assert.same({ true, w.ERROR_ALREADY_EXISTS }, outcome(there, BOTH, w.OPEN_ALWAYS))
    assert.same({ false, w.ERROR_INVALID_PARAMETER }, outcome(there, w.GENERIC_READ, w.TRUNCATE_EXISTING))
    assert.same({ false, w.ERROR_INVALID_PARAMETER }, outcome(there, BOTH, 0))
    assert.equal("text", file_kit.contents(there))
    assert.same({ true, 0 }, outcome(there, BOTH, w.TRUNCATE_EXISTING))
    assert.equal("", file_kit.contents(there))
    for _, disposition in ipairs { w.CREATE_NEW, w.CREATE_ALWAYS, w.OPEN_ALWAYS } do
      assert.same({ true, 0 }, outcome(empty, w.GENERIC_READ, disposition))
      assert.equal("", file_kit.contents(empty))
      os.remove(empty)
      assert.same({ false, w.ERROR_PATH_NOT_FOUND }, outcome(empty .. "/x/y", BOTH, disposition))
    end
    there = file_kit.path_of "text"
    assert.same({ true, w.ERROR_ALREADY_EXISTS }, outcome(there, BOTH, w.CREATE_ALWAYS))
    assert.equal("", file_kit.contents(there))
  end)

  file_kit.it("take the flags that say how a file will be read, and do nothing for them", function()
    for flag, value in pairs {
      FILE_ATTRIBUTE_TEMPORARY = 0x100, FILE_FLAG_SEQUENTIAL_SCAN = 0x8000000,
      FILE_FLAG_RANDOM_ACCESS = 0x10000000,
    } do
      assert.equal(value, w[flag])
      local file <close> = w.CreateFile(file_kit.path_of "text", w.GENERIC_READ, w.FILE_SHARE_READ, nil,
        w.OPEN_EXISTING, w.FILE_ATTRIBUTE_NORMAL | w[flag], nil)
      assert.equal(4, (w.GetFileSize(file)))
    end
  end)

  file_kit.it("have a length, which SetEndOfFile changes", function()
    local path = file_kit.path_of "0123456789"
    local file <close> = w.CreateFile(path, BOTH, 0, nil, w.OPEN_EXISTING, 0, nil)
    assert.same({ 10, 0 }, { w.GetFileSize(file) })
    assert.same({ true, 10 }, { w.GetFileSizeEx(file) })
    assert.same({ 6, 0 }, { w.SetFilePointer(file, -4, nil, w.FILE_END) })
    assert.same({ 7, 0 }, { w.SetFilePointer(file, 1, nil, w.FILE_CURRENT) })
    assert.is_true(w.SetEndOfFile(file))
    assert.equal("0123456", file_kit.contents(path))
    assert.same({ 5, 2 }, { w.SetFilePointer(file, 5, 2, w.FILE_BEGIN) })
    assert.equal(w.INVALID_SET_FILE_POINTER, w.SetFilePointer(file, -1, nil, w.FILE_BEGIN))
    assert.equal(w.ERROR_NEGATIVE_SEEK, w.GetLastError())
    assert.is_false(w.SetFilePointerEx(file, 0, nil, 3))
    assert.equal(w.ERROR_INVALID_PARAMETER, w.GetLastError())
    local reader <close> = w.CreateFile(path, w.GENERIC_READ, 0, nil, w.OPEN_EXISTING, 0, nil)
    assert.is_false(w.SetEndOfFile(reader))
    assert.equal(w.ERROR_ACCESS_DENIED, w.GetLastError())
  end)

  file_kit.unix_it("raise EXCEPTION_IN_PAGE_ERROR where another process has cut them", function() -- 447
    local keep <close> = made()
    local P <const> = vmem.page_size
    local path = file_kit.path_of(("A"):rep(4 * P))
    local file = keep(w.CreateFile(path, BOTH, 0, nil, w.OPEN_EXISTING, 0, nil))
    local view = keep(w.MapViewOfFile(keep(w.CreateFileMapping(file, w.PAGE_READWRITE, 0)),
      w.FILE_MAP_WRITE, 0, 0))
    file_kit.truncate(path, P)
    for access, touch in pairs {
      [0] = function() return vmem.read(view + 2 * P, 1) end,
      [1] = function() return vmem.write(view + 2 * P, "x") end,
    } do
      assert(vmem.at(view):attach(vmem.section(path, "r+", { size = 4 * P })))
      file_kit.truncate(path, P)
      local record = w.try(touch, w.EXCEPTION_EXECUTE_HANDLER, w.GetExceptionInformation)
      assert.equal(w.EXCEPTION_IN_PAGE_ERROR, record.ExceptionCode)
      assert.same({ [0] = access, view + 2 * P, w.STATUS_END_OF_FILE }, record.ExceptionInformation)
    end
    assert.equal("A", vmem.read(view, 1))
  end)

  file_kit.disk_it("say that the disk is full, and the file stays as it was", [[ -- 306
    local w = require "vmem.win32"
    local both = w.GENERIC_READ | w.GENERIC_WRITE
    local file = w.CreateFile(folder .. "/file", both, 0, nil, w.CREATE_NEW, 0, nil)
    assert(w.CreateFileMapping(file, nil, w.PAGE_READWRITE, 0, 4096, nil))
    assert(not w.CreateFileMapping(file, nil, w.PAGE_READWRITE, 0, 2 * free, nil))
    assert(w.GetLastError() == 112)
    assert(select(2, w.GetFileSizeEx(file)) == 4096)
  ]])
end)
