/* conceal.c: os_conceal: leaves pages out of core dumps, and gives a child of fork zeros. */
#define _GNU_SOURCE /* madvise */

#include <errno.h>
#include <sys/mman.h>

#include "os/linux/kernel.h"
#include "os/unix.h"

static vm_error advise_to_conceal(uintptr_t address, size_t size, int advice) {
  if (madvise(unix_pointer(address), size, advice) == 0) return VM_OK;
  if (errno == EAGAIN) return unix_no_memory(); /* madvise gives it for too many mappings as well */
  return errno == ENOMEM ? unix_no_memory() : VM_NOT_SUPPORTED; /* whatever a sandbox gives */
}

/* Not MADV_DONTFORK: that leaves a hole in the child, whose copy of vmem's page table says that pages
** are there. An access would crash it, and a release would unmap whatever has been mapped there since.
** Zeros are safe. */
vm_error os_conceal(uintptr_t address, size_t size) {
  vm_error error = advise_to_conceal(address, size, MADV_DONTDUMP_);
  return error == VM_OK ? advise_to_conceal(address, size, MADV_WIPEONFORK_) : error;
}
