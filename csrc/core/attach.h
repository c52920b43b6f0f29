/* attach.h: attaching pages of sections. vm_decommit detaches them. */
#ifndef ATTACH_H
#define ATTACH_H

#include "core/attachments.h"

/* Pages of the region, of any state, become pages of the section from byte `from` on: committed, with this
** protection. Contents that they had are gone. `offset` and `from` are multiples of the page size; `size` is
** not 0 and lies, rounded up to a page, in the region and in the section's pages. With `copy`, or if the section
** is of copies, what is written stays in the region. After a failure nothing has changed.
** VM_NOT_SUPPORTED for wiped, concealed and sparse regions; VM_PERMISSION_DENIED if the section does not allow the
** protection; VM_IN_USE if reads of a page are trapped, or the region has snapshots and the pages are to be shared;
** VM_OUT_OF_MEMORY, VM_TOO_MANY_MAPPINGS. */
vm_error vm_attach(vm_region *region, size_t offset, vm_section *section, uint64_t from,
                   size_t size, unsigned protection, bool copy);

/* Attaches the pages of the list, all of them private copies, that have been decommitted since: with "rw", and
** the section's contents. Unless the system refuses some, which stay as they are, the region gets the list itself,
** and it is empty then. */
void vm_attach_again(vm_region *region, vm_attachments *list);

#endif
