/* overwrite.c: overwriting memory, the same on every system. */
#include "os/os.h"

void os_wipe(uintptr_t address, size_t size) {
  /* The compiler must keep each access to volatile, also of memory that is given back right after. Words
  ** that are zero are not written: a page of zeros that all share stays one. */
  volatile uint64_t *word = (uint64_t *)address; /* NOLINT(performance-no-int-to-ptr) */
  for (size_t i = 0; i < size / sizeof *word; i++)
    if (word[i] != 0) word[i] = 0;
}
