/* fake_calls.h: included before each source of the core that is under test, so that what it asks of the
** system and of malloc comes to fake_kernel.c and failures.c. */
#ifndef FAKE_CALLS_H
#define FAKE_CALLS_H

#define mmap fake_mmap
#define munmap fake_munmap
#define mprotect fake_mprotect
#define madvise fake_madvise
#define mlock fake_mlock
#define munlock fake_munlock
#define clock_gettime fake_clock_gettime
#define malloc fake_malloc
#define calloc fake_calloc
#define realloc fake_realloc

#endif
