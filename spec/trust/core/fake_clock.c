/* fake_clock.c: each look at the clock is a while after the one before: between nothing and four
** milliseconds, so that what record.c does only when there is time is done now and then. */
#define _GNU_SOURCE /* clock_gettime */

#include "fake_clock.h"

#include "fake_calls.h" /* so that the next one declares ours */

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
