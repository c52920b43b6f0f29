/* lock.c: vm_lock, vm_unlock, vm_locked: pages that are kept in RAM. */
#include "core/lock.h"

#include "core/attachments.h"
#include "os/os.h"

static vm_error refuse_untouchable(vm_region *r, vm_run run, void *with) {
  (void)r, (void)with;
  return vm_is_touchable(run.byte) ? VM_OK : VM_PERMISSION_DENIED;
}

/* For pages that vm_lock had not locked before. */
static vm_error unlock_again(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_LOCKED) == 0) (void)os_unlock(r->base + run.offset, run.size);
  return VM_OK;
}

static vm_error forget_lock(vm_region *r, vm_run run, void *with) {
  (void)with;
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (vm_is_locked(run.byte)) pt_update(&r->table, p.first, p.count, (uint8_t)~VM_LOCKED, 0);
  return VM_OK;
}

/* A child of fork inherits the page table, but no locks. */
static void forget_locks_of_parent(vm_region *r) {
  if (r->locked_by == 0 || r->locked_by == os_process_id()) return;
  (void)vm_each_run(r, vm_widen(r, 0, r->size), VM_COMMITTED | VM_LOCKED, forget_lock, NULL);
  r->locked_by = 0;
}

vm_error vm_lock(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  vm_error error = vm_each_run(r, p, VM_STATE, refuse_untouchable, NULL);
  if (error != VM_OK) return error;
  if (vm_has_past_end(r, p.first, p.first + p.count)) return VM_PAST_END;
  forget_locks_of_parent(r);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  error = os_lock(vm_address(r, p.first), vm_bytes(r, p.count));
  if (error != VM_OK) vm_each_run_with_spares(r, p, VM_COMMITTED | VM_LOCKED, unlock_again);
  if (error == VM_OK) r->locked_by = os_process_id();
  pt_update(&r->table, p.first, p.count, 0xff, error == VM_OK ? VM_LOCKED : 0);
  return error;
}

vm_error vm_unlock_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  return vm_is_locked(run.byte) ? os_unlock(r->base + run.offset, run.size) : VM_OK;
}

vm_error vm_lock_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (vm_is_locked(run.byte)) (void)os_lock(r->base + run.offset, run.size);
  return VM_OK;
}

vm_error vm_unlock(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = vm_each_run(r, p, VM_COMMITTED | VM_LOCKED, vm_unlock_run, NULL);
  if (error != VM_OK) vm_each_run_with_spares(r, p, VM_COMMITTED | VM_LOCKED, vm_lock_run);
  uint8_t keep = error == VM_OK ? (uint8_t)~VM_LOCKED : 0xff;
  pt_update(&r->table, p.first, p.count, keep, 0);
  return error;
}

size_t vm_locked(vm_region *r, size_t offset, size_t size) {
  forget_locks_of_parent(r);
  vm_pages p = vm_widen(r, offset, size);
  uint8_t locked = VM_COMMITTED | VM_LOCKED; /* for a reserved page the second bit means: marked */
  return vm_bytes(r, pt_count(&r->table, p.first, p.count, locked, locked));
}
