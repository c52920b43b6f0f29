/* baseline_arena.c: allocators and a stack in plain C. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "baseline.h"

/* {====== Allocating ====== */

/* baseline.malloc(size, times): allocations that are all freed afterwards, untimed */
static int l_malloc(lua_State *L) {
  size_t size = b_checksize(L, 1), times = b_checksize(L, 2), done = 0;
  void **at = lua_newuserdatauv(L, times * sizeof *at, 0);
  double start = b_now();
  while (done < times && (at[done] = malloc(size)) != NULL) done++;
  double end = b_now();
  for (size_t i = 0; i < done; i++) free(at[i]);
  if (done < times) return b_refuse(L, "malloc", ENOMEM, done);
  lua_pushnumber(L, (end - start) / (double)times);
  return 1;
}

typedef struct bump {
  char *at;
  size_t used, committed, size, page;
} bump;

/* The next `size` bytes, aligned to 16; NULL if the system refuses or no bytes are left. */
static void *take(bump *b, size_t size) {
  size_t offset = (b->used + 15) & ~(size_t)15;
  if (size > b->size - offset) return NULL;
  while (offset + size > b->committed) {
    if (mprotect(b->at + b->committed, b->page, PROT_READ | PROT_WRITE) != 0) return NULL;
    b->committed += b->page;
  }
  b->used = offset + size;
  return b->at + offset;
}

/* baseline.bump(size, times): moves a pointer, committing page by page on the way */
static int l_bump(lua_State *L) {
  size_t size = b_checksize(L, 1), times = b_checksize(L, 2), done = 0;
  bump b = {.size = (times * (size + 15) | 0xffff) + 1, .page = b_page()};
  b.at = b_map(L, b.size);
  double start = b_now();
  while (done < times) {
    void *memory = take(&b, size);
    if (memory == NULL) break;
    b_sink = (uintptr_t)memory;
    done++;
  }
  int error = errno;
  double end = b_now();
  munmap(b.at, b.size);
  if (done < times) return b_refuse(L, "mprotect", error, done);
  lua_pushnumber(L, (end - start) / (double)times);
  return 1;
}

/* ====== } */

/* {====== A stack of 32-bit integers; its functions check only for overflow and underflow ====== */

typedef struct stack {
  size_t depth, limit;
  int32_t values[];
} stack;

/* baseline.array(limit) */
static int l_array(lua_State *L) {
  size_t limit = b_checksize(L, 1);
  stack *s = lua_newuserdatauv(L, sizeof *s + limit * sizeof *s->values, 0);
  s->depth = 0;
  s->limit = limit;
  return 1;
}

/* baseline.push(array, value) */
static int l_push(lua_State *L) {
  stack *s = lua_touserdata(L, 1);
  if (s->depth == s->limit) return luaL_error(L, "stack overflow");
  s->values[s->depth++] = (int32_t)lua_tointeger(L, 2);
  return 0;
}

/* baseline.pop(array) */
static int l_pop(lua_State *L) {
  stack *s = lua_touserdata(L, 1);
  if (s->depth == 0) return luaL_error(L, "stack is empty");
  lua_pushinteger(L, s->values[--s->depth]);
  return 1;
}

/* ====== } */

const luaL_Reg b_arena_functions[] = {{"array", l_array}, {"bump", l_bump}, {"malloc", l_malloc},
                                      {"pop", l_pop},     {"push", l_push}, {NULL, NULL}};
