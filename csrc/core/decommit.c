/* decommit.c: rule 3: pages become reserved again. */
#include "core/decommit.h"

#include "core/attachments.h"
#include "core/lock.h"
#include "core/marking.h"
#include "core/rollback.h"
#include "core/saved.h"
#include "core/sparse.h"
#include "core/watch.h"
#include "core/wipe.h"
#include "os/os.h"

/* Only pages with a read-write mapping can be marked. The contents stay. */
static vm_error make_run_read_write(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0 || vm_maps_writable(run.byte)) return VM_OK;
  return os_protect(r->base + run.offset, run.size, VM_READ | VM_WRITE);
}

static vm_error empty_and_mark_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  return os_empty_and_mark(r->base + run.offset, run.size, r->marked_by);
}

/* In a sparse region all pages at once, with the reserved ones between: so a refusal comes before
** contents are lost. */
static vm_error empty_and_mark_pages(vm_region *r, vm_pages p) {
  if (vm_is_sparse(r))
    return os_empty_and_mark(vm_address(r, p.first), vm_bytes(r, p.count), r->marked_by);
  return vm_each_run(r, p, VM_COMMITTED, empty_and_mark_run, NULL);
}

static vm_error note_marked_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  vm_pages p = vm_widen(r, run.offset, run.size);
  r->committed -= run.size;
  pt_update(&r->table, p.first, p.count, 0, vm_reserved_byte(r) | VM_MARKED);
  return VM_OK;
}

/* Decommits a prepared range by marking it: in sparse regions, and at the limit of mappings, where the
** range cannot be mapped anew. The page table changes only when the system has done all of it. Until
** then it says "committed", so a failure can be rolled back. */
static vm_error decommit_in_place(vm_region *r, vm_pages p) {
  vm_error error = vm_each_run(r, p, VM_STATE, make_run_read_write, NULL);
  if (error == VM_OK) error = empty_and_mark_pages(r, p);
  if (error == VM_OK) (void)vm_each_run(r, p, VM_COMMITTED, note_marked_run, NULL);
  error = vm_restore_missing(r, p, error);
  return vm_finish_change(r, p, error, 0xff, 0);
}

static vm_error decommit_locked(vm_region *r, vm_pages p) {
  vm_error error = vm_each_run(r, p, VM_COMMITTED | VM_LOCKED, vm_unlock_run, NULL);
  error = error == VM_OK ? decommit_in_place(r, p) : vm_finish_change(r, p, error, 0xff, 0);
  if (error == VM_OK) return VM_OK;
  vm_each_run_with_spares(r, p, VM_COMMITTED | VM_LOCKED, vm_lock_run);
  return error;
}

static vm_error decommit(vm_region *r, vm_pages p) {
  vm_summary s = vm_summarise(r, p);
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  vm_error error = vm_wipe(r, p);
  if (error != VM_OK) return error;
  error = VM_NOT_SUPPORTED;
  uintptr_t address = vm_address(r, p.first);
  uint8_t byte = vm_reserved_byte(r);
  if (vm_is_sparse(r)) return s.locked > 0 ? decommit_locked(r, p) : decommit_in_place(r, p);
  if (p.count <= VM_SMALL && s.writable == p.count && s.locked == 0 && vm_may_mark(r))
    error = os_empty_and_mark(address, vm_bytes(r, p.count), r->marked_by);
  if (error == VM_OK) {
    byte |= VM_MARKED;
  } else {
    size_t size_of_pages = vm_bytes(r, p.count);
    error =
        r->lazy ? os_decommit_lazy(address, size_of_pages) : os_decommit(address, size_of_pages);
    if (error == VM_TOO_MANY_MAPPINGS && s.locked == 0 && s.attached == 0 && vm_may_mark(r))
      return decommit_in_place(r, p);
    if (error == VM_TOO_MANY_MAPPINGS && vm_turn_sparse(r)) return decommit(r, p);
  }
  if (error == VM_OK) r->committed -= vm_bytes(r, s.committed);
  return vm_finish_change(r, p, error, 0, byte);
}

/* The same where pages may be attached: those are detached. */
static vm_error decommit_and_detach(vm_region *r, vm_pages p) {
  vm_attachments changed;
  if (r->attachments == 0) return decommit(r, p);
  if (!vm_change_attachments(r, p.first, p.first + p.count, NULL, &changed))
    return VM_OUT_OF_MEMORY;
  vm_error error = decommit(r, p);
  vm_finish_attachments(r, &changed, error);
  return error;
}

/* `saved`: whether snapshots have got what they need. */
static vm_error decommit_saved(vm_region *r, vm_pages p, vm_error saved) {
  vm_error error = saved;
  if (error == VM_OK && !vm_prepare_forgetting(r, p)) error = VM_OUT_OF_MEMORY;
  if (error == VM_OK) error = decommit_and_detach(r, p);
  vm_forget_written(r, p, error == VM_OK);
  return error;
}

vm_error vm_decommit(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (vm_all_have(r, p, VM_COMMITTED, 0)) return VM_OK;
  return decommit_saved(r, p, vm_save(r, p));
}

vm_error vm_decommit_lost(vm_region *r, vm_pages p) {
  return decommit_saved(r, p, vm_note_lost(r, p));
}
