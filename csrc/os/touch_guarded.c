/* touch_guarded.c: brings pages into RAM by touching each. */
#include "os/touch_guarded.h"

#include "os/guard.h"

typedef struct touched {
  os_range range;
  size_t page;
  unsigned protection;
} touched;

static void touch(void *with) {
  const touched *t = with;
  for (uintptr_t at = t->range.from; at < t->range.to; at += t->page) {
    volatile char *byte = (char *)at; /* NOLINT(performance-no-int-to-ptr) */
    char value = *byte;
    if (t->protection & VM_WRITE) *byte = value;
  }
}

vm_error os_touch(uintptr_t address, size_t size, unsigned protection) {
  touched t = {{address, address + size}, os_get_limits()->page_size, protection};
  const os_range ranges[2] = {t.range};
  uintptr_t lost;
  return os_guarded(touch, &t, ranges, &lost) ? VM_OK : VM_IO_ERROR;
}
