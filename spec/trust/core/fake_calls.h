/* fake_calls.h: sends the system calls and mallocs of the tested sources to fake_kernel.c and
** failures.c. It is included before each of these sources. */
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
#define memcpy fake_memcpy
#define memmove fake_memmove
#define memset fake_memset
#define fstat fake_fstat
#define ftruncate fake_ftruncate
#define posix_fallocate fake_posix_fallocate
#define pread fake_pread
#define pwrite fake_pwrite

#endif
