/* markers.c: os_mark, os_empty_and_mark and os_unmark with guard markers.
**
** Guard markers (Linux 6.13) are entries in the processor's page table that trap. They cut no mapping,
** and their number has no limit. The other way, missing pages, is in missing.c. */
#define _GNU_SOURCE /* madvise */

#include <errno.h>
#include <sys/mman.h>

#include "os/linux/linux.h"
#include "os/unix.h"

static vm_error advise_markers(uintptr_t address, size_t size, int advice) {
  if (madvise(unix_pointer(address), size, advice) == 0) return VM_OK;
  return errno == EINVAL ? VM_NOT_SUPPORTED
                         : unix_error(errno); /* EINVAL: for locked pages as well */
}

vm_error os_mark(uintptr_t address, size_t size, vm_marked_by by) {
  if (by == VM_BY_MISSING) return linux_mark_missing(address, size);
  /* The protection comes first: so a read-write mapping beside the range grows, which works even at the limit
  ** of mappings. */
  vm_error error = os_protect(address, size, VM_READ | VM_WRITE);
  return error == VM_OK ? os_empty_and_mark(address, size, by) : error;
}

vm_error os_empty_and_mark(uintptr_t address, size_t size, vm_marked_by by) {
  if (by == VM_BY_MISSING) return linux_make_missing(address, size);
  return advise_markers(address, size, MADV_GUARD_INSTALL_);
}

vm_error os_unmark(uintptr_t address, size_t size, vm_marked_by by) {
  if (by == VM_BY_MISSING) return linux_fill_missing(address, size);
  return advise_markers(address, size, MADV_GUARD_REMOVE_);
}
