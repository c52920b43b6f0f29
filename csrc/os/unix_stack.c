/* unix_stack.c: the addresses into which the first thread's stack may still grow.
**
** Below a growing stack Linux keeps only a gap of 256 pages free. A mapping in the stack's way ends the
** process with a signal at the next deep recursion. Windows reserves all of a stack's addresses, so vmem
** places no region there. Other Unixes keep them free by themselves. */
#define _GNU_SOURCE /* getauxval */

#include <stdatomic.h>
#include <sys/resource.h>

#include "os/unix.h"

#if defined(__linux__)

#include <string.h>
#include <sys/auxv.h>

/* The top of the stack: the kernel puts the program's name there, and a word of zeros behind it. */
static uintptr_t find_top(size_t page) {
  static _Atomic uintptr_t top;
  if (top != 0) return top;
  uintptr_t name = getauxval(AT_EXECFN);
  if (name == 0) return 0;
  uintptr_t end = name + strlen(unix_pointer(name)) + 1 + sizeof(void *);
  top = (end + page - 1) & ~(uintptr_t)(page - 1);
  return top;
}

unix_room unix_stack_room(void) {
  enum { GAP = 256 }; /* pages; the boot option stack_guard_gap can change it */
  size_t page = os_get_limits()->page_size;
  unix_room room = {0, find_top(page)};
  struct rlimit limit;
  /* For a stack without a limit: 1 GiB, more than any recursion needs. */
  uintptr_t size = (uintptr_t)1 << 30;
  if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < room.end / 6 * 5)
    size = (uintptr_t)limit.rlim_cur;
  size = (size + GAP * page) & ~(uintptr_t)(page - 1);
  room.start = room.end > size ? room.end - size : 0;
  return room;
}

#else

unix_room unix_stack_room(void) { return (unix_room){0, 0}; }

#endif

bool unix_is_in_stack_room(uintptr_t address, size_t size) {
  unix_room room = unix_stack_room();
  return address < room.end && size > 0 && address + (size - 1) >= room.start;
}
