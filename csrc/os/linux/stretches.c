/* stretches.c: sorted lists of address ranges, which do not overlap. */
#include "os/linux/stretches.h"

#include <stdlib.h>
#include <string.h>

size_t linux_stretches_find(const linux_stretches *list, uintptr_t address) {
  size_t low = 0, high = list->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (list->item[middle].end > address)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

bool linux_stretches_prepare(linux_stretches *list) {
  if (list->room - list->count >= 2) return true;
  size_t larger = list->room == 0 ? 16 : list->room * 2;
  linux_stretch *moved = realloc(list->item, larger * sizeof *moved);
  if (moved == NULL) return false;
  list->item = moved;
  list->room = larger;
  return true;
}

/* Replaces `old` ranges from index `at` on by the `fresh` ranges of `those`. */
static void replace(linux_stretches *list, size_t at, size_t old, const linux_stretch *those,
                    size_t fresh) {
  linux_stretch *item = list->item + at;
  memmove(item + fresh, item + old, (list->count - at - old) * sizeof *item);
  memcpy(item, those, fresh * sizeof *item);
  list->count = list->count - old + fresh;
}

void linux_stretches_add(linux_stretches *list, uintptr_t address, size_t size) {
  linux_stretch all = {address, address + size};
  const linux_stretch *item = list->item;
  size_t at = linux_stretches_find(list, address), end = at;
  for (; end < list->count && item[end].start < all.end; end++) {
    if (item[end].start < all.start) all.start = item[end].start;
    if (item[end].end > all.end) all.end = item[end].end;
  }
  replace(list, at, end - at, &all, 1);
}

void linux_stretches_remove(linux_stretches *list, uintptr_t address, size_t size) {
  linux_stretch left[2] = {{0, 0}, {0, 0}};
  const linux_stretch *item = list->item;
  size_t kept = 0, at = linux_stretches_find(list, address), end = at;
  for (; end < list->count && item[end].start < address + size; end++) {
    if (item[end].start < address) left[kept++] = (linux_stretch){item[end].start, address};
    if (item[end].end > address + size)
      left[kept++] = (linux_stretch){address + size, item[end].end};
  }
  if (kept > end - at && list->count == list->room && !linux_stretches_prepare(list)) {
    if (left[1].end - left[1].start > left[0].end - left[0].start) left[0] = left[1];
    kept = 1;
  }
  if (end > at) replace(list, at, end - at, left, kept);
}

void linux_stretches_free(linux_stretches *list) {
  free(list->item);
  *list = (linux_stretches){NULL, 0, 0};
}
