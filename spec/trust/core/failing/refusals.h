/* refusals.h: the ways in which one call of an operation can be refused. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "failures.h"

/* Calls `act` with the plans for the call after the first `before`, at the given level. `act` returns the
** failures; plans that make no difference to that call are left out. False if there is no such call. */
typedef failures_count refusals_act(const failures_plan *plan, void *with);
bool refusals_each(failures_level level, unsigned before, refusals_act *act, void *with);

#endif
