/* past_end.c: pages of a file that has become shorter become reserved. */
#include "core/past_end.h"

#include "core/decommit.h"

vm_error vm_detach_past(vm_region *r, const vm_section *s) {
  uint64_t size = os_section_size(&s->system);
  if (size == OS_CLOSED) return VM_BAD_FILE;
  vm_error error = VM_OK;
  for (size_t i = r->attachments; i-- > 0;) { /* those before the i-th stay where they are */
    vm_attachment a = r->attachment[i];
    if (a.section != s) continue;
    uint64_t held = vm_count_held(r, &a, size);
    if (held == a.count) continue;
    vm_error refused = vm_decommit_lost(r, (vm_pages){a.first + held, a.count - held});
    if (refused != VM_OK) error = refused;
  }
  return error;
}
