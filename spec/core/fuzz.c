/* fuzz.c: the test of the core without Lua: random steps over a fake kernel, and after each of them page
** table, kernel and a plain model of the rules are compared. `fuzz first count` runs the sequences of
** these seeds; each is the same whenever it is run. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "model.h"
#include "sequence.h"

/* There with the sanitizers only. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: fuzz FIRST-SEED COUNT\n");
    return 2;
  }
  if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(log_death);
  uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
  unsigned long bad = 0;
  double start = now();
  for (uint64_t seed = first; seed - first < count; seed++) bad += !sequence_run(seed);
  /* What is told from here on, leaks, is no matter of the last sequence. */
  if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(NULL);
  const sequence_totals *t = &sequence_total;
  printf("core: %lu operations compared in %.0f s, ", t->compared, now() - start);
  printf("%lu failures injected, %lu at the limit of mappings, ", t->injected, t->at_limit);
  printf("%lu of both while undoing; ", t->while_undoing);
  printf("excused pages: %lu lowered, %lu lost; ", model_total.lowered, model_total.lost);
  printf("%lu of %llu sequences are bad\n", bad, (unsigned long long)count);
  return bad > 0;
}
