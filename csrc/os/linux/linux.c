/* linux.c: the contract with what Linux has beyond POSIX. */
#define _GNU_SOURCE /* process_vm_readv, MAP_ANONYMOUS */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

/* Newer than the oldest headers we build with. */
enum {
  MAP_FIXED_NOREPLACE_ = 0x100000, /* 4.17 */
  MADV_POPULATE_READ_ = 22,        /* 5.14 */
  MADV_POPULATE_WRITE_ = 23,
  PR_SET_VMA_ = 0x53564d41, /* 5.17, and only if the kernel was built with it */
  PR_SET_VMA_ANON_NAME_ = 0
};

const char *const os_name = "linux";

/* Adds a limit in KiB, as ulimit tells it. */
static void add_limit(char *text, const char *name, rlim_t limit) {
  if (limit == RLIM_INFINITY) return;
  size_t used = strlen(text);
  snprintf(text + used, OS_ADVICE - used, "%s is %llu, ", name, (unsigned long long)limit / 1024);
}

/* Names the settings that may be the reason, and no others. */
static const char *advice_for_room(char *text) {
  struct rlimit limit;
  snprintf(text, OS_ADVICE,
           "the system has no room for it: ask for less, release what is not needed, or look at "
           "the limits in force (");
  if (getrlimit(RLIMIT_AS, &limit) == 0) add_limit(text, "ulimit -v", limit.rlim_cur);
  if (getrlimit(RLIMIT_DATA, &limit) == 0) add_limit(text, "ulimit -d", limit.rlim_cur);
  size_t used = strlen(text);
  snprintf(text + used, OS_ADVICE - used, "sysctl vm.overcommit_memory)");
  return text;
}

const char *os_lock_advice(char *text) {
  struct rlimit limit;
  snprintf(text, OS_ADVICE,
           "the system locks no more for this process: lock less, or look at the limit (");
  if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0) add_limit(text, "ulimit -l", limit.rlim_cur);
  size_t used = strlen(text);
  snprintf(text + used, OS_ADVICE - used, "RAM that is left)");
  return text;
}

const char *os_advice(vm_error error, char *text) {
  switch (error) {
    case VM_OUT_OF_MEMORY: return advice_for_room(text);
    case VM_TOO_MANY_MAPPINGS:
      return "the process has as many mappings as vm.max_map_count allows: commit in larger "
             "pieces, or raise it with 'sysctl -w vm.max_map_count=262144'";
    case VM_PERMISSION_DENIED:
      return "pages that nobody may touch (none, guard) cannot be locked; else the system forbids "
             "it: for locks see ulimit -l, for executable pages the system's security policy";
    case VM_TOO_MANY_FILES:
      return "it takes a file of /proc, and the process has as many files open as 'ulimit -n' (or "
             "fs.file-max) allows: close some, or raise it";
    default: return NULL;
  }
}

/* {====== /proc ====== */

vm_error linux_open_proc(long pid, const char *name, int *file) {
  char path[64];
  if (linux_wants_residency("mincore")) return VM_NOT_SUPPORTED;
  if (pid == 0)
    snprintf(path, sizeof path, "/proc/self/%s", name);
  else
    snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
  *file = unix_above_standard(open(path, O_RDONLY | O_CLOEXEC));
  if (*file >= 0) return VM_OK;
  if (!linux_is_gone(errno)) return unix_error(errno);
  return pid == 0 ? VM_NOT_SUPPORTED : VM_INVALID_ADDRESS; /* without /proc we are gone, too */
}

static size_t count_lines(const char *text, size_t length) {
  size_t lines = 0;
  for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
  return lines;
}

/* Lines of a file of /proc, in a buffer on the stack: there may be no room for another mapping. The
** first bytes stay in `start`. */
static size_t count_lines_of(const char *path, char *start, size_t room) {
  int file = unix_above_standard(open(path, O_RDONLY | O_CLOEXEC));
  if (file < 0) return 0;
  char buffer[16384];
  size_t lines = 0;
  ssize_t got;
  start[0] = '\0';
  while ((got = read(file, buffer, sizeof buffer)) > 0 || (got < 0 && errno == EINTR)) {
    if (got < 0) continue;
    if (start[0] == '\0') snprintf(start, room, "%.*s", (int)got, buffer);
    lines += count_lines(buffer, (size_t)got);
  }
  close(file);
  return lines;
}

typedef enum cut { CAN_CUT, CANNOT_CUT, UNKNOWN } cut;

/* Whether a mapping of its own can be made, and a page cut out of its middle, which takes two more: asked in
** microseconds, where counting all mappings takes half of one for each. Shared memory never becomes one
** mapping with its neighbours, so it goes without cutting anything. */
static cut try_to_cut(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return UNKNOWN;
  bool is_cut = mprotect(pages + page, page, PROT_READ) == 0;
  munmap(pages, 3 * page);
  return is_cut ? CAN_CUT : CANNOT_CUT;
}

vm_error unix_no_memory(void) {
  cut tried = try_to_cut();
  if (tried != UNKNOWN) return tried == CAN_CUT ? VM_OUT_OF_MEMORY : VM_TOO_MANY_MAPPINGS;
  char text[32];
  if (count_lines_of("/proc/sys/vm/max_map_count", text, sizeof text) == 0) return VM_OUT_OF_MEMORY;
  size_t most = (size_t)strtoul(text, NULL, 10);
  size_t lines = count_lines_of("/proc/self/maps", text, sizeof text);
  /* Cutting a piece out of the middle of a mapping takes two more. */
  return lines + 3 >= most ? VM_TOO_MANY_MAPPINGS : VM_OUT_OF_MEMORY;
}

/* ====== } */

/* {====== Reserving ====== */

static vm_error reserve_at(uintptr_t address, size_t size) {
  void *got = mmap(unix_pointer(address), size, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE_, -1, 0);
  if (got == MAP_FAILED) return unix_error(errno);
  if ((uintptr_t)got == address) return VM_OK;
  munmap(got, size); /* a kernel before 4.17 takes the address for a hint */
  return VM_ADDRESS_IN_USE;
}

/* Where user space ends depends on processor and kernel; nothing tells but trying. */
static uintptr_t find_highest(size_t page) {
  uintptr_t good = 0, bad = sizeof(void *) > 4 ? (uintptr_t)1 << 57 : UINTPTR_MAX - page + 1;
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
  /* With no room left for a page (ulimit -v) every try fails, and means nothing. */
  return good > ((uintptr_t)1 << 30) ? bad & ~(uintptr_t)0xffff : 0; /* whole granules */
}

static os_limits known; /* once they have been asked */

static void find_limits(void) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  known.page_size = page;
  known.granularity = page > 65536 ? page : 65536;
  known.lowest = known.granularity;
  known.highest = find_highest(page);
  known.mark_after = linux_mark_after(page);
  known.sparse_below = linux_wants_way("missing") ? (size_t)1 << 28 : 0;
  unix_take_room(page);
}

const os_limits *os_get_limits(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, find_limits);
  return &known;
}

size_t os_offers(os_offer offer[OS_OFFERS]) {
  offer[0] = (os_offer){"guard markers", linux_no_markers(os_get_limits()->page_size)};
  offer[1] = (os_offer){"userfaultfd", linux_no_missing()};
  offer[2] = (os_offer){"PROCMAP_QUERY", linux_no_map_query()};
  offer[3] = (os_offer){"PAGEMAP_SCAN", linux_no_page_scan()};
  return OS_OFFERS;
}

/* The highest free place, as the list of all areas tells it. */
static vm_error reserve_highest(size_t size, uintptr_t *base) {
  const os_limits *limits = os_get_limits();
  if (limits->highest == 0) return unix_reserve_anywhere(size, base);
  os_area *areas;
  size_t count;
  vm_error error = os_areas(0, 0, SIZE_MAX, &areas, &count);
  if (error == VM_TOO_MANY_FILES) return error;
  if (error != VM_OK) return unix_reserve_anywhere(size, base);
  error = VM_OUT_OF_MEMORY;
  uintptr_t ceiling = limits->highest;
  for (size_t i = count + 1; i-- > 0 && error != VM_OK;) { /* the gap above area i-1 */
    uintptr_t floor = i > 0 ? areas[i - 1].address + areas[i - 1].size : limits->lowest;
    if (floor < limits->lowest) floor = limits->lowest;
    if (ceiling >= size && ceiling > floor) {
      uintptr_t place = (ceiling - size) & ~(uintptr_t)(limits->granularity - 1);
      if (place >= floor) error = reserve_at(place, size);
      if (error == VM_OK) *base = place;
    }
    /* An area may lie above the highest address, or reach into the granule there that is not whole. */
    if (i > 0 && areas[i - 1].address < ceiling) ceiling = areas[i - 1].address;
  }
  free(areas);
  return error;
}

static vm_error reserve_anywhere(size_t size, bool top_down, uintptr_t *base) {
  vm_error error = top_down ? reserve_highest(size, base) : unix_reserve_anywhere(size, base);
  if (error == VM_ADDRESS_IN_USE && !top_down) error = reserve_highest(size, base);
  return error == VM_ADDRESS_IN_USE ? VM_OUT_OF_MEMORY : error;
}

vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base) {
  const os_limits *limits = os_get_limits();
  vm_error error;
  if (address != 0) {
    if (limits->highest != 0 && (address >= limits->highest || size > limits->highest - address))
      return VM_INVALID_ADDRESS;
    error = unix_is_in_stack_room(address, size) ? VM_ADDRESS_IN_USE : reserve_at(address, size);
    if (error == VM_OK) *base = address;
  } else {
    error = reserve_anywhere(size, top_down, base);
  }
  if (error == VM_OK && name != NULL) prctl(PR_SET_VMA_, PR_SET_VMA_ANON_NAME_, *base, size, name);
  return error;
}

/* ====== } */

/* {====== Pages in RAM ====== */

vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection) {
  int advice = protection & VM_WRITE ? MADV_POPULATE_WRITE_ : MADV_POPULATE_READ_;
  if (madvise(unix_pointer(address), size, advice) == 0) return VM_OK;
  bool refused = errno == EINVAL || errno == ENOSYS || errno == EPERM || errno == EACCES;
  if (!refused) return VM_OUT_OF_MEMORY; /* else an old kernel, or a sandbox: it goes without */
  unix_touch(address, size, protection);
  return VM_OK;
}

/* The kernel may have locked them without us (mlockall). Before 5.18 it forgets no locked page: they stay as
** they were. */
vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  void *pages = unix_pointer(address);
  if ((byte & VM_LOCKED) == 0 && madvise(pages, size, MADV_DONTNEED) == 0) return VM_OK;
  if ((byte & VM_LOCKED) == 0 && errno != EINVAL) return unix_error(errno);
  if (madvise(pages, size, MADV_DONTNEED_LOCKED_) == 0 || errno == EINVAL) return VM_OK;
  return unix_error(errno);
}

/* ====== } */

vm_error os_peek(uintptr_t address, void *to, size_t size) {
  pid_t self = getpid();
  for (size_t done = 0; done < size;) {
    struct iovec local = {(char *)to + done, size - done};
    struct iovec remote = {unix_pointer(address + done), size - done};
    ssize_t got = process_vm_readv(self, &local, 1, &remote, 1, 0);
    if (got < 0 && (errno == ENOSYS || errno == EPERM)) /* a container may forbid it */
      return unix_peek_by_pipe(address, to, size);
    if (got <= 0) return VM_INVALID_ADDRESS;
    done += (size_t)got;
  }
  return VM_OK;
}
