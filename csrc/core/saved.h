/* saved.h: what snapshots keep of pages: their states, and copies that are made before pages change.
**
** Taking a snapshot copies no contents. The pages of the region are armed (VM_UNWRITTEN) instead: the first
** write to each takes the long way, and vm_save makes a copy there. A page is dirty in a snapshot when that
** has happened since the snapshot was taken or restored. What holds between two calls:
** - A committed page that is not armed is dirty in every snapshot in which it is committed.
** - The snapshots of a region are listed from the one that was taken or restored last. A page that is
**   dirty in one is dirty in all behind it in which it is committed.
** - A page that is dirty has a copy, or was full of zeros. One that is not dirty may have kept a copy,
**   which then has the same bytes as the page. */
#ifndef SAVED_H
#define SAVED_H

#include "core/pages.h"

/* The contents of one page. Snapshots may share it: it never changes. */
typedef struct vm_page_copy {
  size_t holders;
  char bytes[];
} vm_page_copy;

/* Copies by page, in an open hash table. */
typedef struct vm_page_copies {
  struct vm_copy_entry *entry;
  unsigned bits; /* there are 2^bits entries; 0: none */
  size_t count;
  pt_table kept; /* 1: the page has a copy */
} vm_page_copies;

typedef struct vm_snapshot {
  vm_region *region; /* NULL once it is released */
  struct vm_snapshot *next, *previous;
  pt_table states; /* the region's page table when the snapshot was taken */
  pt_table dirty;  /* 1: dirty */
  vm_pages
      *noted; /* the same pages in the order in which they became dirty; some may be there twice */
  size_t notes, note_room;
  uint64_t changes; /* the region's table.changes when its states were last the same */
  bool all;         /* every page was copied at once, and is compared when it matters */
  vm_page_copies copies;
} vm_snapshot;

/* The copy of a page, or NULL. */
const vm_page_copy *vm_saved_page(const vm_snapshot *snapshot, uint64_t page);

/* To be called before contents are changed or dropped: makes the pages dirty in all snapshots, with the
** copies that these need. Pages may have any state. After a failure (VM_OUT_OF_MEMORY; for pages that allow
** no access also those of os_protect) no page is dirty that was not. It uses pt_prepare on the region's
** table, so it comes before the caller's own pt_prepare. */
vm_error vm_save(vm_region *region, vm_pages pages);

/* The same for pages whose contents are lost: makes no copies. VM_OUT_OF_MEMORY. */
vm_error vm_note_lost(vm_region *region, vm_pages pages);

/* Makes the copies only. */
vm_error vm_save_copies(vm_region *region, vm_pages pages);

/* For vm_each_run over VM_STATE: calls `act` while the pages of the run, which are committed, can be read. */
typedef struct vm_reading {
  vm_act_on_run *act;
  void *with;
} vm_reading;
vm_error vm_read_run(vm_region *region, vm_run run, const vm_reading *reading);

/* A snapshot of the states of the region's pages, in front of its list; NULL when there is no memory. The
** caller arms the pages. */
vm_snapshot *vm_snapshot_new(vm_region *region);

/* Moves the snapshot to the front of its list, with no page dirty. */
void vm_snapshot_renew(vm_snapshot *snapshot);

/* Takes the snapshot off its region's list, if it is on one, and frees what it keeps. */
void vm_snapshot_empty(vm_snapshot *snapshot);

/* When a region ends: empties its snapshots. */
void vm_empty_snapshots(vm_region *region);

#endif
