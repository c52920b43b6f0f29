/* memory.h: memory for a Lua state, which fails at a chosen request. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum memory_way {
  MEMORY_WORKS,
  MEMORY_FAILS_ONCE,  /* Lua collects its garbage, asks again, and gets the memory */
  MEMORY_FAILS_TWICE, /* one memory error; later requests succeed */
  MEMORY_FAILS_ON     /* nothing is left from there on */
} memory_way;

typedef struct memory {
  size_t blocks;   /* that Lua has */
  size_t bytes;    /* in them */
  size_t requests; /* for more, since memory_fail */
  size_t at;       /* the first that fails, from 1 */
  memory_way way;
  bool failed; /* whether one has */
} memory;

/* From now on requests count, and fail so. */
void memory_fail(memory *m, memory_way way, size_t at);

/* A lua_Alloc whose `ud` is a memory. Blocks move whenever their size changes, so that a sanitizer sees who
** still looks at the old place. */
void *memory_allocate(void *ud, void *block, size_t old_size, size_t size);

#endif
