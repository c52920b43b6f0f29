/* record_bytes.h: the first bytes of each write that a recording has, before and after it. */
#ifndef RECORD_BYTES_H
#define RECORD_BYTES_H

#include "core/record.h"

/* Before a write, which is the last event: looks at what the region has there. Without memory, the write has no
** bytes. */
void vm_record_bytes(vm_recording *recording, vm_region *region, const vm_event *event);

/* Looks at what the last write has left. To be called before the bytes are used. */
void vm_record_settle(vm_recording *recording);

/* The bytes of the event with this index, or NULL. */
const vm_written_bytes *vm_recorded_bytes(vm_recording *recording, uint64_t event);

#endif
