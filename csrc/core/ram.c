/* ram.c: vm_prefetch, vm_discard, vm_resident: which pages are in RAM. */
#include "core/attachments.h"
#include "core/pages.h"
#include "core/rollback.h"
#include "core/saved.h"
#include "core/wipe.h"
#include "os/os.h"

static vm_error prefetch_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (!vm_is_touchable(run.byte)) return VM_OK;
  const vm_attachment *a = vm_attachment_at(r, run.offset);
  unsigned write =
      a != NULL ? VM_WRITE : 0U; /* that would copy pages, or undo what others write meanwhile */
  return os_prefetch(r->base + run.offset, run.size, run.byte & VM_PROTECTION & ~write);
}

vm_error vm_prefetch(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  if (vm_has_past_end(r, p.first, p.first + p.count)) return VM_PAST_END;
  vm_error error = vm_each_run(r, p, VM_STATE, prefetch_run, NULL);
  bool cut = error == VM_IO_ERROR && vm_has_past_end(r, p.first, p.first + p.count);
  return cut ? VM_PAST_END : error;
}

/* Attached pages: shared ones keep their contents, which are those of the section; private copies are dropped. */
static vm_error show_section_again(vm_region *r, const vm_attachment *a, vm_run run) {
  if (!a->copy || vm_is_locked(run.byte)) return VM_OK; /* attaching anew would drop the lock */
  uint64_t from = a->from + (run.offset - vm_bytes(r, a->first));
  return os_attach(r->base + run.offset, run.size, &a->section->system, from,
                   run.byte & VM_PROTECTION, true);
}

static vm_error discard_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  uintptr_t address = r->base + run.offset;
  const vm_attachment *a = vm_attachment_at(r, run.offset);
  if (a != NULL) return show_section_again(r, a, run);
  vm_error error = os_discard(address, run.size, run.byte);
  if (error != VM_OK || r->marked_by != VM_BY_MISSING) return error;
  /* Locked pages may have kept their contents, so not all are missing. */
  return run.size <= vm_bytes(r, OS_FILLED_SINGLY) ? os_refill(address, run.size)
                                                   : os_unmark(address, run.size, r->marked_by);
}

vm_error vm_discard(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!vm_all_have(r, p, VM_COMMITTED, VM_COMMITTED)) return VM_NOT_COMMITTED;
  size_t page = vm_page_size(r);
  /* Only whole pages: the rest of a page keeps its contents. */
  size_t from = (offset + page - 1) & ~(page - 1), to = (offset + size) & ~(page - 1);
  if (from >= to) return VM_OK;
  p = vm_widen(r, from, to - from);
  if (r->wiped) return vm_wipe_and(r, p, discard_run);
  vm_error error = vm_save(r, p);
  if (error != VM_OK) return error;
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  error = vm_restore_missing(r, p, vm_each_run(r, p, 0xff, discard_run, NULL));
  return vm_finish_change(r, p, error, 0xff, 0);
}

/* A few reserved pages between two committed runs are asked about too, since one call takes less time
** than two; no reserved page is resident. Not many: Windows looks at each. */
enum { NEAR = 16 }; /* pages */

/* The range to ask the system about next, and the resident bytes found so far. */
typedef struct counted {
  size_t offset, size, bytes;
} counted;

static vm_error count_range(vm_region *r, counted *c) {
  size_t bytes = 0;
  vm_error error = c->size > 0 ? os_resident(r->base + c->offset, c->size, &bytes) : VM_OK;
  c->bytes += bytes;
  return error;
}

static vm_error count_resident(vm_region *r, vm_run run, void *with) {
  counted *c = with;
  if ((run.byte & VM_COMMITTED) == 0) return VM_OK;
  if (c->size > 0 && run.offset - (c->offset + c->size) <= vm_bytes(r, NEAR)) {
    c->size = run.offset + run.size - c->offset;
    return VM_OK;
  }
  vm_error error = count_range(r, c);
  c->offset = run.offset;
  c->size = run.size;
  return error;
}

vm_error vm_resident(vm_region *r, size_t offset, size_t size, size_t *bytes) {
  counted c = {0, 0, 0};
  vm_error error = vm_each_run(r, vm_widen(r, offset, size), VM_COMMITTED, count_resident, &c);
  if (error == VM_OK) error = count_range(r, &c);
  *bytes = c.bytes;
  return error;
}
