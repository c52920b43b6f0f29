/* rollback.c: all or nothing: undoes a change of pages that the system has refused half-way. */
#include "core/rollback.h"

#include "os/os.h"

static bool unmark_if_possible(vm_region *r, uintptr_t address, size_t size) {
  return !vm_can_mark(r) || os_unmark(address, size, r->marked_by) == VM_OK;
}

/* Without markers, which a later commit would leave on. Lazy pages that the system does not map anew as lazy are
** charged at their next commit. */
static void make_inaccessible(vm_region *r, vm_run run) {
  uintptr_t address = r->base + run.offset;
  if (!r->lazy || os_decommit_lazy(address, run.size) != VM_OK)
    os_make_inaccessible(address, run.size);
  if (r->marked_by == VM_BY_MARKER) (void)unmark_if_possible(r, address, run.size);
}

void vm_lose(vm_region *r, vm_run run) {
  uintptr_t address = r->base + run.offset;
  uint8_t byte = vm_reserved_byte(r);
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (vm_is_locked(run.byte)) (void)os_unlock(address, run.size);
  if (vm_can_mark(r) && os_empty_and_mark(address, run.size, r->marked_by) == VM_OK &&
      os_protect(address, run.size, VM_READ | VM_WRITE) == VM_OK)
    byte |= VM_MARKED;
  else
    make_inaccessible(r, run);
  r->committed -= run.size;
  pt_update(&r->table, p.first, p.count, 0, byte);
  bool written = pt_span(&r->written, p.first, p.count, 1, 0) < p.count;
  if (written && pt_prepare(&r->written, p.first, p.count))
    pt_update(&r->written, p.first, p.count, 0, 0);
}

/* For marked pages, some of which may have been opened. */
static bool mark_again(vm_region *r, vm_run run) {
  uintptr_t address = r->base + run.offset;
  return os_protect(address, run.size, VM_READ | VM_WRITE) == VM_OK &&
         os_empty_and_mark(address, run.size, r->marked_by) == VM_OK;
}

/* If the system refuses this as well, the page table says less, so that everything it allows still works. */
static vm_error put_back_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  uintptr_t address = r->base + run.offset;
  uint8_t lost = 0;
  if (run.byte & VM_COMMITTED) {
    if (r->marked_by == VM_BY_MARKER) (void)unmark_if_possible(r, address, run.size);
    if (os_protect(address, run.size, run.byte & VM_PROTECTION) != VM_OK) lost = VM_PROTECTION;
  } else if (!vm_is_marked(run.byte) || !mark_again(r, run)) {
    lost = VM_MARKED; /* if the page was marked */
    make_inaccessible(r, run);
  }
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (lost != 0) pt_update(&r->table, p.first, p.count, (uint8_t)~lost, 0);
  return VM_OK;
}

void vm_roll_back(vm_region *r, vm_pages p) {
  vm_each_run_with_spares(r, p, VM_STATE | VM_MARKED, put_back_run);
  pt_update(&r->table, p.first, p.count, 0xff, 0);
}

_Static_assert((int)VM_CHUNK <= (int)OS_FILLED_SINGLY, "filling a piece would take a mapping");

/* In pieces that need no new mapping, which the system may just have refused. */
static vm_error refill_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  size_t most = vm_bytes(r, VM_CHUNK), end = run.offset + run.size;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  for (size_t at = run.offset, size; at < end; at += size) {
    size = end - at < most ? end - at : most;
    if (os_refill(r->base + at, size) == VM_OK) continue;
    vm_lose(r, run);
    break;
  }
  return VM_OK;
}

vm_error vm_restore_missing(vm_region *r, vm_pages p, vm_error error) {
  if (error == VM_OK || r->marked_by != VM_BY_MISSING) return error;
  vm_each_run_with_spares(r, p, VM_STATE | VM_LOCKED, refill_run);
  return error;
}

vm_error vm_finish_change(vm_region *r, vm_pages p, vm_error error, uint8_t keep, uint8_t set) {
  if (error == VM_OK)
    pt_update(&r->table, p.first, p.count, keep, set);
  else
    vm_roll_back(r, p);
  return error;
}
