-- Calls that stand beside VirtualAlloc in listings; and C's pointers to results, which are refused.

local cases = require "win32.cases"
local constants = require "vmem.win32.constants"
local core = require "vmem.core"
local helpers = require "helpers"
local vmem = require "vmem"
local w = require "vmem.win32"

local P = vmem.page_size
local MIB <const> = 1 << 20

describe("beside VirtualAlloc,", function()
  helpers.no_regions_left()

  for _, row in ipairs(require "win32.listings") do
    it(row[1], function() cases.run { 0, row[1], row[2] } end)
  end
end)

describe("GetExceptionCode", function()
  helpers.no_regions_left()
  local p

  before_each(function() p = w.VirtualAlloc(nil, 4 * P, w.MEM_RESERVE, w.PAGE_READWRITE) end)
  after_each(function() w.VirtualFree(p, 0, w.MEM_RELEASE) end)

  local function touch() return vmem.read(p, 1) end
  local AV <const> = w.EXCEPTION_ACCESS_VIOLATION

  it("is what has happened, in a filter and in a handler, as in __except(GetExceptionCode() == …)", function()
    local result = w.try(touch, function()
      return w.GetExceptionCode() == AV and w.EXCEPTION_EXECUTE_HANDLER or w.EXCEPTION_CONTINUE_SEARCH
    end, function() return w.GetExceptionCode() end)
    assert.equal(AV, result)
  end)

  it("takes a fault as well, as GetExceptionInformation does", function()
    local fault = helpers.fault(touch)
    assert.equal(AV, w.GetExceptionCode(fault))
    assert.equal(AV, w.GetExceptionInformation(fault).ExceptionCode)
  end)

  it("has GetExceptionInformation beside it, with the record where C has it", function()
    local information
    w.try(touch, function() information = w.GetExceptionInformation() return 1 end, function() end)
    local record = information.ExceptionRecord
    assert.equal(AV, record.ExceptionCode)
    assert.equal(2, record.NumberParameters)
    assert.same({ [0] = 0, p }, record.ExceptionInformation)
  end)

  it("tells a guard page, and a stack that is full", function()
    w.VirtualAlloc(p, P, w.MEM_COMMIT, w.PAGE_READWRITE | w.PAGE_GUARD)
    w.try(touch, 1, function() assert.equal(w.STATUS_GUARD_PAGE_VIOLATION, w.GetExceptionCode()) end)
    local stack <close> = assert(require("vmem.stack").new(1 << 20))
    local code = w.try(function()
      for _ = 1, math.huge do stack:alloc(1 << 12) end
    end, 1, w.GetExceptionCode)
    assert.equal(w.EXCEPTION_STACK_OVERFLOW, code)
  end)

  it("is that of the innermost, and the one outside comes back", function()
    local codes = {}
    local function note() codes[#codes + 1] = w.GetExceptionCode() return 1 end
    w.VirtualAlloc(p + P, P, w.MEM_COMMIT, w.PAGE_READWRITE | w.PAGE_GUARD)
    w.try(touch, 1, function()
      note()
      w.try(function() vmem.read(p + P, 1) end, note, note)
      note()
    end)
    local GUARD <const> = w.STATUS_GUARD_PAGE_VIOLATION
    assert.same({ AV, GUARD, GUARD, AV }, codes)
  end)

  it("comes back too when a filter or a handler ends in an error", function()
    w.try(touch, 1, function()
      pcall(w.try, touch, function() error "its own" end, error)
      pcall(w.try, touch, 1, function() error "its own" end)
      assert.equal(AV, w.GetExceptionCode())
    end)
    assert.is_false(pcall(w.GetExceptionCode))
  end)

  for _, name in ipairs { "GetExceptionCode", "GetExceptionInformation" } do
    local text = ("'%s' is for the filter and the handler of a try"):format(name)

    it(name .. " outside of them is an error of the script, in its line", function()
      for _, call in ipairs {
        function() w[name]() end,
        function() w.try(w[name], 1, error) end,
        function() w.try(touch, 1, function() end) w[name]() end,
        function() w.try(touch, 1, function() coroutine.wrap(w[name])() end) end,
      } do
        local ok, message = pcall(call)
        assert.is_false(ok)
        assert.equal(text, message:match "'.*$")
      end
    end)
  end
end)

describe("a pointer to where C writes a result", function()
  helpers.no_regions_left()

  local VP <const> = "done, old = VirtualProtect(address, size, protect)"
  local VQ <const> = "information, length = VirtualQuery(address [, length])"
  local GWW <const> = "error, addresses, granularity = GetWriteWatch(flags, address, size, count)"
  local FM <const> = "text = FormatMessage(flags, nil, code [, language])"

  for _, case in ipairs {
    { "VirtualProtect", 4, VP, 0x10000, 4096, 4, {} },
    { "VirtualProtect", 4, VP, 0x10000, 4096, 4, nil },
    { "VirtualProtect", 4, VP, 0x10000, 4096, 4, 0 },
    { "VirtualQuery", 2, VQ, 0x10000, {} },
    { "VirtualQuery", 2, VQ, 0x10000, {}, 48 },
    { "VirtualQuery", 2, VQ, 0x10000, nil, 48 },
    { "GetSystemInfo", 1, "information = GetSystemInfo()", {} },
    { "GetSystemInfo", 1, "information = GetSystemInfo()", nil },
    { "GetProcessMemoryInfo", 2, "counters = GetProcessMemoryInfo(process)", -1, {}, 72 },
    { "GetProcessMemoryInfo", 2, "counters = GetProcessMemoryInfo(process)", -1, nil, 72 },
    { "GetWriteWatch", 4, GWW, 0, 0x10000, 4096, {}, 10, 0 },
    { "GetWriteWatch", 4, GWW, 0, 0x10000, 4096, nil, 10, nil },
    { "FormatMessage", 5, FM, 0x1000, nil, 5, 0, nil, 256, nil },
    { "FormatMessage", 5, FM, 0x1000, nil, 5, 0, {}, 256, nil },
  } do
    local name, position, form = case[1], case[2], case[3]
    local count = select("#", table.unpack(case, 4, 10)) -- nil at the end counts, too
    while count > 0 and case[3 + count] == nil do count = count - 1 end

    it(("is refused by %s, which says what it gives (%s)"):format(name, type(case[3 + position])), function()
      w.SetLastError(0)
      local ok, message = pcall(w[name], table.unpack(case, 4, 3 + math.max(count, position)))
      assert.is_false(ok)
      local wanted = ("bad argument #%d to '%s' (what C writes there is a result here: %s)"):format(
        position, name, form)
      assert.equal(wanted, message:match "bad argument.*$")
      assert.equal(0, w.GetLastError())
    end)
  end

  it("is refused in the line that has it", function()
    local ok, message = pcall(function()
      local old = nil
      return (w.VirtualProtect(0x10000, 4096, w.PAGE_READONLY, old))
    end)
    assert.is_false(ok)
    assert.matches("listings_spec.lua:%d+: bad argument #4", message)
  end)
end)

describe("CopyMemory and the like", function()
  for _, case in ipairs {
    { "CopyMemory", 1, "integer expected, got table", {}, 0, 0 },
    { "CopyMemory", 1, "it must not be negative, it is -1", -1, 0, 1 },
    { "MoveMemory", 2, "it must not be negative, it is -1", 0, -1, 1 },
    { "CopyMemory", 3, "it must not be negative, it is -1", 0, 0, -1 },
    { "CopyMemory", 3, "the string has 3 bytes and a zero, which is less than 5", 0, "abc", 5 },
    { "FillMemory", 3, "integer expected, got string", 0, 1, "x" },
    { "ZeroMemory", 2, "integer expected, got nil", 0 },
    { "SecureZeroMemory", 2, "it must not be negative, it is -1", 0, -1 },
  } do
    it(("refuses in %s: %s"):format(case[1], case[3]), function()
      local ok, message = pcall(w[case[1]], table.unpack(case, 4))
      assert.is_false(ok)
      assert.equal(("bad argument #%d to '%s' (%s)"):format(case[2], case[1], case[3]),
        message:match "bad argument.*$")
    end)
  end
end)

describe("FormatMessage", function()
  for name, code in pairs(constants) do
    if name:find "^ERROR_" then
      it("has a text for " .. name, function()
        assert.matches("%w.*%.\r\n$", w.FormatMessage(w.FORMAT_MESSAGE_FROM_SYSTEM, nil, code))
      end)
    end
  end

  it("has a text for what VirtualLock says of a guard page, as any integer that has these 32 bits", function()
    for _, code in ipairs { w.STATUS_GUARD_PAGE_VIOLATION, w.STATUS_GUARD_PAGE_VIOLATION - (1 << 32) } do
      assert.matches("^A page of memory", w.FormatMessage(w.FORMAT_MESSAGE_FROM_SYSTEM, nil, code))
    end
  end)
end)

describe("GetSystemInfo", function()
  it("has the processors of this machine", function()
    local processors, info = core.processors(), w.GetSystemInfo()
    assert.equal(processors.count, info.dwNumberOfProcessors)
    assert.equal(processors.active, info.dwActiveProcessorMask)
    assert.equal(processors.family, info.wProcessorLevel)
    if info.dwNumberOfProcessors then assert.is_true(info.dwNumberOfProcessors >= 1) end
    if info.dwActiveProcessorMask and info.dwNumberOfProcessors < 64 then
      local bits = 0
      for i = 0, 63 do bits = bits + (info.dwActiveProcessorMask >> i & 1) end
      assert.equal(info.dwNumberOfProcessors, bits)
    end
  end)

  helpers.linux_it("counts and names them as the kernel does", function()
    local pipe <close> = assert(io.popen "getconf _NPROCESSORS_ONLN; uname -m")
    local count, _, machine = pipe:read("n", "l", "l")
    local info = w.GetSystemInfo()
    assert.equal(count, info.dwNumberOfProcessors)
    if machine == "x86_64" and info.wProcessorArchitecture == w.PROCESSOR_ARCHITECTURE_AMD64 then
      assert.equal(w.PROCESSOR_AMD_X8664, info.dwProcessorType)
      local family, model, stepping
      for line in io.lines "/proc/cpuinfo" do
        family = family or line:match "^cpu family%s*: (%d+)"
        model = model or line:match "^model%s*: (%d+)"
        stepping = stepping or line:match "^stepping%s*: (%d+)"
      end
      assert.equal(tonumber(family), info.wProcessorLevel)
      assert.equal(tonumber(model) << 8 | tonumber(stepping), info.wProcessorRevision)
    elseif machine == "aarch64" then
      assert.equal(w.PROCESSOR_ARCHITECTURE_ARM64, info.wProcessorArchitecture)
      assert.is_nil(info.wProcessorLevel)
    end
  end)
end)

describe("GetProcessMemoryInfo", function()
  helpers.no_regions_left()

  --- Wine counts no faults, and tells of the page file what its own process has taken for itself.
  local wine = helpers.on_windows and w.GetProcessMemoryInfo().PageFaultCount == 0

  --- Runs act and gives by how much a field has grown; nil where the system does not tell it.
  local function growth(field, act)
    local before = w.GetProcessMemoryInfo()[field]
    act()
    local after = w.GetProcessMemoryInfo()[field]
    return not (wine and field == "PagefileUsage") and before and after - before or nil
  end

  it("shows what a commit takes, and what a touch brings into RAM", function()
    local size = 64 * MIB
    local p <close> = setmetatable({}, { __close = function(self)
      if self.address then w.VirtualFree(self.address, 0, w.MEM_RELEASE) end
    end })
    local function is_about(wanted, got) return not got or math.abs(got - wanted) < 8 * MIB end
    local reserved = growth("PagefileUsage", function()
      p.address = w.VirtualAlloc(nil, size, w.MEM_RESERVE, w.PAGE_READWRITE)
    end)
    -- In a sparse region Linux counts reserved pages as well.
    local is_sparse = vmem.at(p.address).sparse
    local expected = is_sparse and reserved and size or 0
    assert.is_true(is_about(expected, reserved), reserved)
    local committed = growth("PagefileUsage", function()
      w.VirtualAlloc(p.address, size, w.MEM_COMMIT, w.PAGE_READWRITE)
    end)
    assert.is_true(is_about(size - expected, committed), committed)
    local faults = w.GetProcessMemoryInfo().PageFaultCount
    local touched = growth("WorkingSetSize", function() w.FillMemory(p.address, size, 1) end)
    assert.is_true(is_about(size, touched), touched)
    assert.is_true(wine or w.GetProcessMemoryInfo().PageFaultCount > faults)
    local freed = growth("PagefileUsage", function()
      w.VirtualFree(p.address, 0, w.MEM_RELEASE)
      p.address = nil
    end)
    assert.is_true(is_about(-size, freed), freed)
    local counters = w.GetProcessMemoryInfo()
    assert.is_true(counters.PeakWorkingSetSize >= size)
    assert.equal(counters.PagefileUsage, counters.PrivateUsage)
    if counters.WorkingSetSize then assert.is_true(counters.PeakWorkingSetSize >= counters.WorkingSetSize) end
  end)

  helpers.linux_it("tells all that Linux counts, as /proc does", function()
    local text = {}
    local counters = w.GetProcessMemoryInfo()
    for line in io.lines "/proc/self/status" do
      local name, number = line:match "^(%w+):%s+(%d+) kB"
      if name then text[name] = number * 1024 end
    end
    for field, wanted in pairs {
      WorkingSetSize = text.VmRSS, PeakWorkingSetSize = text.VmHWM, PagefileUsage = text.VmData + text.VmStk,
    } do
      assert.is_true(math.abs(counters[field] - wanted) < 8 * MIB, field)
    end
    assert.is_nil(counters.PeakPagefileUsage)
  end)

  helpers.linux_it("fails where no file can be opened", function()
    local output = helpers.run_script([[
      local w = require "vmem.win32"
    ]] .. helpers.take_descriptors .. [[
      print(w.GetProcessMemoryInfo())
      print(w.GetLastError() == w.ERROR_TOO_MANY_OPEN_FILES)
      print(w.GetSystemInfo().dwNumberOfProcessors >= 1)
    ]], "ulimit -n 20;")
    assert.equal("nil\ntrue\ntrue\n", output)
  end)
end)
