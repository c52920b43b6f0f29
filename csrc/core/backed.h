/* backed.h: work on much memory, which leaves pages alone that have never been written. All ranges lie in regions, in
** committed pages that may be read, and written where it says so. */
#ifndef BACKED_H
#define BACKED_H

#include "os/os.h"

/* A part of a range: all zeros, and better not touched, unless it is backed. */
typedef struct vm_stretch {
  uintptr_t from, to;
  bool backed;
} vm_stretch;

typedef struct vm_walk {
  uintptr_t at, to;
  uintptr_t known; /* how far the system has been asked */
  size_t step;     /* how much to ask about next; 0: the range is too small to ask */
  os_range found[64];
  size_t next, count;
} vm_walk;

void vm_walk_start(vm_walk *walk, const void *from, size_t size);

/* The next stretch, right behind the last; false at the end of the range. */
bool vm_walk_next(vm_walk *walk, vm_stretch *stretch);

/* How many zero bytes come first. */
size_t vm_zeroes_before(const char *from, size_t size);

/* How many bytes there are up to the last that is not zero. */
size_t vm_length_of(const char *from, size_t size);

/* How many bytes are in stretches that are backed. */
size_t vm_backed(const char *from, size_t size);

/* How many leading bytes are alike. */
size_t vm_common(const char *a, const char *b, size_t size);

/* As memmove: `to` is written. */
void vm_copy(char *to, const char *from, size_t size);

/* As os_wipe: the range is written. */
void vm_wipe_backed(uintptr_t address, size_t size);

static inline const char *vm_bytes_at(uintptr_t address) {
  return (const char *)address; /* NOLINT(performance-no-int-to-ptr) */
}

#endif
