/* markers.c: marked pages, whether and how.
**
** Guard markers, since Linux 6.13, are page table entries that trap: they cut no mapping, and there is
** no limit to their number. What traps as missing is in missing.c. */
#define _GNU_SOURCE /* madvise, MAP_ANONYMOUS */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

enum {
  MADV_GUARD_INSTALL_ = 102, /* newer than the oldest headers we build with */
  MADV_GUARD_REMOVE_ = 103,
  /* Marking a chunk costs 16 us, a commit there saves 3 us where scattered, 0.5 us side by side. */
  AFTER = 4
};

static vm_error advise(uintptr_t address, size_t size, int advice) {
  if (madvise(unix_pointer(address), size, advice) == 0) return VM_OK;
  return errno == EINVAL ? VM_NOT_SUPPORTED : unix_error(errno); /* EINVAL: locked, too */
}

/* {====== Whether, and when ====== */

static bool limits_data(void) {
  struct rlimit data;
  return getrlimit(RLIMIT_DATA, &data) != 0 || data.rlim_cur != RLIM_INFINITY;
}

static bool counts_strictly(void) {
  char mode = '2';
  int file = unix_above_standard(open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  bool known = read(file, &mode, 1) == 1;
  close(file);
  return known && mode == '2';
}

static bool kernel_has_markers(size_t page) {
  void *trial = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (trial == MAP_FAILED) return false;
  bool has = madvise(trial, page, MADV_GUARD_INSTALL_) == 0 &&
             madvise(trial, page, MADV_GUARD_REMOVE_) == 0;
  munmap(trial, page);
  return has;
}

/* For tests, VMEM_COMMIT=plain does without marked pages, VMEM_COMMIT=marked has markers from the first
** small commit on, and VMEM_COMMIT=missing makes every region a sparse one, but for large ones. */
bool linux_wants_way(const char *word) {
  const char *way = getenv("VMEM_COMMIT");
  return way != NULL && strcmp(way, word) == 0;
}

/* Marked pages are writable though nobody has committed them. That must cost nothing: not where the
** system counts every writable page against a limit. */
const char *linux_no_marked_pages(void) {
  if (linux_wants_way("plain")) return "VMEM_COMMIT=plain is in the environment";
  if (limits_data()) return "ulimit -d is in force, and counts every writable page";
  if (counts_strictly()) return "vm.overcommit_memory is 2, which counts every writable page";
  return NULL;
}

const char *linux_no_markers(size_t page) {
  const char *reason = linux_no_marked_pages();
  if (reason == NULL && !kernel_has_markers(page)) reason = "this kernel has none (Linux 6.13 has)";
  return reason;
}

size_t linux_mark_after(size_t page) {
  if (linux_no_markers(page) != NULL) return SIZE_MAX;
  return linux_wants_way("marked") ? 0 : AFTER;
}

/* ====== } */

vm_error os_mark(uintptr_t address, size_t size, vm_trap trap) {
  if (trap == VM_TRAP_MISSING) return linux_trap_missing(address, size);
  /* In this order a mapping beside it that is open already grows, which works even where there is no
  ** room for another one. */
  vm_error error = os_protect(address, size, VM_READ | VM_WRITE);
  return error == VM_OK ? os_mark_committed(address, size, trap) : error;
}

vm_error os_mark_committed(uintptr_t address, size_t size, vm_trap trap) {
  if (trap == VM_TRAP_MISSING) return linux_make_missing(address, size);
  return advise(address, size, MADV_GUARD_INSTALL_);
}

vm_error os_unmark(uintptr_t address, size_t size, vm_trap trap) {
  if (trap == VM_TRAP_MISSING) return linux_fill_missing(address, size);
  return advise(address, size, MADV_GUARD_REMOVE_);
}

vm_error os_refill(uintptr_t address, size_t size) { return linux_refill_missing(address, size); }
