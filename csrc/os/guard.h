/* guard.h: the contract of the os floor for accesses to pages that the system may not be able to give: pages of a file
** that another process has made shorter, or that cannot be read from its disk. Elsewhere such an access ends the
** process. */
#ifndef OS_GUARD_H
#define OS_GUARD_H

#include "os/os.h"

/* A function that may touch such pages. It is left in the middle, so it is a leaf: it calls nothing but other
** functions of files named *_guarded.c and memcpy and its like, holds no lock, and owns nothing. */
typedef void os_leaf(void *with);

/* Calls leaf(with), which may touch such pages within the two ranges, which may be empty. False if the system
** could not give a page of them: the leaf was left there, and *lost is the address. Anything else that the leaf does
** wrong ends the process, as without the guard. After os_guard. */
bool os_guarded(os_leaf *leaf, void *with, const os_range ranges[2], uintptr_t *lost);

/* Copies an element of 1, 2, 4 or 8 bytes, all at once. False if the system could not give a page of it. */
bool os_move(void *to, const void *from, size_t size);

/* To be called before such pages are attached. On Unix it installs a handler for SIGBUS, which passes on what is not
** vmem's own; if other code has installed one since, this puts vmem's before it again. From the first call on the
** library stays loaded. In a thread that blocks SIGBUS the system ends the process instead. VM_NOT_SUPPORTED. */
vm_error os_guard(void);

#endif
