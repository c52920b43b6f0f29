/* space.c: the set of live regions of one Lua state, sorted by base, and the regions that are owed. */
#include "core/space.h"

#include <stdlib.h>
#include <string.h>

#include "os/os.h"

struct vm_space {
  vm_region **region;
  size_t count, room;
  size_t holders;
  size_t releases;
  vm_region *owed; /* still to be given back to the system */
  struct vm_recording *recording;
};

vm_space *vm_space_new(void) {
  vm_space *space = calloc(1, sizeof *space);
  if (space != NULL) space->holders = 1;
  return space;
}

void vm_space_hold(vm_space *space) { space->holders++; }

void vm_space_drop(vm_space *space) {
  if (--space->holders > 0) return;
  vm_space_release_pending(space);
  free(space->region);
  free(space);
}

/* The index of the first region whose base is above `address`. */
static size_t place_above(const vm_space *space, uintptr_t address) {
  size_t low = 0, high = space->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (space->region[middle]->base > address)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

vm_region *vm_at(const vm_space *space, uintptr_t address) {
  size_t place = place_above(space, address);
  if (place == 0) return NULL;
  vm_region *region = space->region[place - 1];
  return address - region->base < region->size ? region : NULL;
}

vm_region *vm_next(const vm_space *space, uintptr_t address) {
  size_t place = address == 0 ? 0 : place_above(space, address - 1);
  return place < space->count ? space->region[place] : NULL;
}

static size_t bytes_of(size_t regions) { return regions * sizeof(vm_region *); }

bool vm_space_prepare(vm_space *space) {
  if (space->count < space->room) return true;
  size_t room = space->room == 0 ? 16 : space->room * 2;
  vm_region **larger = realloc(space->region, bytes_of(room));
  if (larger == NULL) return false;
  space->region = larger;
  space->room = room;
  return true;
}

struct vm_recording *vm_recording_of(const vm_space *space) {
  return space->recording;
}

void vm_space_record(vm_space *space, struct vm_recording *recording) {
  space->recording = recording;
}

void vm_space_free(vm_region *region) {
  free(region->name);
  free(region);
}

void vm_space_release_later(vm_space *space, vm_region *region) {
  region->holders++;
  region->next_owed = space->owed;
  space->owed = region;
}

void vm_space_release_pending(vm_space *space) {
  vm_region **link = &space->owed;
  while (*link != NULL) {
    vm_region *region = *link;
    if (os_release(region->base, region->size) != VM_OK) return; /* refused again: later */
    *link = region->next_owed;
    if (--region->holders == 0) vm_space_free(region);
  }
}

void vm_space_add(vm_space *space, vm_region *region) {
  size_t place = place_above(space, region->base);
  vm_region **here = space->region + place;
  memmove(here + 1, here, bytes_of(space->count - place));
  space->region[place] = region;
  space->count++;
}

size_t vm_space_releases(const vm_space *space) { return space->releases; }

void vm_space_remove(vm_space *space, const vm_region *region) {
  space->releases++;
  size_t place = place_above(space, region->base) - 1;
  space->count--;
  vm_region **here = space->region + place;
  memmove(here, here + 1, bytes_of(space->count - place));
}
