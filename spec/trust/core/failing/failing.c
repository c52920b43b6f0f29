/* failing.c: runs every operation in every situation, and refuses each of its calls in every way. The
** operation must report the error or still succeed. After an error, region, page table and kernel must
** agree and be as before, and the same operation must then succeed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expected_events.h"
#include "fake_kernel.h"
#include "log.h"
#include "operations.h"
#include "random.h"
#include "refusals.h"

/* NULL without the sanitizers. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* An operation in a situation. */
typedef struct test_case {
  unsigned long number;
  const situation_kind *kind;
  const situation_pattern *pattern;
  const situation_range *range;
  const operation *operation;
  bool bad;
} test_case;

typedef struct tally {
  unsigned long cases, calls, injected, reported, mended, bad;
} tally;

static void add(tally *to, const tally *from) {
  to->cases += from->cases;
  to->calls += from->calls;
  to->injected += from->injected;
  to->reported += from->reported;
  to->mended += from->mended;
  to->bad += from->bad;
}

static tally now;

/* {====== One refusal ====== */

/* If exactly one call was refused, the operation must report the error of that call. */
static void compare_answer(const test_case *c, const failures_plan *plan, const failures_count *f,
                           vm_error error) {
  if (f->injected == 0 || f->at_limit > 0) return;
  operation_mends mends = c->operation->mends;
  bool done_without = mends == MENDS || (mends == BELOW && plan->level == OF_KERNEL);
  if (error == VM_OK && !done_without) log_mismatch("nothing says that a call was refused");
  if (error == VM_OK || plan->pattern != 1) return;
  if (plan->level == OF_CONTRACT && error != plan->says)
    log_mismatch("os.h says no by %d, the core by %d", (int)plan->says, (int)error);
  if (f->of_memory > 0 && error != VM_OUT_OF_MEMORY)
    log_mismatch("malloc says no, the core says %d", (int)error);
}

static void count_attempt(const failures_count *f, vm_error error) {
  now.calls++;
  now.injected += f->injected;
  if (f->injected == 0) return;
  now.reported += error != VM_OK;
  now.mended += error == VM_OK;
}

static failures_count refuse(const failures_plan *plan, void *with) {
  static world w;
  static char name[32], repeat[64], mode[256];
  test_case *c = with;
  failures_plan none = situation_no_failures();
  failures_count failed = {.injected = 0};
  if (c->bad) return failed;
  snprintf(name, sizeof name, "case %lu", c->number);
  snprintf(repeat, sizeof repeat, "make test-failures CASE=%lu", c->number);
  snprintf(mode, sizeof mode, "%s: %s; %s; %s", c->operation->name, c->kind->name, c->pattern->name,
           c->range->name);
  log_begin(name, repeat, mode);
  random_seed(c->number);
  situation_begin(&w, c->kind);
  situation_fill(&w, c->pattern);
  if (c->operation->recorded) expected_events_toggle(w.space);
  if (c->kind->at_limit) mappings_set_most(mappings_count());
  request q = situation_ask(&w, c->range, c->operation->protection);
  vm_error error = c->operation->attempt(c->operation, &w, &q, plan, &failed);
  count_attempt(&failed, error);
  compare_answer(c, plan, &failed, error);
  failures_count refused = failed;
  w.step++;
  if (error != VM_OK && failed.injected > 0)
    (void)c->operation->attempt(c->operation, &w, &q, &none, &failed);
  situation_end(&w);
  c->bad = log_is_bad();
  return refused;
}

/* ====== } */

static void run_case(test_case *c) {
  now.cases++;
  for (unsigned before = 0; !c->bad && refusals_each(OF_KERNEL, before, refuse, c); before++) {
  }
  for (unsigned before = 0; !c->bad && refusals_each(OF_CONTRACT, before, refuse, c); before++) {
  }
  now.bad += c->bad;
}

/* {====== All cases ====== */

static void print(const char *name, const tally *t) {
  printf("  %-24s %6lu %9lu %9lu %9lu %9lu\n", name, t->cases, t->calls, t->injected, t->reported,
         t->mended);
}

/* Runs all cases of an operation, or only the case with the number `only`. */
static void run_operation(const operation *o, unsigned long *number, unsigned long only) {
  for (size_t k = 0; k < situation_kinds_count; k++)
    for (size_t p = 0; p < situation_patterns_count; p++)
      for (size_t r = 0; r < (o->of_one ? 1 : situation_ranges_count); r++) {
        test_case c = {
            ++*number, &situation_kinds[k], &situation_patterns[p], &situation_ranges[r], o, false};
        if (only == 0 || c.number == only) run_case(&c);
      }
}

int main(int argc, char **argv) {
  unsigned long only = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, number = 0;
  tally all = {0, 0, 0, 0, 0, 0}, one = all;
  setvbuf(stdout, NULL, _IOLBF, 0); /* shows progress: it takes a while */
  if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(log_death);
  printf("  %-24s %6s %9s %9s %9s %9s\n", "", "cases", "attempts", "refusals", "reported",
         "mended");
  for (size_t i = 0; i < operations_count; i++) {
    run_operation(&operations[i], &number, only);
    add(&one, &now);
    add(&all, &now);
    now = (tally){0, 0, 0, 0, 0, 0};
    if (i + 1 < operations_count && strcmp(operations[i].name, operations[i + 1].name) == 0)
      continue;
    print(operations[i].name, &one);
    one = now;
  }
  if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(NULL);
  printf("trust: failures: %lu cases, %lu calls refused, ", all.cases, all.injected);
  printf("%lu operations said so, %lu did without, %lu findings\n", all.reported, all.mended,
         all.bad);
  return all.bad > 0;
}

/* ====== } */
