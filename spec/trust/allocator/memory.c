/* memory.c: memory for a Lua state, which fails at a chosen request. */
#include "memory.h"

#include <lua.h>
#include <stdlib.h>
#include <string.h>

void memory_fail(memory *m, memory_way way, size_t at) {
  m->way = way;
  m->at = at;
  m->requests = 0;
  m->failed = m->asked_again = false;
}

/* Lua 5.5 does not ask again for a stack that it cannot make larger. It may ask for the same block and size later, when
** it calls a __close after the error. Other blocks that grow look alike. */
#if LUA_VERSION_NUM == 504
#define ASKS_AGAIN(block) true
#else
#define ASKS_AGAIN(block) ((block) == NULL)
#endif

static bool fails(memory *m, void *block, size_t size) {
  size_t request = ++m->requests;
  if (m->failed && request == m->at + 1)
    m->asked_again = block == m->wanted && size == m->wanted_size;
  bool no = (m->way == MEMORY_FAILS_ONCE && request == m->at) ||
            (m->way == MEMORY_FAILS_TWICE && (request == m->at || request == m->at + 1)) ||
            (m->way == MEMORY_FAILS_ON && request >= m->at);
  if (no && !m->failed) {
    m->failed = true;
    m->wanted = block;
    m->wanted_size = ASKS_AGAIN(block) ? size : 0;
  }
  return no;
}

static void forget(memory *m, void *block, size_t size) {
  if (block == NULL) return;
  m->blocks--;
  m->bytes -= size;
  free(block);
}

void *memory_allocate(void *ud, void *block, size_t old_size, size_t size) {
  memory *m = ud;
  if (block == NULL) old_size = 0; /* for a new block Lua passes the kind of object here */
  if (size == 0) {
    forget(m, block, old_size);
    return NULL;
  }
  /* Lua relies on this: making a block smaller never fails. */
  if (size > old_size && fails(m, block, size)) return NULL;
  void *moved = malloc(size);
  if (moved == NULL) abort();
  if (block != NULL) memcpy(moved, block, old_size < size ? old_size : size);
  m->blocks++;
  m->bytes += size;
  forget(m, block, old_size);
  return moved;
}
