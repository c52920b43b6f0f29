/* unix_names.c: sections that several processes open by a name. */
#include <stdlib.h>
#include <unistd.h>

#include "os/unix_section.h"

vm_error os_section_open(const os_section_request *request, os_section *section, bool *created) {
  (void)request, (void)section, (void)created;
  return VM_NOT_SUPPORTED;
}

void os_section_close(os_section *section) { close((int)section->handle); }
