/* operations.c: the calls of vmem.h that can fail, with one entry for each way of calling a function. */
#include "operations.h"

#include "fake_kernel.h"

enum { RW = VM_READ | VM_WRITE };

static vm_error do_verb(const operation *o, world *w, const request *q, const failures_plan *plan,
                        failures_count *failed) {
  return step_verb(w, verbs_find(o->verb), q, plan, failed);
}

static vm_error do_ending(const operation *o, world *w, const request *q, const failures_plan *plan,
                          failures_count *failed) {
  return step_end(w, q->m, o->how, plan, failed);
}

/* Makes a call that may be refused, and need not be compared. */
static void try_verb(const char *name, const request *q) {
  const verb *v = verbs_find(name);
  if ((v->rule != NULL && v->rule(q) != VM_OK) || v->call(q) != VM_OK) return;
  for (uint64_t i = q->first; i < q->end && v->becomes != NULL; i++) v->becomes(q, i);
}

/* Takes a snapshot and changes pages of every kind, at the first attempt. */
static void make_changes(const request *asked) {
  request q = *asked;
  if (q.m->snapshot != NULL) return;
  q.first = q.offset = 0;
  q.end = q.m->pages;
  q.size = q.m->region->size;
  try_verb("snapshot", &q);
  q = *asked;
  q.protection = VM_READ;
  try_verb("store", &q);
  try_verb("decommit", &q);
  q.first = q.m->pages - 9;
  q.end = q.m->pages - 2;
  q.offset = q.first * FAKE_PAGE;
  q.size = (q.end - q.first) * FAKE_PAGE;
  try_verb("store", &q);
  try_verb("commit", &q);
}

static vm_error do_restore(const operation *o, world *w, const request *q,
                           const failures_plan *plan, failures_count *failed) {
  make_changes(q);
  return step_verb(w, verbs_find(o->verb), q, plan, failed);
}

static vm_error do_section(const operation *o, world *w, const request *asked,
                           const failures_plan *plan, failures_count *failed) {
  request q = *asked;
  situation_make_section(w, &q);
  q.offset = q.first * FAKE_PAGE;
  q.size = (q.end - q.first) * FAKE_PAGE;
  q.copy = o->request.wipe;
  if (o->request.size > 0) q.bytes = o->request.size;
  return step_verb(w, verbs_find(o->verb), &q, plan, failed);
}

/* With a file in which some attached pages are lost, and which becomes longer if the request has a size. Others do
** nothing meanwhile. */
static vm_error do_file(const operation *o, world *w, const request *asked,
                        const failures_plan *plan, failures_count *failed) {
  request q = *asked;
  situation_make_file(w, &q);
  if (o->request.size > 0) q.bytes = o->request.size;
  q.copy = o->request.wipe; /* flushed, and waited for */
  return step_verb(w, verbs_find(o->verb), &q, plan, failed);
}

/* Reserves another region. */
static vm_error do_reserve(const operation *o, world *w, const request *q,
                           const failures_plan *plan, failures_count *failed) {
  vm_request wanted = o->request;
  wanted.size = (size_t)600 * FAKE_PAGE;
  wanted.protection = RW;
  if (wanted.fixed) wanted.address = q->m->region->base - ((size_t)1 << 24);
  if (wanted.highest != 0) {
    wanted.lowest = q->m->region->base - ((size_t)1 << 24);
    wanted.highest = q->m->region->base;
  }
  return step_reserve(w, &w->slot[1], &wanted, plan, failed);
}

static vm_error do_space(const operation *o, world *w, const request *q, const failures_plan *plan,
                         failures_count *failed) {
  (void)o, (void)w, (void)q;
  failures_begin(plan);
  vm_space *space = vm_space_new();
  *failed = failures_end();
  if (space == NULL) return VM_OUT_OF_MEMORY;
  vm_space_drop(space);
  return VM_OK;
}

#define VERB(name, verb, protection, mends)                                         \
  {                                                                                 \
    name, do_verb, verb, protection, BY_RELEASE, false, mends, false, { .size = 0 } \
  }
#define ONE(name, attempt, how, mends, ...)                          \
  {                                                                  \
    name, attempt, NULL, 0, how, false, mends, true, { __VA_ARGS__ } \
  }

#define LARGER \
  { .size = (size_t)800 * FAKE_PAGE }

const operation operations[] = {
    VERB("vm_commit", "commit", RW, MENDS),
    VERB("vm_commit", "commit", VM_READ, BELOW),
    VERB("vm_commit", "commit", RW | VM_GUARD, BELOW),
    VERB("vm_touch", "touch", 0, MENDS),
    VERB("vm_decommit", "decommit", 0, MENDS),
    VERB("vm_protect", "protect", VM_READ, NEVER),
    VERB("vm_protect", "protect", 0, NEVER),
    VERB("vm_protect", "protect", RW | VM_EXECUTE, NEVER),
    VERB("vm_lock", "lock", 0, NEVER),
    VERB("vm_unlock", "unlock", 0, NEVER),
    VERB("vm_prefetch", "prefetch", 0, NEVER),
    VERB("vm_discard", "discard", 0, NEVER),
    VERB("vm_resident", "resident", 0, NEVER),
    VERB("vm_note_write", "note", 0, NEVER),
    VERB("vm_rearm", "rearm", 0, NEVER),
    VERB("vm_disarm", "disarm", 0, NEVER),
    VERB("vm_set_trap", "trap", RW | VM_GUARD, NEVER),
    VERB("vm_set_trap", "trap", VM_READ | VM_EXECUTE, NEVER),
    VERB("vm_set_trap", "trap", RW, NEVER),
    VERB("vm_query, vm_allows, …", "ask", 0, NEVER),
    ONE("vm_release", do_ending, BY_RELEASE, NEVER, .size = 0),
    ONE("vm_abandon", do_ending, BY_ABANDON, MENDS, .size = 0),
    ONE("vm_drop", do_ending, BY_DROP, MENDS, .size = 0),
    ONE("vm_reserve", do_reserve, BY_RELEASE, BELOW, .name = "another"),
    ONE("vm_reserve", do_reserve, BY_RELEASE, NEVER, .fixed = true, .watch = true),
    ONE("vm_reserve", do_reserve, BY_RELEASE, MENDS, .sparse = true),
    ONE("vm_reserve", do_reserve, BY_RELEASE, BELOW, .conceal = true, .wipe = true),
    ONE("vm_reserve", do_reserve, BY_RELEASE, BELOW, .lazy = true),
    ONE("vm_reserve", do_reserve, BY_RELEASE, MENDS, .alignment = (size_t)1 << 22),
    ONE("vm_reserve", do_reserve, BY_RELEASE, MENDS, .alignment = (size_t)1 << 22,
        .top_down = true),
    ONE("vm_reserve", do_reserve, BY_RELEASE, MENDS, .highest = 1),
    ONE("vm_space_new", do_space, BY_RELEASE, NEVER, .size = 0),
    {"vm_attach", do_section, "attach", RW, BY_RELEASE, false, NEVER, false, {.size = 0}},
    {"vm_attach", do_section, "attach", VM_READ, BY_RELEASE, false, NEVER, false, {.size = 0}},
    {"vm_attach", do_section, "attach", RW, BY_RELEASE, false, NEVER, false, {.wipe = true}},
    {"vm_section_new", do_section, "section", 0, BY_RELEASE, false, NEVER, true, {.size = 0}},
    {"vm_section_resize", do_section, "grow", 0, BY_RELEASE, false, NEVER, true, LARGER},
    {"vm_section_file", do_file, "file", RW, BY_RELEASE, false, NEVER, true, {.size = FAKE_PAGE}},
    {"vm_section_resize", do_file, "grow", 0, BY_RELEASE, false, NEVER, true, LARGER},
    {"vm_section_resize", do_file, "grow", 0, BY_RELEASE, false, NEVER, true, {.size = FAKE_PAGE}},
    {"vm_detach_past", do_file, "detach", 0, BY_RELEASE, false, MENDS, true, {.size = 0}},
    {"vm_loss_of", do_file, "why lost", 0, BY_RELEASE, false, MENDS, false, {.size = 0}},
    {"vm_section_flush", do_file, "flush", 0, BY_RELEASE, false, NEVER, false, {.wipe = true}},
    {"vm_section_flush", do_file, "flush", 0, BY_RELEASE, false, NEVER, false, {.size = 0}},
    {"vm_snapshot_take", do_verb, "snapshot", 0, BY_RELEASE, false, NEVER, true, {.size = 0}},
    {"vm_snapshot_restore", do_restore, "restore", 0, BY_RELEASE, false, MENDS, true, {.size = 0}},
    {"vm_recording_new", do_verb, "listen", 0, BY_RELEASE, false, MENDS, true, {.size = 0}},
    {"vm_record, …_source", do_verb, "hear", 0, BY_RELEASE, true, MENDS, false, {.size = 0}},
    {"vm_record_reserve", do_reserve, NULL, 0, BY_RELEASE, true, MENDS, true, {.name = "another"}},
};
const size_t operations_count = sizeof operations / sizeof *operations;
