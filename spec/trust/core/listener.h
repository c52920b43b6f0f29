/* listener.h: a recording of a whole sequence, and a plain list of the events that are expected in it. */
#ifndef LISTENER_H
#define LISTENER_H

#include "core/record.h"
#include "failures.h"

/* Begins to record, at random as to the options, or ends. VM_OUT_OF_MEMORY when there was none. */
vm_error listener_toggle(vm_space *space);

/* Accesses of a script, at random, to a region. */
void listener_hear(vm_region *region);

/* Tells of a region that was just reserved, and of what was done to one. Does nothing without a
** recording. One that has ended must not care. */
void listener_meet(vm_region *region);
void listener_tell(vm_region *region, vm_event_kind what, size_t offset, size_t size,
                   vm_error error);

/* Checks that the recording has the expected events. */
void listener_compare(void);

/* Ends, and whatever failed before is forgotten. */
void listener_end(void);

#endif
