/* move_guarded.h: for the handlers of the guard: what os_move does where it has a way of its own. */
#ifndef OS_MOVE_GUARDED_H
#define OS_MOVE_GUARDED_H

#include "os/guard.h"

/* The processor was stopped in os_move, at the place in `context` (a ucontext_t): changes that, so that os_move goes on
** and gives false. False if it was elsewhere. */
bool os_leave_move(void *context);

#endif
