/* dirty.h: what restore does with the dirty pages of a snapshot. */
#ifndef DIRTY_H
#define DIRTY_H

#include "core/saved.h"

typedef vm_error vm_act_on_pages(vm_snapshot *snapshot, vm_pages pages);

/* Calls `act` for runs of dirty pages that were committed: for all of them, or until one call fails. Gives the
** last error. */
vm_error vm_every_dirty(vm_snapshot *snapshot, vm_act_on_pages *act, bool goes_on);

/* Calls `act` for every note of the snapshot, until one call fails: faster, and also for pages that were not
** committed. */
vm_error vm_each_note(vm_snapshot *snapshot, vm_act_on_pages *act);

/* For both of them: */

/* Other snapshots get a copy of what is there now. The errors of vm_save. */
vm_act_on_pages vm_save_for_others;

/* Before pages are armed again, when they count as written for the script; VM_OUT_OF_MEMORY. And the end of
** that preparation without arming, also where it has not been made. */
vm_act_on_pages vm_prepare_arming, vm_undo_preparing, vm_arm_pages;

/* Gives pages their old contents. Those with a copy must be writable. Those without one are full of zeros
** already if they are not writable: they have been committed again just now. VM_IO_ERROR if some are lost, of
** which the others have theirs. */
vm_act_on_pages vm_copy_back;

static inline bool vm_is_writable(unsigned byte) {
  return (byte & (VM_WRITE | VM_GUARD)) == VM_WRITE;
}

#endif
