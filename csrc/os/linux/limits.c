/* limits.c: the limits of this kernel, whether it has guard markers, and the meaning of an ENOMEM. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, madvise */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/linux/kernel.h"
#include "os/linux/linux.h"
#include "os/unix.h"

/* {====== Markers ====== */

/* Marking a chunk costs 16 us. Each commit in it then saves 3 us if the pages are scattered, 0.5 us if
** they are neighbours. */
enum { AFTER = 4 };

/* Whether ulimit -d is in force. */
static bool limits_data(void) {
  struct rlimit data;
  return getrlimit(RLIMIT_DATA, &data) != 0 || data.rlim_cur != RLIM_INFINITY;
}

/* Whether vm.overcommit_memory is 2. */
bool os_charges_all(void) {
  char mode = '2';
  int file = unix_above_standard(open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC));
  if (file < 0) return false;
  bool is_read = read(file, &mode, 1) == 1;
  close(file);
  return is_read && mode == '2';
}

static bool kernel_has_markers(size_t page) {
  void *trial = mmap(NULL, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (trial == MAP_FAILED) return false;
  bool has = madvise(trial, page, MADV_GUARD_INSTALL_) == 0 &&
             madvise(trial, page, MADV_GUARD_REMOVE_) == 0;
  munmap(trial, page);
  return has;
}

/* For tests. VMEM_COMMIT=plain: no marked pages. VMEM_COMMIT=marked: markers from the first small commit on.
** VMEM_COMMIT=unmarked: no markers, as before Linux 6.13. VMEM_COMMIT=missing: every region below 256 MiB
** is sparse. */
bool linux_wants_way(const char *word) {
  const char *way = getenv("VMEM_COMMIT");
  return way != NULL && strcmp(way, word) == 0;
}

/* The mapping of marked pages is writable although they are not committed. So they are not used where the
** system counts every writable page against a limit. */
const char *linux_no_marked_pages(void) {
  if (linux_wants_way("plain")) return "VMEM_COMMIT=plain is in the environment";
  if (limits_data()) return "ulimit -d is in force, and counts every writable page";
  if (os_charges_all()) return "vm.overcommit_memory is 2, which counts every writable page";
  return NULL;
}

const char *linux_no_markers(size_t page) {
  const char *reason = linux_no_marked_pages();
  if (reason == NULL && linux_wants_way("unmarked"))
    reason = "VMEM_COMMIT=unmarked is in the environment";
  if (reason == NULL && !kernel_has_markers(page)) reason = "this kernel has none (Linux 6.13 has)";
  return reason;
}

static size_t mark_after(size_t page) {
  if (linux_no_markers(page) != NULL) return SIZE_MAX;
  return linux_wants_way("marked") ? 0 : AFTER;
}

/* ====== } */

/* {====== Limits ====== */

/* Where user space ends depends on the processor and the kernel. There is no call for it, so this tries. */
static uintptr_t find_end(size_t page) {
  uintptr_t good = 0, bad = (uintptr_t)1 << 57;
  while (bad - good > page) {
    uintptr_t middle = (good + (bad - good) / 2) & ~(uintptr_t)(page - 1);
    void *got = mmap(unix_pointer(middle), page, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE_, -1, 0);
    bool exists = got == unix_pointer(middle) || (got == MAP_FAILED && errno != ENOMEM);
    if (got != MAP_FAILED) munmap(got, page);
    if (exists)
      good = middle;
    else
      bad = middle;
  }
  /* Without room for another page (ulimit -v) every try fails and shows nothing. */
  return good > ((uintptr_t)1 << 30) ? bad & ~(uintptr_t)0xffff : 0; /* whole granules */
}

/* Processors may have addresses of more bits than programs expect (x86-64 with five levels of page tables, arm64
** with 52 bits). Programs keep tags in the upper bits of pointers, so the kernel places something above the usual
** number of bits only where an address there is asked for. The first thread's stack is the highest thing that the
** kernel places: the power of two above it is the limit. Up to 48 bits are what programs expect; there a
** stack may be elsewhere, as valgrind's is. */
static uintptr_t find_highest(uintptr_t end, size_t page) {
  if (end <= (uintptr_t)1 << 48) return end;
  uintptr_t stack = (uintptr_t)getauxval(AT_RANDOM), limit = page;
  while (limit != 0 && limit <= stack) limit <<= 1;
  if (stack == 0 || limit == 0 || limit >= end) return end;
  /* On x86-64 the last page below the limit is not used. Such a hint is not taken. */
  void *hint = unix_pointer(limit - page);
  void *got = mmap(hint, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got != MAP_FAILED) munmap(got, page);
  return got == hint ? limit : (limit - page) & ~(uintptr_t)0xffff;
}

static os_limits known;

static void find_limits(void) {
  known = unix_limits();
  known.end = find_end(known.page_size);
  known.highest = find_highest(known.end, known.page_size);
  known.mark_after = mark_after(known.page_size);
  known.sparse_below = linux_wants_way("missing") ? (size_t)1 << 28 : 0;
}

const os_limits *os_get_limits(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_limits);
  return &known;
}

/* ====== } */

/* {====== No memory ====== */

typedef enum cut { CAN_CUT, CANNOT_CUT, UNKNOWN } cut;

/* Tries to make a mapping and to cut a page out of its middle, which takes two more. This takes microseconds;
** counting all mappings takes half a microsecond for each. The memory is shared, so the kernel never joins it
** with its neighbours. */
static cut try_to_cut(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return UNKNOWN;
  bool is_cut = mprotect(pages + page, page, PROT_READ) == 0;
  munmap(pages, 3 * page);
  return is_cut ? CAN_CUT : CANNOT_CUT;
}

/* Whether no mapping can be made because there are as many as vm.max_map_count allows. A page of the stack
** is mapped already: mapping there, but over nothing, always fails, and the kernel looks at the number of
** mappings first. This needs no /proc. Before Linux 4.17 the flag is unknown and the address only a hint. */
static bool has_all_mappings(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char here = 0;
  void *mapped = unix_pointer((uintptr_t)&here & ~(uintptr_t)(page - 1));
  void *got =
      mmap(mapped, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE_, -1, 0);
  int error = errno;
  if (got != MAP_FAILED) munmap(got, page);
  return got == MAP_FAILED && error == ENOMEM;
}

vm_error unix_no_memory(void) {
  cut tried = try_to_cut();
  bool none_left = tried == CANNOT_CUT || (tried == UNKNOWN && has_all_mappings());
  return none_left ? VM_TOO_MANY_MAPPINGS : VM_OUT_OF_MEMORY;
}

/* ====== } */
