/* dirty.c: what restore does with the dirty pages of a snapshot. */
#include "core/dirty.h"

#include "core/backed.h"
#include "core/loss.h"

vm_error vm_every_dirty(vm_snapshot *s, vm_act_on_pages *act, bool goes_on) {
  uint64_t pages = s->dirty.pages, page = 0;
  vm_error error = VM_OK;
  while (page < pages && (error == VM_OK || goes_on)) {
    page += pt_span(&s->dirty, page, pages - page, 1, 0);
    if (page == pages) break;
    pt_run dirty = pt_run_at(&s->dirty, page), then = pt_run_at(&s->states, page);
    uint64_t end = dirty.first + dirty.count, other = then.first + then.count;
    if (other < end) end = other;
    if (then.byte & VM_COMMITTED) error = act(s, (vm_pages){page, end - page});
    page = end;
  }
  return error;
}

vm_error vm_save_for_others(vm_snapshot *s, vm_pages p) { return vm_save(s->region, p); }

vm_error vm_prepare_arming(vm_snapshot *s, vm_pages p) {
  vm_region *r = s->region;
  bool prepared = pt_prepare(&r->table, p.first, p.count) &&
                  (!r->watched || pt_prepare(&r->written, p.first, p.count));
  return prepared ? VM_OK : VM_OUT_OF_MEMORY;
}

vm_error vm_undo_preparing(vm_snapshot *s, vm_pages p) {
  pt_update(&s->region->table, p.first, p.count, 0xff, 0);
  if (s->region->watched) pt_update(&s->region->written, p.first, p.count, 0xff, 0);
  return VM_OK;
}

/* The pages are written in the script's eyes. */
vm_error vm_arm_pages(vm_snapshot *s, vm_pages p) {
  pt_update(&s->region->table, p.first, p.count, 0xff, VM_UNWRITTEN);
  if (s->region->watched) pt_update(&s->region->written, p.first, p.count, 0xff, 1);
  return VM_OK;
}

vm_error vm_copy_back(vm_snapshot *s, vm_pages p) {
  vm_region *r = s->region;
  bool done = true;
  for (uint64_t page = p.first, end = p.first + p.count; page < end;) {
    const vm_page_copy *copy = vm_saved_page(s, page);
    if (copy != NULL) {
      done &= vm_fill_page(r, vm_bytes(r, page++), copy->bytes);
      continue;
    }
    uint64_t zeros = page + pt_span(&s->copies.kept, page, end - page, 1, 0);
    while (page < zeros) {
      vm_run run = vm_run_from(r, page, zeros, VM_STATE);
      uint64_t next = page + (run.size >> r->page_shift);
      bool writable = vm_is_writable(run.byte);
      if (writable && !r->fallible) vm_wipe_backed(r->base + run.offset, run.size);
      for (; page < next; page++)
        if (writable && r->fallible) done &= vm_fill_page(r, vm_bytes(r, page), NULL);
    }
  }
  return done ? VM_OK : VM_IO_ERROR;
}

vm_error vm_each_note(vm_snapshot *s, vm_act_on_pages *act) {
  vm_error error = VM_OK;
  for (size_t i = 0; i < s->notes && error == VM_OK; i++) error = act(s, s->noted[i]);
  return error;
}
