/* fake_clock.c: a clock that advances by 0 to 4 ms each time it is read. So record.c sometimes has time
** to look at residency, and sometimes not. */
#define _GNU_SOURCE /* clock_gettime */

#include "fake_clock.h"

#include "fake_calls.h" /* first: renames the call that time.h declares */

#include <time.h>

static long looks;

void fake_clock_reset(void) { looks = 0; }

int clock_gettime(clockid_t id, struct timespec *now) {
  static long passed;
  (void)id;
  if (looks == 0) passed = 0;
  looks++;
  passed += looks * 7919 % 4093;
  now->tv_sec = passed / 1000000;
  now->tv_nsec = passed % 1000000 * 1000;
  return 0;
}
