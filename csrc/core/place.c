/* place.c: reserves at a place that a request allows: a multiple of an alignment, between two addresses.
**
** The system chooses first. If its place is not allowed, the gaps between all areas of the process are tried. No
** system is asked for a call of its own: another thread may take a place in between, and then the next is tried. */
#include "core/place.h"

#include <stdlib.h>

#include "core/space.h"
#include "os/os.h"

/* The base may be any multiple of `alignment` from `first` to `last`. */
typedef struct places {
  size_t size, alignment;
  uintptr_t first, last;
  bool top_down;
  const char *name;
} places;

bool vm_wants_place(const vm_request *request) {
  return request->lowest != 0 || request->highest != 0 ||
         request->alignment > os_get_limits()->granularity;
}

/* The places inside [from, to) that are among `all`; false if there is none. */
static bool narrow(const places *all, uintptr_t from, uintptr_t to, places *some) {
  *some = *all;
  if (to < all->size) return false;
  uintptr_t mask = all->alignment - 1, last = (to - all->size) & ~mask;
  if (from > UINTPTR_MAX - mask) return false;
  from = (from + mask) & ~mask;
  if (from > some->first) some->first = from;
  if (last < some->last) some->last = last;
  return some->first <= some->last;
}

/* The end of the addresses that the request allows. */
static uintptr_t end_of(const vm_request *request) {
  const os_limits *limits = os_get_limits();
  uintptr_t most = limits->end != 0 ? limits->end : INTPTR_MAX;
  if (request->highest != 0) return request->highest < most ? request->highest + 1 : most;
  bool usual = limits->highest != 0 && request->lowest < limits->highest;
  return usual ? limits->highest : most;
}

static bool find_places(const vm_request *request, size_t size, places *all) {
  const os_limits *limits = os_get_limits();
  uintptr_t from = request->lowest > limits->lowest ? request->lowest : limits->lowest;
  size_t alignment = request->alignment;
  if (alignment < limits->granularity) alignment = limits->granularity;
  bool known = limits->end != 0 || request->highest != 0;
  const places any = {size, alignment, 0, UINTPTR_MAX, request->top_down && known, request->name};
  return narrow(&any, from, end_of(request), all);
}

/* {====== The system chooses ====== */

enum { TRIES = 8 }; /* to have a place again before another thread has it */

/* Whether what the request itself needs may be had where this has been refused, which was more. */
static bool may_fit(vm_error error) {
  return error == VM_ADDRESS_IN_USE || error == VM_OUT_OF_MEMORY || error == VM_TOO_MANY_MAPPINGS;
}

/* The system gets no other call for an alignment: more is reserved than is needed, given back, and the right part of
** it reserved. False if that led to no place, else *error is the answer. */
static bool let_system_choose(vm_space *space, const places *all, vm_region *region,
                              vm_error *error) {
  size_t more = all->alignment - os_get_limits()->granularity;
  if (more > SIZE_MAX - all->size) return false;
  size_t size = all->size + more;
  for (int tries = 0; tries < TRIES; tries++) {
    places here;
    *error = os_reserve(0, size, false, more == 0 ? all->name : NULL, &region->base);
    if (*error != VM_OK) return !may_fit(*error);
    bool fits = narrow(all, region->base, region->base + size, &here);
    if (fits && more == 0) return true;
    *error = os_release(region->base, size);
    if (*error != VM_OK) {
      region->size = size;
      vm_space_release_later(space, region);
      return true;
    }
    if (!fits) return false;
    *error = os_reserve(here.first, all->size, false, all->name, &region->base);
    if (*error != VM_ADDRESS_IN_USE) return true;
  }
  return false;
}

/* ====== } */

/* {====== Every gap ====== */

enum { ONE_BY_ONE = 64 };

/* Whether another place may do where one has been refused for this. PERMISSION_DENIED: Linux gives nobody the lowest
** addresses (vm.mmap_min_addr). */
static bool is_of_place(vm_error error) {
  return error == VM_ADDRESS_IN_USE || error == VM_INVALID_ADDRESS || error == VM_PERMISSION_DENIED;
}

/* Tries places of a gap one by one, then farther and farther apart. */
static vm_error try_places(const places *gap, uintptr_t *base) {
  uintptr_t count = (gap->last - gap->first) / gap->alignment + 1;
  for (uintptr_t i = 0; i < count; i = i < ONE_BY_ONE ? i + 1 : i * 2) {
    uintptr_t place = (gap->top_down ? count - 1 - i : i) * gap->alignment + gap->first;
    vm_error error = os_reserve(place, gap->size, false, gap->name, base);
    if (!is_of_place(error)) return error;
    if (i > UINTPTR_MAX / 2) break;
  }
  return VM_ADDRESS_IN_USE;
}

static vm_error try_gaps(const places *all, const os_area *area, size_t count, uintptr_t *base) {
  for (size_t i = 0; i <= count; i++) {
    size_t above = all->top_down ? count - i : i; /* the area above the gap */
    uintptr_t from = above > 0 ? area[above - 1].address + area[above - 1].size : 0;
    places gap;
    if (!narrow(all, from, above < count ? area[above].address : UINTPTR_MAX, &gap)) continue;
    vm_error error = try_places(&gap, base);
    if (error != VM_ADDRESS_IN_USE) return error;
  }
  return VM_ADDRESS_IN_USE;
}

/* ====== } */

vm_error vm_reserve_at_place(vm_space *space, const vm_request *request, size_t size,
                             vm_region *region) {
  places all;
  if (!find_places(request, size, &all)) return VM_ADDRESS_IN_USE;
  os_area *area;
  size_t count;
  vm_error error;
  if (!all.top_down && let_system_choose(space, &all, region, &error)) return error;
  error = os_areas(0, 0, SIZE_MAX, &area, &count);
  bool tells = error != VM_NOT_SUPPORTED && error != VM_PERMISSION_DENIED;
  if (!tells) return try_places(&all, &region->base);
  if (error != VM_OK) return error;
  error = try_gaps(&all, area, count, &region->base);
  free(area);
  return error;
}
