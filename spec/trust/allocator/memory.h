/* memory.h: memory for a Lua state, which fails at a chosen request. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

typedef enum memory_way {
  MEMORY_WORKS,
  MEMORY_FAILS_ONCE,  /* most often Lua collects its garbage, asks again, and gets the memory */
  MEMORY_FAILS_TWICE, /* one memory error; later requests succeed */
  MEMORY_FAILS_ON     /* all later requests fail, too */
} memory_way;

typedef struct memory {
  size_t blocks;   /* of Lua */
  size_t bytes;    /* in them */
  size_t requests; /* for more memory, since memory_fail */
  size_t at;       /* the first request that fails, from 1 */
  memory_way way;
  bool failed;      /* whether a request has failed */
  bool asked_again; /* whether the next one after the first failure was for the same */
  void *wanted;     /* the block and the size of the first failure */
  size_t wanted_size;
} memory;

/* From now on requests are counted, and fail in this way. */
void memory_fail(memory *m, memory_way way, size_t at);

/* A lua_Alloc whose `ud` is a memory. Blocks move at each change of size, so that a sanitizer sees each
** access to the old place. */
void *memory_allocate(void *ud, void *block, size_t old_size, size_t size);

#endif
