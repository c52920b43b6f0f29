/* backed.h: compares, copies and searches memory without touching pages that have never been written.
**
** Sizes are in bytes. All ranges lie in regions, in committed and readable pages; a range that a
** function writes is writable too. No function fails. */
#ifndef BACKED_H
#define BACKED_H

#include "os/os.h"

/* A part of a range. If it is not backed, it is all zeros and need not be read. */
typedef struct vm_stretch {
  uintptr_t from, to;
  bool backed;
} vm_stretch;

typedef struct vm_walk {
  uintptr_t at, to;
  uintptr_t known; /* the system has been asked about all addresses below */
  size_t step;     /* how many bytes to ask about next; 0: the range is too small to ask */
  os_range found[64];
  size_t next, count;
} vm_walk;

void vm_walk_start(vm_walk *walk, const void *from, size_t size);

/* Gives the next stretch of the range, right behind the previous one; false at the end. */
bool vm_walk_next(vm_walk *walk, vm_stretch *stretch);

/* The number of zero bytes at the start. */
size_t vm_zeros_before(const char *from, size_t size);

/* The size without the zero bytes at the end. */
size_t vm_length_of(const char *from, size_t size);

/* The number of bytes in backed stretches. */
size_t vm_backed(const char *from, size_t size);

/* The number of bytes that are alike at the start of both ranges. */
size_t vm_common(const char *a, const char *b, size_t size);

/* memmove. Writes to `to`. */
void vm_copy(char *to, const char *from, size_t size);

/* os_wipe, on the backed stretches. */
void vm_wipe_backed(uintptr_t address, size_t size);

static inline const char *vm_bytes_at(uintptr_t address) {
  return (const char *)address; /* NOLINT(performance-no-int-to-ptr) */
}

#endif
