/* os_linux_missing.c: missing pages that trap, by userfaultfd, since Linux 4.14.
**
** A mapping that is registered with a userfaultfd sends a signal (SIGBUS) to whoever touches a page that
** is not there, instead of making one: reserved pages of a sparse region are those that are missing. An
** ioctl makes a page be there, as zeros, and MADV_DONTNEED makes it be missing again; however far apart
** such pages are, it stays one mapping, and it costs no page table in between. Many pages in a row, when
** they are committed, are taken off the userfaultfd instead: that is two mappings, and the pages come when
** they are touched. */
#define _GNU_SOURCE /* syscall, MAP_ANONYMOUS */

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os_linux.h"
#include "os_unix.h"

enum {
  USER_MODE_ONLY = 1, /* UFFD_USER_MODE_ONLY of Linux 5.11: what an ordinary user may have */
  MADV_WIPEONFORK_ = 18
};

/* {====== The descriptor ====== */

static int open_descriptor(void) {
  int file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
  if (file < 0 && errno == EINVAL) file = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  if (file < 0) return -1;
  struct uffdio_api ask = {.api = UFFD_API, .features = UFFD_FEATURE_SIGBUS};
  if (ioctl(file, UFFDIO_API, &ask) == 0) return file;
  close(file);
  return -1;
}

/* A descriptor speaks for the process that opened it, also when a child has inherited it. So its number is
** kept where a child finds zeros. NULL when there is no memory for that. */
static _Atomic int *keeper(void) {
  static _Atomic(void *) page;
  if (page != NULL) return page;
  size_t size = os_get_limits()->page_size;
  void *fresh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED) return NULL;
  void *none = NULL;
  if (madvise(fresh, size, MADV_WIPEONFORK_) != 0 ||
      !atomic_compare_exchange_strong(&page, &none, fresh))
    munmap(fresh, size);
  return page;
}

/* This process's descriptor, -1 when it can have none. */
static int descriptor(void) {
  _Atomic int *kept = keeper();
  if (kept == NULL) return -1;
  if (*kept != 0) return *kept - 1;
  int file = open_descriptor(), none = 0;
  if (file < 0 || atomic_compare_exchange_strong(kept, &none, file + 1)) return file;
  close(file); /* another thread was sooner */
  return *kept - 1;
}

const char *linux_no_missing(void) {
  const char *reason = linux_no_marked_pages();
  if (reason == NULL && descriptor() < 0)
    reason = "the kernel, or a sandbox, does not let this process have one";
  return reason;
}

/* ====== } */

/* As ioctl, but gives errno. Where somebody has closed the descriptor, which takes all mappings off it, a
** new one is asked. */
static int tell(unsigned long what, void *about) {
  for (bool again = false;; again = true) {
    int file = descriptor();
    if (file < 0) return errno;
    if (ioctl(file, what, about) == 0) return 0;
    if (again || (errno != EBADF && errno != ENOTTY)) return errno;
    int closed = file + 1;
    atomic_compare_exchange_strong(keeper(), &closed, 0);
  }
}

static vm_error answer(int error) {
  switch (error) {
    case 0: return VM_OK;
    case ENOMEM: return unix_no_memory();
    case EMFILE:
    case ENFILE: return VM_TOO_MANY_FILES;
    default: return VM_OUT_OF_MEMORY;
  }
}

static vm_error watch(uintptr_t address, size_t size) {
  struct uffdio_register ask = {.range = {address, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  return answer(tell(UFFDIO_REGISTER, &ask));
}

static vm_error watch_no_more(uintptr_t address, size_t size) {
  struct uffdio_range ask = {address, size};
  return answer(tell(UFFDIO_UNREGISTER, &ask));
}

/* After a refusal to fill `part` bytes: how many of them are done with, and how many to try next. False
** when it is no use. */
static bool goes_on(int error, size_t page, size_t *part, size_t *done) {
  if (error == EEXIST || (error == ENOENT && *part == page)) {
    *done = page; /* it is there; or it is not registered, and comes when it is touched */
    return true;
  }
  if (error == ENOENT) *part = *part / page / 2 * page; /* more than one mapping */
  return error == ENOENT || error == EAGAIN || error == EINTR;
}

vm_error linux_fill_missing(uintptr_t address, size_t size) {
  size_t page = os_get_limits()->page_size, part = size;
  if (size > OS_FILLED_SINGLY * page) return watch_no_more(address, size);
  for (uintptr_t end = address + size; address < end;) {
    struct uffdio_zeropage ask = {.range = {address, part}};
    size_t done = part;
    int error = tell(UFFDIO_ZEROPAGE, &ask);
    if (error != 0) {
      done = ask.zeropage > 0 ? (size_t)ask.zeropage : 0;
      if (done == 0 && !goes_on(error, page, &part, &done)) return answer(error);
    }
    address += done;
    if (done > 0) part = end - address;
  }
  return VM_OK;
}

/* Should all of the process be locked in RAM (mlockall), the kernel wants to be told that we know. */
static vm_error forget(uintptr_t address, size_t size) {
  void *pages = unix_pointer(address);
  if (madvise(pages, size, MADV_DONTNEED) == 0) return VM_OK;
  if (errno == EINVAL && madvise(pages, size, MADV_DONTNEED_LOCKED_) == 0) return VM_OK;
  return errno == EINVAL ? VM_NOT_SUPPORTED : unix_error(errno);
}

/* What can be refused comes first, while contents are still there. */
vm_error linux_make_missing(uintptr_t address, size_t size) {
  vm_error error = watch(address, size);
  return error == VM_OK ? forget(address, size) : error;
}

/* It is registered before it can be touched: should all of the process be locked in RAM (mlockall), the
** kernel would bring in every page. MAP_NORESERVE, since nobody has committed these pages. */
vm_error linux_trap_missing(uintptr_t address, size_t size) {
  if (linux_no_marked_pages() != NULL || descriptor() < 0) return VM_NOT_SUPPORTED;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  if (mmap(unix_pointer(address), size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
    return unix_error(errno);
  vm_error error = watch(address, size);
  if (error == VM_OK) error = os_protect(address, size, VM_READ | VM_WRITE);
  return error == VM_NOT_SUPPORTED ? VM_PERMISSION_DENIED : error; /* the former: nothing changed */
}
