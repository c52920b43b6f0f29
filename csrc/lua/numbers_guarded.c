/* numbers_guarded.c: copying elements that are apart or in the other order of bytes; a leaf function (os/guard.h). */
#include "lua/view.h"

#define COPY(size, swaps)                                            \
  for (; count > 0; count--, from += from_stride, to += to_stride) { \
    l_copy_number(to, from, size, swaps);                            \
  }                                                                  \
  break

/* Each loop knows its size. */
void l_copy_numbers(char *to, ptrdiff_t to_stride, const char *from, ptrdiff_t from_stride,
                    size_t count, size_t size, bool swaps) {
  switch (swaps ? size + 8 : size) {
    case 1: COPY(1, false);
    case 2: COPY(2, false);
    case 4: COPY(4, false);
    case 8: COPY(8, false);
    case 2 + 8: COPY(2, true);
    case 4 + 8: COPY(4, true);
    case 8 + 8: COPY(8, true);
  }
}
