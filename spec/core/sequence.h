/* sequence.h: one sequence of steps over a few regions, all of which follows from its seed. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

typedef enum sequence_mode {
  MODE_WELL,    /* nothing fails */
  MODE_ONE,     /* one call fails: in each step one, then the next, until it goes well */
  MODE_LIMIT,   /* there is room for few mappings more, or none */
  MODE_SEVERAL, /* several calls of a step fail, those that undo included */
  MODES
} sequence_mode;

typedef struct sequence_totals {
  unsigned long compared; /* operations, each attempt counts */
  unsigned long injected, at_limit, while_undoing;
} sequence_totals;

extern sequence_totals sequence_total;

/* False when there was a mismatch. */
bool sequence_run(uint64_t seed);

#endif
