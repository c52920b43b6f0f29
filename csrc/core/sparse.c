/* sparse.c: how a region becomes sparse: at its start, or when it meets the limit of mappings. */
#include "core/sparse.h"

#include "core/marking.h"
#include "core/rollback.h"
#include "os/os.h"

vm_error vm_begin_sparse(vm_region *r) {
  vm_error error = os_mark(r->base, r->size, VM_BY_MISSING);
  if (error == VM_NOT_SUPPORTED) return VM_OK;
  if (error != VM_OK) return error;
  r->marked_by = VM_BY_MISSING;
  pt_init(&r->table, r->table.pages, vm_reserved_byte(r) | VM_MARKED);
  return VM_OK;
}

/* {====== At the limit of mappings ======
**
** All pages are registered with the userfaultfd, committed ones as well. Those are filled, so that they do
** not trap; long runs are taken off the userfaultfd instead. Then the reserved pages get the protection "rw":
** their mappings merge with the neighbours, which gives up to half of the region's mappings back. */

enum { LONG = VM_CHUNK * VM_CHUNK }; /* pages of a run, from which on it is treated as a whole */

static vm_error keep_run_accessible(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  uintptr_t address = r->base + run.offset;
  return run.size < vm_bytes(r, LONG) ? os_refill(address, run.size)
                                      : os_unmark(address, run.size, VM_BY_MISSING);
}

/* A long run is mapped anew instead: the system counts writable pages, and might refuse so many. */
static vm_error open_reserved(vm_region *r, vm_run run) {
  uintptr_t address = r->base + run.offset;
  if (run.size < vm_bytes(r, LONG) && os_commit(address, run.size, VM_READ | VM_WRITE) == VM_OK)
    return VM_OK;
  return os_mark(address, run.size, VM_BY_MISSING);
}

/* A run that cannot be marked now is marked by the commit that needs it. */
static vm_error mark_reserved_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  vm_pages p = vm_widen(r, run.offset, run.size);
  if ((run.byte & VM_COMMITTED) != 0 || !pt_prepare(&r->table, p.first, p.count)) return VM_OK;
  (void)vm_finish_change(r, p, open_reserved(r, run), 0xff, VM_MARKED);
  return VM_OK;
}

/* Where there are markers, these are used instead (marking.c). Wiped, concealed and lazy regions, and those with
** attached pages, are never sparse. */
static bool may_turn(const vm_region *r) {
  bool plain = !r->concealed && !r->wiped && !r->lazy && r->attachments == 0;
  return plain && !vm_is_sparse(r) && !vm_can_mark(r);
}

/* The region's first and last mapping may go on beyond it, and are then cut. */
static vm_error register_all(vm_region *r) {
  os_drop_spare_mappings();
  vm_error error = os_register_missing(r->base, r->size);
  os_keep_spare_mappings();
  return error;
}

bool vm_turn_sparse(vm_region *r) {
  vm_pages all = vm_widen(r, 0, r->size);
  if (!may_turn(r) || register_all(r) != VM_OK) return false;
  if (vm_each_run(r, all, VM_COMMITTED, keep_run_accessible, NULL) != VM_OK) {
    os_unregister_missing(r->base, r->size);
    return false;
  }
  r->marked_by = VM_BY_MISSING;
  (void)vm_each_run(r, all, VM_COMMITTED, mark_reserved_run, NULL);
  return true;
}

/* ====== } */
