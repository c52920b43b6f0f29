/* os_markerless.c: the part of the contract about markers, for systems that have none. Nobody calls
** these: os_limits.mark_after says so. */
#include "os.h"

vm_error os_mark(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return VM_NOT_SUPPORTED;
}

vm_error os_install_markers(uintptr_t address, size_t size) { return os_mark(address, size); }

vm_error os_remove_markers(uintptr_t address, size_t size) { return os_mark(address, size); }
