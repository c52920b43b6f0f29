/* query.c: runs of pages, and whether pages allow an access (rules 5 and 7). */
#include "core/pages.h"
#include "core/trap.h"
#include "os/os.h"

vm_run vm_query(vm_region *r, size_t offset) {
  uint64_t page = offset >> r->page_shift, end = r->size >> r->page_shift;
  return vm_run_from(r, page, vm_trap_border(r, page, end), VM_STATE);
}

unsigned vm_state_at(vm_region *r, size_t offset) {
  return pt_run_at(&r->table, offset >> r->page_shift).byte & VM_STATE;
}

bool vm_is_committed(vm_region *r, size_t offset, size_t size) {
  return size == 0 || vm_all_have(r, vm_widen(r, offset, size), VM_COMMITTED, VM_COMMITTED);
}

bool vm_allows(vm_region *r, size_t offset, size_t size, unsigned need, size_t *refused) {
  if (size == 0) return true;
  vm_pages p = vm_widen(r, offset, size);
  uint64_t good = pt_span(&r->table, p.first, p.count, (uint8_t)(need | VM_GUARD), (uint8_t)need);
  bool write = (need & VM_WRITE) != 0, is_told = (r->table.forgets & PT_TOLD) != 0;
  if (good == p.count && is_told) os_get_limits()->touched(r->base + offset, size, write);
  if (good == p.count) return true;
  size_t start = vm_bytes(r, p.first + good);
  *refused = start > offset ? start : offset;
  return false;
}
