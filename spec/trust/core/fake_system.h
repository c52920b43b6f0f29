/* fake_system.h: starts and ends the fake system for a sequence. */
#ifndef FAKE_SYSTEM_H
#define FAKE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

/* Begins with only the mappings that the core keeps, and this os_limits.mark_after; with a userfaultfd, or
** without. */
void fake_system_begin(size_t mark_after, bool without_missing);

/* Whether the limit of mappings has left the core with fewer spare mappings than it wants, since the last change that
** it has undone. */
bool fake_lacks_spares(void);

/* After all regions are released: whether everything was returned, descriptors too, that the system did not refuse. */
bool fake_system_end(void);

#endif
