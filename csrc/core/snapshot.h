/* snapshot.h: snapshots of a region: taken, restored, compared with the present. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "core/saved.h"

/* Takes a snapshot of a live region: states and protections of its pages, and their contents, which are
** copied when pages change; with `all` every page at once, so that writes through pointers do no harm.
** VM_NOT_SUPPORTED for wiped and concealed regions, whose contents must not be copied, and where pages of a
** section are attached that are no copies. VM_OUT_OF_MEMORY; with
** `all` also the errors of vm_protect. */
vm_error vm_snapshot_take(vm_region *region, bool all, vm_snapshot **out);

/* Frees a snapshot, whether or not its region is live. */
void vm_snapshot_close(vm_snapshot *snapshot);

/* The functions below need a snapshot whose region is live. */

/* Gives every page of the region its contents, state and protection of that time. Locks of pages that stay
** committed remain. Private copies of a section's pages stay attached, unless they become reserved; pages that
** were attached, and are not any more, become the region's own. A copy that showed its section at that time shows
** it again, or what it showed before it was first written. All or nothing, as far as rollback.h says. The errors of
** vm_commit, vm_decommit and vm_protect; VM_PERMISSION_DENIED also if a page is attached now and its section does
** not allow the protection of that time; VM_PAST_END if a page that has been written lies behind the end of its file:
** vm_detach_past goes before; VM_IO_ERROR if one gets lost meanwhile, of which the others may be restored. */
vm_error vm_snapshot_restore(vm_snapshot *snapshot);

/* The first run of pages at or above `offset` that vm_snapshot_restore would change, or that have been
** written since with the same bytes. False when there is none. */
bool vm_snapshot_changed(vm_snapshot *snapshot, size_t offset, vm_run *run);

/* How many bytes of contents the snapshot keeps. Snapshots that share a copy both count it. */
size_t vm_snapshot_size(const vm_snapshot *snapshot);

#endif
