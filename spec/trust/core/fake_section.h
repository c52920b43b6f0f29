/* fake_section.h: what the fake system tells of sections. */
#ifndef FAKE_SECTION_H
#define FAKE_SECTION_H

#include <stdint.h>

/* How many pages were flushed since this was last asked. */
uint64_t fake_flushed(void);

#endif
