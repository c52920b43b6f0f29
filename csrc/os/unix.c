/* unix.c: the calls of os.h that are the same on every Unix: mmap, mprotect, mlock.
**
** Reserved pages are private anonymous memory with PROT_NONE. A commit is mprotect. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, getrusage */

#include "os/unix.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0 /* FreeBSD and OpenBSD have none: see os_charges_all */
#endif

int unix_protection(unsigned protection) {
  if (protection & VM_GUARD) return PROT_NONE;
  int bits = PROT_NONE;
  if (protection & VM_READ) bits |= PROT_READ;
  if (protection & VM_WRITE) bits |= PROT_WRITE;
  if (protection & VM_EXECUTE) bits |= PROT_EXEC;
  return bits;
}

const char *os_refusal(vm_error error) {
  (void)error; /* what a Unix refuses has an errno */
  return NULL;
}

vm_error unix_error(int error) {
  switch (error) {
    case EACCES:
    case ENOTSUP: /* OpenBSD, for pages that are writable and executable */
    case EPERM: return VM_PERMISSION_DENIED;
    case EEXIST: return VM_ADDRESS_IN_USE;
    case EINVAL:
    case EFAULT: return VM_INVALID_ADDRESS;
    case ENOSYS: return VM_NOT_SUPPORTED;
    case EMFILE:
    case ENFILE: return VM_TOO_MANY_FILES;
    case ENOMEM: return unix_no_memory();
    default: return VM_OUT_OF_MEMORY;
  }
}

static vm_error error_unless_zero(int result) { return result == 0 ? VM_OK : unix_error(errno); }

static void *map(void *address, size_t size, int flags) {
  return mmap(address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

/* Where the last reservation begins. The next one is tried right below it: that mostly succeeds, and gives a
** multiple of the granularity in one call. At worst two threads try the same place; one gets another. */
static _Atomic uintptr_t last_base;

static uintptr_t place_below_last(size_t size) {
  const os_limits *limits = os_get_limits();
  uintptr_t last = last_base;
  if (last < limits->lowest || last - limits->lowest < size) return 0; /* anywhere */
  return (last - size) & ~(uintptr_t)(limits->granularity - 1);
}

/* Maps more than is needed, keeps the part on a multiple of the granularity, and unmaps both ends. */
static vm_error reserve_and_trim(size_t size, uintptr_t *base) {
  size_t granularity = os_get_limits()->granularity;
  if (size > SIZE_MAX - granularity) return VM_OUT_OF_MEMORY;
  void *got = map(NULL, size + granularity, 0);
  if (got == MAP_FAILED) return unix_error(errno);
  uintptr_t start = (uintptr_t)got, end = start + size + granularity;
  uintptr_t aligned = (start + granularity - 1) & ~(uintptr_t)(granularity - 1);
  if (aligned > start) munmap(got, aligned - start);
  if (end > aligned + size) munmap(unix_pointer(aligned + size), end - (aligned + size));
  *base = aligned;
  return VM_OK;
}

vm_error unix_reserve_anywhere(size_t size, uintptr_t *base) {
  void *got = map(unix_pointer(place_below_last(size)), size, 0);
  if (got == MAP_FAILED) return unix_error(errno);
  vm_error error = VM_OK;
  if ((uintptr_t)got % os_get_limits()->granularity == 0) {
    *base = (uintptr_t)got;
  } else {
    munmap(got, size);
    error = reserve_and_trim(size, base);
  }
  if (error == VM_OK && unix_is_in_stack_room(*base, size)) {
    munmap(unix_pointer(*base), size);
    error = VM_ADDRESS_IN_USE;
  }
  if (error == VM_OK) last_base = *base;
  return error;
}

vm_error os_release(uintptr_t base, size_t size) {
  vm_error error = error_unless_zero(munmap(unix_pointer(base), size));
  if (error == VM_OK && last_base == base) last_base = base + size;
  if (error == VM_OK) unix_note_remapped(base, size);
  return error;
}

vm_error os_commit(uintptr_t address, size_t size, unsigned protection) {
  return os_protect(address, size, protection);
}

vm_error os_protect(uintptr_t address, size_t size, unsigned protection) {
  return error_unless_zero(mprotect(unix_pointer(address), size, unix_protection(protection)));
}

static vm_error map_anew(uintptr_t address, size_t size, int flags) {
  /* Mapping anew zeroes the pages and gives their commit charge back; mprotect does neither. */
  void *pages = unix_pointer(address), *got = map(pages, size, MAP_FIXED | flags);
  if (got == MAP_FAILED && errno == EAGAIN && munlock(pages, size) == 0) {
    /* The whole process is locked (mlockall), and old and new pages together exceed ulimit -l. */
    got = map(pages, size, MAP_FIXED | flags);
    int error = errno;
    if (got == MAP_FAILED) (void)mlock(pages, size);
    errno = error;
  }
  if (got == MAP_FAILED) return unix_error(errno);
  unix_note_remapped(address, size);
  return VM_OK;
}

vm_error os_decommit(uintptr_t address, size_t size) { return map_anew(address, size, 0); }

vm_error os_decommit_lazy(uintptr_t address, size_t size) {
  return map_anew(address, size, MAP_NORESERVE);
}

void os_make_inaccessible(uintptr_t address, size_t size) {
  /* Mapping anew also gives the commit charge back, which mprotect does not. */
  if (os_decommit(address, size) != VM_OK) (void)mprotect(unix_pointer(address), size, PROT_NONE);
}

/* {====== Spare mappings ====== */

/* One reservation whose pages are alternately inaccessible and readable, so that each is a mapping. */
enum { ROOM = 8 };

static void *_Atomic room;

void os_drop_spare_mappings(void) {
  void *pages = atomic_exchange(&room, NULL);
  if (pages != NULL) munmap(pages, ROOM * os_get_limits()->page_size);
}

void os_keep_spare_mappings(void) {
  size_t page = os_get_limits()->page_size;
  if (room != NULL) return;
  char *pages = map(NULL, ROOM * page, 0);
  if (pages == MAP_FAILED) return;
  for (size_t i = 1; i < ROOM; i += 2) (void)mprotect(pages + i * page, page, PROT_READ);
  void *none = NULL;
  if (!atomic_compare_exchange_strong(&room, &none, pages)) munmap(pages, ROOM * page);
}

/* Before the library is unloaded: its mappings go; the next load makes its own. */
__attribute__((destructor)) static void leave_no_room(void) { os_drop_spare_mappings(); }

/* ====== } */

vm_error os_lock(uintptr_t address, size_t size) {
  if (mlock(unix_pointer(address), size) == 0) return VM_OK;
  /* EPERM means that the limit is 0: reported like any other limit. EAGAIN (some pages could not be brought
  ** into RAM) becomes VM_OUT_OF_MEMORY as well. */
  return errno == EPERM ? VM_OUT_OF_MEMORY : unix_error(errno);
}

vm_error os_unlock(uintptr_t address, size_t size) {
  return error_unless_zero(munlock(unix_pointer(address), size));
}

vm_error unix_peek_by_pipe(uintptr_t address, void *to, size_t size) {
  int ends[2];
  if (pipe(ends) != 0) return unix_error(errno);
  for (int i = 0; i < 2; i++) ends[i] = unix_above_standard(ends[i]);
  vm_error result = ends[0] >= 0 && ends[1] >= 0 ? VM_OK : unix_error(errno);
  size_t page = os_get_limits()->page_size, done = 0;
  while (done < size && result == VM_OK) {
    size_t piece = page - (address + done) % page;
    if (piece > size - done) piece = size - done;
    if (piece > 4096) piece = 4096; /* every pipe takes this much at once */
    ssize_t in = write(ends[1], unix_pointer(address + done), piece);
    if (in < 0 && errno == EINTR) continue;
    if (in <= 0 || read(ends[0], (char *)to + done, (size_t)in) != in)
      result = VM_INVALID_ADDRESS;
    else
      done += (size_t)in;
  }
  for (int i = 0; i < 2; i++)
    if (ends[i] >= 0) close(ends[i]);
  return result;
}

vm_error os_faults(uint64_t *minor, uint64_t *major) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return unix_error(errno);
  *minor = (uint64_t)usage.ru_minflt;
  *major = (uint64_t)usage.ru_majflt;
  return VM_OK;
}

size_t os_terminal_width(void) {
  struct winsize window;
  if (!isatty(STDOUT_FILENO)) return 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0) return 80;
  return window.ws_col;
}
