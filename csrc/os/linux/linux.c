/* linux.c: os.h on Linux: reserve, prefetch, discard, peek, and advice on errors. */
#define _GNU_SOURCE /* process_vm_readv, MAP_ANONYMOUS */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/touch_guarded.h"
#include "os/unix.h"

const char *const os_name = "linux";

/* Appends a limit in KiB, as ulimit shows it. */
static void add_limit(char *text, const char *name, rlim_t limit) {
  if (limit == RLIM_INFINITY) return;
  size_t used = strlen(text);
  snprintf(text + used, OS_ADVICE - used, "%s is %llu, ", name, (unsigned long long)limit / 1024);
}

/* Names only the limits that are in force. */
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

/* Reserved addresses count against ulimit -v alone; the little memory that vmem needs for a region counts as all
** memory does. */
const char *os_reserve_advice(void) {
  struct rlimit space, data;
  bool is_known = getrlimit(RLIMIT_AS, &space) == 0 && getrlimit(RLIMIT_DATA, &data) == 0;
  if (!is_known || space.rlim_cur != RLIM_INFINITY || data.rlim_cur != RLIM_INFINITY ||
      os_charges_all())
    return NULL;
  return "there is no room of that size among the addresses of the process: ask for less, or "
         "release what is not needed; vmem.areas() lists what is in use";
}

const char *os_advice(vm_error error, char *text) {
  switch (error) {
    case VM_OUT_OF_MEMORY: return advice_for_room(text);
    case VM_TOO_MANY_MAPPINGS:
      return "the process has as many mappings as vm.max_map_count allows: commit in larger "
             "pieces, or raise it with 'sysctl -w vm.max_map_count=262144'";
    case VM_PERMISSION_DENIED:
      return "pages that nobody may touch (none, guard) cannot be locked; else the system or a "
             "sandbox forbids it: for locks see ulimit -l, for executable pages the security "
             "policy";
    case VM_TOO_MANY_FILES:
      return "it takes a file of /proc, and the process has as many files open as 'ulimit -n' (or "
             "fs.file-max) allows: close some, or raise it";
    default: return NULL;
  }
}

const char *os_lazy_advice(void) {
  return "vm.overcommit_memory is 2, which counts every writable page, touched or not; with "
         "'sysctl "
         "-w vm.overcommit_memory=0' pages count when they are touched";
}

/* {====== Reserving ====== */

static vm_error reserve_at(uintptr_t address, size_t size) {
  void *got = mmap(unix_pointer(address), size, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE_, -1, 0);
  if (got == MAP_FAILED) return unix_error(errno);
  if ((uintptr_t)got == address) return VM_OK;
  munmap(got, size); /* before Linux 4.17 the flag is unknown and the address only a hint */
  return VM_ADDRESS_IN_USE;
}

size_t os_offers(os_offer offer[OS_OFFERS]) {
  offer[0] = (os_offer){"guard markers", linux_no_markers(os_get_limits()->page_size)};
  offer[1] = (os_offer){"userfaultfd", linux_no_missing()};
  offer[2] = (os_offer){"PROCMAP_QUERY", linux_no_map_query()};
  offer[3] = (os_offer){"PAGEMAP_SCAN", linux_no_page_scan()};
  return OS_OFFERS;
}

/* Finds the highest free place in the list of all areas. */
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
    /* An area may begin above limits->highest, which is rounded down to a granule. */
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
    if (limits->end != 0 && (address >= limits->end || size > limits->end - address))
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
  if (errno == EFAULT) return VM_IO_ERROR;
  bool refused = errno == EINVAL || errno == ENOSYS || errno == EPERM || errno == EACCES;
  if (!refused) return VM_OUT_OF_MEMORY;
  /* An old kernel, or a sandbox. */
  return os_touch(address, size, protection);
}

/* The pages may be locked without vmem's knowledge (mlockall). Before Linux 5.18 the kernel cannot
** discard locked pages, and a sandbox may let nothing be discarded: they keep their contents. */
vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  void *pages = unix_pointer(address);
  if ((byte & VM_LOCKED) == 0 && madvise(pages, size, MADV_DONTNEED) == 0) return VM_OK;
  if ((byte & VM_LOCKED) != 0 || errno == EINVAL) {
    if (madvise(pages, size, MADV_DONTNEED_LOCKED_) == 0) return VM_OK;
  }
  bool kept = errno == EINVAL || errno == EPERM || errno == EACCES || errno == ENOSYS;
  return kept ? VM_OK : unix_error(errno);
}

/* ====== } */

vm_error os_peek(uintptr_t address, void *to, size_t size) {
  pid_t pid = getpid();
  for (size_t done = 0; done < size;) {
    struct iovec local = {(char *)to + done, size - done};
    struct iovec remote = {unix_pointer(address + done), size - done};
    ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
    if (got < 0 && errno != EFAULT) /* forbidden in some containers */
      return unix_peek_by_pipe(address, to, size);
    if (got <= 0) return VM_INVALID_ADDRESS;
    done += (size_t)got;
  }
  return VM_OK;
}
