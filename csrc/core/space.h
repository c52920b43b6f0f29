/* space.h: the set of live regions, as region.c adds to it and removes from it. */
#ifndef SPACE_H
#define SPACE_H

#include "core/vmem.h"

void vm_space_hold(vm_space *space);

/* Makes room for one more region, so that entering it cannot fail. False when there is no memory.
 */
bool vm_space_prepare(vm_space *space);

/* Frees the shell of a region that is not live and has no holder. */
void vm_space_free(vm_region *region);

/* The system would not take the addresses of a region that is over: holds the shell, and tries again
** at each vm_space_release_pending. */
void vm_space_release_later(vm_space *space, vm_region *region);
void vm_space_release_pending(vm_space *space);

/* Which recording vm_recording_of gives. */
void vm_space_record(vm_space *space, struct vm_recording *recording);

void vm_space_add(vm_space *space, vm_region *region);

/* How many regions have left it so far. */
size_t vm_space_releases(const vm_space *space);

void vm_space_remove(vm_space *space, const vm_region *region);

#endif
