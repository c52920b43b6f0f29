/* marking.h: marked pages: their mapping is read-write, and a marker, or that they are missing, traps. */
#ifndef MARKING_H
#define MARKING_H

#include "core/pages.h"

/* Up to so many pages markers are cheaper than a change of the mapping (measured). */
enum { VM_SMALL = 64 };

/* Whether all reserved pages of the region trap as missing. */
static inline bool vm_is_sparse(const vm_region *region) { return region->trap == VM_TRAP_MISSING; }

/* Whether reserved pages that are not marked may be. Those of a sparse region are from the start. */
bool vm_may_mark(const vm_region *region);

/* Marks the reserved pages of a range that are not marked yet. */
vm_error vm_mark(vm_region *region, vm_pages pages);

/* Before a small commit: marks the chunks around it where that pays. When nothing comes of it, the plain way
** serves. */
void vm_mark_busy_chunks(vm_region *region, vm_pages pages);

/* Extends the nearest writable mapping up to the pages by marking those between, which needs no new mapping.
** False when there is none near, or the system refuses. */
bool vm_extend_near_mapping(vm_region *region, vm_pages pages);

#endif
