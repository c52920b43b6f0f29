/* stretches.h: sorted lists of address ranges, which do not overlap. */
#ifndef OS_LINUX_STRETCHES_H
#define OS_LINUX_STRETCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct linux_stretch {
  uintptr_t start, end;
} linux_stretch;

typedef struct linux_stretches {
  linux_stretch *item;
  size_t count, room;
} linux_stretches;

/* The index of the first range that ends above the address. */
size_t linux_stretches_find(const linux_stretches *list, uintptr_t address);

/* Makes room for one call of the next two, which then cannot fail; false when there is no memory. */
bool linux_stretches_prepare(linux_stretches *list);

/* Ranges that overlap the new one become one with it. */
void linux_stretches_add(linux_stretches *list, uintptr_t address, size_t size);

/* Without room for the two parts of a range that is cut, the smaller part is dropped. */
void linux_stretches_remove(linux_stretches *list, uintptr_t address, size_t size);

void linux_stretches_free(linux_stretches *list);

#endif
