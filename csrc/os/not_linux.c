/* not_linux.c: the calls of os.h that only Linux can do; on other systems they fail or do nothing. */
#include "os/os.h"
#include "os/section.h"

size_t os_offers(os_offer offer[OS_OFFERS]) {
  (void)offer;
  return 0;
}

const char *os_reserve_advice(void) { return NULL; }

/* OpenBSD and FreeBSD have a flag of mmap for this, not a later call. Windows can only leave memory out
** of the error reports that it sends to Microsoft. */
vm_error os_conceal(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return VM_NOT_SUPPORTED;
}

/* WaitOnAddress of Windows and what macOS has do not reach other processes. */
vm_error os_wait(uintptr_t address, uint32_t value, uint64_t nanoseconds, bool *in_time) {
  (void)address, (void)value, (void)nanoseconds, (void)in_time;
  return VM_NOT_SUPPORTED;
}

vm_error os_wake(uintptr_t address, uint32_t most, uint32_t *woken) {
  (void)address, (void)most, (void)woken;
  return VM_NOT_SUPPORTED;
}

/* POSIX has no call for it. Windows refuses it for pages that are attached. */
bool os_section_empty(const os_section *section, uint64_t from, uint64_t size) {
  (void)section, (void)from, (void)size;
  return false;
}

/* {====== Marked pages ====== */

vm_error os_mark(uintptr_t address, size_t size, vm_marked_by by) {
  (void)address, (void)size, (void)by;
  return VM_NOT_SUPPORTED;
}

vm_error os_empty_and_mark(uintptr_t address, size_t size, vm_marked_by by) {
  return os_mark(address, size, by);
}

vm_error os_refill(uintptr_t address, size_t size) {
  (void)address, (void)size;
  return VM_NOT_SUPPORTED;
}

vm_error os_register_missing(uintptr_t base, size_t size) { return os_refill(base, size); }

void os_unregister_missing(uintptr_t base, size_t size) { (void)base, (void)size; }

vm_error os_unmark(uintptr_t address, size_t size, vm_marked_by by) {
  return os_mark(address, size, by);
}

/* ====== } */

/* mincore and QueryWorkingSetEx do not show pages that are swapped out, so every page counts as backed. */
uintptr_t os_backed(uintptr_t from, uintptr_t to, os_range *range, size_t room, size_t *count) {
  (void)room;
  *range = (os_range){from, to};
  *count = 1;
  return to;
}
