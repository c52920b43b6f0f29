/* conceal.c: os_conceal: no core dumps, and zeros in a child of fork. */
#define _GNU_SOURCE /* madvise */

#include <errno.h>
#include <sys/mman.h>

#include "os/linux/kernel.h"
#include "os/unix.h"

static vm_error advise(uintptr_t address, size_t size, int advice) {
  if (madvise(unix_pointer(address), size, advice) == 0) return VM_OK;
  if (errno == EAGAIN) return unix_no_memory(); /* which also stands for too many mappings here */
  return errno == ENOMEM ? unix_no_memory()
                         : VM_NOT_SUPPORTED; /* a sandbox has its own words for it */
}

/* Not MADV_DONTFORK: a child that uses its copy of the page table would crash on the hole, or, when
** something else has been mapped there, tear that out on release. Zeros tell it nothing and harm nobody. */
vm_error os_conceal(uintptr_t address, size_t size) {
  vm_error error = advise(address, size, MADV_DONTDUMP_);
  return error == VM_OK ? advise(address, size, MADV_WIPEONFORK_) : error;
}
