/* lock.h: unlocks and locks runs, for calls that decommit locked pages. */
#ifndef LOCK_H
#define LOCK_H

#include "core/pages.h"

/* For vm_each_run: unlocks locked runs in the system, or locks them there again. The page table does not
** change. */
vm_act_on_run vm_unlock_run, vm_lock_run;

#endif
