/* missing.c: marked pages of sparse regions: missing pages trap, by userfaultfd (Linux 4.14).
**
** In a mapping that is registered with a userfaultfd, an access to a missing page is a signal (SIGBUS);
** without that, the kernel would bring in a page of zeros. The reserved pages of a sparse region are the
** missing ones. An ioctl makes a page present, full of zeros; MADV_DONTNEED makes it missing again.
** However far apart such pages are, it stays one mapping, and the addresses between need no page table.
** A commit of more than OS_FILLED_SINGLY pages unregisters them instead: that makes two mappings more,
** and the kernel brings pages in at the first access. */
#define _GNU_SOURCE /* syscall, MAP_ANONYMOUS */

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/linux.h"
#include "os/unix.h"

enum { USER_MODE_ONLY = 1 }; /* UFFD_USER_MODE_ONLY of Linux 5.11: allowed to ordinary users */

/* {====== The descriptor ====== */

static int open_descriptor(void) {
  int file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
  if (file < 0 && errno == EINVAL) file = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  file = unix_above_standard(file);
  if (file < 0) return -1;
  struct uffdio_api ask = {.api = UFFD_API, .features = UFFD_FEATURE_SIGBUS};
  if (linux_ioctl(file, UFFDIO_API, &ask) == 0) return file;
  close(file);
  return -1;
}

/* One descriptor serves all Lua states of the process. What follows is changed under the lock of the book of
** stretches. */

/* The descriptor that this process, or its parent before a fork, opened last, and its file. */
static int last_opened = -1;
static struct stat last_file;

/* Whether a descriptor is still that file. Other code may have closed it, and something else may have
** its number: an epoll or /dev/urandom, which answer calls that they do not know as a userfaultfd does,
** or a userfaultfd that is not ours. */
static bool is_last_file(int file) {
  struct stat now;
  if (fstat(file, &now) != 0) return errno != EBADF; /* a sandbox that does not tell */
  return now.st_dev == last_file.st_dev && now.st_ino == last_file.st_ino;
}

/* The same, and it is a userfaultfd: before Linux 5.12 all nameless files of the kernel have one inode. */
static bool is_ours(int file) {
  struct uffdio_range nothing = {0, 0};
  return file >= 0 && is_last_file(file) && linux_ioctl(file, UFFDIO_UNREGISTER, &nothing) != 0 &&
         errno == EINVAL;
}

/* A userfaultfd acts on the process that opened it, also when a child has inherited it. So the child
** must know that it has none: the descriptor's number plus one is kept in a page that becomes zeros in a
** child. keeper gives that page; NULL when there is no memory. */
static int *kept_page;

static int *keeper(void) {
  if (kept_page != NULL) return kept_page;
  size_t size = os_get_limits()->page_size;
  void *fresh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (fresh == MAP_FAILED) return NULL;
  if (madvise(fresh, size, MADV_WIPEONFORK_) == 0) return kept_page = fresh;
  munmap(fresh, size);
  return NULL;
}

/* Whether a sandbox lets this process use the descriptor: it tries what sparse regions need with a page, which may be
** there already. */
static bool is_allowed(int file, void *page) {
  const struct uffdio_range range = {(uintptr_t)page, os_get_limits()->page_size};
  struct uffdio_register ask = {.range = range, .mode = UFFDIO_REGISTER_MODE_MISSING};
  struct uffdio_zeropage zero = {.range = range};
  struct uffdio_range end = range;
  return linux_ioctl(file, UFFDIO_REGISTER, &ask) == 0 &&
         (linux_ioctl(file, UFFDIO_ZEROPAGE, &zero) == 0 || errno == EEXIST) &&
         linux_ioctl(file, UFFDIO_UNREGISTER, &end) == 0;
}

/* Frees a range from another userfaultfd: this process's previous one, which other code has closed here,
** but which is still open elsewhere. Moving memory ends its registration, so each piece is moved away
** and back. Gives errno. */
static int take_over(uintptr_t start, uintptr_t end) {
  os_area *areas;
  size_t count;
  if (os_areas(0, start, SIZE_MAX, &areas, &count) != VM_OK) return ENOMEM;
  int error = 0;
  for (size_t i = 0; i < count && areas[i].address < end && error == 0; i++) {
    uintptr_t from = areas[i].address > start ? areas[i].address : start;
    uintptr_t to = areas[i].address + areas[i].size < end ? areas[i].address + areas[i].size : end;
    void *here = unix_pointer(from);
    void *away = mremap(here, to - from, to - from, MREMAP_MAYMOVE | MREMAP_DONTUNMAP_, NULL);
    if (away == MAP_FAILED ||
        mremap(away, to - from, to - from, MREMAP_MAYMOVE | MREMAP_FIXED, here) == MAP_FAILED)
      error = errno;
  }
  free(areas);
  return error;
}

static int register_at(int file, uintptr_t start, uintptr_t end) {
  struct uffdio_register ask = {.range = {start, end - start},
                                .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (linux_ioctl(file, UFFDIO_REGISTER, &ask) == 0) return 0;
  if (errno != EBUSY) return errno;
  int error = take_over(start, end);
  if (error == 0 && linux_ioctl(file, UFFDIO_REGISTER, &ask) != 0) error = errno;
  return error;
}

/* This process's descriptor; -1 when it can have none. A new one registers all ranges of the list. */
static int descriptor(void) {
  int *kept = keeper();
  if (kept == NULL) return -1;
  if (*kept != 0) return *kept - 1;
  int file = open_descriptor();
  if (file < 0) return -1;
  if (!is_allowed(file, kept)) {
    close(file);
    return -1;
  }
  struct stat opened;
  if (fstat(file, &opened) != 0) memset(&opened, 0, sizeof opened);
  size_t count;
  const linux_stretch *stretch = linux_watched(&count);
  for (size_t i = 0; i < count; i++) {
    int error = register_at(file, stretch[i].start, stretch[i].end);
    if (error == 0) continue;
    close(file);
    errno = error;
    return -1;
  }
  last_opened = file;
  last_file = opened;
  *kept = file + 1;
  return file;
}

/* {====== In a child of fork ====== */

/* The kernel registers nothing in a child, so reserved pages would be accessible there: the child
** registers them anew. It closes the parent's descriptor, which would stay open after the parent has
** closed it. All calls here are safe after a fork of a process with threads. */
static void in_child(void) {
  size_t count;
  int error = errno;
  (void)linux_watched(&count);
  if (is_ours(last_opened)) close(last_opened);
  last_opened = -1;
  if (count > 0) (void)descriptor();
  errno = error;
  linux_watched_unlock();
}

static void watch_forks(void) {
  pthread_atfork(linux_watched_lock, linux_watched_unlock, in_child);
}

/* ====== } */

/* Before the library is unloaded: gives back the descriptor and the mapping. At the end of a process
** other threads may still work, with a new descriptor. */
__attribute__((destructor)) static void give_back(void) {
  linux_watched_lock();
  linux_watched_forget();
  if (kept_page != NULL) {
    if (is_ours(*kept_page - 1)) close(*kept_page - 1);
    munmap(kept_page, os_get_limits()->page_size);
  }
  kept_page = NULL;
  last_opened = -1;
  linux_watched_unlock();
}

const char *linux_no_missing(void) {
  const char *reason = linux_no_marked_pages();
  linux_watched_lock();
  if (reason == NULL && descriptor() < 0)
    reason = "the kernel, or a sandbox, does not let this process have one";
  linux_watched_unlock();
  return reason;
}

/* ====== } */

/* ioctl on the descriptor, but gives errno. If other code has closed the descriptor, which ends all
** registrations, a new one is opened. Another userfaultfd under the same number would register our
** memory, so the file is checked first, except for UFFDIO_ZEROPAGE, which fails on memory that is not
** registered there. Called with the lock held. */
static int control(unsigned long what, void *about) {
  for (bool again = false;; again = true) {
    int file = descriptor();
    if (file < 0) return errno;
    bool ours = what == UFFDIO_ZEROPAGE || is_last_file(file);
    if (ours && linux_ioctl(file, what, about) == 0) return 0;
    int error = ours ? errno : EBADF;
    if (again || (ours && error != ENOTTY && is_last_file(file))) return error;
    if (kept_page != NULL) *kept_page = 0;
  }
}

/* The ranges are right, so EINVAL and ENOTTY can only mean that there is no such call. */
static vm_error error_of_errno(int error) {
  if (error == 0) return VM_OK;
  return error == EINVAL || error == ENOTTY ? VM_NOT_SUPPORTED : unix_error(error);
}

static vm_error watch(uintptr_t address, size_t size) {
  struct uffdio_register ask = {.range = {address, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  linux_watched_lock();
  bool prepared = linux_watched_prepare();
  int error = prepared ? control(UFFDIO_REGISTER, &ask) : 0;
  if (prepared && error == 0) linux_watched_add(address, size);
  linux_watched_unlock();
  return prepared ? error_of_errno(error) : VM_OUT_OF_MEMORY;
}

static vm_error watch_no_more(uintptr_t address, size_t size) {
  struct uffdio_range ask = {address, size};
  linux_watched_lock();
  bool prepared = linux_watched_prepare();
  int error = prepared ? control(UFFDIO_UNREGISTER, &ask) : 0;
  if (prepared && error == 0) linux_watched_remove(address, size);
  linux_watched_unlock();
  return prepared ? error_of_errno(error) : VM_OUT_OF_MEMORY;
}

/* Whether this process can register pages. */
static bool can_register(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  return linux_no_missing() == NULL;
}

/* After a failure a part of the mappings may be registered: it is taken off again. */
vm_error os_register_missing(uintptr_t base, size_t size) {
  if (!can_register()) return VM_NOT_SUPPORTED;
  vm_error error = watch(base, size);
  if (error != VM_OK) os_unregister_missing(base, size);
  return error;
}

/* The region is one entry of the list, or none, so it can be removed without room for another. */
void os_unregister_missing(uintptr_t base, size_t size) {
  struct uffdio_range ask = {base, size};
  linux_watched_lock();
  (void)control(UFFDIO_UNREGISTER, &ask);
  linux_watched_remove(base, size);
  linux_watched_unlock();
}

static int fill(struct uffdio_zeropage *ask) {
  linux_watched_lock();
  int error = control(UFFDIO_ZEROPAGE, ask);
  linux_watched_unlock();
  return error;
}

/* If the whole process is locked in RAM (mlockall), only MADV_DONTNEED_LOCKED works. */
static vm_error forget(uintptr_t address, size_t size) {
  void *pages = unix_pointer(address);
  if (madvise(pages, size, MADV_DONTNEED) == 0) return VM_OK;
  if (errno == EINVAL && madvise(pages, size, MADV_DONTNEED_LOCKED_) == 0) return VM_OK;
  return errno == EINVAL ? VM_NOT_SUPPORTED : unix_error(errno);
}

/* After UFFDIO_ZEROPAGE has failed for `part` bytes: sets *done to the bytes that need nothing more, and
** *part to the bytes to try next. False when trying again is of no use. If the range is `fresh`, a page
** that is present has old contents and is dropped. */
static bool goes_on(int error, uintptr_t address, bool fresh, size_t *part, size_t *done) {
  size_t page = os_get_limits()->page_size;
  if (error == EEXIST && fresh) return forget(address, page) == VM_OK;
  if (error == EEXIST || (error == ENOENT && *part == page)) {
    *done = page; /* it is present; or it is not registered, and the kernel brings it in */
    return true;
  }
  if (error == ENOENT) *part = *part / page / 2 * page; /* the range has more than one mapping */
  return error == ENOENT || error == EAGAIN || error == EINTR;
}

static vm_error fill_all(uintptr_t address, size_t size, bool fresh) {
  size_t part = size;
  for (uintptr_t end = address + size; address < end;) {
    struct uffdio_zeropage ask = {.range = {address, part}};
    size_t done = part;
    int error = fill(&ask);
    if (error != 0) {
      done = ask.zeropage > 0 ? (size_t)ask.zeropage : 0;
      if (done == 0 && !goes_on(error, address, fresh, &part, &done)) return error_of_errno(error);
    }
    address += done;
    if (done > 0) part = end - address;
  }
  return VM_OK;
}

vm_error os_refill(uintptr_t address, size_t size) { return fill_all(address, size, false); }

vm_error linux_fill_missing(uintptr_t address, size_t size) {
  if (size > OS_FILLED_SINGLY * os_get_limits()->page_size) return watch_no_more(address, size);
  return fill_all(address, size, true);
}

/* Registering can fail, so it comes first, before contents are lost. */
vm_error linux_make_missing(uintptr_t address, size_t size) {
  vm_error error = watch(address, size);
  return error == VM_OK ? forget(address, size) : error;
}

/* The range is registered before it becomes accessible: if the whole process is locked in RAM
** (mlockall), the kernel would otherwise bring in every page. MAP_NORESERVE, because the pages are not
** committed. */
vm_error linux_mark_missing(uintptr_t address, size_t size) {
  if (!can_register()) return VM_NOT_SUPPORTED;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  if (mmap(unix_pointer(address), size, PROT_NONE, flags, -1, 0) == MAP_FAILED)
    return unix_error(errno);
  vm_error error = watch(address, size);
  if (error == VM_OK) error = os_protect(address, size, VM_READ | VM_WRITE);
  return error == VM_NOT_SUPPORTED
             ? VM_PERMISSION_DENIED
             : error; /* by os.h, VM_NOT_SUPPORTED would mean: nothing changed */
}
