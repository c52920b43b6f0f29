/* rollback.h: after a change of pages that the system has refused half-way. */
#ifndef ROLLBACK_H
#define ROLLBACK_H

#include "core/pages.h"

/* The system is made to agree with the page table again, in a prepared range. */
void vm_roll_back(vm_region *region, vm_pages pages);

/* After a failure of what makes committed pages of a prepared range be missing: they are there again, or
** reserved. Returns `error`. */
vm_error vm_restore_missing(vm_region *region, vm_pages pages, vm_error error);

/* What every change of a prepared range ends with: written down as in pt_update if the system did
** it; if not, the system is made to agree with the page table again. Returns `error`. */
vm_error vm_finish_change(vm_region *region, vm_pages pages, vm_error error, uint8_t keep,
                          uint8_t set);

#endif
