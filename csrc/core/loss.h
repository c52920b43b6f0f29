/* loss.h: attached pages that the system could not give. */
#ifndef LOSS_H
#define LOSS_H

#include "core/vmem.h"

typedef enum vm_loss {
  VM_NOT_LOST,  /* it can be had, again or still */
  VM_TRUNCATED, /* its section has become shorter */
  VM_UNREADABLE /* the disk or the network does not give it, or there is no room for it */
} vm_loss;

/* Why the page at `offset`, of which an access has just failed, cannot be had. */
vm_loss vm_loss_of(const vm_region *region, size_t offset);

/* {====== Whole pages that may be lost, for snapshots: a page that is lost counts as zeros ====== */

/* Copies the page at `offset`. */
void vm_copy_page(const vm_region *region, size_t offset, void *to);

/* Gives the page at `offset` these contents; NULL stands for zeros. False if it is lost. */
bool vm_fill_page(const vm_region *region, size_t offset, const void *from);

/* Whether the page at `offset` has these contents; NULL stands for zeros. */
bool vm_has_contents(const vm_region *region, size_t offset, const void *contents);

/* ====== } */

#endif
