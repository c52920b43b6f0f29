/* pages.h: ranges of a region's pages, their bytes in the page table, and their runs. */
#ifndef PAGES_H
#define PAGES_H

#include "core/vmem.h"

typedef struct vm_pages {
  uint64_t first, count;
} vm_pages;

/* Every page that holds at least one byte of the range; size > 0. */
vm_pages vm_widen(const vm_region *region, size_t offset, size_t size);

/* Pages in a chunk: chunks are marked as a whole. */
enum { VM_CHUNK = 512 };

static inline bool vm_is_marked(unsigned byte) {
  return (byte & (VM_COMMITTED | VM_MARKED)) == VM_MARKED;
}

static inline bool vm_is_locked(unsigned byte) {
  return (byte & (VM_COMMITTED | VM_LOCKED)) == (VM_COMMITTED | VM_LOCKED);
}

/* Whether the mapping of a committed page with this byte is read-write, like that of marked pages. */
static inline bool vm_maps_writable(unsigned byte) {
  return (byte & (VM_WRITE | VM_EXECUTE | VM_GUARD)) == VM_WRITE;
}

/* Whether a committed page with this byte allows any access: its protection is not "none", and it has no
** guard. */
static inline bool vm_is_touchable(unsigned byte) {
  return (byte & (VM_READ | VM_GUARD)) == VM_READ;
}

/* Whether the first write to a page is noted: the script watches the region, or it has snapshots. */
static inline bool vm_is_armed(const vm_region *r) { return r->watched || r->snapshots != NULL; }

/* Whether reserved pages of the region can be marked. */
bool vm_can_mark(const vm_region *region);

uintptr_t vm_address(const vm_region *region, uint64_t page);
size_t vm_bytes(const vm_region *region, uint64_t count);

/* The byte of a reserved page that is not marked. */
uint8_t vm_reserved_byte(const vm_region *region);

/* Whether (byte & mask) == want for every page. */
bool vm_all_have(vm_region *region, vm_pages pages, uint8_t mask, uint8_t want);

/* The run from `page` on, of pages before `end` whose bytes are alike under `mask`, and that belong to one
** attachment or to none. */
vm_run vm_run_from(vm_region *region, uint64_t page, uint64_t end, uint8_t mask);

/* Calls `act` for each run of the range, of bytes alike under `mask`, until one call fails. `act` may
** change the bytes of its run. */
typedef vm_error vm_act_on_run(vm_region *region, vm_run run, void *with);
vm_error vm_each_run(vm_region *region, vm_pages pages, uint8_t mask, vm_act_on_run *act,
                     void *with);

/* The same where the system may have no mapping left, with those that were kept spare: to undo a change. The
** acts do not fail. */
void vm_each_run_with_spares(vm_region *region, vm_pages pages, uint8_t mask, vm_act_on_run *act);

/* How many pages of a range are of each kind. */
typedef struct vm_summary {
  uint64_t committed, locked, marked;
  uint64_t attached; /* of those that are committed */
  uint64_t
      writable; /* with a read-write mapping of the region's own: marked, or committed as "rw" */
} vm_summary;

vm_summary vm_summarise(vm_region *region, vm_pages pages);

#endif
