/* not_linux.c: the parts of the contract that other systems than Linux have nothing for. */
#include "os/os.h"

size_t os_offers(os_offer offer[OS_OFFERS]) {
  (void)offer;
  return 0;
}

/* On OpenBSD and FreeBSD it would be asked for while mapping; Windows leaves only what it sends home. */
vm_error os_conceal(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return VM_NOT_SUPPORTED;
}

/* {====== Marked pages: there are none ====== */

vm_error os_mark(uintptr_t address, size_t size, vm_trap trap) {
  (void)address, (void)size, (void)trap;
  return VM_NOT_SUPPORTED;
}

vm_error os_empty_and_mark(uintptr_t address, size_t size, vm_trap trap) {
  return os_mark(address, size, trap);
}

vm_error os_refill(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return VM_NOT_SUPPORTED;
}

vm_error os_unmark(uintptr_t address, size_t size, vm_trap trap) {
  return os_mark(address, size, trap);
}

/* ====== } */

/* mincore and QueryWorkingSetEx tell what is in RAM, but not what is swapped out: all of it may hold
** something. */
uintptr_t os_backed(uintptr_t from, uintptr_t to, os_range *range, size_t room, size_t *count) {
  (void)room;
  *range = (os_range){from, to};
  *count = 1;
  return to;
}
