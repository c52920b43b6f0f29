/* os_linux_pagemap.c: what /proc/PID/pagemap tells of pages: whether they are in RAM, and in which frame.
**
** A page of zeros that has only been read is present, but it is the one that all such pages share: Rss
** does not count it, and nor do we where the kernel tells it apart, since Linux 6.7, by an ioctl. */
#define _GNU_SOURCE /* pread */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "os_linux.h"

/* {====== By ioctl ====== */

/* Newer than the oldest headers we build with: struct pm_scan_arg. */
typedef struct page_scan {
  uint64_t size, flags, start, end, reached, ranges, room, most;
  uint64_t inverted, wanted, any_of, told;
} page_scan;

#define PAGE_SCAN _IOWR('f', 16, page_scan)

enum { PAGE_PRESENT = 8, PAGE_ZERO = 32 };

int linux_scan_pages(int pagemap, uint64_t *from, uint64_t to, linux_page_range *range,
                     size_t room) {
  page_scan ask = {.size = sizeof ask,
                   .start = *from,
                   .end = to,
                   .ranges = (uintptr_t)range,
                   .room = room,
                   .inverted = PAGE_ZERO,
                   .wanted = PAGE_PRESENT | PAGE_ZERO,
                   .told = LINUX_PAGE_HUGE};
  int found;
  do found = ioctl(pagemap, PAGE_SCAN, &ask);
  while (found < 0 && errno == EINTR);
  if (found >= 0 && ask.reached <= *from) {
    errno = ENOTTY;
    return -1;
  }
  *from = ask.reached;
  return found;
}

/* VM_NOT_SUPPORTED before Linux 6.7. */
static vm_error count_by_scan(int pagemap, uintptr_t address, size_t size, size_t *bytes) {
  enum { RANGES = 64 };
  linux_page_range range[RANGES];
  *bytes = 0;
  for (uint64_t at = address, end = address + size; at < end;) {
    int found = linux_scan_pages(pagemap, &at, end, range, RANGES);
    if (found < 0) return VM_NOT_SUPPORTED;
    for (int i = 0; i < found; i++) *bytes += (size_t)(range[i].end - range[i].start);
  }
  return VM_OK;
}

/* ====== } */

/* {====== By reading ====== */

static const uint64_t PRESENT = (uint64_t)1 << 63;
static const uint64_t FRAME = ((uint64_t)1 << 55) - 1;

static vm_error read_entries(int pagemap, uintptr_t address, uint64_t *entry, size_t pages) {
  off_t at = (off_t)(address / os_get_limits()->page_size * sizeof *entry);
  ssize_t want = (ssize_t)(pages * sizeof *entry);
  return pread(pagemap, entry, (size_t)want, at) == want ? VM_OK : VM_NOT_SUPPORTED;
}

static vm_error count_by_reading(int pagemap, uintptr_t address, size_t size, size_t *bytes) {
  enum { ENTRIES = 1024 };
  uint64_t entry[ENTRIES];
  size_t page = os_get_limits()->page_size, found = 0;
  for (size_t at = 0; at < size;) {
    size_t pages = (size - at) / page < ENTRIES ? (size - at) / page : ENTRIES;
    vm_error error = read_entries(pagemap, address + at, entry, pages);
    if (error != VM_OK) return error;
    for (size_t i = 0; i < pages; i++) found += (entry[i] & PRESENT) != 0;
    at += pages * page;
  }
  *bytes = found * page;
  return VM_OK;
}

/* ====== } */

vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
  int pagemap;
  vm_error error = linux_open_proc(0, "pagemap", &pagemap);
  if (error != VM_OK) return error == VM_TOO_MANY_FILES ? error : VM_NOT_SUPPORTED;
  size_t found;
  error = count_by_scan(pagemap, address, size, &found);
  if (error != VM_OK) error = count_by_reading(pagemap, address, size, &found);
  close(pagemap);
  if (error == VM_OK) *bytes = found;
  return error;
}

static vm_error frame_of(int pagemap, uintptr_t address, uint64_t *frame) {
  size_t there;
  uint64_t entry;
  if (count_by_scan(pagemap, address, os_get_limits()->page_size, &there) == VM_OK && there == 0)
    return VM_NOT_COMMITTED;
  vm_error error = read_entries(pagemap, address, &entry, 1);
  if (error != VM_OK) return error;
  if ((entry & PRESENT) == 0) return VM_NOT_COMMITTED;
  if ((entry & FRAME) == 0) return VM_PERMISSION_DENIED; /* hidden without CAP_SYS_ADMIN */
  *frame = entry & FRAME;
  return VM_OK;
}

vm_error os_frame(uintptr_t address, uint64_t *frame) {
  int pagemap;
  if (linux_open_proc(0, "pagemap", &pagemap) != VM_OK) return VM_NOT_SUPPORTED;
  vm_error error = frame_of(pagemap, address, frame);
  close(pagemap);
  return error;
}
