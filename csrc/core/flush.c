/* flush.c: what was written to pages of a section goes to the disk. */
#include "core/flush.h"

#include "core/attachments.h"
#include "core/pages.h"

/* Bytes [from, to) of a section. */
typedef struct part {
  const vm_section *section;
  uint64_t from, to;
  bool wait;
} part;

/* The pages of one attachment that show some of them. */
static vm_error flush_attachment(const vm_region *r, const vm_attachment *a, const part *p) {
  if (a->section != p->section || a->copy) return VM_OK;
  uint64_t end = a->from + (a->count << r->page_shift), mask = vm_page_size(r) - 1;
  uint64_t from = p->from > a->from ? p->from & ~mask : a->from;
  uint64_t to = p->to < end ? (p->to + mask) & ~mask : end;
  if (from >= to) return VM_OK;
  uintptr_t address = vm_address(r, a->first) + (uintptr_t)(from - a->from);
  return os_flush_pages(address, (size_t)(to - from), p->wait);
}

vm_error vm_section_flush(const vm_space *space, const vm_section *s, uint64_t from, uint64_t size,
                          bool wait) {
  const part p = {s, from, from + size, wait};
  vm_error error = VM_OK;
  for (const vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + r->size))
    for (size_t i = 0; i < r->attachments && error == VM_OK; i++)
      error = flush_attachment(r, &r->attachment[i], &p);
  if (error != VM_OK) return error;
  return wait ? os_section_flush(&s->system) : os_section_start_flush(&s->system, from, size);
}
