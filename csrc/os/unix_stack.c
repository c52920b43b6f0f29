/* unix_stack.c: the room that the first thread's stack may still take.
**
** Linux keeps nothing free below a stack that grows but a gap of 256 pages: what is mapped closer than that
** ends the process by a signal, at the next deep recursion. On Windows the whole room of a stack is reserved;
** so it is here. Other Unixes map it by themselves. */
#define _GNU_SOURCE /* getauxval */

#include <stdatomic.h>
#include <sys/resource.h>

#include "os/unix.h"

#if defined(__linux__)

#include <string.h>
#include <sys/auxv.h>

/* The kernel puts the program's name at the very top of its stack, with a word of zeros behind it. */
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
  enum { GAP = 256 }; /* pages; a boot option, stack_guard_gap, may ask for others */
  size_t page = os_get_limits()->page_size;
  unix_room room = {0, find_top(page)};
  struct rlimit limit;
  /* Of a stack without a limit, which may take all there is, as much as no recursion needs. */
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
