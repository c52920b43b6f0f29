/* decommit.h: vm_decommit for pages that cannot be read any more. */
#ifndef DECOMMIT_H
#define DECOMMIT_H

#include "core/pages.h"

/* Rule 3 for committed pages whose contents are lost: snapshots get no copy of them, and take them for pages of
** zeros. Fails as vm_decommit does. */
vm_error vm_decommit_lost(vm_region *region, vm_pages pages);

#endif
