/* os_linux.h: what the files of Linux share. */
#ifndef OS_LINUX_H
#define OS_LINUX_H

#include <stdbool.h>
#include <stddef.h>

/* os_limits.mark_after: asks the kernel for markers. */
size_t linux_mark_after(size_t page);

/* Why there are no markers, in words; NULL when there are. */
const char *linux_no_markers(size_t page);

/* Whether the kernel has the ioctls that are sooner than the text of /proc. */
bool linux_has_map_query(void);
bool linux_has_page_scan(void);

#endif
