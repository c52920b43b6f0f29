/* expected_events.c: compares the events of a recording with a plain list of the expected ones. */
#include "expected_events.h"

#include <string.h>

#include "fake_kernel.h"
#include "log.h"
#include "random.h"

enum { MOST = 1 << 14, ROOM = 2, LOOKED_AT = 4 };

static vm_recording *g; /* NULL: none */
static vm_event expected[MOST];
static size_t events;
static bool full; /* the recording's limit is reached */

/* {====== Expecting ====== */

static bool is_access(const vm_event *e) {
  return e->what == VM_DID_READ || e->what == VM_DID_WRITE;
}

static bool same_pages(const vm_event *a, const vm_event *b) {
  return a->offset / FAKE_PAGE == b->offset / FAKE_PAGE &&
         (a->offset + a->size - 1) / FAKE_PAGE == (b->offset + b->size - 1) / FAKE_PAGE;
}

static bool joins_last(const vm_event *e) {
  if (!g->merge || events == 0 || !is_access(e)) return false;
  if (g->wants_bytes && e->what == VM_DID_WRITE) return false;
  const vm_event *last = &expected[events - 1];
  return last->what == e->what && last->region == e->region && last->line == e->line &&
         last->source == e->source && same_pages(last, e);
}

static void join_last(const vm_event *e) {
  vm_event *last = &expected[events - 1];
  uint64_t end = last->offset + last->size, other = e->offset + e->size;
  if (e->offset < last->offset) last->offset = e->offset;
  last->size = (end > other ? end : other) - last->offset;
  last->count++;
}

static void expect(const vm_region *region, vm_event e) {
  e.region = region->recorded_as;
  e.count = 1;
  if (e.what != VM_DID_RESERVE) e.committed = region->committed;
  if (full || g->end == VM_NO_ROOM) return;
  if (joins_last(&e))
    join_last(&e);
  else if (events == g->limit)
    full = true;
  else
    expected[events++] = e;
}

/* ====== } */

/* {====== Recording ====== */

static vm_event event_of(vm_event_kind what, size_t offset, size_t size, vm_error error) {
  vm_event e = {.offset = offset, .size = size, .what = (uint8_t)what};
  e.line = what == VM_DID_READ || what == VM_DID_WRITE ? 7 : 8;
  if (error == VM_OK) return e;
  e.what = VM_DID_REFUSED;
  e.detail = (uint8_t)what;
  e.error = (uint8_t)error;
  return e;
}

/* Whether there is a recording. It ends before `expected` is full: every region must be recorded while it
** runs. */
static bool is_there(void) {
  if (events + ROOM > MOST) expected_events_end();
  return g != NULL;
}

void expected_events_meet(vm_region *region) {
  if (!is_there()) return;
  vm_event e = event_of(VM_DID_RESERVE, 0, region->size, VM_OK);
  size_t met = g->mets;
  vm_record_reserve(g, region, &e);
  if (g->mets == met + 1 && region->recorded_as != g->mets)
    log_mismatch("a recording gives a region another number");
  if (g->mets == met && g->end == VM_RECORDING) log_mismatch("a recording has not met a region");
  if (g->mets > met)
    expect(region, e);
  else
    full = full || g->end == VM_AT_LIMIT;
}

void expected_events_add(vm_region *region, vm_event_kind what, size_t offset, size_t size,
                         vm_error error) {
  if (!is_there()) return;
  vm_event e = event_of(what, offset, size, error);
  if (what == VM_DID_DECOMMIT || what == VM_DID_DISCARD) vm_record_before(g);
  vm_record(g, region, &e);
  expect(region, e);
}

void expected_events_hear(vm_region *region) {
  static const char *const names[] = {"@a.lua", "@b.lua", "=stdin", "@c.lua"};
  if (!is_there()) return;
  uint32_t source = vm_record_source(g, names[random_below(4)]);
  size_t most = g->residency ? 8 : 500; /* a look at each event takes long, and can fail */
  size_t many = random_one_in(8) ? most : 1 + random_below(4);
  size_t offset = random_below(region->size), step = random_below(2 * FAKE_PAGE);
  for (size_t i = 0; i < many && is_there(); i++) {
    size_t size = 1 + offset % 9, left = region->size - offset;
    if (size > left) size = left;
    vm_event e = event_of(i % 3 == 0 ? VM_DID_READ : VM_DID_WRITE, offset, size, VM_OK);
    e.source = source;
    vm_record(g, region, &e);
    expect(region, e);
    offset = (offset + step) % region->size;
  }
}

/* ====== } */

/* {====== Comparing ====== */

static bool are_equal(const vm_event *a, const vm_event *b) {
  return a->offset == b->offset && a->size == b->size && a->committed == b->committed &&
         a->region == b->region && a->source == b->source && a->line == b->line &&
         a->count == b->count && a->what == b->what && a->detail == b->detail &&
         a->error == b->error;
}

static void compare_from(size_t first) {
  uint64_t time = 0;
  for (size_t i = first; i < g->events; i++) {
    const vm_event *e = vm_event_at(g, i);
    if (!are_equal(e, &expected[i])) log_mismatch("event %zu of a recording is another", i);
    if (e->time < time) log_mismatch("event %zu of a recording is before the last one", i);
    time = e->time;
  }
}

void expected_events_compare(void) {
  if (g == NULL) return;
  if (g->events != events) {
    log_mismatch("a recording has %zu events, not %zu", g->events, events);
    return;
  }
  if (full != (g->end == VM_AT_LIMIT)) log_mismatch("a recording does not end at its limit");
  if (g->end != VM_RECORDING && vm_recording_of(g->space) == g)
    log_mismatch("a recording has ended, and its space does not know");
  compare_from(g->events > LOOKED_AT ? g->events - LOOKED_AT : 0);
}

/* Checks the samples: each belongs to a recorded region and event, in the order of events. */
static void compare_samples(void) {
  for (size_t i = 0; i < g->samples; i++) {
    const vm_sample *s = &g->sample[i];
    if (s->event > g->events || s->region == 0 || s->region > g->mets ||
        (i > 0 && s->event < g->sample[i - 1].event) || s->bytes > g->met[s->region - 1].size)
      log_mismatch("sample %zu of a recording is nowhere", i);
  }
}

/* ====== } */

/* {====== Beginning and end ====== */

/* Checks the start of a recording: its runs have as many committed bytes as the regions. */
static void compare_start(vm_space *space) {
  size_t runs = 0, regions = 0;
  for (size_t i = 0; i < g->runs; i++)
    if (g->run[i].run.byte & VM_COMMITTED) runs += g->run[i].run.size; /* others are trapped */
  for (vm_region *r = vm_next(space, 0); r != NULL; r = vm_next(space, r->base + 1)) {
    regions += r->committed;
    if (vm_at(space, r->base) != r || vm_at(space, r->base + r->size - 1) != r ||
        vm_at(space, r->base + r->size) == r)
      log_mismatch("a region is not where it is");
    if (r->recording != g) log_mismatch("a region is not recorded");
  }
  if (runs != regions) log_mismatch("a recording begins with %zu bytes, not %zu", runs, regions);
}

static vm_error start(vm_space *space) {
  vm_record_options options = {.limit = UINT64_MAX};
  options.reads = random_one_in(2);
  options.writes = random_one_in(2);
  options.merge = random_one_in(2);
  options.residency = random_one_in(2);
  options.bytes = random_one_in(4);
  if (random_one_in(4)) options.limit = random_below(40);
  events = 0;
  full = false;
  g = vm_recording_new(space, &options);
  if (g == NULL) return VM_OUT_OF_MEMORY;
  compare_start(space);
  return VM_OK;
}

void expected_events_end(void) {
  if (g == NULL) return;
  if (random_one_in(2)) vm_recording_stop(g);
  expected_events_compare();
  compare_from(0);
  compare_samples();
  vm_recording_free(g);
  g = NULL;
  events = 0;
}

vm_error expected_events_toggle(vm_space *space) {
  if (g == NULL) return start(space);
  expected_events_end();
  return VM_OK;
}

/* ====== } */
