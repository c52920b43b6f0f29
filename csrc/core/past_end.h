/* past_end.h: pages of a file that has become shorter. */
#ifndef PAST_END_H
#define PAST_END_H

#include "core/attachments.h"

/* Attached pages of the section that hold no byte of it any more become reserved. Their contents are gone, also
** those of private copies, and snapshots have what they had saved. If the system refuses some, those stay as they
** are: VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS. VM_BAD_FILE if other code has closed the section's handle. */
vm_error vm_detach_past(vm_region *region, const vm_section *section);

#endif
