--- What the system says of itself and of this process: GetSystemInfo, GetProcessMemoryInfo.

local C <const> = require "vmem.win32.constants"
local arguments = require "vmem.win32.arguments"
local core = require "vmem.core"
local failure = require "vmem.win32.failure"
local printed = require "vmem.win32.printed"
local vmem = require "vmem"

---@class vmem.win32.system
local system = {}

local THIS_PROCESS <const> = arguments.THIS_PROCESS

local system_info = printed("SYSTEM_INFO", {
  { "dwOemId", "number" }, { "wProcessorArchitecture", "number" }, { "wReserved", "number" },
  { "dwPageSize", "number" }, { "lpMinimumApplicationAddress", "address" },
  { "lpMaximumApplicationAddress", "address" }, { "dwActiveProcessorMask", "address" },
  { "dwNumberOfProcessors", "number" }, { "dwProcessorType", "number" },
  { "dwAllocationGranularity", "number" }, { "wProcessorLevel", "number" },
  { "wProcessorRevision", "number" },
})

local memory_counters = printed("PROCESS_MEMORY_COUNTERS_EX", {
  { "PageFaultCount", "number" }, { "PeakWorkingSetSize", "number" }, { "WorkingSetSize", "number" },
  { "PagefileUsage", "number" }, { "PeakPagefileUsage", "number" }, { "PrivateUsage", "number" },
})

local architectures = {
  ["x86-64"] = { C.PROCESSOR_ARCHITECTURE_AMD64, C.PROCESSOR_AMD_X8664 },
  ["x86"] = { C.PROCESSOR_ARCHITECTURE_INTEL, C.PROCESSOR_INTEL_PENTIUM },
  ["arm64"] = { C.PROCESSOR_ARCHITECTURE_ARM64, 0 },
  ["arm"] = { C.PROCESSOR_ARCHITECTURE_ARM, 0 },
}
local unknown = { C.PROCESSOR_ARCHITECTURE_UNKNOWN, 0 }

--- A field that the system does not tell is absent: dwActiveProcessorMask outside of Linux and Windows,
--- wProcessorLevel and wProcessorRevision of other processors than x86.
---@param ... nil C's pointers: an error that says what is returned
---@return table information the fields of SYSTEM_INFO
function system.GetSystemInfo(...)
  arguments.no_pointer("GetSystemInfo", 1, "information = GetSystemInfo()", ...)
  local processors = core.processors()
  local architecture = architectures[processors.architecture] or unknown
  return system_info {
    dwOemId = architecture[1], -- in C a union of the next two
    wProcessorArchitecture = architecture[1],
    wReserved = 0,
    dwPageSize = vmem.page_size,
    lpMinimumApplicationAddress = arguments.LOWEST,
    lpMaximumApplicationAddress = arguments.HIGHEST,
    dwActiveProcessorMask = processors.active,
    dwNumberOfProcessors = processors.count,
    dwProcessorType = architecture[2],
    dwAllocationGranularity = vmem.allocation_granularity,
    wProcessorLevel = processors.family,
    wProcessorRevision = processors.model and processors.model << 8 | processors.stepping,
  }
end

--- 0, as on a Windows that has none: large pages are not offered.
---@return integer
function system.GetLargePageMinimum() return 0 end

--- The handle by which C names its own process.
---@return integer handle -1
function system.GetCurrentProcess() return THIS_PROCESS end

--- Bytes, and a number of page faults. A field that the system does not tell is absent.
---@param process? integer only GetCurrentProcess(), which is the default
---@param ... nil C's pointers: an error that says what is returned
---@return table? counters PageFaultCount, WorkingSetSize, PeakWorkingSetSize, PagefileUsage, PrivateUsage, …
function system.GetProcessMemoryInfo(process, ...)
  arguments.no_pointer("GetProcessMemoryInfo", 2, "counters = GetProcessMemoryInfo(process)", ...)
  if process ~= nil and arguments.integer("GetProcessMemoryInfo", 1, process) ~= THIS_PROCESS then
    return failure.fail(C.ERROR_INVALID_HANDLE)
  end
  local usage, _, code = core.usage()
  if not usage then return failure.fail(failure.of(code)) end
  local minor, major = vmem.faults()
  return memory_counters {
    PageFaultCount = minor and minor + major,
    WorkingSetSize = usage.resident,
    PeakWorkingSetSize = usage.peak_resident,
    PagefileUsage = usage.committed,
    PeakPagefileUsage = usage.peak_committed,
    PrivateUsage = usage.committed, -- of PROCESS_MEMORY_COUNTERS_EX
  }
end

return system
