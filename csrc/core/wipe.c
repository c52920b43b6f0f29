/* wipe.c: overwrites contents of wiped regions before they are given up.
**
** Before the first byte is overwritten, all pages are made writable. So when the system refuses that,
** the contents are still there. */
#include "core/wipe.h"

#include "core/backed.h"
#include "core/rollback.h"
#include "os/os.h"

static bool is_writable(unsigned byte) { return (byte & (VM_WRITE | VM_GUARD)) == VM_WRITE; }

static vm_error make_run_writable(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0 || is_writable(run.byte)) return VM_OK;
  return os_protect(r->base + run.offset, run.size, VM_READ | VM_WRITE);
}

static vm_error wipe_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (run.byte & VM_COMMITTED) vm_wipe_backed(r->base + run.offset, run.size);
  return VM_OK;
}

static vm_error restore_protection(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0 || is_writable(run.byte)) return VM_OK;
  return os_protect(r->base + run.offset, run.size, run.byte & VM_PROTECTION);
}

static vm_error wipe_run_if_allowed(vm_region *r, vm_run run, void *with) {
  return make_run_writable(r, run, with) == VM_OK ? wipe_run(r, run, with) : VM_OK;
}

vm_error vm_wipe(vm_region *r, vm_pages p) {
  if (!r->wiped) return VM_OK;
  vm_error error = vm_each_run(r, p, VM_STATE, make_run_writable, NULL);
  if (error == VM_OK) return vm_each_run(r, p, VM_COMMITTED, wipe_run, NULL);
  vm_roll_back(r, p);
  return error;
}

vm_error vm_wipe_and(vm_region *r, vm_pages p, vm_act_on_run *act) {
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = vm_wipe(r, p);
  if (error != VM_OK) return error;
  error = vm_each_run(r, p, 0xff, act, NULL);
  if (error == VM_OK) error = vm_each_run(r, p, VM_STATE, restore_protection, NULL);
  return vm_finish_change(r, p, error, 0xff, 0);
}

void vm_wipe_some(vm_region *r) {
  vm_each_run_with_spares(r, vm_widen(r, 0, r->size), VM_STATE, wipe_run_if_allowed);
}
