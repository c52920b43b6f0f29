/* restore.c: brings the pages of a region back to what they were when a snapshot was taken. */
#include "core/attach.h"
#include "core/attachments.h"
#include "core/difference.h"
#include "core/dirty.h"
#include "core/rollback.h"
#include "core/snapshot.h"
#include "core/trap.h"
#include "core/watch.h"
#include "os/os.h"

static vm_error each_dirty(vm_snapshot *s, vm_act_on_pages *act) {
  return vm_every_dirty(s, act, false);
}

/* {====== States ====== */

/* The longest run from the page on that is alike now and was alike then. */
static vm_then_and_now join_states(vm_snapshot *s, uint64_t page) {
  vm_then_and_now t = vm_compare_states(s, page);
  for (uint64_t end = page + t.pages.count; end < s->states.pages;) {
    vm_then_and_now more = vm_compare_states(s, end);
    if (more.then != t.then || more.now != t.now) break;
    t.pages.count += more.pages.count;
    end += more.pages.count;
  }
  return t;
}

/* Calls `act` for each run whose state is not that of the snapshot: for all of them, or until one call fails.
** Gives the last error. */
typedef vm_error act_on_states(vm_snapshot *s, const vm_then_and_now *t);
static vm_error every_state(vm_snapshot *s, act_on_states *act, bool goes_on) {
  vm_error error = VM_OK;
  for (uint64_t page = 0; page < s->states.pages && (error == VM_OK || goes_on);) {
    vm_then_and_now t = join_states(s, page);
    if (t.then != t.now) error = act(s, &t);
    page += t.pages.count;
  }
  return error;
}

static bool was_committed(const vm_then_and_now *t) { return (t->then & VM_COMMITTED) != 0; }
static bool is_committed(const vm_then_and_now *t) { return (t->now & VM_COMMITTED) != 0; }

/* VM_IN_USE for pages that were committed, and whose reads a trap answers now. */
static vm_error find_trapped(vm_snapshot *s, const vm_then_and_now *t) {
  vm_region *r = s->region;
  if (is_committed(t) || !was_committed(t)) return VM_OK;
  size_t offset = vm_bytes(r, t->pages.first);
  return vm_traps_reads(r, offset, vm_bytes(r, t->pages.count)) ? VM_IN_USE : VM_OK;
}

/* VM_PERMISSION_DENIED for pages that are attached now, with a protection then that their section does not allow. */
static vm_error find_forbidden(vm_snapshot *s, const vm_then_and_now *t) {
  if (!is_committed(t) || !was_committed(t)) return VM_OK;
  uint64_t first = t->pages.first, end = first + t->pages.count;
  bool may = vm_attached_may(s->region, first, end, t->then & VM_PROTECTION);
  return may ? VM_OK : VM_PERMISSION_DENIED;
}

/* VM_PAST_END for pages that cannot be given their contents, because their file has become shorter. */
static vm_error find_past_end(vm_snapshot *s, vm_pages p) {
  return vm_has_past_end(s->region, p.first, p.first + p.count) ? VM_PAST_END : VM_OK;
}

static vm_error commit_again(vm_snapshot *s, const vm_then_and_now *t) {
  vm_region *r = s->region;
  if (is_committed(t) || !was_committed(t)) return VM_OK;
  return vm_commit(r, vm_bytes(r, t->pages.first), vm_bytes(r, t->pages.count),
                   t->then & VM_PROTECTION);
}

static vm_error make_run_writable(vm_region *r, vm_run run, void *with) {
  unsigned old;
  (void)with;
  if ((run.byte & VM_COMMITTED) == 0 || vm_is_writable(run.byte)) return VM_OK;
  return vm_protect(r, run.offset, run.size, VM_READ | VM_WRITE, &old);
}

static vm_error make_writable(vm_snapshot *s, vm_pages p) {
  return vm_each_run(s->region, p, VM_STATE, make_run_writable, NULL);
}

/* Of pages that have been committed again, those need not be writable that were full of zeros. */
static vm_error make_copies_writable(vm_snapshot *s, vm_pages p) {
  vm_error error = VM_OK;
  for (uint64_t page = p.first, end = p.first + p.count; page < end && error == VM_OK;) {
    page += pt_span(&s->copies.kept, page, end - page, 1, 0);
    uint64_t count = pt_span(&s->copies.kept, page, end - page, 1, 1);
    if (count > 0) error = make_writable(s, (vm_pages){page, count});
    page += count;
  }
  return error;
}

static vm_error protect_again(vm_snapshot *s, const vm_then_and_now *t) {
  vm_region *r = s->region;
  unsigned old;
  if (!is_committed(t) || !was_committed(t)) return VM_OK;
  return vm_protect(r, vm_bytes(r, t->pages.first), vm_bytes(r, t->pages.count),
                    t->then & VM_PROTECTION, &old);
}

static vm_error decommit_again(vm_snapshot *s, const vm_then_and_now *t) {
  vm_region *r = s->region;
  if (was_committed(t) || !is_committed(t)) return VM_OK;
  return vm_decommit(r, vm_bytes(r, t->pages.first), vm_bytes(r, t->pages.count));
}

static vm_error restore_everything(vm_snapshot *s) {
  vm_error error = each_dirty(s, make_writable);
  if (error == VM_OK) error = every_state(s, commit_again, false);
  if (error == VM_OK) error = each_dirty(s, make_copies_writable);
  if (error == VM_OK) error = each_dirty(s, vm_copy_back);
  if (error == VM_OK) error = every_state(s, protect_again, false);
  if (error == VM_OK) error = every_state(s, decommit_again, false);
  return error;
}

/* ====== } */

/* {====== Undoing: as much as possible, whatever is refused ====== */

static vm_error try_to_copy(vm_snapshot *s, vm_pages p) {
  vm_region *r = s->region;
  for (uint64_t page = p.first, end = p.first + p.count; page < end;) {
    vm_run run = vm_run_from(r, page, end, VM_STATE);
    vm_pages alike = {page, run.size >> r->page_shift};
    if (vm_is_writable(run.byte)) (void)vm_copy_back(s, alike);
    page += alike.count;
  }
  return VM_OK;
}

static void lock_again(vm_region *r, vm_run run) {
  if (vm_is_locked(run.byte) && vm_locked(r, run.offset, run.size) < run.size)
    (void)vm_lock(r, run.offset, run.size);
}

/* Pages that were decommitted and committed again are armed: those that the script has written are not. */
static void write_again(vm_region *r, vm_run run) {
  vm_pages p = vm_widen(r, run.offset, run.size);
  if ((run.byte & (VM_COMMITTED | VM_UNWRITTEN)) != VM_COMMITTED) return;
  if (pt_prepare(&r->table, p.first, p.count))
    pt_update(&r->table, p.first, p.count, (uint8_t)~VM_UNWRITTEN, 0);
}

/* Pages that are committed, though the system should have made them something else: they become less. */
static void lower_pages(vm_snapshot *before, vm_pages p) {
  vm_region *r = before->region;
  vm_run run = {vm_bytes(r, p.first), vm_bytes(r, p.count), pt_run_at(&r->table, p.first).byte};
  if (pt_span(&before->states, p.first, p.count, VM_COMMITTED, VM_COMMITTED) == p.count)
    pt_update(&r->table, p.first, p.count, (uint8_t)~VM_PROTECTION, 0);
  else
    vm_lose(r, run);
}

/* What the system refuses even now becomes less than it was: reserved, or with the protection `none`. Without
** memory for nodes of the page table, so do the like pages around it. */
static vm_error lower(vm_snapshot *before, const vm_then_and_now *t) {
  pt_table *table = &before->region->table;
  uint64_t page = t->pages.first, end = page + t->pages.count;
  if (!is_committed(t)) return VM_OK;
  if (pt_prepare(table, page, t->pages.count)) {
    lower_pages(before, t->pages);
    return VM_OK;
  }
  while (page < end) {
    pt_run run = pt_run_at(table, page);
    page = run.first + run.count;
    if (run.byte & VM_COMMITTED) lower_pages(before, (vm_pages){run.first, run.count});
  }
  return VM_OK;
}

/* The act may need spare mappings. Calls inside of it take them back. */
static void try_dirty(vm_snapshot *before, vm_act_on_pages *act) {
  os_drop_spare_mappings();
  (void)vm_every_dirty(before, act, true);
}

static void try_states(vm_snapshot *before, act_on_states *act) {
  os_drop_spare_mappings();
  (void)every_state(before, act, true);
}

/* After a refusal: brings back the present, of which `before` is a snapshot, with what was attached. */
static void undo(vm_snapshot *before, vm_attachments *attached) {
  vm_region *r = before->region;
  os_drop_spare_mappings();
  vm_attach_again(r, attached);
  try_dirty(before, make_writable);
  try_states(before, commit_again);
  try_dirty(before, make_copies_writable);
  try_dirty(before, try_to_copy);
  try_states(before, protect_again);
  try_states(before, decommit_again);
  try_states(before, lower);
  for (uint64_t page = 0; page < before->states.pages;) {
    pt_run run = pt_run_at(&before->states, page);
    vm_run pages = {vm_bytes(r, page), vm_bytes(r, run.first + run.count - page), run.byte};
    lock_again(r, pages);
    if (r->watched) write_again(r, pages);
    page = run.first + run.count;
  }
  os_keep_spare_mappings();
}

/* ====== } */

/* {====== Restoring ====== */

/* VM_PERMISSION_DENIED if a page is not writable. */
static vm_error prepare_pages(vm_snapshot *s, vm_pages p) {
  vm_region *r = s->region;
  if (!vm_all_have(r, p, VM_WRITE | VM_GUARD, VM_WRITE)) return VM_PERMISSION_DENIED;
  vm_error error = vm_save(r, p);
  return error == VM_OK ? vm_prepare_arming(s, p) : error;
}

/* Where no state has changed and every dirty page is writable: nothing can fail after the preparation, but for pages
** that get lost meanwhile: then all stay dirty. VM_PERMISSION_DENIED, and nothing has changed, if it is not so. */
static vm_error restore_contents(vm_snapshot *s) {
  if (s->changes != s->region->table.changes) return VM_PERMISSION_DENIED;
  vm_error error = vm_each_note(s, prepare_pages);
  if (error == VM_OK) error = vm_each_note(s, vm_copy_back);
  (void)vm_each_note(s, error == VM_OK ? vm_arm_pages : vm_undo_preparing);
  if (error == VM_OK) vm_snapshot_renew(s);
  return error;
}

static vm_error note_written(vm_snapshot *s, vm_pages p) {
  return vm_note_written(s->region, p) ? VM_OK : VM_OUT_OF_MEMORY;
}

/* In every other case, with a snapshot of the present to undo it. */
static vm_error restore_all_or_nothing(vm_snapshot *s) {
  vm_region *r = s->region;
  pt_table written = {0};
  vm_attachments attached;
  if (!vm_change_attachments(r, 0, 0, NULL, &attached)) return VM_OUT_OF_MEMORY;
  if (r->watched && !pt_copy(&written, &r->written)) {
    vm_forget_attachments(&attached);
    return VM_OUT_OF_MEMORY;
  }
  vm_snapshot *before = vm_snapshot_new(r);
  vm_error error = before != NULL ? each_dirty(s, vm_save_for_others) : VM_OUT_OF_MEMORY;
  if (error == VM_OK) error = each_dirty(s, note_written);
  bool begun = error == VM_OK;
  if (begun) error = restore_everything(s);
  if (error != VM_OK) {
    if (begun) undo(before, &attached);
    if (r->watched) {
      pt_free(&r->written);
      r->written = written;
    }
  } else {
    if (r->watched) pt_free(&written);
    /* Without memory for arming, the pages stay dirty. */
    if (each_dirty(s, vm_prepare_arming) == VM_OK) {
      (void)each_dirty(s, vm_arm_pages);
      vm_snapshot_renew(s);
    } else {
      (void)each_dirty(s, vm_undo_preparing);
    }
  }
  if (before != NULL) vm_snapshot_close(before);
  vm_forget_attachments(&attached);
  return error;
}

/* Pages that have been written through pointers become dirty. */
static vm_error find_written(vm_snapshot *s) {
  vm_error error = VM_OK;
  for (uint64_t page = 0, end; page < s->states.pages && error == VM_OK; page = end) {
    vm_then_and_now t = vm_compare_states(s, page);
    end = page + t.pages.count;
    if (!was_committed(&t) || !is_committed(&t)) continue;
    while (page < end && error == VM_OK) {
      uint64_t alike = vm_count_alike(s, (vm_pages){page, end - page});
      if (alike == 0) error = vm_save(s->region, (vm_pages){page, 1});
      page += alike > 0 ? alike : 1; /* where an attachment ends, more may be alike */
    }
  }
  return error;
}

vm_error vm_snapshot_restore(vm_snapshot *s) {
  vm_error error = s->all ? find_written(s) : VM_OK;
  if (error == VM_OK && s->region->fallible) error = each_dirty(s, find_past_end);
  if (error != VM_OK) return error;
  error = restore_contents(s);
  if (error != VM_PERMISSION_DENIED) return error;
  error = s->region->trap != NULL ? every_state(s, find_trapped, false) : VM_OK;
  if (error == VM_OK && s->region->attachments > 0) error = every_state(s, find_forbidden, false);
  return error == VM_OK ? restore_all_or_nothing(s) : error;
}

/* ====== } */
