/* lost.h: which byte of a leaf's ranges (os/guard.h) is lost, for the handlers of each system. */
#ifndef OS_LOST_H
#define OS_LOST_H

#include "os/os.h"

/* Whether the page of the byte at `address` has bytes of one of the ranges. *lost is the first of them from there on, or
** else the last: the C library reads whole words and vectors, which may begin before the range or end behind it, in the
** same page. `within` is the size of a page, less 1. */
static inline bool os_find_lost(const os_range ranges[2], uintptr_t address, uintptr_t within,
                                volatile uintptr_t *lost) {
  for (int i = 0; i < 2; i++) {
    uintptr_t from = ranges[i].from, last = ranges[i].to - 1;
    if (from == ranges[i].to || address < (from & ~within) || address > (last | within)) continue;
    *lost = address < from ? from : address > last ? last : address;
    return true;
  }
  return false;
}

#endif
