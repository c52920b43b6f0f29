/* space.h: the functions with which region.c changes the set of live regions. */
#ifndef SPACE_H
#define SPACE_H

#include "core/vmem.h"

/* One holder more; vm_space_drop takes it away again. */
void vm_space_hold(vm_space *space);

/* Makes room for one more region, so that vm_space_add cannot fail. False when there is no memory. */
bool vm_space_prepare(vm_space *space);

/* Frees the shell of a region that is not live and has no holder. */
void vm_space_free(vm_region *region);

/* For a region that has ended while the system refused to take its addresses back: keeps the shell as
** owed, and each vm_space_release_pending tries again. */
void vm_space_release_later(vm_space *space, vm_region *region);
void vm_space_release_pending(vm_space *space);

/* Sets the recording that vm_recording_of gives; may be NULL. */
void vm_space_record(vm_space *space, struct vm_recording *recording);

void vm_space_add(vm_space *space, vm_region *region);

/* How many regions have been removed so far. */
size_t vm_space_releases(const vm_space *space);

void vm_space_remove(vm_space *space, const vm_region *region);

#endif
