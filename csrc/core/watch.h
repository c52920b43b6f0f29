/* watch.h: how pages are armed, so that their next write is noted. */
#ifndef WATCH_H
#define WATCH_H

#include "core/pages.h"

/* Arms all pages. Those that were written stay so in the script's eyes. False, and nothing has changed for
** the script, when there is no memory. */
bool vm_arm(vm_region *region);

/* Notes that pages are written in the script's eyes, if it watches the region. False when there is no memory. */
bool vm_note_written(vm_region *region, vm_pages pages);

/* Before pages are decommitted: prepares vm_forget_written, which cannot fail, and does nothing but end the
** preparation if the pages remain. False when there is no memory. */
bool vm_prepare_forgetting(vm_region *region, vm_pages pages);
void vm_forget_written(vm_region *region, vm_pages pages, bool forget);

#endif
