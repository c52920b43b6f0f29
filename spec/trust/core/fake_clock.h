/* fake_clock.h: a clock that gives the same times each time a sequence is repeated. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

void fake_clock_reset(void);

#endif
