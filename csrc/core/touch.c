/* touch.c: a touch of a reserved page commits it, and its neighbours in an aligned group. */
#include "core/touch.h"

#include "core/pages.h"
#include "core/trap.h"

bool vm_answers_touch(vm_region *r, size_t offset, unsigned need) {
  return r->around > 0 && (vm_state_at(r, offset) & VM_COMMITTED) == 0 &&
         (r->protection & (need | VM_GUARD)) == need && vm_trap_at(r, offset) == NULL;
}

/* The reserved pages from `low` to `high`, without a trap, that are next to each other and hold `page`. */
static vm_pages reserved_around(vm_region *r, uint64_t page, uint64_t low, uint64_t high) {
  uint64_t first = page, border;
  while ((border = vm_trap_border(r, low, page + 1)) <= page) low = border;
  high = vm_trap_border(r, page, high);
  while (first > low) {
    pt_run below = pt_run_at(&r->table, first - 1);
    if (below.byte & VM_COMMITTED) break;
    first = below.first > low ? below.first : low;
  }
  uint64_t above = pt_span(&r->table, page, high - page, VM_COMMITTED, 0);
  return (vm_pages){first, page + above - first};
}

static vm_error commit_pages(vm_region *r, vm_pages p, vm_run *run) {
  *run = (vm_run){vm_bytes(r, p.first), vm_bytes(r, p.count), VM_COMMITTED | r->protection};
  return vm_commit(r, run->offset, run->size, r->protection);
}

vm_error vm_touch(vm_region *r, size_t offset, size_t size, vm_run *run) {
  vm_pages p = vm_widen(r, offset, size);
  uint64_t pages = r->size >> r->page_shift, end = p.first + p.count;
  uint64_t low = p.first / r->around * r->around, rest = (end - 1) % r->around + 1;
  uint64_t high = pages - end < r->around - rest ? pages : end + (r->around - rest);
  vm_pages group = reserved_around(r, p.first, low, high);
  vm_error error = commit_pages(r, group, run);
  vm_pages needed = {p.first, group.first + group.count - p.first};
  if (needed.count > p.count) needed.count = p.count;
  if (error == VM_OK || needed.count == group.count) return error;
  return commit_pages(r, needed, run);
}
