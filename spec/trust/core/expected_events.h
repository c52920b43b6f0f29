/* expected_events.h: a recording of a whole sequence, and a plain list of the events that are expected in it. */
#ifndef EXPECTED_EVENTS_H
#define EXPECTED_EVENTS_H

#include "core/record.h"
#include "failures.h"

/* Begins to record, at random as to the options, or ends. VM_OUT_OF_MEMORY when there was none. */
vm_error expected_events_toggle(vm_space *space);

/* Accesses of a script, at random, to a region. */
void expected_events_hear(vm_region *region);

/* Tells of a region that was just reserved, and of what was done to one. Does nothing without a
** recording. One that has ended must not care. */
void expected_events_meet(vm_region *region);
void expected_events_add(vm_region *region, vm_event_kind what, size_t offset, size_t size,
                         vm_error error);

/* Checks that the recording has the expected events. */
void expected_events_compare(void);

/* Ends, and whatever failed before is forgotten. */
void expected_events_end(void);

#endif
