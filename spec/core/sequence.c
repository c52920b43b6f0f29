/* sequence.c: chooses what to do, does it to the core and to the model, and compares. */
#include "sequence.h"

#include <stdlib.h>

#include "choices.h"
#include "fake_kernel.h"
#include "fake_system.h"
#include "log.h"
#include "random.h"
#include "verbs.h"

enum { SLOTS = 3 };

sequence_totals sequence_total;

static vm_space *space;
static model slot[SLOTS];
static sequence_mode mode;
static unsigned step;
static uint64_t slots;    /* so many are in use */
static size_t fixed_most; /* a limit of mappings that stays; 0: none */

/* {====== One attempt ====== */

static bool has_failed(const failures_count *f) { return f->injected + f->at_limit > 0; }

static void count_failures(const failures_count *f) {
  sequence_total.compared++;
  sequence_total.injected += f->injected;
  sequence_total.at_limit += f->at_limit;
  sequence_total.while_undoing += f->while_undoing;
}

static void attempt_begins(const char *name, const request *q, const failures_plan *plan) {
  log_line line = {.verb = name,
                   .step = step,
                   .region = (unsigned)(q->m - slot),
                   .first = q->first,
                   .count = q->end - q->first,
                   .pages = q->m->pages,
                   .offset = q->offset,
                   .size = q->size,
                   .protection = q->protection,
                   .mappings = mappings_count(),
                   .most = mappings_most(),
                   .plan = *plan};
  log_attempt(&line);
  failures_begin(plan);
}

static failures_count attempt_ends(vm_error error) {
  failures_count failed = failures_end();
  log_result(failed, error);
  count_failures(&failed);
  return failed;
}

/* The region that a step was about, and those that it was not. */
static void compare(const request *q, model_excuse *excuse) {
  static const model_excuse none = {.loosened = false};
  for (size_t i = 0; i < SLOTS; i++)
    if (slot[i].region != NULL) model_compare(&slot[i], &slot[i] == q->m ? excuse : &none);
}

/* With room kept for it, undoing needs no excuse unless it was made to fail. But pages that were opened to
** be wiped may have become one mapping with their neighbours, and a kernel with a mapping more than its
** limit, which mmap allows, then lets nobody cut them again. */
static model_excuse excuse_for(const request *q, vm_error error, const failures_count *failed) {
  model_excuse excuse = {.first = q->first, .end = q->end};
  bool tight = mode == MODE_SEVERAL || q->m->region->wiped;
  excuse.loosened = failed->injected_undoing > 0 || (tight && failed->while_undoing > 0);
  excuse.lowered = excuse.loosened && error != VM_OK;
  return excuse;
}

static vm_error attempt(const verb *v, const request *q, const failures_plan *plan,
                        failures_count *failed) {
  vm_error rule = v->rule != NULL ? v->rule(q) : VM_OK;
  bool loose = model_is_loose(q->m); /* the kernel may refuse what should be possible */
  attempt_begins(v->name, q, plan);
  vm_error error = v->call(q);
  *failed = attempt_ends(error);
  if (rule != VM_OK && error != rule)
    log_mismatch("the rules say no by %d, the core says %d", (int)rule, (int)error);
  if (rule == VM_OK && error != VM_OK && !has_failed(failed) && !loose)
    log_mismatch("the core says no by %d, for no reason", (int)error);
  for (uint64_t i = q->first; i < q->end && error == VM_OK && v->becomes != NULL; i++)
    v->becomes(q, i);
  unsigned refusals = failed->injected + failed->at_limit + loose;
  model_excuse excuse = excuse_for(q, error, failed);
  bool loses = refusals >= v->loses_after || q->m->region->wiped;
  if (error != VM_OK && v->loses != NULL && loses) v->loses(q, &excuse);
  compare(q, &excuse);
  return error;
}

/* ====== } */

/* {====== Regions come and go ====== */

static vm_error reserve(model *m, const failures_plan *plan, failures_count *failed) {
  vm_request wanted = {.size = choose_pages() * FAKE_PAGE,
                       .watch = random_one_in(2),
                       .sparse = random_one_in(2),
                       .conceal = random_one_in(4),
                       .wipe = random_one_in(2),
                       .protection = VM_READ | VM_WRITE,
                       .name = random_one_in(2) ? "fuzz" : NULL};
  request q = {.m = m, .end = wanted.size / FAKE_PAGE, .size = wanted.size};
  attempt_begins("reserve", &q, plan);
  vm_region *region = NULL;
  vm_error error = vm_reserve(space, &wanted, &region);
  *failed = attempt_ends(error);
  if (error == VM_OK) model_begin(m, region);
  if (error == VM_OK && wanted.wipe)
    fake_treasure(fake_page_of(region->base), fake_page_of(region->base) + m->pages);
  if (error != VM_OK && !has_failed(failed)) log_mismatch("reserve says no, for no reason");
  compare(&q, &(model_excuse){.loosened = false});
  return error;
}

static vm_error release(model *m, const failures_plan *plan, failures_count *failed) {
  bool abandon = random_one_in(2);
  request q = {.m = m, .end = m->pages, .size = m->region->size};
  uint64_t base = fake_page_of(m->region->base);
  attempt_begins(abandon ? "abandon" : "release", &q, plan);
  vm_error error = VM_OK;
  if (abandon)
    vm_abandon(m->region);
  else
    error = vm_release(m->region);
  *failed = attempt_ends(error);
  if (error != VM_OK && !has_failed(failed)) log_mismatch("release says no, for no reason");
  if (m->region->live == (error == VM_OK))
    log_mismatch("a released region lives, or another does not");
  fake_will_return(base, base + m->pages);
  model_excuse excuse = {.loosened = false};
  if (error == VM_OK) {
    vm_drop(m->region);
    model_end(m);
  } else if (m->region->wiped) {
    excuse = excuse_for(&q, error, failed);
    excuse.lost_end = m->pages;
    fake_treasure(base, base + m->pages);
  }
  compare(&q, &excuse);
  return error;
}

/* ====== } */

/* {====== Steps ====== */

typedef struct choice {
  const verb *verb; /* NULL: reserve or release */
  request q;
} choice;

static vm_error act(const choice *c, const failures_plan *plan, failures_count *failed) {
  if (c->verb != NULL) return attempt(c->verb, &c->q, plan, failed);
  return c->q.m->region == NULL ? reserve(c->q.m, plan, failed) : release(c->q.m, plan, failed);
}

/* One call fails, then the next, and so on, until all calls go well. Each attempt that was refused has
** left everything as it was, so that the next one is the same step. The core may do without the first
** call, and the step is over: so that others are reached, it does not always begin there. */
static void act_failing_each(const choice *c) {
  enum { MOST = 60 };
  failures_count failed = {.injected = 1};
  unsigned first = random_one_in(2) ? 0 : (unsigned)random_below(6);
  for (unsigned n = first; n < first + MOST && failed.injected > 0 && !log_is_bad(); n++) {
    failures_plan plan = choose_plan(n, 1);
    if (act(c, &plan, &failed) == VM_OK) return;
  }
}

static void one_step(void) {
  choice c = {.q.m = &slot[random_below(slots)]};
  if (c.q.m->region != NULL && !random_one_in(300)) {
    c.verb = verb_pick();
    c.q = choose_request(c.q.m);
  }
  if (fixed_most > 0)
    mappings_set_most(fixed_most);
  else if (mode == MODE_LIMIT || (mode == MODE_SEVERAL && random_one_in(4)))
    mappings_set_most(mappings_count() + random_below(random_one_in(8) ? 20 : 2));
  else if (mode == MODE_SEVERAL)
    mappings_set_most(mappings_count() + 1000);
  failures_count failed;
  failures_plan plan = choose_nothing();
  if (mode == MODE_SEVERAL && random_one_in(3))
    plan = choose_plan((unsigned)random_below(6), 1U | (unsigned)random_below(256));
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
  step++;
  for (size_t i = 0; i < SLOTS; i++) {
    failures_count failed;
    if (slot[i].region == NULL) continue;
    if (release(&slot[i], &none, &failed) != VM_OK) log_mismatch("a region cannot be released");
  }
  vm_space_drop(space);
  if (!fake_system_end() && !log_is_bad())
    log_mismatch("%zu mappings are left over", mappings_count());
}

bool sequence_run(uint64_t seed) {
  static const char *const names[MODES] = {"nothing fails", "one call fails", "at the limit",
                                           "several calls fail"};
  static const size_t mark_after[] = {0, 4, 4, SIZE_MAX};
  enum { STEPS = 400 };
  random_seed(seed);
  mode = (sequence_mode)(seed % MODES);
  log_begin(seed, names[mode]);
  failures_plan none = choose_nothing();
  failures_begin(&none);
  fake_system_begin(mark_after[random_below(4)]);
  fixed_most = mode == MODE_LIMIT && random_one_in(2) ? mappings_count() + random_below(60) : 0;
  slots = 1 + random_below(SLOTS);
  space = vm_space_new();
  if (space == NULL) abort();
  for (step = 0; step < STEPS && !log_is_bad(); step++) one_step();
  finish();
  return !log_is_bad();
}

/* ====== } */
