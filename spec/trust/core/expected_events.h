/* expected_events.h: recordings during a sequence, and a plain list of the events expected in them. */
#ifndef EXPECTED_EVENTS_H
#define EXPECTED_EVENTS_H

#include "core/record.h"
#include "failures.h"

/* Begins a recording with random options, or ends it. Returns VM_OUT_OF_MEMORY if it cannot begin. */
vm_error expected_events_toggle(vm_space *space);

/* Records random accesses of a script to a region. */
void expected_events_hear(vm_region *region);

/* Records a new region, or a call on a region. Does nothing without a recording, and must change nothing
** in one that has ended. */
void expected_events_meet(vm_region *region);
void expected_events_add(vm_region *region, vm_event_kind what, size_t offset, size_t size,
                         vm_error error);

/* Checks that the recording has the expected events. */
void expected_events_compare(void);

/* Checks and ends the recording, if there is one. */
void expected_events_end(void);

#endif
