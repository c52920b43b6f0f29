/* loss.c: attached pages that the system could not give. */
#include "core/loss.h"

#include <string.h>

#include "core/attachments.h"
#include "core/backed.h"
#include "core/bytes_guarded.h"

vm_loss vm_loss_of(const vm_region *r, size_t offset) {
  const vm_attachment *a = vm_attachment_at(r, offset);
  if (a == NULL) return VM_NOT_LOST;
  size_t page = vm_page_size(r);
  uint64_t from = a->from + (offset & ~(page - 1)) - ((uint64_t)a->first << r->page_shift);
  vm_error error = os_section_probe(&a->section->system, from);
  if (error == VM_OK) return VM_NOT_LOST;
  return error == VM_PAST_END ? VM_TRUNCATED : VM_UNREADABLE;
}

void vm_copy_page(const vm_region *r, size_t offset, void *to) {
  size_t size = vm_page_size(r);
  uintptr_t lost;
  if (!r->fallible)
    memcpy(to, vm_memory(r, offset), size);
  else if (!vm_try_copy(to, vm_memory(r, offset), size, &lost))
    memset(to, 0, size);
}

bool vm_fill_page(const vm_region *r, size_t offset, const void *from) {
  size_t size = vm_page_size(r);
  void *to = vm_memory(r, offset);
  uintptr_t lost;
  if (from == NULL) return vm_try_fill(to, size, "", 1, 0, &lost);
  if (r->fallible) return vm_try_copy(to, from, size, &lost);
  memcpy(to, from, size);
  return true;
}

static bool has_zeros(const vm_region *r, const char *now, size_t size) {
  vm_content content = {.from = now, .size = size};
  const os_range ranges[2] = {{(uintptr_t)now, (uintptr_t)now + size}};
  uintptr_t lost;
  return r->fallible
             ? !os_guarded(vm_content_leaf, &content, ranges, &lost) || content.first == size
             : vm_zeros_before(now, size) == size;
}

bool vm_has_contents(const vm_region *r, size_t offset, const void *contents) {
  size_t size = vm_page_size(r);
  const char *now = vm_memory(r, offset);
  uintptr_t lost;
  bool same;
  if (contents == NULL) return has_zeros(r, now, size);
  if (!r->fallible) return memcmp(contents, now, size) == 0;
  if (vm_try_compare(contents, now, size, &same, &lost)) return same;
  return vm_zeros_in(contents, size) == size;
}
