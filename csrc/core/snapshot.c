/* snapshot.c: snapshots of a region: taken, closed, and what has changed since. */
#include "core/snapshot.h"

#include <stdlib.h>

#include "core/attachments.h"
#include "core/difference.h"
#include "core/watch.h"

/* {====== Taking and closing ====== */

void vm_snapshot_close(vm_snapshot *s) {
  vm_snapshot_empty(s);
  free(s);
}

vm_error vm_snapshot_take(vm_region *r, bool all, vm_snapshot **out) {
  if (r->wiped || r->concealed || vm_has_attached(r, 0, r->table.pages, true))
    return VM_NOT_SUPPORTED;
  vm_snapshot *s = vm_snapshot_new(r);
  if (s == NULL) return VM_OUT_OF_MEMORY;
  vm_error error = all ? vm_save_copies(r, vm_widen(r, 0, r->size)) : VM_OK;
  if (error == VM_OK && !vm_arm(r)) error = VM_OUT_OF_MEMORY;
  s->all = all;
  if (error == VM_OK)
    *out = s;
  else
    vm_snapshot_close(s);
  return error;
}

size_t vm_snapshot_size(const vm_snapshot *s) { return vm_bytes(s->region, s->copies.count); }

/* ====== } */

/* Whether a page of the run of `t` has changed. *count: the following ones, up to that number, as well. */
static bool has_changed(vm_snapshot *s, const vm_then_and_now *t, uint64_t *count) {
  *count = t->pages.count;
  if (t->then != t->now) return true;
  if ((t->then & VM_COMMITTED) == 0) return false;
  if (s->all) {
    uint64_t alike = vm_count_alike(s, t->pages);
    *count = alike > 0 ? alike : 1;
    return alike == 0;
  }
  pt_run run = pt_run_at(&s->dirty, t->pages.first);
  if (run.first + run.count - t->pages.first < *count)
    *count = run.first + run.count - t->pages.first;
  return run.byte != 0;
}

bool vm_snapshot_changed(vm_snapshot *s, size_t offset, vm_run *run) {
  vm_region *r = s->region;
  uint64_t page = offset >> r->page_shift, first = page, found = 0, count;
  for (; page < r->table.pages; page += count) {
    vm_then_and_now t = vm_compare_states(s, page);
    if (has_changed(s, &t, &count)) {
      if (found == 0) first = page;
      found += count;
    } else if (found > 0) {
      break;
    }
  }
  *run = (vm_run){vm_bytes(r, first), vm_bytes(r, found), 0};
  return found > 0;
}
