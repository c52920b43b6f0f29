/* watch.c: notes which pages of a watched region have been written. */
#include "core/pages.h"

bool vm_note_write(vm_region *r, size_t offset, size_t size) {
  if (!r->watched || size == 0) return true;
  vm_pages p = vm_widen(r, offset, size);
  if (vm_all_have(r, p, VM_UNWRITTEN, 0)) return true;
  if (!pt_prepare(&r->table, p.first, p.count)) return false;
  pt_update(&r->table, p.first, p.count, (uint8_t)~VM_UNWRITTEN, 0);
  return true;
}

bool vm_written(vm_region *r, size_t offset, size_t end, vm_run *run) {
  uint64_t page = offset >> r->page_shift;
  uint64_t last = (end + vm_page_size(r) - 1) >> r->page_shift;
  page += pt_span(&r->table, page, last - page, VM_UNWRITTEN, VM_UNWRITTEN);
  if (page >= last) return false;
  *run = vm_run_from(r, page, last, VM_UNWRITTEN);
  return true;
}

vm_error vm_rearm(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!r->watched) return VM_NOT_SUPPORTED;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  pt_update(&r->table, p.first, p.count, 0xff, VM_UNWRITTEN);
  return VM_OK;
}
