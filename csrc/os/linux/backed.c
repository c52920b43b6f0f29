/* backed.c: os_backed: which pages may hold anything but zeros.
**
** /proc/self/pagemap shows that, in a time that depends on the pages that are present, not on the size
** of the range. Opening it costs more than reading a few pages. So mincore is asked first: if all of a
** piece is in RAM, the answer is known. */
#define _GNU_SOURCE /* mincore, MAP_ANONYMOUS */

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

/* {====== The list of ranges ====== */

typedef struct ranges {
  os_range *item;
  size_t count, room;
} ranges;

/* False when the list is full. */
static bool add(ranges *found, uintptr_t from, uintptr_t to) {
  os_range *last = found->count > 0 ? &found->item[found->count - 1] : NULL;
  if (last != NULL && last->to == from) {
    last->to = to;
    return true;
  }
  if (found->count == found->room) return false;
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): where there is room there is an item */
  found->item[found->count++] = (os_range){from, to};
  return true;
}

/* ====== } */

/* {====== By pagemap ====== */

/* These functions return the address up to which they have searched; `from` when they cannot search. */
static uintptr_t by_scan(int pagemap, uintptr_t from, uintptr_t to, ranges *found) {
  enum { RANGES = 64 };
  linux_page_range range[RANGES];
  uint64_t at = from;
  size_t room = found->room < RANGES ? found->room : RANGES;
  int given = linux_scan_pages(pagemap, &at, to, LINUX_IN_RAM_OR_SWAPPED, range, room);
  for (int i = 0; i < given; i++)
    (void)add(found, (uintptr_t)range[i].start, (uintptr_t)range[i].end);
  return given < 0 ? from : (uintptr_t)at;
}

static uintptr_t by_reading(int pagemap, uintptr_t from, uintptr_t to, ranges *found) {
  uint64_t entry[LINUX_ENTRIES];
  size_t page = os_get_limits()->page_size, pages = (to - from) / page;
  if (pages > LINUX_ENTRIES) pages = LINUX_ENTRIES;
  if (linux_read_pages(pagemap, from, entry, pages) != VM_OK) return from;
  for (size_t i = 0; i < pages; i++, from += page)
    if ((entry[i] & (LINUX_ENTRY_PRESENT | LINUX_ENTRY_SWAPPED)) != 0 &&
        !add(found, from, from + page))
      break;
  return from;
}

static uintptr_t by_pagemap(int pagemap, uintptr_t from, uintptr_t to, ranges *found) {
  uintptr_t reached = by_scan(pagemap, from, to, found);
  return reached > from ? reached : by_reading(pagemap, from, to, found);
}

/* An emulator may give the pagemap of its host, in which the process's addresses mean nothing. So this
** writes a page, and pagemap is used only if it shows that page. */
static bool is_true(int pagemap) {
  static atomic_bool known;
  if (known) return true;
  size_t page = os_get_limits()->page_size;
  char *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  *(volatile char *)memory = 1;
  os_range range;
  ranges found = {&range, 0, 1};
  uintptr_t address = (uintptr_t)memory;
  (void)by_pagemap(pagemap, address, address + page, &found);
  munmap(memory, page);
  if (found.count == 1) known = true;
  return found.count == 1;
}

/* ====== } */

/* {====== By mincore ====== */

enum { PAGES = 4096 }; /* in one call of mincore */

/* mincore cannot tell a page that is swapped out from one that was never written, so it serves only without
** swap. Linux counts a swap file that is being turned off until its last page is gone. */
static bool has_swap(void) {
  struct sysinfo info;
  return sysinfo(&info) != 0 || info.totalswap != 0;
}

static uintptr_t by_mincore(uintptr_t from, uintptr_t to, ranges *found) {
  unsigned char in[PAGES];
  size_t page = os_get_limits()->page_size;
  if (has_swap() || mincore(unix_pointer(from), to - from, in) != 0 || has_swap()) return from;
  for (size_t i = 0; from < to; i++, from += page)
    if ((in[i] & 1) != 0 && !add(found, from, from + page)) break;
  return from;
}

static bool all_in_core(uintptr_t from, uintptr_t to) {
  unsigned char in[PAGES];
  return mincore(unix_pointer(from), to - from, in) == 0 &&
         memchr(in, 0, (to - from) / os_get_limits()->page_size) == NULL;
}

/* ====== } */

uintptr_t os_backed(uintptr_t from, uintptr_t to, os_range *range, size_t room, size_t *count) {
  size_t page = os_get_limits()->page_size;
  ranges found = {range, 0, room};
  if (linux_is_attached(from, &to)) {
    (void)add(&found, from, to);
    *count = found.count;
    return to;
  }
  uintptr_t end = (to - from) / page > PAGES ? from + PAGES * page : to, reached = from;
  int pagemap;
  if (all_in_core(from, end)) {
    (void)add(&found, from, end);
    reached = end;
  } else if (linux_open_proc(0, "pagemap", &pagemap) == VM_OK) {
    if (is_true(pagemap)) reached = by_pagemap(pagemap, from, to, &found);
    close(pagemap);
  }
  if (reached == from) reached = by_mincore(from, end, &found);
  if (reached == from) {
    (void)add(&found, from, end);
    reached = end;
  }
  *count = found.count;
  return reached;
}
