/* place.h: reserves at a place that a request allows: a multiple of an alignment, between two addresses. */
#ifndef PLACE_H
#define PLACE_H

#include "core/vmem.h"

/* Whether the request, which is not fixed, says more of its place than that it begins on a granule. */
bool vm_wants_place(const vm_request *request);

/* Reserves `size` bytes, whole pages, at such a place; the region's base is it. If a reservation that was made on the
** way cannot be given back, the region is owed, with its addresses. VM_ADDRESS_IN_USE if no such place is free, and
** the errors of os_reserve, os_release and os_areas. */
vm_error vm_reserve_at_place(vm_space *space, const vm_request *request, size_t size,
                             vm_region *region);

#endif
