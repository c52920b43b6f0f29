/* fake_system.h: starts and ends the fake system for a sequence. */
#ifndef FAKE_SYSTEM_H
#define FAKE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>

/* An empty address space, but for the mappings that the core keeps. os_limits.mark_after as given. */
void fake_system_begin(size_t mark_after);

/* With every region released: whether all has been given back but what the system would not take. */
bool fake_system_end(void);

#endif
