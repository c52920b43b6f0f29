/* lock.h: unlocking and locking runs, for calls that take locked pages away. */
#ifndef LOCK_H
#define LOCK_H

#include "core/pages.h"

/* Acts: locked runs are unlocked in the system, or locked again there. The page table is not told. */
vm_act_on_run vm_unlock_run, vm_lock_run;

#endif
