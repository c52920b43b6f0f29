/* pagemap.c: os_resident and os_frame: which pages are in RAM, and in which frame, from /proc/self/pagemap.
**
** A page that has been read but never written is present, but as the page of zeros that all such pages
** share. Rss does not count it, and nor does vmem. Since Linux 6.7 an ioctl (PAGEMAP_SCAN) leaves it out.
** Before that, vmem counts the pages of files and sections, and those that only this process has mapped; so it misses
** private pages that the process and its child of fork still share.
**
** Where pagemap cannot be opened (no /proc, or it belongs to root after setuid), mincore shows what is
** in RAM; it counts the page of zeros. */
#define _GNU_SOURCE /* pread, mincore */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

/* {====== By ioctl ====== */

int linux_scan_pages(int pagemap, uint64_t *from, uint64_t to, linux_pages which,
                     linux_page_range *range, size_t room) {
  if (linux_wants_residency("smaps")) {
    errno = ENOTTY;
    return -1;
  }
  linux_page_scan ask = {.size = sizeof ask,
                         .start = *from,
                         .end = to,
                         .ranges = (uintptr_t)range,
                         .room = room,
                         .inverted = LINUX_PAGE_ZERO,
                         .wanted = LINUX_PAGE_ZERO,
                         .any_of = which == LINUX_IN_RAM ? LINUX_PAGE_PRESENT
                                                         : LINUX_PAGE_PRESENT | LINUX_PAGE_SWAPPED,
                         .returned = LINUX_PAGE_HUGE};
  int found;
  do found = linux_ioctl(pagemap, LINUX_PAGE_SCAN, &ask);
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
    int found = linux_scan_pages(pagemap, &at, end, LINUX_IN_RAM, range, RANGES);
    if (found < 0) return VM_NOT_SUPPORTED;
    for (int i = 0; i < found; i++) *bytes += (size_t)(range[i].end - range[i].start);
  }
  return VM_OK;
}

/* ====== } */

/* {====== By reading ====== */

static const uint64_t FRAME = ((uint64_t)1 << 55) - 1;

vm_error linux_read_pages(int pagemap, uintptr_t address, uint64_t *entry, size_t pages) {
  off_t at = (off_t)(address / os_get_limits()->page_size * sizeof *entry);
  ssize_t want = (ssize_t)(pages * sizeof *entry);
  return pread(pagemap, entry, (size_t)want, at) == want ? VM_OK : VM_NOT_SUPPORTED;
}

static vm_error count_by_reading(int pagemap, uintptr_t address, size_t size, size_t *bytes) {
  const uint64_t counts = LINUX_ENTRY_OWN | LINUX_ENTRY_FILE;
  uint64_t entry[LINUX_ENTRIES];
  size_t page = os_get_limits()->page_size, found = 0;
  for (size_t at = 0; at < size;) {
    size_t pages = (size - at) / page < LINUX_ENTRIES ? (size - at) / page : LINUX_ENTRIES;
    vm_error error = linux_read_pages(pagemap, address + at, entry, pages);
    if (error != VM_OK) return error;
    for (size_t i = 0; i < pages; i++)
      found += (entry[i] & LINUX_ENTRY_PRESENT) != 0 && (entry[i] & counts) != 0;
    at += pages * page;
  }
  *bytes = found * page;
  return VM_OK;
}

/* ====== } */

static vm_error count_by_mincore(uintptr_t address, size_t size, size_t *bytes) {
  unsigned char in[4096];
  size_t page = os_get_limits()->page_size, found = 0;
  for (size_t at = 0; at < size;) {
    size_t pages = (size - at) / page < sizeof in ? (size - at) / page : sizeof in;
    if (mincore(unix_pointer(address + at), pages * page, in) != 0) return VM_NOT_SUPPORTED;
    for (size_t i = 0; i < pages; i++) found += in[i] & 1;
    at += pages * page;
  }
  *bytes = found * page;
  return VM_OK;
}

vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
  int pagemap;
  vm_error error = linux_open_proc(0, "pagemap", &pagemap);
  if (error == VM_TOO_MANY_FILES) return error;
  if (error != VM_OK) return count_by_mincore(address, size, bytes);
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
  vm_error error = linux_read_pages(pagemap, address, &entry, 1);
  if (error != VM_OK) return error;
  if ((entry & LINUX_ENTRY_PRESENT) == 0) return VM_NOT_COMMITTED;
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
