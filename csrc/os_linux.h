/* os_linux.h: what the files of Linux share. */
#ifndef OS_LINUX_H
#define OS_LINUX_H

#include <stddef.h>

/* os_limits.mark_after: asks the kernel for markers. */
size_t linux_mark_after(size_t page);

#endif
