/* answers.c: tells valgrind which memory an ioctl has written that valgrind does not know: lists and
** names to which the result points. The rest valgrind knows from the ioctl's number. The linker sends
** all ioctls of the module here (--wrap). */
#include <stdarg.h>
#include <stddef.h>
#include <valgrind/memcheck.h>

#include "os/linux/linux.h"

enum { SCAN_ROOM = 5, SCAN_WORDS = 12 }; /* of struct pm_scan_arg, words of 64 bits */

#define PAGE_SCAN _IOWR('f', 16, uint64_t[SCAN_WORDS])

int __real_ioctl(int file, unsigned long what, ...);
int __wrap_ioctl(int file, unsigned long what, ...);

static void say(uint64_t address, size_t size) { (void)VALGRIND_MAKE_MEM_DEFINED(address, size); }

int __wrap_ioctl(int file, unsigned long what, ...) {
  va_list rest;
  va_start(rest, what);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  int result = __real_ioctl(file, what, argument);
  if (what == PAGE_SCAN && result > 0)
    say(((const uint64_t *)argument)[SCAN_ROOM], (size_t)result * sizeof(linux_page_range));
  if (what == LINUX_MAP_QUERY && result == 0) {
    const linux_map_query *query = argument;
    if (query->name != 0) say(query->name, query->name_size);
  }
  return result;
}
