/* choose.h: random arguments for a step. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "failures.h"
#include "verbs.h"

/* What vm_reserve is asked for: sizes around those at which the page table and commit.c change their
** ways, at times an address, free or not. `near`: a region, or NULL. */
vm_request choose_reservation(const vm_region *near);

/* A range of a region, and a protection. */
request choose_request(model *m);

/* An error, half-way or not, for the calls of `pattern` after the first `before`. */
failures_plan choose_plan(unsigned before, unsigned pattern);
failures_plan choose_nothing(void);

#endif
