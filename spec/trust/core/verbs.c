/* verbs.c: the verbs of vmem.h: for each, the call of the core and the rule for the model. */
#include "verbs.h"

#include <string.h>

#include "check_queries.h"
#include "core/trap.h"
#include "expected_events.h"
#include "fake_kernel.h"
#include "files.h"
#include "log.h"
#include "random.h"
#include "sections.h"
#include "snapshots.h"
#include "touching.h"

/* {====== Rules ====== */

static vm_error all_committed(const request *q) {
  for (uint64_t i = q->first; i < q->end; i++)
    if (!model_is_committed(&q->m->page[i])) return VM_NOT_COMMITTED;
  return VM_OK;
}

static vm_error none_past_end(const request *q, vm_error error) {
  for (uint64_t i = q->first; i < q->end && error == VM_OK; i++)
    if (model_is_lost(&q->m->page[i])) error = VM_PAST_END;
  return error;
}

static vm_error all_touchable(const request *q) {
  vm_error error = all_committed(q);
  for (uint64_t i = q->first; i < q->end && error == VM_OK; i++)
    if (!model_allows(&q->m->page[i], VM_READ)) error = VM_PERMISSION_DENIED;
  return error;
}

static vm_error may_lock(const request *q) { return none_past_end(q, all_touchable(q)); }
static vm_error may_prefetch(const request *q) { return none_past_end(q, all_committed(q)); }

static vm_error all_writable(const request *q) {
  for (uint64_t i = q->first; i < q->end; i++)
    if (!model_allows(&q->m->page[i], VM_WRITE)) return VM_PERMISSION_DENIED;
  return VM_OK;
}

static vm_error none_trapped(const request *q) {
  for (uint64_t i = q->first; i < q->end; i++)
    if (q->m->page[i].answers & VM_READ) return VM_IN_USE;
  return VM_OK;
}

/* Which accesses to trap, by the protection of the request: half of the time none. */
static unsigned answers_of(const request *q) {
  if (q->protection == (VM_READ | VM_WRITE)) return 0;
  if (q->protection & VM_GUARD) return VM_READ | VM_WRITE;
  return q->protection == VM_READ ? VM_READ : VM_WRITE;
}

static vm_error none_read(const request *q) {
  for (uint64_t i = q->first; i < q->end && answers_of(q) & VM_READ; i++)
    if (model_is_committed(&q->m->page[i])) return VM_IN_USE;
  return VM_OK;
}

static vm_error watched(const request *q) {
  return q->m->region->watched ? VM_OK : VM_NOT_SUPPORTED;
}

static vm_error first_is_guard(const request *q) {
  return q->m->page[q->first].byte & VM_GUARD ? VM_OK : VM_NOT_COMMITTED;
}

static vm_error may_commit(const request *q) {
  vm_error error = none_trapped(q);
  return error == VM_OK ? all_attached_may(q) : error;
}

static vm_error may_protect(const request *q) {
  vm_error error = all_committed(q);
  return error == VM_OK ? all_attached_may(q) : error;
}

/* ====== } */

/* {====== Verbs ====== */

static vm_error commit(const request *q) {
  return vm_commit(q->m->region, q->offset, q->size, q->protection);
}

static void becomes_committed(const request *q, uint64_t page) {
  model_page *m = &q->m->page[page];
  m->byte = (uint8_t)((m->byte & (VM_LOCKED | VM_UNWRITTEN)) | VM_COMMITTED | q->protection);
}

static vm_error decommit(const request *q) { return vm_decommit(q->m->region, q->offset, q->size); }

static void becomes_reserved(const request *q, uint64_t page) {
  model_page *m = &q->m->page[page];
  m->byte = q->m->region->watched ? VM_UNWRITTEN : 0;
  model_detach(m);
  m->content = 0;
}

static void decommit_loses(const request *q, model_excuse *excuse) {
  excuse->lost_first = q->first;
  excuse->lost_end = q->end;
}

static vm_error protect(const request *q) {
  unsigned before = q->m->page[q->first].byte & VM_PROTECTION, old = ~0U;
  vm_error error = vm_protect(q->m->region, q->offset, q->size, q->protection, &old);
  if (error == VM_OK && old != before)
    log_mismatch("the old protection was %02x, not %02x", before, old);
  return error;
}

static vm_error lock(const request *q) { return vm_lock(q->m->region, q->offset, q->size); }
static vm_error unlock(const request *q) { return vm_unlock(q->m->region, q->offset, q->size); }

static void becomes_locked(const request *q, uint64_t page) { q->m->page[page].byte |= VM_LOCKED; }

static void becomes_unlocked(const request *q, uint64_t page) {
  q->m->page[page].byte &= (uint8_t)~VM_LOCKED;
}

static vm_error prefetch(const request *q) { return vm_prefetch(q->m->region, q->offset, q->size); }

static vm_error discard(const request *q) { return vm_discard(q->m->region, q->offset, q->size); }

/* Pages that are only partly in the range keep their contents. */
static uint64_t first_inside(const request *q) { return (q->offset + FAKE_PAGE - 1) / FAKE_PAGE; }
static uint64_t end_inside(const request *q) { return (q->offset + q->size) / FAKE_PAGE; }

/* Private copies show the section again, unless they are locked. */
static void becomes_discarded(const request *q, uint64_t page) {
  model_page *m = &q->m->page[page];
  if (page < first_inside(q) || page >= end_inside(q)) return;
  if (m->section == NULL) m->content = 0;
  if ((m->byte & VM_LOCKED) == 0) m->own = false;
}

static void discard_loses(const request *q, model_excuse *excuse) {
  excuse->lost_first = first_inside(q);
  excuse->lost_end = end_inside(q);
}

static vm_error rearm(const request *q) { return vm_rearm(q->m->region, q->offset, q->size); }

static void becomes_unwritten(const request *q, uint64_t page) {
  q->m->page[page].byte |= VM_UNWRITTEN;
}

static vm_error disarm(const request *q) {
  if (first_is_guard(q) != VM_OK) return VM_NOT_COMMITTED; /* only for guards */
  return vm_disarm(q->m->region, q->offset);
}

static void becomes_disarmed(const request *q, uint64_t page) {
  if (page == q->first) q->m->page[page].byte &= (uint8_t)~VM_GUARD;
}

/* Only for writable pages. */
static vm_error note(const request *q) {
  if (all_writable(q) != VM_OK) return VM_PERMISSION_DENIED;
  return vm_note_write(q->m->region, q->offset, q->size) ? VM_OK : VM_OUT_OF_MEMORY;
}

static void becomes_written(const request *q, uint64_t page) {
  q->m->page[page].byte &= (uint8_t)~VM_UNWRITTEN;
}

/* Writes to the first pages of the range, one by one; skips those that are not writable. */
static vm_error store(const request *q) {
  vm_region *r = q->m->region;
  enum { MOST = 20 };
  for (uint64_t i = q->first; i < q->end && i < q->first + MOST; i++) {
    model_page *m = &q->m->page[i];
    size_t refused;
    bool allowed = vm_allows(r, i * FAKE_PAGE, FAKE_PAGE, VM_WRITE, &refused);
    if (allowed != model_allows(m, VM_WRITE))
      log_mismatch("page %llu may be written, or not", (unsigned long long)i);
    if (!allowed || !vm_note_write(r, i * FAKE_PAGE, 1)) continue;
    uint32_t content = 1 + (uint32_t)random_below(UINT16_MAX);
    sections_look();
    model_store(m, content);
    m->byte &= (uint8_t)~VM_UNWRITTEN;
    if (fake_store(fake_page_of(r->base) + i, content) == model_is_lost(m))
      log_mismatch("a store to page %llu crashes, or does not", (unsigned long long)i);
  }
  return VM_OK;
}

static uint32_t functions; /* of the last trap: each has others */

/* Whether pages still have these functions after the call. */
static bool ended_wrongly(const request *q, uint64_t ended, vm_error error) {
  if (error != VM_OK) return true;
  for (uint64_t i = 0; i < q->m->pages; i++)
    if (q->m->page[i].functions == ended && (i < q->first || i >= q->end)) return true;
  return false;
}

static vm_error set_trap(const request *q) {
  uint64_t ended;
  vm_error error = vm_set_trap(q->m->region, q->offset, q->size, answers_of(q), ++functions);
  while (vm_next_ended(q->m->region, &ended))
    if (ended_wrongly(q, ended, error)) log_mismatch("functions have ended that are in use");
  return error;
}

static void becomes_trapped(const request *q, uint64_t page) {
  model_page *m = &q->m->page[page];
  m->answers = (uint8_t)answers_of(q);
  m->functions = m->answers != 0 ? functions : 0;
}

static vm_error listen(const request *q) {
  vm_error error = expected_events_toggle(q->m->region->space);
  if (error == VM_OK) expected_events_hear(q->m->region);
  return error;
}

static vm_error hear(const request *q) {
  expected_events_hear(q->m->region);
  return VM_OK;
}

/* ====== } */

/* New ones come last: then the sequences in corpus/ remain what they are. */
const verb verbs[] = {
    {"commit", 14, VM_DID_COMMIT, may_commit, commit, .becomes = becomes_committed},
    {"touch", 8, VM_DID_COMMIT, touchable, touch, .becomes = becomes_touched,
     .reaches = reaches_group},
    {"decommit", 8, VM_DID_DECOMMIT, NULL, decommit, .becomes = becomes_reserved,
     .loses = decommit_loses, .loses_after = 2},
    {"protect", 4, VM_DID_PROTECT, may_protect, protect, .becomes = becomes_committed},
    {"store", 6, VM_DID_WRITE, NULL, store, .becomes = NULL},
    {"lock", 2, VM_DID_LOCK, may_lock, lock, .becomes = becomes_locked},
    {"unlock", 2, VM_DID_UNLOCK, all_committed, unlock, .becomes = becomes_unlocked},
    {"discard", 2, VM_DID_DISCARD, all_committed, discard, .becomes = becomes_discarded,
     .loses = discard_loses, .loses_after = 1},
    {"prefetch", 1, VM_DID_PREFETCH, may_prefetch, prefetch, .becomes = NULL},
    {"rearm", 1, VM_DID_REARM, watched, rearm, .becomes = becomes_unwritten},
    {"disarm", 2, VM_DID_FAULT, first_is_guard, disarm, .becomes = becomes_disarmed},
    {"trap", 2, VM_DID_TRAP, none_read, set_trap, .becomes = becomes_trapped},
    {"ask", 2, VM_DID_READ, NULL, ask, .becomes = NULL},
    {"resident", 1, VM_DID_READ, NULL, ask_resident, .becomes = NULL},
    {"note", 1, VM_DID_WRITE, all_writable, note, .becomes = becomes_written},
    {"snapshot", 2, VM_DID_SNAPSHOT, may_have_snapshot, take_snapshot, .becomes = becomes_saved,
     .whole = true},
    {"restore", 4, VM_DID_RESTORE, may_restore, restore, .becomes = becomes_restored,
     .loses = restore_loses, .loses_after = 2, .whole = true},
    {"changed", 1, VM_DID_READ, NULL, ask_changed, .whole = true},
    {"listen", 1, VM_DID_READ, NULL, listen, .becomes = NULL},
    {"hear", 1, VM_DID_READ, NULL, hear, .becomes = NULL},
    {"attach", 8, VM_DID_ATTACH, can_attach, attach, .becomes = becomes_attached,
     .choose = sections_choose},
    {"section", 3, VM_DID_READ, NULL, make_section, .choose = sections_choose},
    {"grow", 1, VM_DID_READ, can_grow, grow_section, .choose = sections_choose},
    {"close", 1, VM_DID_READ, can_close, close_section, .choose = sections_choose},
    {"file", 3, VM_DID_READ, NULL, make_file, .choose = files_choose},
    {"cut", 3, VM_DID_READ, can_close, cut_file, .choose = files_choose},
    {"detach", 3, VM_DID_DECOMMIT, can_close, detach_past, .choose = files_choose, .whole = true},
    {"why lost", 1, VM_DID_READ, NULL, ask_loss, .becomes = NULL},
    {"flush", 1, VM_DID_READ, can_close, flush_section, .choose = files_choose},
};
const size_t verbs_count = sizeof verbs / sizeof *verbs;

const verb *verbs_find(const char *name) {
  const verb *v = verbs;
  while (strcmp(v->name, name) != 0) v++;
  return v;
}

const verb *verb_pick(void) {
  unsigned all = 0;
  for (size_t i = 0; i < verbs_count; i++) all += verbs[i].often;
  const verb *v = verbs;
  for (uint64_t at = random_below(all); at >= v->often; v++) at -= v->often;
  return v;
}
