/* step.c: makes one call of the core and of the model, and compares them. */
#include "step.h"

#include "core/space.h"
#include "expected_events.h"
#include "fake_kernel.h"
#include "fake_system.h"
#include "log.h"
#include "others.h"
#include "random.h"
#include "reservation.h"
#include "sections.h"

step_totals step_total;

bool step_had_failures(const failures_count *f) { return f->injected + f->at_limit > 0; }

/* {====== The beginning and end of every attempt ====== */

static bool lacked_spares; /* when the attempt began */

static bool cut_meanwhile; /* others did it, in this attempt */

/* Sometimes another process makes a file shorter meanwhile. */
static void choose_others(void) {
  if (!sections_have_file()) return; /* then the sequences in corpus/ remain what they are */
  others_plan plan = {.file = sections_file(random_below(SECTION_SLOTS))};
  if (plan.file == 0 || !random_one_in(4)) return;
  plan.before = (unsigned)random_below(8);
  plan.size = random_below(12) * FAKE_PAGE;
  others_begin(&plan);
}

static void begin(world *w, const char *name, const request *q, const failures_plan *plan) {
  log_line line = {.verb = name,
                   .step = w->step,
                   .region = (unsigned)(q->m - w->slot),
                   .first = q->first,
                   .count = q->end - q->first,
                   .pages = q->m->pages,
                   .offset = q->offset,
                   .size = q->size,
                   .protection = q->protection,
                   .section = (unsigned)q->section,
                   .from = q->from,
                   .bytes = q->bytes,
                   .copy = q->copy,
                   .mappings = mappings_count(),
                   .most = mappings_most(),
                   .plan = *plan};
  log_attempt(&line);
  sections_know(w->slot, SLOTS);
  lacked_spares = fake_lacks_spares();
  fake_begin_attempt();
  choose_others();
  failures_begin(plan);
}

static failures_count end(vm_error error) {
  failures_count failed = failures_end();
  cut_meanwhile = others_end();
  sections_look();
  log_result(failed, error);
  step_total.compared++;
  step_total.injected += failed.injected;
  step_total.at_limit += failed.at_limit;
  step_total.while_undoing += failed.while_undoing;
  return failed;
}

/* Compares all regions; only the region of the step has an excuse. */
static void compare(world *w, const model *about, const model_excuse *excuse) {
  static const model_excuse none = {.loosened = false};
  for (size_t i = 0; i < SLOTS; i++) {
    model *m = &w->slot[i];
    if (m->region != NULL) model_compare(m, m == about ? excuse : &none);
  }
  sections_compare(w->slot, SLOTS);
  expected_events_compare();
}

/* The core keeps spare mappings, so undoing must succeed unless the plan makes it fail. One exception:
** mmap allows one mapping more than the limit. After that the kernel refuses to split a mapping that has
** merged with its neighbours, as happens when pages are made writable to be wiped. Another: at the limit the core may
** not have got all spare mappings back. */
static model_excuse excuse_for(const world *w, const request *q, vm_error error,
                               const failures_count *failed) {
  model_excuse excuse = {.first = q->first, .end = q->end};
  bool tight = w->tight || q->m->region->wiped || mappings_count() > mappings_most() ||
               lacked_spares || fake_lacks_spares();
  excuse.loosened = failed->injected_undoing > 0 || (tight && failed->while_undoing > 0);
  excuse.lowered = excuse.loosened && error != VM_OK;
  return excuse;
}

/* ====== } */

/* {====== Verbs ====== */

/* After `loses_after` refusals, a verb may lose contents. In a sparse region one refusal is enough if a
** function of os.h fails: its contract allows it to fail with the work done, which the kernel does not. */
static void lose(const verb *v, const request *q, bool of_contract, unsigned refusals,
                 model_excuse *excuse) {
  bool sparse = q->m->region->marked_by == VM_BY_MISSING;
  unsigned after = sparse && of_contract && v->loses_after > 1 ? 1 : v->loses_after;
  if (v->loses != NULL && (refusals >= after || q->m->region->wiped)) v->loses(q, excuse);
}

vm_error step_verb(world *w, const verb *v, const request *asked, const failures_plan *plan,
                   failures_count *failed) {
  request all = *asked;
  all.first = all.offset = 0;
  all.end = all.m->pages;
  all.size = all.m->region->size;
  const request *q = v->whole ? &all : asked;
  vm_error rule = v->rule != NULL ? v->rule(q) : VM_OK;
  bool loose = model_is_loose(q->m); /* the kernel may refuse what should be possible */
  begin(w, v->name, q, plan);
  vm_error error = v->call(q);
  *failed = end(error);
  if (rule != VM_OK && error != rule && !cut_meanwhile)
    log_mismatch("the rules say no by %d, the core says %d", (int)rule, (int)error);
  if (rule == VM_OK && error != VM_OK && !step_had_failures(failed) && !loose && !cut_meanwhile)
    log_mismatch("the core says no by %d, for no reason", (int)error);
  if (error == VM_OK && fake_wasted() > 0)
    log_mismatch("all is well, and %u pages were given up, and not wiped", fake_wasted());
  for (uint64_t i = q->first; i < q->end && error == VM_OK && v->becomes != NULL; i++)
    v->becomes(q, i);
  model_excuse excuse = excuse_for(w, q, error, failed);
  if (v->reaches != NULL) v->reaches(q, &excuse);
  if (error != VM_OK)
    lose(v, q, plan->level == OF_CONTRACT, failed->injected + failed->at_limit + loose, &excuse);
  expected_events_add(q->m->region, v->what, q->offset, q->size, error);
  compare(w, q->m, &excuse);
  return error;
}

/* ====== } */

/* {====== Reserve and release ====== */

vm_error step_reserve(world *w, model *m, const vm_request *wanted, const failures_plan *plan,
                      failures_count *failed) {
  request q = {.m = m, .end = wanted->size / FAKE_PAGE, .size = wanted->size};
  vm_space_release_pending(w->space); /* as the core does first: an owed region may be in the way */
  reservation rule = reservation_by_rule(wanted);
  begin(w, wanted->fixed ? "place" : "reserve", &q, plan);
  vm_region *region = NULL;
  vm_error error = vm_reserve(w->space, wanted, &region);
  if (error == VM_OK) expected_events_meet(region);
  *failed = end(error);
  reservation_compare(&rule, error, region, step_had_failures(failed));
  if (error == VM_OK) model_begin(m, region);
  if (error == VM_OK && wanted->wipe)
    fake_treasure(fake_page_of(region->base), fake_page_of(region->base) + m->pages);
  compare(w, m, &(model_excuse){.loosened = false});
  return error;
}

static vm_error call_ending(vm_region *region, ending how) {
  if (how == BY_RELEASE) return vm_release(region);
  if (how == BY_ABANDON) vm_abandon(region);
  if (how == BY_DROP) vm_drop(region);
  return VM_OK;
}

vm_error step_end(world *w, model *m, ending how, const failures_plan *plan,
                  failures_count *failed) {
  static const char *const names[ENDINGS] = {"release", "abandon", "drop"};
  request q = {.m = m, .end = m->pages, .size = m->region->size};
  uint64_t base = fake_page_of(m->region->base);
  begin(w, names[how], &q, plan);
  bool dropped = how == BY_DROP;
  if (!dropped) vm_hold(m->region);
  vm_error error = call_ending(m->region, how);
  *failed = end(error);
  if (error != VM_OK && !step_had_failures(failed)) log_mismatch("release says no, for no reason");
  if (!dropped && m->region->live == (error == VM_OK))
    log_mismatch("a released region lives, or another does not");
  if (how == BY_RELEASE && error == VM_OK && fake_wasted() > 0)
    log_mismatch("a region is released with %u pages that were not wiped", fake_wasted());
  if (error == VM_OK) fake_leave(base, base + m->pages);
  fake_will_return(base, base + m->pages);
  model_excuse excuse = {.loosened = false};
  if (!dropped) {
    expected_events_add(m->region, VM_DID_RELEASE, 0, m->region->size, error);
    vm_drop(m->region);
  }
  if (error == VM_OK) {
    if (!dropped) vm_drop(m->region);
    model_end(m);
  } else if (m->region->wiped) {
    excuse = excuse_for(w, &q, error, failed);
    excuse.lost_end = m->pages;
    fake_treasure(base, base + m->pages);
  }
  compare(w, m, &excuse);
  return error;
}

/* ====== } */
