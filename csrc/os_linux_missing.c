/* os_linux_missing.c: missing pages that trap, by userfaultfd, since Linux 4.14.
**
** A mapping that is registered with a userfaultfd sends a signal (SIGBUS) to whoever touches a page that
** is not there, instead of making one: reserved pages of a sparse region are those that are missing. An
** ioctl makes a page be there, as zeros, and MADV_DONTNEED makes it be missing again; however far apart
** such pages are, it stays one mapping, and it costs no page table in between. */
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

/* Whether all is well but for the pages from *done on: they are there already, or the kernel was
** interrupted. */
static bool goes_on(int error, long long filled, size_t page, size_t *done) {
  if (filled > 0) *done += (size_t)filled;
  if (error == EEXIST) *done += page;
  return error == EEXIST || error == EAGAIN || error == EINTR;
}

vm_error linux_fill_missing(uintptr_t address, size_t size) {
  int file = descriptor();
  size_t page = os_get_limits()->page_size, done = 0;
  while (done < size) {
    struct uffdio_zeropage ask = {.range = {address + done, size - done}};
    if (ioctl(file, UFFDIO_ZEROPAGE, &ask) == 0) return VM_OK;
    if (errno == ENOENT) return VM_OK; /* a child after fork: there nothing traps any more */
    if (!goes_on(errno, ask.zeropage, page, &done)) return VM_OUT_OF_MEMORY;
  }
  return VM_OK;
}

/* It is registered before it can be touched: should all of the process be locked in RAM (mlockall), the
** kernel would bring in every page. MAP_NORESERVE, since nobody has committed these pages. */
vm_error linux_trap_missing(uintptr_t address, size_t size) {
  int file = linux_no_marked_pages() == NULL ? descriptor() : -1;
  if (file < 0) return VM_NOT_SUPPORTED;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  if (mmap(unix_pointer(address), size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
    return unix_error(errno);
  struct uffdio_register ask = {.range = {address, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(file, UFFDIO_REGISTER, &ask) != 0) return unix_error(errno);
  return os_protect(address, size, VM_READ | VM_WRITE);
}
