/* choose.h: random arguments for a step. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "failures.h"
#include "verbs.h"

/* A request for vm_reserve: sizes near those at which the page table and commit.c behave differently,
** sometimes with an address, free or not. `near`: a region, or NULL. */
vm_request choose_reservation(const vm_region *near);

/* A range of a region, and a protection. */
request choose_request(model *m);

/* An error for the calls of `pattern` after the first `before`, with a part of the work done or none. */
failures_plan choose_plan(unsigned before, unsigned pattern);
failures_plan choose_nothing(void);

#endif
