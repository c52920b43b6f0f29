/* backed.c: which pages may hold anything but zeros.
**
** pagemap tells, in time that depends on what is there and not on how large the range is. Opening it costs
** more than reading a few pages does, so mincore is asked first whether all of a piece is in RAM: then
** there is nothing to be saved. */
#define _GNU_SOURCE /* mincore, MAP_ANONYMOUS */

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

/* {====== What has been found ====== */

typedef struct ranges {
  os_range *item;
  size_t count, room;
} ranges;

/* False when there is no room for it. */
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

/* These return how far they got: `from` when they cannot tell. */
static uintptr_t by_scan(int pagemap, uintptr_t from, uintptr_t to, ranges *found) {
  enum { RANGES = 64 };
  linux_page_range range[RANGES];
  uint64_t at = from;
  size_t room = found->room < RANGES ? found->room : RANGES;
  int told = linux_scan_pages(pagemap, &at, to, LINUX_IN_RAM_OR_SWAPPED, range, room);
  for (int i = 0; i < told; i++)
    (void)add(found, (uintptr_t)range[i].start, (uintptr_t)range[i].end);
  return told < 0 ? from : (uintptr_t)at;
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

/* An emulator may hand out the pagemap of the machine around it, where our addresses mean nothing: it is
** believed when it knows of a page that we have just written. */
static bool is_true(int pagemap) {
  static atomic_bool known;
  if (known) return true;
  size_t page = os_get_limits()->page_size;
  char *memory = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  *(volatile char *)memory = 1;
  os_range told;
  ranges found = {&told, 0, 1};
  uintptr_t address = (uintptr_t)memory;
  (void)by_pagemap(pagemap, address, address + page, &found);
  munmap(memory, page);
  if (found.count == 1) known = true;
  return found.count == 1;
}

/* ====== } */

/* {====== By mincore ====== */

enum { PAGES = 4096 }; /* asked for at once */

/* For mincore a page that is swapped out is like one that was never there. Linux counts a swap file that is
** being emptied as long as it holds any page. */
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
