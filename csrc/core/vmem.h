/* vmem.h: the API of the core: regions, their pages, and the rules (docs/design.md).
**
** It knows no Lua. All sizes and offsets are in bytes; an offset counts from the region's base. */
#ifndef VMEM_H
#define VMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/pagetable.h"
#include "os/bits.h"

typedef struct vm_space vm_space;
struct vm_recording;  /* record.h */
struct vm_trap;       /* trap.h */
struct vm_attachment; /* attachments.h */

/* One reservation. After vm_release it remains as a shell until its last holder drops it: `live` is
** false then, and no address may be used. Only the core changes the fields. */
typedef struct vm_region {
  bool live;
  bool watched;   /* the script asks which pages are written */
  bool concealed; /* committed pages are left out of core dumps, and read as zeros after a fork */
  bool wiped;     /* contents are overwritten before they are given up */
  bool lazy;      /* committed pages are charged when they are touched, and not before */
  bool fallible;  /* pages are attached that the system may not be able to give (os/guard.h) */
  bool
      markers_refused; /* reserved pages get no markers: the system refuses, or the region is concealed */
  bool
      no_mapping_left; /* the limit of mappings has been met: commits extend an existing one instead */
  vm_marked_by marked_by; /* of marked pages. VM_BY_MISSING: the region is sparse */
  unsigned page_shift;    /* a page has 2^page_shift bytes */
  uintptr_t base;
  size_t size;
  pt_table table;
  pt_table
      written; /* of a watched region: 1 for pages that are armed, though they have been written */
  struct vm_snapshot *snapshots; /* the one that was taken or restored last (saved.h) */
  unsigned protection;           /* the default for a commit */
  size_t around;                 /* pages of a group that a touch commits; 0: a touch is a fault */
  size_t committed;              /* bytes */
  char *name;                    /* or NULL */
  size_t no_mapping_left_at;     /* vm_space_releases at that time */
  uint64_t locked_by;    /* the process that has locked pages; a child of fork has no locks */
  struct vm_trap *trap;  /* a tree, or NULL */
  struct vm_trap *ended; /* a list, for vm_next_ended */
  uint32_t trap_rank;    /* of the trap that was made last */
  uint64_t trap_number;  /* for the user of the core: what the next trap's functions are called */
  struct vm_attachment *attachment; /* a list, sorted by page */
  size_t attachments;               /* its length */
  vm_space *space;
  size_t holders;
  struct vm_region *next_owed;    /* used by space.c */
  const void *owner;              /* for the user of the core: the owner of this region, or NULL */
  struct vm_recording *recording; /* follows the region, or NULL */
  uint32_t recorded_as;           /* the region's number there */
} vm_region;

typedef struct vm_run {
  size_t offset, size;
  unsigned byte; /* bits of VM_STATE */
} vm_run;

/* The arguments of vm_reserve. */
typedef struct vm_request {
  size_t size;       /* > 0 */
  uintptr_t address; /* used when `fixed` */
  bool fixed;        /* at `address`, rounded down to the granularity, or nowhere */
  bool top_down;     /* the highest free place; ignored when fixed */
  size_t alignment;  /* the base is a multiple of this power of two; 0: of the granularity alone */
  uintptr_t lowest,
      highest;  /* the first and the last address that it may have; 0: any. These three are
                             ** ignored when fixed */
  bool watch;   /* note which pages are written, for vm_written */
  bool sparse;  /* make a sparse region, where the system can */
  bool conceal; /* keep committed pages out of core dumps and of children of fork */
  bool wipe;    /* overwrite contents with zeros before they are given up */
  bool lazy;    /* charge committed pages only when they are touched; never a sparse region */
  unsigned protection; /* the default for a commit */
  size_t around;       /* pages of a group that a touch commits (touch.h); 0: a touch is a fault */
  const char *name;    /* or NULL; copied */
} vm_request;

/* A space is the set of the regions of one Lua state. vm_space_new returns NULL when there is no memory.
** The space lives until vm_space_drop has been called and its last region has ended. */
vm_space *vm_space_new(void);
void vm_space_drop(vm_space *space);

/* The live region that holds `address`, or NULL. */
vm_region *vm_at(const vm_space *space, uintptr_t address);

/* The live region with the lowest base that is at or above `address`, or NULL. */
vm_region *vm_next(const vm_space *space, uintptr_t address);

/* The recording of the space that has not ended, or NULL. */
struct vm_recording *vm_recording_of(const vm_space *space);

/* Rule 6 for a region that is not needed any more: it ends even when the system refuses to take its
** addresses back. Then they are owed, and given back later. Pages that cannot be made writable are not
** wiped; the system zeroes them before another process gets them. */
void vm_abandon(vm_region *region);

/* Every pointer to a region that is kept is a holder. The last vm_drop abandons the region if it is
** live, and frees the shell. */
void vm_hold(vm_region *region);
void vm_drop(vm_region *region);

/* Rule 1. On success *out has one holder. VM_ADDRESS_IN_USE, VM_INVALID_ADDRESS, VM_OUT_OF_MEMORY,
** VM_TOO_MANY_MAPPINGS; with top_down, alignment or bounds also VM_TOO_MANY_FILES, with conceal or lazy also
** VM_NOT_SUPPORTED. VM_ADDRESS_IN_USE if not fixed: nothing is free where the region may be. */
vm_error vm_reserve(vm_space *space, const vm_request *request, vm_region **out);

/* Rule 6. When the system refuses, the region stays live. */
vm_error vm_release(vm_region *region);

/* The functions below need a live region, offset < region->size and 0 < size <= region->size - offset.
** Ranges widen to whole pages unless the comment says otherwise. After a failure nothing has changed,
** with one exception: in a wiped region, contents are gone after a release, decommit or discard that the
** system has refused. */

/* Rule 2. `protection` is bits of VM_PROTECTION. VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS,
** VM_PERMISSION_DENIED, also if a page is attached and its section does not allow the protection; VM_IN_USE if
** reads of a page are trapped. Attached pages keep their contents, and get the protection. */
vm_error vm_commit(vm_region *region, size_t offset, size_t size, unsigned protection);

/* Rule 3. Attached pages are detached. When the system refuses to map the range anew, markers are used instead; if it
** refuses those half-way, contents before that place are gone. */
vm_error vm_decommit(vm_region *region, size_t offset, size_t size);

/* Rule 4. *old is the first page's old protection. VM_NOT_COMMITTED if one page is not committed;
** VM_PERMISSION_DENIED also if a page is attached and its section does not allow the protection. */
vm_error vm_protect(vm_region *region, size_t offset, size_t size, unsigned protection,
                    unsigned *old);

/* Keeps committed pages in RAM, or ends that. VM_NOT_COMMITTED; VM_PERMISSION_DENIED if a page to be
** locked allows no access (none, guard); VM_PAST_END if one lies behind the end of its file. */
vm_error vm_lock(vm_region *region, size_t offset, size_t size);
vm_error vm_unlock(vm_region *region, size_t offset, size_t size);

/* Brings committed pages into RAM; leaves out those that allow no access. VM_NOT_COMMITTED; VM_PAST_END
** if a page lies behind the end of its file. */
vm_error vm_prefetch(vm_region *region, size_t offset, size_t size);

/* Discards the contents of committed pages that lie wholly inside the range; they then read as zeros or
** as before. VM_NOT_COMMITTED. When the system refuses half-way, contents before that place are gone,
** and in a sparse region those pages may be reserved. */
vm_error vm_discard(vm_region *region, size_t offset, size_t size);

/* *bytes: how many bytes of the range's pages are in RAM now. Fails as os_resident does. */
vm_error vm_resident(vm_region *region, size_t offset, size_t size, size_t *bytes);

/* Rule 5: the run from the page at `offset` on. Its pages are trapped alike. */
vm_run vm_query(vm_region *region, size_t offset);

/* State and protection of the page at `offset`: bits of VM_STATE. */
unsigned vm_state_at(vm_region *region, size_t offset);

/* Whether all pages of [offset, offset+size) are committed, with any protection. `size` may be 0. */
bool vm_is_committed(vm_region *region, size_t offset, size_t size);

/* Rule 7: whether all of [offset, offset+size) allows `need` (VM_READ or VM_WRITE). If not, *refused is
** the offset of the first byte that does not. `size` may be 0. */
bool vm_allows(vm_region *region, size_t offset, size_t size, unsigned need, size_t *refused);

/* To be called before [offset, offset+size) is written, which must be allowed: notes the pages, of which
** snapshots make copies. `size` may be 0. False, and nothing is noted, when there is no memory. */
bool vm_note_write(vm_region *region, size_t offset, size_t size);

/* How many bytes from `offset` on, `size` at most, can be written without vm_note_write. */
size_t vm_noted(vm_region *region, size_t offset, size_t size);

/* In a watched region: finds the first run of committed pages at or above `offset`, and below
** `end`, that have been written since they were committed or rearmed. False when there is none. */
bool vm_written(vm_region *region, size_t offset, size_t end, vm_run *run);

/* Notes that pages have not been written. VM_NOT_SUPPORTED if the region is not watched; VM_OUT_OF_MEMORY. */
vm_error vm_rearm(vm_region *region, size_t offset, size_t size);

/* How many bytes of the range's pages are locked. 0 in a child of the process that has locked them. */
size_t vm_locked(vm_region *region, size_t offset, size_t size);

/* Rule 8: takes the guard off the page at `offset`, which is committed. Fails as vm_protect does. */
vm_error vm_disarm(vm_region *region, size_t offset);

static inline size_t vm_page_size(const vm_region *region) {
  return (size_t)1 << region->page_shift;
}

static inline void *vm_memory(const vm_region *region, size_t offset) {
  return (void *)(region->base + offset); /* NOLINT(performance-no-int-to-ptr) */
}

/* A fast vm_allows for a few bytes: true when the last result of the page table covers them and allows
** the access, and a write need not be noted. When it is false, ask vm_allows_uncached. The range must not be
** empty and must lie in the region, otherwise the result has no meaning. */
static inline bool vm_allows_cached(const vm_region *region, size_t offset, size_t size,
                                    unsigned need) {
  const pt_run *run = &region->table.cache;
  uint64_t bytes = run->count << region->page_shift;
  uint64_t first = offset - (run->first << region->page_shift), last = first + size - 1;
  unsigned stops = VM_GUARD | (need & VM_WRITE ? VM_UNWRITTEN : 0U);
  return first < bytes && last < bytes && (run->byte & (need | stops)) == need;
}

/* The same for a range of two pages at most, by a look at the page table itself. */
static inline bool vm_table_allows(vm_region *region, size_t offset, size_t size, unsigned need) {
  uint64_t first = offset >> region->page_shift, last = (offset + size - 1) >> region->page_shift;
  unsigned stops = VM_GUARD | (need & VM_WRITE ? VM_UNWRITTEN : 0U);
  return pt_look(&region->table, first, last, need | stops, need);
}

/* The same, where no access must be recorded and no page may get lost. When it is false, ask vm_allows. */
static inline bool vm_allows_uncached(vm_region *region, size_t offset, size_t size,
                                      unsigned need) {
  return !region->table.forgets && vm_table_allows(region, offset, size, need);
}

/* The same for a live region with pages that may get lost, whose memory only leaf functions touch. */
static inline bool vm_allows_leaf(vm_region *region, size_t offset, size_t size, unsigned need) {
  return region->table.forgets == PT_FALLIBLE && region->live &&
         vm_table_allows(region, offset, size, need);
}

#endif
