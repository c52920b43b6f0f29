/* baseline.c: what vmem is measured against: the same work in plain C, in the same process. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, CLOCK_MONOTONIC */

#include <lauxlib.h>
#include <stdint.h>
#include <sys/mman.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* baseline.now(): nanoseconds */
static int l_now(lua_State *L) {
  lua_pushnumber(L, now());
  return 1;
}

/* What no __index or __newindex in C can be faster than. */
static int nothing(lua_State *L) {
  (void)L;
  return 1;
}

/* baseline.empty(): a userdata whose __index and __newindex do nothing */
static int l_empty(lua_State *L) {
  static const luaL_Reg meta[] = {{"__index", nothing}, {"__newindex", nothing}, {NULL, NULL}};
  lua_newuserdatauv(L, 32, 1);
  luaL_newlib(L, meta);
  lua_setmetatable(L, -2);
  return 1;
}

static void *map(size_t size) {
  return mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* baseline.reserve(size, times): nanoseconds for each pair of mmap and munmap */
static int l_reserve(lua_State *L) {
  size_t size = (size_t)luaL_checkinteger(L, 1);
  int times = (int)luaL_checkinteger(L, 2);
  double start = now();
  for (int i = 0; i < times; i++) {
    void *at = map(size);
    if (at == MAP_FAILED) return luaL_error(L, "mmap failed");
    munmap(at, size);
  }
  lua_pushnumber(L, (now() - start) / times);
  return 1;
}

/* baseline.commit(size, page, step, pages): nanoseconds for each mprotect of one page, every
** step-th page of a mapping */
static int l_commit(lua_State *L) {
  size_t size = (size_t)luaL_checkinteger(L, 1), page = (size_t)luaL_checkinteger(L, 2);
  size_t step = (size_t)luaL_checkinteger(L, 3), pages = (size_t)luaL_checkinteger(L, 4);
  char *at = map(size);
  if (at == MAP_FAILED) return luaL_error(L, "mmap failed");
  double start = now();
  for (size_t i = 0; i < pages; i++)
    if (mprotect(at + i * step * page, page, PROT_READ | PROT_WRITE) != 0)
      return luaL_error(L, "mprotect failed");
  double end = now();
  munmap(at, size);
  lua_pushnumber(L, (end - start) / (double)pages);
  return 1;
}

static const luaL_Reg functions[] = {
    {"now", l_now}, {"empty", l_empty}, {"reserve", l_reserve}, {"commit", l_commit}, {NULL, NULL}};

__attribute__((visibility("default"))) int luaopen_baseline(lua_State *L);

__attribute__((visibility("default"))) int luaopen_baseline(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
