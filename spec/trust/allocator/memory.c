/* memory.c: memory for a Lua state, which fails at a chosen request. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

void memory_fail(memory *m, memory_way way, size_t at) {
  m->way = way;
  m->at = at;
  m->requests = 0;
  m->failed = m->asked_again = false;
}

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
    m->wanted_size = size;
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
