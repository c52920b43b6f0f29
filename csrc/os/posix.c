/* posix.c: os.h with plain POSIX calls, for macOS, the BSDs and other Unixes.
**
** POSIX has no call for the list of areas, for frames, or for the highest free place. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, mincore */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/touch_guarded.h"
#include "os/unix.h"

const char *const os_name = "posix";

const char *os_advice(vm_error error, char *text) {
  (void)text;
  switch (error) {
    case VM_OUT_OF_MEMORY:
      return "the system has no room for it: ask for less, release what is not needed, or look at "
             "the limits in force (ulimit -v, ulimit -d)";
    case VM_PERMISSION_DENIED:
      return "pages that nobody may touch (none, guard) cannot be locked; else the system forbids "
             "it: for locks see ulimit -l, for executable pages the system's security policy";
    case VM_TOO_MANY_FILES:
      return "it takes a pipe, and the process has as many files open as 'ulimit -n' allows: close "
             "some, or raise it";
    case VM_NOT_SUPPORTED: return "plain POSIX has no call for it";
    default: return NULL;
  }
}

const char *os_lock_advice(char *text) {
  (void)text;
  return "the system locks no more for this process: lock less, or look at the limit (ulimit -l)";
}

vm_error os_reserve(uintptr_t address, size_t size, bool top_down, const char *name,
                    uintptr_t *base) {
  (void)name;
  (void)top_down; /* most systems place from the top anyway */
  if (address == 0) {
    vm_error error = unix_reserve_anywhere(size, base);
    return error == VM_ADDRESS_IN_USE ? VM_OUT_OF_MEMORY : error;
  }
  if (unix_is_in_stack_room(address, size)) return VM_ADDRESS_IN_USE;
  /* Without MAP_FIXED the address is a hint and nothing is replaced. Another result means: not free. */
  void *got = mmap(unix_pointer(address), size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (got == MAP_FAILED) return unix_error(errno);
  if ((uintptr_t)got != address) {
    munmap(got, size);
    return VM_ADDRESS_IN_USE;
  }
  *base = address;
  return VM_OK;
}

/* Where there is no flag for it, nobody says what is charged. */
bool os_charges_all(void) {
#ifdef MAP_NORESERVE
  return false;
#else
  return true;
#endif
}

const char *os_lazy_advice(void) {
  return "the system has no mappings whose pages count only when they are touched";
}

vm_error os_prefetch(uintptr_t address, size_t size, unsigned protection) {
  return os_touch(address, size, protection);
}

vm_error os_discard(uintptr_t address, size_t size, unsigned byte) {
  if (byte & VM_LOCKED) return VM_OK; /* mapping anew would drop the lock, so the contents stay */
  void *got = mmap(unix_pointer(address), size, unix_protection(byte),
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return got != MAP_FAILED ? VM_OK : unix_error(errno);
}

vm_error os_resident(uintptr_t address, size_t size, size_t *bytes) {
#if defined(__OpenBSD__)
  (void)address, (void)size, (void)bytes;
  return VM_NOT_SUPPORTED; /* OpenBSD has removed mincore */
#else
  size_t page = os_get_limits()->page_size, found = 0;
  for (size_t at = 0; at < size;) {
    unsigned char in[4096];
    size_t pages = (size - at) / page < sizeof in ? (size - at) / page : sizeof in;
    if (mincore(unix_pointer(address + at), pages * page, (void *)in) != 0)
      return unix_error(errno);
    for (size_t i = 0; i < pages; i++) found += in[i] & 1;
    at += pages * page;
  }
  *bytes = found * page;
  return VM_OK;
#endif
}

vm_error os_frame(uintptr_t address, uint64_t *frame) {
  (void)address, (void)frame;
  return VM_NOT_SUPPORTED;
}

vm_error os_peek(uintptr_t address, void *to, size_t size) {
  return unix_peek_by_pipe(address, to, size);
}

vm_error os_areas(long pid, uintptr_t from, size_t most, os_area **areas, size_t *count) {
  (void)pid, (void)from, (void)most, (void)areas, (void)count;
  return VM_NOT_SUPPORTED;
}

vm_error os_resident_areas(long pid, os_stretch **stretches, size_t *count) {
  (void)pid, (void)stretches, (void)count;
  return VM_NOT_SUPPORTED;
}
