/* refusals.h: the ways in which one call of an operation can be refused. */
#ifndef REFUSALS_H
#define REFUSALS_H

#include "failures.h"

/* Passes `act` the plans for the call after the first `before`, of either level. It gives what has failed;
** plans that could make no difference to that call are left out. False when there is no such call. */
typedef failures_count refusals_act(const failures_plan *plan, void *with);
bool refusals_each(failures_level level, unsigned before, refusals_act *act, void *with);

#endif
