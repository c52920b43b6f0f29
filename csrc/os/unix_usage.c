/* unix_usage.c: what every Unix tells of processors and of the memory of this process. */
#define _GNU_SOURCE /* getrusage, _SC_NPROCESSORS_ONLN */

#include <sys/resource.h>

#include "os/machine.h"
#include "os/unix.h"

/* POSIX has no name for the number of processors; the systems have this one. */
uint64_t unix_processors(void) {
#ifdef _SC_NPROCESSORS_ONLN
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  if (count > 0) return (uint64_t)count;
#endif
  return OS_UNTOLD;
}

#ifdef __APPLE__
#define UNIT 1 /* bytes */
#else
#define UNIT 1024
#endif

uint64_t unix_peak_resident(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return OS_UNTOLD;
  return (uint64_t)usage.ru_maxrss * UNIT;
}
