--- Windows' calls, and try blocks. What VirtualAlloc has given can be freed, and nothing else stays.

local vmem = require "vmem"
local win32 = require "vmem.win32"
local C <const> = win32
local P <const>, G <const> = vmem.page_size, vmem.allocation_granularity

local function nothing() return {} end

--- What has an address and was not freed, because that failed, or because nobody got the address.
local function release_all()
  for region in vmem.regions() do region:release() end
end

local HOLD <const> = C.MEM_RESERVE | C.MEM_RESERVE_PLACEHOLDER

return {
  { "win32: reserve, commit, free", steps = true, setup = nothing,
    act = function()
      local base = assert(win32.VirtualAlloc(nil, 3 * P, C.MEM_RESERVE, C.PAGE_READWRITE))
      local both <const> = C.MEM_RESERVE | C.MEM_COMMIT
      local ok, problem = pcall(function()
        assert(win32.VirtualAlloc(base, P, C.MEM_COMMIT, C.PAGE_READWRITE) == base)
        assert(win32.VirtualProtect(base, P, C.PAGE_READONLY))
        assert(win32.VirtualQuery(base).State == C.MEM_COMMIT)
        local other = assert(win32.VirtualAlloc(nil, 3 * P, both, C.PAGE_READWRITE))
        assert(win32.VirtualFree(other, 0, C.MEM_RELEASE))
      end)
      for _ = 1, 9 do
        if win32.VirtualFree(base, 0, C.MEM_RELEASE) then break end
      end
      if not ok then error(problem, 0) end
    end,
    drop = function(kit)
      kit.orphans = 0 -- memory allocated and not freed, because freeing it failed
      for region in vmem.regions() do
        if win32.VirtualFree(region.base, 0, C.MEM_RELEASE) then kit.orphans = kit.orphans + 1 end
      end
      assert(kit.orphans <= 2)
    end },
  { "win32: what was never handed out is nobody's", setup = function() return { base = 0 } end, steps = true,
    act = function(kit)
      kit.base = win32.VirtualAlloc(nil, 3 * P, C.MEM_RESERVE | C.MEM_COMMIT, C.PAGE_READWRITE)
    end,
    drop = function(kit)
      win32.VirtualFree(kit.base, 0, C.MEM_RELEASE)
      if host and not host.swallowed() then return end
      for region in vmem.regions() do -- a hook can have raised when the address was on its way to us
        win32.VirtualFree(region.base, 0, C.MEM_RELEASE)
      end
    end },
  { "win32: placeholders", steps = true, setup = nothing,
    act = function()
      local replace <const> = C.MEM_RESERVE | C.MEM_COMMIT | C.MEM_REPLACE_PLACEHOLDER
      local base = assert(win32.VirtualAlloc2(nil, nil, 3 * P, HOLD, C.PAGE_NOACCESS))
      assert(win32.VirtualFree(base + P, P, C.MEM_RELEASE | C.MEM_PRESERVE_PLACEHOLDER))
      assert(win32.VirtualAlloc2(nil, base + P, P, replace, C.PAGE_READWRITE))
      assert(win32.VirtualQuery(base + P).AllocationBase == base + P)
      assert(win32.VirtualFree(base + P, P, C.MEM_RELEASE | C.MEM_PRESERVE_PLACEHOLDER))
      assert(win32.VirtualFree(base, 3 * P, C.MEM_RELEASE | C.MEM_COALESCE_PLACEHOLDERS))
      assert(win32.VirtualFree(base, 0, C.MEM_RELEASE))
    end,
    drop = release_all },
  { "win32: requirements on an address", steps = true, setup = nothing,
    act = function()
      local need = { Type = C.MemExtendedParameterAddressRequirements, Pointer = { Alignment = 1 << 21 } }
      local base = win32.VirtualAlloc2(nil, nil, P, C.MEM_RESERVE, C.PAGE_NOACCESS, need)
      assert(win32.VirtualFree(assert(base), 0, C.MEM_RELEASE))
    end,
    drop = release_all },
  { "win32: views in the place of placeholders", steps = true,
    setup = function()
      return assert(win32.CreateFileMapping(-1, C.PAGE_READWRITE, vmem.allocation_granularity))
    end,
    act = function(section)
      local size <const>, this <const> = vmem.allocation_granularity, win32.GetCurrentProcess()
      local base = assert(win32.VirtualAlloc2(nil, nil, size, HOLD, C.PAGE_NOACCESS))
      local replace <const> = C.MEM_REPLACE_PLACEHOLDER
      assert(win32.MapViewOfFile3(section, nil, base, 0, 0, replace, C.PAGE_READWRITE))
      vmem.write(base, "x")
      assert(win32.UnmapViewOfFile2(this, base, C.MEM_PRESERVE_PLACEHOLDER))
      assert(win32.VirtualFree(base, 0, C.MEM_RELEASE))
    end,
    drop = release_all },
  { "win32: the rest", steps = true,
    setup = function() return assert(vmem.allocate(4 * P, { watch = true })) end,
    act = function(r)
      if win32.VirtualLock(r.base, P) then assert(win32.VirtualUnlock(r.base, P)) end
      r:write(0, "x")
      assert(win32.GetWriteWatch(0, r.base, r.size, 10))
      assert(win32.ResetWriteWatch(r.base, r.size) == 0)
      win32.SetLastError(5)
      assert(win32.GetLastError() == 5 and win32.GetSystemInfo().dwPageSize == P)
      assert(win32.DiscardVirtualMemory(r.base, P) == 0 and win32.GetLargePageMinimum() == 0)
    end },
  { "win32: bytes", steps = true,
    setup = function() return { assert(vmem.allocate(2 * P)), assert(vmem.allocate(2 * P)) } end,
    act = function(both)
      local a, b = both[1].base, both[2].base
      win32.FillMemory(a, P, 65)
      win32.CopyMemory(b + 1, a, 10)
      win32.MoveMemory(b, b + 1, 20)
      win32.CopyMemory(a + P, "text", 5)
      win32.ZeroMemory(a, 5)
      assert(win32.SecureZeroMemory(b + 9, 1) == b + 9)
      assert(vmem.read(b, 11) == ("A"):rep(9) .. "\0\0" and vmem.read(a + P, 5) == "text\0")
    end },
  { "win32: what the system says", setup = nothing, steps = true,
    act = function()
      local text = win32.FormatMessage(C.FORMAT_MESSAGE_FROM_SYSTEM, nil, 5, win32.MAKELANGID(0, 1))
      assert(text == "Access is denied.\r\n" and win32.GetSystemInfo().wReserved == 0)
      assert(win32.GetProcessMemoryInfo(win32.GetCurrentProcess()) or win32.GetLastError() > 0)
    end },
  { "win32: a section and its views", setup = nothing, steps = true,
    act = function()
      local section = assert(win32.CreateFileMapping(-1, C.PAGE_READWRITE | C.SEC_RESERVE, 3 * G))
      local view, copy = win32.MapViewOfFile(section, C.FILE_MAP_WRITE, 0, 0, 0), nil
      local ok, problem = pcall(function()
        assert(view)
        copy = assert(win32.MapViewOfFile(section, C.FILE_MAP_COPY, 0, 0, 0))
        assert(win32.VirtualAlloc(view, 2 * G, C.MEM_COMMIT, C.PAGE_READWRITE) == view)
        vmem.write(copy, "x")
        assert(win32.VirtualQuery(copy).RegionSize == P and win32.FlushViewOfFile(view, 0))
        assert(win32.VirtualProtect(view, G, C.PAGE_WRITECOPY)) -- Windows copies whole granules
      end)
      for _ = 1, 9 do
        local done = not view or win32.UnmapViewOfFile(view)
        if done then view = nil end
        if (not copy or win32.UnmapViewOfFile(copy)) and done then break end
      end
      win32.CloseHandle(section)
      if not ok then error(problem, 0) end
    end,
    drop = function(kit)
      kit.orphans = 0
      for region in vmem.regions() do
        if win32.UnmapViewOfFile(region.base) then kit.orphans = kit.orphans + 1 end
      end
      assert(kit.orphans <= 2)
    end },
  { "win32: what is not offered", setup = nothing, act = function() assert(not win32.VirtualAllocEx()) end },
  { "win32.try", setup = function() return assert(vmem.reserve(4 * P)) end, steps = true,
    act = function(r)
      local answer = win32.try(function() r:write(P, "x") end, 1, function(fault)
        return fault.page
      end)
      assert(answer == 2)
      win32.try(function()
        win32.try(function() r:write(0, "x") end, 0, error)
      end, function(fault)
        assert(win32.GetExceptionInformation(fault).ExceptionInformation[0] == 1)
        assert(win32.GetExceptionCode() == C.EXCEPTION_ACCESS_VIOLATION)
        fault.region:commit(0, P)
        return -1
      end, error)
      r:decommit()
    end,
    check = function(r) -- no block is left that would take the next fault
      local ok, fault = pcall(r.write, r, P, "x")
      assert(not ok and tostring(fault):find "reserved")
      local asked = 0
      win32.try(function() pcall(r.write, r, P, "x") end, function() asked = asked + 1 return 0 end, error)
      assert(asked == 1)
    end },
}
