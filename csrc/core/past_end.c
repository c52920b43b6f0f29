/* past_end.c: pages of a file that has become shorter become reserved. */
#include "core/past_end.h"

#include "core/decommit.h"

/* How many pages of the attachment, from its first on, hold a byte of a section of `size` bytes. */
static uint64_t count_held(const vm_region *r, const vm_attachment *a, uint64_t size) {
  if (size <= a->from) return 0;
  uint64_t pages = ((size - a->from - 1) >> r->page_shift) + 1;
  return pages < a->count ? pages : a->count;
}

vm_error vm_detach_past(vm_region *r, const vm_section *s) {
  uint64_t size = os_section_size(&s->system);
  if (size == OS_CLOSED) return VM_BAD_FILE;
  vm_error error = VM_OK;
  for (size_t i = r->attachments; i-- > 0;) { /* those before the i-th stay where they are */
    vm_attachment a = r->attachment[i];
    if (a.section != s) continue;
    uint64_t held = count_held(r, &a, size);
    if (held == a.count) continue;
    vm_error refused = vm_decommit_lost(r, (vm_pages){a.first + held, a.count - held});
    if (refused != VM_OK) error = refused;
  }
  return error;
}

bool vm_has_past_end(const vm_region *r, uint64_t first, uint64_t end) {
  for (uint64_t page = first; page < end;) {
    const vm_attachment *a = vm_next_attachment(r, (size_t)(page << r->page_shift));
    if (a == NULL || a->first >= end) return false;
    uint64_t last = a->first + a->count < end ? a->first + a->count : end;
    if (a->section->system.fallible) {
      uint64_t size = os_section_size(&a->section->system);
      if (size != OS_CLOSED && a->first + count_held(r, a, size) < last) return true;
    }
    page = a->first + a->count;
  }
  return false;
}
