/* pages.c: ranges of pages, and the runs in them. */
#include "core/pages.h"

#include "core/attachments.h"
#include "os/os.h"

vm_pages vm_widen(const vm_region *r, size_t offset, size_t size) {
  uint64_t first = offset >> r->page_shift, last = (offset + size - 1) >> r->page_shift;
  return (vm_pages){first, last - first + 1};
}

uintptr_t vm_address(const vm_region *r, uint64_t page) {
  return r->base + (uintptr_t)(page << r->page_shift);
}

size_t vm_bytes(const vm_region *r, uint64_t count) { return (size_t)(count << r->page_shift); }

uint8_t vm_reserved_byte(const vm_region *r) { return vm_is_armed(r) ? VM_UNWRITTEN : 0; }

bool vm_all_have(vm_region *r, vm_pages p, uint8_t mask, uint8_t want) {
  return pt_span(&r->table, p.first, p.count, mask, want) == p.count;
}

vm_run vm_run_from(vm_region *r, uint64_t page, uint64_t end, uint8_t mask) {
  uint8_t byte = pt_run_at(&r->table, page).byte & mask;
  if (r->attachments > 0) end = vm_attachment_border(r, page, end);
  uint64_t count = pt_span(&r->table, page, end - page, mask, byte);
  return (vm_run){vm_bytes(r, page), vm_bytes(r, count), byte};
}

vm_error vm_each_run(vm_region *r, vm_pages p, uint8_t mask, vm_act_on_run *act, void *with) {
  uint64_t end = p.first + p.count;
  vm_error error = VM_OK;
  for (uint64_t page = p.first; page < end && error == VM_OK;) {
    vm_run run = vm_run_from(r, page, end, mask);
    error = act(r, run, with);
    page += run.size >> r->page_shift;
  }
  return error;
}

void vm_each_run_with_spares(vm_region *r, vm_pages p, uint8_t mask, vm_act_on_run *act) {
  os_drop_spare_mappings();
  (void)vm_each_run(r, p, mask, act, NULL);
  os_keep_spare_mappings();
}

bool vm_can_mark(const vm_region *r) {
  return r->marked_by == VM_BY_MISSING || os_get_limits()->mark_after != SIZE_MAX;
}

static vm_error summarise_run(vm_region *r, vm_run run, void *with) {
  vm_summary *s = with;
  uint64_t count = run.size >> r->page_shift;
  if (run.byte & VM_COMMITTED) s->committed += count;
  if (run.byte & VM_COMMITTED && run.byte & VM_LOCKED) s->locked += count;
  if (vm_is_marked(run.byte)) s->marked += count;
  if (vm_attachment_at(r, run.offset) != NULL)
    s->attached += count;
  else if (vm_is_marked(run.byte) || vm_maps_writable(run.byte))
    s->writable += count;
  return VM_OK;
}

vm_summary vm_summarise(vm_region *r, vm_pages p) {
  vm_summary s = {0, 0, 0, 0, 0};
  (void)vm_each_run(r, p, (uint8_t)~VM_UNWRITTEN, summarise_run, &s);
  return s;
}
