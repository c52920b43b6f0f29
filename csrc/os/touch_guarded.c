/* touch_guarded.c: brings pages into RAM by touching each. */
#include "os/touch_guarded.h"

void os_touch(uintptr_t address, size_t size, unsigned protection) {
  size_t page = os_get_limits()->page_size;
  for (size_t at = 0; at < size; at += page) {
    volatile char *byte = (char *)(address + at); /* NOLINT(performance-no-int-to-ptr) */
    char value = *byte;
    if (protection & VM_WRITE) *byte = value;
  }
}
