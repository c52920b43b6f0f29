/* posix_usage.c: os_count_processors and os_get_usage for systems of which only POSIX is known. */
#include "os/machine.h"
#include "os/unix.h"

void os_count_processors(os_processors *processors) {
  *processors = (os_processors){unix_processors(), OS_UNTOLD};
}

vm_error os_get_usage(os_usage *usage) {
  *usage = (os_usage){OS_UNTOLD, unix_peak_resident(), OS_UNTOLD, OS_UNTOLD};
  return VM_OK;
}
