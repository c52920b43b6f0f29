/* commit.c: rule 2: pages become committed. */
#include "core/attachments.h"
#include "core/marking.h"
#include "core/rollback.h"
#include "core/space.h"
#include "core/sparse.h"
#include "core/trap.h"
#include "os/os.h"

/* Writes into the page table that marked pages are committed now, with the byte `with`. */
static vm_error unmark_run(vm_region *r, vm_run run, void *with) {
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (vm_is_marked(run.byte))
    pt_update(&r->table, p.first, p.count, VM_UNWRITTEN, *(const uint8_t *)with);
  return VM_OK;
}

static vm_error fill_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  return vm_is_marked(run.byte) ? os_unmark(r->base + run.offset, run.size, r->marked_by) : VM_OK;
}

/* Other code may have closed the userfaultfd, and written to pages that then did not trap. */
static vm_error empty_run(vm_region *r, vm_run run, void *with) {
  (void)with;
  if (!vm_is_marked(run.byte)) return VM_OK;
  return os_empty_and_mark(r->base + run.offset, run.size, r->marked_by);
}

/* In a sparse region, runs of marked pages are filled one by one, because filling a range with pages
** that are present goes page by page. A commit of many pages takes the whole range off the userfaultfd. */
static vm_error unmark_pages(vm_region *r, vm_pages p) {
  if (vm_is_sparse(r) && p.count <= VM_CHUNK)
    return vm_each_run(r, p, VM_COMMITTED | VM_MARKED, fill_run, NULL);
  vm_error error = VM_OK;
  if (vm_is_sparse(r)) error = vm_each_run(r, p, VM_COMMITTED | VM_MARKED, empty_run, NULL);
  if (error != VM_OK) return error;
  return os_unmark(vm_address(r, p.first), vm_bytes(r, p.count), r->marked_by);
}

/* Makes the system open pages of the region's own. */
static vm_error open_own_pages(vm_region *r, vm_pages p, const vm_summary *s, unsigned protection) {
  vm_error error = VM_OK;
  uintptr_t address = vm_address(r, p.first);
  size_t size = vm_bytes(r, p.count);
  /* Again, because a decommit has mapped these pages anew. */
  if (r->concealed && s->committed < p.count) error = os_conceal(address, size);
  if (error == VM_OK && (!vm_maps_writable(protection) || s->writable < p.count))
    error = os_commit(address, size, protection);
  if (error == VM_OK && s->marked > 0) error = unmark_pages(r, p);
  return error;
}

static vm_error open_run(vm_region *r, vm_run run, void *with) {
  unsigned protection = *(const unsigned *)with;
  vm_pages p = vm_widen(r, run.offset, run.size);
  if (vm_attachment_at(r, run.offset) != NULL)
    return os_protect(r->base + run.offset, run.size, protection);
  vm_summary s = vm_summarise(r, p);
  return open_own_pages(r, p, &s, protection);
}

/* Makes the system open the pages: at once, or those of the region's own and attached ones one after the other. */
static vm_error open_pages(vm_region *r, vm_pages p, const vm_summary *s, unsigned protection) {
  if (s->attached == 0) return open_own_pages(r, p, s, protection);
  return vm_each_run(r, p, VM_COMMITTED, open_run, &protection);
}

/* Whether the system had no room for another mapping, and nothing has been released since. */
static bool has_no_mapping_left(vm_region *r) {
  if (r->no_mapping_left && r->no_mapping_left_at != vm_space_releases(r->space))
    r->no_mapping_left = false;
  return r->no_mapping_left;
}

static bool note_no_mapping_left(vm_region *r) {
  if (has_no_mapping_left(r)) return false;
  r->no_mapping_left = true;
  r->no_mapping_left_at = vm_space_releases(r->space);
  return true;
}

/* Before a commit of pages whose mapping is not read-write yet: marks pages where that makes the commit
** cheaper, or possible at the limit of mappings. */
static void prepare_mapping(vm_region *r, vm_pages p, const vm_summary *s) {
  if (!vm_may_mark(r)) return;
  if (p.count <= VM_SMALL) vm_mark_busy_chunks(r, p);
  if (!has_no_mapping_left(r)) return;
  if (s->writable > 0)
    (void)vm_mark(r, p);
  else
    (void)vm_extend_near_mapping(r, p);
}

vm_error vm_commit(vm_region *r, size_t offset, size_t size, unsigned protection) {
  vm_pages p = vm_widen(r, offset, size);
  uint8_t byte = (uint8_t)(VM_COMMITTED | protection);
  if (vm_all_have(r, p, VM_STATE, byte)) return VM_OK;
  if (vm_traps_reads(r, offset, size)) return VM_IN_USE;
  if (!vm_attached_may(r, p.first, p.first + p.count, protection)) return VM_PERMISSION_DENIED;
  vm_error error =
      vm_is_sparse(r) ? vm_mark(r, p) : VM_OK; /* a failure may have left unmarked pages */
  if (error != VM_OK) return error;
  vm_summary s = vm_summarise(r, p);
  if (s.writable < p.count && vm_maps_writable(protection)) {
    prepare_mapping(r, p, &s);
    s = vm_summarise(r, p);
  }
  if (!pt_prepare(&r->table, p.first, p.count)) return VM_OUT_OF_MEMORY;
  error = open_pages(r, p, &s, protection);
  /* VM_LOCKED and VM_MARKED are one bit: it stays for pages that were locked, not for those that were
  ** marked. */
  uint8_t keep = s.locked > 0 ? VM_LOCKED | VM_UNWRITTEN : VM_UNWRITTEN;
  if (error == VM_OK) {
    r->committed += vm_bytes(r, p.count - s.committed);
    if (s.locked > 0 && s.marked > 0)
      (void)vm_each_run(r, p, (uint8_t)~VM_UNWRITTEN, unmark_run, &byte);
  }
  error = vm_finish_change(r, p, error, keep, byte);
  if (error != VM_TOO_MANY_MAPPINGS || !vm_maps_writable(protection) || vm_is_sparse(r) ||
      !note_no_mapping_left(r))
    return error;
  return vm_may_mark(r) || vm_turn_sparse(r) ? vm_commit(r, offset, size, protection) : error;
}
