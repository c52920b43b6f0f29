/* reduce_guarded.h: leaf functions (os/guard.h) for the sum and the extremes of elements. */
#ifndef LUA_REDUCE_GUARDED_H
#define LUA_REDUCE_GUARDED_H

#include "lua/view.h"

/* Elements in memory, so many bytes apart. */
typedef struct l_elements {
  const char *from;
  size_t count, stride;
  unsigned type;
} l_elements;

/* The sum of integers, which wraps around, or of floats. */
typedef struct l_totals {
  uint64_t INT;
  double FLOAT;
} l_totals;

typedef struct l_extremes {
  bool any; /* a number that is no NaN has been met */
  l_element smallest, largest;
} l_extremes;

typedef struct l_sum {
  l_elements of;
  l_totals total;
} l_sum;

/* `with` is an l_sum. */
void l_sum_leaf(void *with);

typedef struct l_minmax {
  l_elements of;
  l_extremes found;
} l_minmax;

/* `with` is an l_minmax. */
void l_minmax_leaf(void *with);

#endif
