/* record_looks.h: looks at how much of each region is resident, for a recording. */
#ifndef RECORD_LOOKS_H
#define RECORD_LOOKS_H

#include "core/record.h"

/* Looks at all regions, if that is wanted. */
void vm_record_look(vm_recording *recording);

/* The same, if there is time for it; `now` is the nanoseconds since the start. */
void vm_record_look_in_time(vm_recording *recording, uint64_t now, vm_look_when when);

#endif
