/* sparse.h: how a region becomes sparse: all its reserved pages then trap as missing. */
#ifndef SPARSE_H
#define SPARSE_H

#include "core/vmem.h"

/* Makes a region sparse whose pages are all reserved; it stays as it is where the system cannot do that
** (VM_OK). After a failure any part of it may be changed: the region can only be released. */
vm_error vm_begin_sparse(vm_region *region);

/* For a call that the limit of mappings has stopped: makes a region sparse whose pages are of any state, so
** that commits need no more mappings. Whether the call is worth trying again. If not, nothing has changed. */
bool vm_turn_sparse(vm_region *region);

#endif
