/* fake_clock.h: a clock that goes the same way in each sequence. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

void fake_clock_reset(void);

#endif
