/* vmem.h: the core's API for C. Regions of address space, their pages and the rules they follow.
** Knows no Lua. All sizes and offsets are bytes; offsets count from a region's base, from 0. */
#ifndef VMEM_H
#define VMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pagetable.h"
#include "os/bits.h"

typedef struct vm_space vm_space;
struct vm_recording; /* record.h */

/* One reservation. It outlives vm_release as an empty shell until its last holder drops it, so that
** whoever still has a pointer finds `live` false and never a stale address. Read only outside. */
typedef struct vm_region {
  bool live;
  bool watched;   /* writes are noted page by page */
  bool concealed; /* committed pages are left out of core dumps, and read as zeros after a fork */
  bool wiped;     /* contents are overwritten before they are given up */
  bool markers_refused; /* the system has refused markers */
  bool no_mapping_left; /* there was no room for a mapping: commits make one longer instead */
  vm_trap trap;
  unsigned page_shift;
  uintptr_t base;
  size_t size;
  pt_table table;
  unsigned protection;       /* what commit applies unless told otherwise */
  size_t committed;          /* bytes */
  char *name;                /* or NULL */
  size_t no_mapping_left_at; /* vm_space_releases then */
  uint64_t locked_by;        /* the process that has locked pages: a child of fork has no locks */
  vm_space *space;
  size_t holders;
  struct vm_region *next_owed;    /* in space.c */
  const void *owner;              /* for whoever uses the core: who has this region */
  struct vm_recording *recording; /* to be told what happens to the region, or NULL */
  uint32_t recorded_as;           /* the region's number there */
} vm_region;

typedef struct vm_run {
  size_t offset, size;
  unsigned byte; /* bits of VM_STATE */
} vm_run;

/* What vm_reserve is asked for. */
typedef struct vm_request {
  size_t size;         /* > 0 */
  uintptr_t address;   /* where, when `fixed` */
  bool fixed;          /* exactly there, rounded down to the allocation granularity */
  bool top_down;       /* the highest free place; ignored when fixed */
  bool watch;          /* note which pages are written, for vm_written */
  bool sparse;         /* where the system can: pages trap as missing, all of them in one mapping */
  bool conceal;        /* keep committed pages out of core dumps and of children of fork */
  bool wipe;           /* overwrite contents with zeros before they are given up */
  unsigned protection; /* what commit applies unless told otherwise */
  const char *name;    /* or NULL; copied */
} vm_request;

/* A space is the set of regions that belong together: those of one Lua state.
** vm_space_new returns NULL when there is no memory. Its regions each hold it. */
vm_space *vm_space_new(void);
void vm_space_drop(vm_space *space);

/* The live region that holds `address`, or NULL. */
vm_region *vm_at(const vm_space *space, uintptr_t address);

/* The live region with the lowest base that is at or above `address`, or NULL. */
vm_region *vm_next(const vm_space *space, uintptr_t address);

/* The recording of the space that is under way, or NULL. */
struct vm_recording *vm_recording_of(const vm_space *space);

/* Rule 6 for a region that nobody will come back to: ends its life even when the system refuses. The
** addresses are given back as soon as there is room for that. Pages that the system would not let us
** wipe go unwiped: it zeroes them itself before anybody else gets them. */
void vm_abandon(vm_region *region);

/* Every pointer to a region that is kept counts as a holder. The last drop abandons the region if it
** still lives, and frees the shell. */
void vm_hold(vm_region *region);
void vm_drop(vm_region *region);

/* Rule 1. On success *out has one holder. VM_ADDRESS_IN_USE, VM_INVALID_ADDRESS,
** VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS; VM_NOT_SUPPORTED where nothing can be concealed. */
vm_error vm_reserve(vm_space *space, const vm_request *request, vm_region **out);

/* Rule 6. When the system refuses, the region lives on. */
vm_error vm_release(vm_region *region);

/* The verbs below want a live region, offset < region->size and 0 < size <= region->size - offset.
** Ranges widen to whole pages unless said otherwise. After a failure nothing has changed. But in a region
** that is wiped, contents are gone after a release, decommit or discard that the system has refused. */

/* Rule 2. `protection` is bits of VM_PROTECTION. */
vm_error vm_commit(vm_region *region, size_t offset, size_t size, unsigned protection);

/* Rule 3. When the system refuses twice, once to map anew and then half-way through the markers that
** serve instead, contents before that are gone. */
vm_error vm_decommit(vm_region *region, size_t offset, size_t size);

/* Rule 4. *old gets the first page's former protection. VM_NOT_COMMITTED. */
vm_error vm_protect(vm_region *region, size_t offset, size_t size, unsigned protection,
                    unsigned *old);

/* Keeps committed pages in RAM, or lets them go again. VM_NOT_COMMITTED; VM_PERMISSION_DENIED for
** pages that nobody may touch. */
vm_error vm_lock(vm_region *region, size_t offset, size_t size);
vm_error vm_unlock(vm_region *region, size_t offset, size_t size);

/* Brings committed pages in; passes over those that nobody may touch. VM_NOT_COMMITTED. */
vm_error vm_prefetch(vm_region *region, size_t offset, size_t size);

/* Forgets the contents of committed pages that lie wholly inside the range. VM_NOT_COMMITTED. When the
** system refuses half-way, contents before that are gone, and in a sparse region those pages may be
** reserved then. */
vm_error vm_discard(vm_region *region, size_t offset, size_t size);

/* How many bytes of the range's pages physical memory backs right now. */
vm_error vm_resident(vm_region *region, size_t offset, size_t size, size_t *bytes);

/* Rule 5: the run of like pages from the page at `offset` on. */
vm_run vm_query(vm_region *region, size_t offset);

/* What vm_query says of the page at `offset` alone: bits of VM_STATE. */
unsigned vm_state_at(vm_region *region, size_t offset);

/* Whether all pages of [offset, offset+size) are committed, whatever they allow. `size` may be 0. */
bool vm_is_committed(vm_region *region, size_t offset, size_t size);

/* Rule 7: whether all of [offset, offset+size) allows `need` (VM_READ or VM_WRITE). If not,
** *refused gets the offset of the first byte that does not. */
bool vm_allows(vm_region *region, size_t offset, size_t size, unsigned need, size_t *refused);

/* Notes that [offset, offset+size) is about to be written; `size` may be 0. False, and nothing
** noted, when there is no memory. */
bool vm_note_write(vm_region *region, size_t offset, size_t size);

/* In a watched region: finds the first run of committed pages at or above `offset`, and below
** `end`, that have been written since they were committed or rearmed. False when there is none. */
bool vm_written(vm_region *region, size_t offset, size_t end, vm_run *run);

/* Forgets that pages were written. */
vm_error vm_rearm(vm_region *region, size_t offset, size_t size);

/* How many bytes of the range's pages vm_lock keeps in RAM. None in a child of the process that called it. */
size_t vm_locked(vm_region *region, size_t offset, size_t size);

/* Rule 8: takes the guard off the page at `offset`. */
vm_error vm_disarm(vm_region *region, size_t offset);

static inline size_t vm_page_size(const vm_region *region) {
  return (size_t)1 << region->page_shift;
}

static inline void *vm_memory(const vm_region *region, size_t offset) {
  return (void *)(region->base + offset); /* NOLINT(performance-no-int-to-ptr) */
}

/* The short cut of vm_allows for a few bytes: true when the page table's last answer covers them,
** and a write need not be noted. size > 0 and offset + size <= region->size, else anything may
** come out. */
static inline bool vm_allows_cached(const vm_region *region, size_t offset, size_t size,
                                    unsigned need) {
  const pt_run *run = &region->table.cache;
  uint64_t first = (offset >> region->page_shift) - run->first;
  uint64_t last = ((offset + size - 1) >> region->page_shift) - run->first;
  unsigned stops = VM_GUARD | (need & VM_WRITE ? VM_UNWRITTEN : 0U);
  return first < run->count && last < run->count && (run->byte & (need | stops)) == need;
}

#endif
