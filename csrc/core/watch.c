/* watch.c: notes which pages have been written. */
#include "core/watch.h"

#include "core/saved.h"

bool vm_note_write(vm_region *r, size_t offset, size_t size) {
  if (!vm_is_armed(r) || size == 0) return true;
  vm_pages p = vm_widen(r, offset, size);
  if (vm_all_have(r, p, VM_UNWRITTEN, 0)) return true;
  if (vm_save(r, p) != VM_OK || !pt_prepare(&r->table, p.first, p.count)) return false;
  pt_update(&r->table, p.first, p.count, (uint8_t)~VM_UNWRITTEN, 0);
  return true;
}

size_t vm_noted(vm_region *r, size_t offset, size_t size) {
  if (!vm_is_armed(r) || size == 0) return size;
  vm_pages p = vm_widen(r, offset, size);
  uint64_t noted = pt_span(&r->table, p.first, p.count, VM_UNWRITTEN, 0);
  if (noted == p.count) return size;
  return noted > 0 ? vm_bytes(r, p.first + noted) - offset : 0;
}

/* {====== Armed pages that are written in the script's eyes ====== */

bool vm_note_written(vm_region *r, vm_pages p) {
  if (!r->watched) return true;
  if (!pt_prepare(&r->written, p.first, p.count)) return false;
  pt_update(&r->written, p.first, p.count, 0xff, 1);
  return true;
}

bool vm_prepare_forgetting(vm_region *r, vm_pages p) {
  return pt_span(&r->written, p.first, p.count, 1, 0) == p.count ||
         pt_prepare(&r->written, p.first, p.count);
}

void vm_forget_written(vm_region *r, vm_pages p, bool forget) {
  if (pt_span(&r->written, p.first, p.count, 1, 0) < p.count)
    pt_update(&r->written, p.first, p.count, forget ? 0 : 0xff, 0);
}

static vm_error keep_written(vm_region *r, vm_run run, void *with) {
  (void)with;
  if ((run.byte & (VM_COMMITTED | VM_UNWRITTEN)) != VM_COMMITTED) return VM_OK;
  return vm_note_written(r, vm_widen(r, run.offset, run.size)) ? VM_OK : VM_OUT_OF_MEMORY;
}

bool vm_arm(vm_region *r) {
  vm_pages all = vm_widen(r, 0, r->size);
  if (r->watched && vm_each_run(r, all, VM_COMMITTED | VM_UNWRITTEN, keep_written, NULL) != VM_OK)
    return false;
  pt_update(&r->table, all.first, all.count, 0xff, VM_UNWRITTEN);
  return true;
}

/* ====== } */

/* How many pages in a row, below `last`, are written, or are not. */
static uint64_t span(vm_region *r, uint64_t page, uint64_t last, bool written) {
  uint64_t at = page;
  while (at < last) {
    pt_run run = pt_run_at(&r->table, at), also = pt_run_at(&r->written, at);
    if (((run.byte & VM_UNWRITTEN) == 0 || also.byte != 0) != written) break;
    uint64_t end = run.first + run.count, other = also.first + also.count;
    at = end < other ? end : other;
  }
  return (at < last ? at : last) - page;
}

bool vm_written(vm_region *r, size_t offset, size_t end, vm_run *run) {
  uint64_t page = offset >> r->page_shift;
  uint64_t last = (end + vm_page_size(r) - 1) >> r->page_shift;
  page += span(r, page, last, false);
  if (page >= last) return false;
  *run = (vm_run){vm_bytes(r, page), vm_bytes(r, span(r, page, last, true)), 0};
  return true;
}

vm_error vm_rearm(vm_region *r, size_t offset, size_t size) {
  vm_pages p = vm_widen(r, offset, size);
  if (!r->watched) return VM_NOT_SUPPORTED;
  if (!vm_prepare_forgetting(r, p)) return VM_OUT_OF_MEMORY;
  bool prepared = pt_prepare(&r->table, p.first, p.count);
  vm_forget_written(r, p, prepared);
  if (!prepared) return VM_OUT_OF_MEMORY;
  pt_update(&r->table, p.first, p.count, 0xff, VM_UNWRITTEN);
  return VM_OK;
}
