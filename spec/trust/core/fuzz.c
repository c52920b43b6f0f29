/* fuzz.c: the test of the core without Lua: makes random steps over a fake kernel, and compares page
** table, kernel and a simple model of the rules after each step. `fuzz first count` runs the sequences of
** these seeds; the same seed always gives the same sequence. `fuzz file` runs the sequence that the file's
** bytes choose, and prints its steps. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "log.h"
#include "sequence.h"
#include "step.h"

/* NULL without the sanitizers. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static double now(void) {
  struct timespec t;
  timespec_get(&t, TIME_UTC);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Calls `callback` when a sanitizer ends the process; NULL: none. Leaks are reported at the end of the
** process, and do not belong to the last sequence. */
static void on_death(void (*callback)(void)) {
  if (__sanitizer_set_death_callback != NULL) __sanitizer_set_death_callback(callback);
}

static int run_seeds(uint64_t first, uint64_t count) {
  unsigned long bad = 0;
  double start = now();
  for (uint64_t seed = first; seed - first < count; seed++) bad += !sequence_run(seed);
  on_death(NULL);
  const step_totals *t = &step_total;
  printf("trust: random calls: %lu operations compared in %.0f s, ", t->compared, now() - start);
  printf("%lu failures injected, %lu at the limit of mappings, ", t->injected, t->at_limit);
  printf("%lu of both while undoing; ", t->while_undoing);
  printf("excused pages: %lu lowered, %lu lost; ", model_total.lowered, model_total.lost);
  printf("%lu of %llu sequences are bad\n", bad, (unsigned long long)count);
  return bad > 0;
}

static int run_file(const char *name) {
  static uint8_t bytes[1 << 16];
  FILE *file = fopen(name, "rb");
  if (file == NULL) {
    perror(name);
    return 2;
  }
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  bool good = sequence_run_bytes(bytes, size, name);
  if (good) log_print();
  on_death(NULL);
  printf("%s: %s\n", name, good ? "all is as it should be" : "something is wrong");
  return !good;
}

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  on_death(log_death);
  if (argc == 2) return run_file(argv[1]);
  if (argc == 3) return run_seeds(strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));
  fprintf(stderr, "usage: fuzz FIRST-SEED COUNT, or fuzz FILE\n");
  return 2;
}
