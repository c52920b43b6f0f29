/* marking.h: marked pages: reserved pages in a read-write mapping, where a marker or a missing page traps. */
#ifndef MARKING_H
#define MARKING_H

#include "core/pages.h"

/* Up to this many pages, markers are cheaper than a change of the mapping (measured). */
enum { VM_SMALL = 64 };

/* Whether all reserved pages of the region trap as missing. */
static inline bool vm_is_sparse(const vm_region *region) {
  return region->marked_by == VM_BY_MISSING;
}

/* Whether reserved pages of the region may get markers. Not in a sparse region: there all are marked
** from the start. */
bool vm_may_mark(const vm_region *region);

/* Marks the reserved pages of a range that are not marked yet. After a failure some of them may be marked. */
vm_error vm_mark(vm_region *region, vm_pages pages);

/* Before a small commit: marks the chunks that hold its pages, where that pays. A failure does no harm:
** the commit then goes the plain way. */
void vm_mark_busy_chunks(vm_region *region, vm_pages pages);

/* Extends the nearest writable mapping up to the pages by marking those between, which needs no new
** mapping. False when no such mapping is near, or the system refuses. */
bool vm_extend_near_mapping(vm_region *region, vm_pages pages);

#endif
