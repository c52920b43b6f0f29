/* sequence.c: chooses and makes the steps of a sequence. */
#include "sequence.h"

#include <stdio.h>
#include <stdlib.h>

#include "choose.h"
#include "expected_events.h"
#include "fake_files.h"
#include "fake_kernel.h"
#include "fake_system.h"
#include "log.h"
#include "random.h"
#include "sections.h"
#include "step.h"

enum { STEPS = 400 };

typedef enum sequence_mode {
  MODE_WELL, /* nothing fails */
  MODE_ONE, /* one call of a step fails; the step is repeated with the next call, until none fails */
  MODE_LIMIT,   /* there is room for a few more mappings, or none */
  MODE_SEVERAL, /* several calls of a step fail, also calls that undo */
  MODES
} sequence_mode;

static world w;
static sequence_mode mode;
static uint64_t slots;    /* slots in use */
static size_t fixed_most; /* a limit of mappings for the whole sequence; 0: none */

/* {====== Steps ====== */

typedef struct choice {
  const verb *verb; /* NULL: reserve or end */
  request q;
} choice;

/* A region to reserve near to, or NULL. */
static const vm_region *some_region(void) { return w.slot[random_below(slots)].region; }

static vm_error act(const choice *c, const failures_plan *plan, failures_count *failed) {
  model *m = c->q.m;
  if (c->verb != NULL) return step_verb(&w, c->verb, &c->q, plan, failed);
  if (m->region != NULL) return step_end(&w, m, (ending)random_below(ENDINGS), plan, failed);
  vm_request wanted = choose_reservation(some_region());
  return step_reserve(&w, m, &wanted, plan, failed);
}

/* Lets one call fail, then the next, and so on, until none fails. A refused attempt leaves everything as
** it was, so the next attempt is the same step. The core may succeed without the first call, and the step
** is over. So it does not always begin there: then later calls fail, too. */
static void act_failing_each(const choice *c) {
  enum { MOST = 60 };
  failures_count failed = {.injected = 1};
  unsigned first = random_one_in(2) ? 0 : (unsigned)random_below(6);
  for (unsigned n = first; n < first + MOST && failed.injected > 0 && !log_is_bad(); n++) {
    failures_plan plan = choose_plan(n, 1);
    if (act(c, &plan, &failed) == VM_OK) return;
  }
}

static void choose_limit(void) {
  if (fixed_most > 0)
    mappings_set_most(fixed_most);
  else if (mode == MODE_LIMIT || (mode == MODE_SEVERAL && random_one_in(4)))
    mappings_set_most(mappings_count() + random_below(random_one_in(8) ? 20 : 2));
  else if (mode == MODE_SEVERAL)
    mappings_set_most(mappings_count() + 1000);
}

static failures_plan choose_several(void) {
  if (mode != MODE_SEVERAL || !random_one_in(3)) return choose_nothing();
  unsigned before = (unsigned)random_below(6);
  return choose_plan(before, 1U | (unsigned)random_below(256));
}

static void one_step(void) {
  choice c = {.q.m = &w.slot[random_below(slots)]};
  if (c.q.m->region != NULL && !random_one_in(300)) {
    c.verb = verb_pick();
    c.q = choose_request(c.q.m);
    if (c.verb->choose != NULL) c.verb->choose(&c.q);
  }
  choose_limit();
  failures_count failed;
  failures_plan plan = choose_several();
  if (mode == MODE_ONE)
    act_failing_each(&c);
  else
    (void)act(&c, &plan, &failed);
}

/* ====== } */

/* {====== The end ====== */

static void finish(void) {
  failures_plan none = choose_nothing();
  mappings_set_most(mappings_count() + 1000);
  w.step++;
  expected_events_end();
  for (size_t i = 0; i < SLOTS; i++) {
    failures_count failed;
    if (w.slot[i].region == NULL) continue;
    if (step_end(&w, &w.slot[i], BY_RELEASE, &none, &failed) != VM_OK)
      log_mismatch("a region cannot be released");
  }
  vm_space_drop(w.space);
  sections_end();
  if (!fake_system_end() && !log_is_bad())
    log_mismatch("%zu mappings or %u files are left over", mappings_count(), fake_files_open());
}

static bool run(sequence_mode chosen) {
  static const size_t mark_after[] = {0, 4, 4, SIZE_MAX};
  mode = chosen;
  failures_plan none = choose_nothing();
  failures_begin(&none);
  fake_system_begin(mark_after[random_below(4)], random_one_in(4));
  sections_begin();
  fixed_most = mode == MODE_LIMIT && random_one_in(2) ? mappings_count() + random_below(60) : 0;
  slots = 1 + random_below(SLOTS);
  w = (world){.space = vm_space_new(), .tight = mode == MODE_SEVERAL};
  if (w.space == NULL) abort();
  for (; w.step < STEPS && !random_is_over() && !log_is_bad(); w.step++) one_step();
  finish();
  return !log_is_bad();
}

static const char *const names[MODES] = {"nothing fails", "one call fails", "at the limit",
                                         "several calls fail"};

bool sequence_run(uint64_t seed) {
  static char name[32], repeat[64];
  snprintf(name, sizeof name, "seed %llu", (unsigned long long)seed);
  snprintf(repeat, sizeof repeat, "make test-core SEEDS='%llu 1'", (unsigned long long)seed);
  random_seed(seed);
  log_begin(name, repeat, names[seed % MODES]);
  return run((sequence_mode)(seed % MODES));
}

bool sequence_run_bytes(const uint8_t *bytes, size_t size, const char *file) {
  static char repeat[512];
  snprintf(repeat, sizeof repeat, "make fuzz INPUT=%s", file);
  random_bytes(bytes, size);
  sequence_mode chosen = (sequence_mode)random_below(MODES);
  log_begin(file, repeat, names[chosen]);
  return run(chosen);
}

/* ====== } */
