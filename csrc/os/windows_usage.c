/* windows_usage.c: os_count_processors and os_get_usage on Windows. */
#include "os/windows.h"

#include "os/machine.h"

void os_count_processors(os_processors *processors) {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  *processors = (os_processors){info.dwNumberOfProcessors, info.dwActiveProcessorMask};
}

vm_error os_get_usage(os_usage *usage) {
  PROCESS_MEMORY_COUNTERS counters;
  if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters))
    return windows_refusal();
  *usage = (os_usage){counters.WorkingSetSize, counters.PeakWorkingSetSize, counters.PagefileUsage,
                      counters.PeakPagefileUsage};
  return VM_OK;
}
