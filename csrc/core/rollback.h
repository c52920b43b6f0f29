/* rollback.h: undoes a change of pages that the system has refused half-way. */
#ifndef ROLLBACK_H
#define ROLLBACK_H

#include "core/pages.h"

/* Makes the system agree with the page table again, in a prepared range. Where it refuses that as well,
** the pages become less in the page table: protection `none`, or reserved. */
void vm_roll_back(vm_region *region, vm_pages pages);

/* In a sparse region, after a change that failed when committed pages of a prepared range may be missing
** already: they become present again, full of zeros, or else reserved. Does nothing if `error` is VM_OK.
** Returns `error`. */
vm_error vm_restore_missing(vm_region *region, vm_pages pages, vm_error error);

/* Committed pages of a prepared range that cannot be restored become reserved. */
void vm_lose(vm_region *region, vm_run run);

/* Ends every change of a prepared range. `error` is the system's result: after VM_OK the page table is
** updated as by pt_update, otherwise the change is rolled back. Returns `error`. */
vm_error vm_finish_change(vm_region *region, vm_pages pages, vm_error error, uint8_t keep,
                          uint8_t set);

#endif
