/* mmap.h: included before each file of csrc/ in a build for ThreadSanitizer. The sanitizer ends the process
** if mmap asks for one of the sanitizer's own addresses, so mmap calls that replace nothing go directly to
** the kernel. */
#ifndef VMEM_THREADS_MMAP_H
#define VMEM_THREADS_MMAP_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void *mmap_anywhere(void *address, size_t size, int protection, int flags, int file,
                                  off_t offset) {
  if ((flags & 0x100000) == 0) /* MAP_FIXED_NOREPLACE */
    return mmap(address, size, protection, flags, file, offset);
  return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

#define mmap mmap_anywhere

#endif
