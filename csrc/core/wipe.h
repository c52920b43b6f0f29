/* wipe.h: overwrites contents before they are given up, in wiped regions. */
#ifndef WIPE_H
#define WIPE_H

#include "core/pages.h"

/* Before pages of a prepared range are decommitted or released: overwrites the committed ones, if the
** region is wiped. For that it makes them all writable. A caller that then keeps the pages must restore
** their protections (vm_roll_back). After a failure nothing has changed. */
vm_error vm_wipe(vm_region *region, vm_pages pages);

/* The same for pages that stay committed, of a range that need not be prepared: after the wiping calls
** `act` for each run, then restores the protections. After a failure contents may be gone. */
vm_error vm_wipe_and(vm_region *region, vm_pages pages, vm_act_on_run *act);

/* For a region that ends: wipes all pages that the system makes writable, and leaves the others. */
void vm_wipe_some(vm_region *region);

#endif
