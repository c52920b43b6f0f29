/* touch_guarded.h: brings pages into RAM where the system has no call for that. */
#ifndef OS_TOUCH_GUARDED_H
#define OS_TOUCH_GUARDED_H

#include "os/os.h"

/* Touches every page, keeping the contents: writes to it if the protection allows that, else reads. VM_IO_ERROR if the
** system could not give one. */
vm_error os_touch(uintptr_t address, size_t size, unsigned protection);

#endif
