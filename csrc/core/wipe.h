/* wipe.h: overwriting contents before they are given up, in regions that were reserved so. */
#ifndef WIPE_H
#define WIPE_H

#include "core/pages.h"

/* Before pages of a prepared range are taken away: overwrites what is committed, if the region is wiped.
** Committed pages can be written then, whatever the page table says: who does not take them away puts
** that right. After a failure nothing has changed. */
vm_error vm_wipe(vm_region *region, vm_pages pages);

/* The same, for pages that stay as they are: each run is passed on to `act` when it has been wiped.
** After a failure contents may be gone. */
vm_error vm_wipe_and(vm_region *region, vm_pages pages, vm_act_on_run *act);

/* Of a region that is over: as much as the system allows. */
void vm_wipe_some(vm_region *region);

#endif
