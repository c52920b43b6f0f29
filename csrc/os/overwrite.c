/* overwrite.c: os_wipe: overwrites memory with zeros so that the compiler keeps it. */
#include "os/os.h"

void os_wipe(uintptr_t address, size_t size) {
  /* volatile: the compiler would leave out writes to memory that is given back next. Words that are zero
  ** already are not written, because a write would give the page a frame of its own. */
  volatile uint64_t *word = (uint64_t *)address; /* NOLINT(performance-no-int-to-ptr) */
  for (size_t i = 0; i < size / sizeof *word; i++)
    if (word[i] != 0) word[i] = 0;
}
