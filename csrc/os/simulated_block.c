/* simulated_block.c: the memory that the addresses of the simulated machine are. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include "os/simulated.h"

#ifdef __EMSCRIPTEN__

#include <stdlib.h>

/* The linear memory of WebAssembly begins at 0, and this is most of it: addresses below 0x60000000 can be asked for. */
uintptr_t simulated_block(size_t *size) {
  *size = (size_t)1536 << 20;
  return (uintptr_t)aligned_alloc(SIMULATED_GRANULARITY, *size);
}

#else

#include <sys/mman.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

/* At low addresses, which examples ask for, if nothing is there. */
uintptr_t simulated_block(size_t *size) {
  static const uintptr_t wanted = 0x10000000;
  *size = (size_t)16 << 30;
  void *got =
      mmap((void *)wanted, *size + SIMULATED_GRANULARITY, /* NOLINT(performance-no-int-to-ptr) */
           PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) return 0;
  return ((uintptr_t)got + SIMULATED_GRANULARITY - 1) & ~(uintptr_t)(SIMULATED_GRANULARITY - 1);
}

#endif
