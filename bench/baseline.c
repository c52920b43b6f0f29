/* baseline.c: a module that measures work in plain C, to be compared with the same work by vmem. */
#define _GNU_SOURCE /* MAP_ANONYMOUS, CLOCK_MONOTONIC, RTLD_DEFAULT */

#include "baseline.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

volatile uint64_t b_sink;

/* {====== Shared ====== */

double b_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int b_each(lua_State *L, double start, size_t times) {
  lua_pushnumber(L, (b_now() - start) / (double)times);
  return 1;
}

int b_refuse(lua_State *L, const char *call, int error, size_t done) {
  lua_pushnil(L);
  const char *reason = error == ENOMEM ? "ENOMEM" : strerror(error);
  lua_pushfstring(L, "%s: %s after %I", call, reason, (lua_Integer)done);
  return 2;
}

char *b_map(lua_State *L, size_t size) {
  void *at = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) luaL_error(L, "mmap failed");
  return at;
}

size_t b_checksize(lua_State *L, int arg) { return (size_t)luaL_checkinteger(L, arg); }

char *b_checkaddress(lua_State *L, int arg) {
  if (lua_islightuserdata(L, arg)) return lua_touserdata(L, arg);
  return (char *)(uintptr_t)luaL_checkinteger(L, arg);
}

const size_t *b_checkoffsets(lua_State *L, int arg, size_t *count) {
  luaL_checktype(L, arg, LUA_TTABLE);
  *count = lua_rawlen(L, arg);
  size_t *list = lua_newuserdatauv(L, (*count + 1) * sizeof *list, 0);
  for (size_t i = 0; i < *count; i++) {
    lua_rawgeti(L, arg, (lua_Integer)i + 1);
    list[i] = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  return list;
}

FILE *b_checkfile(lua_State *L, int arg) {
  return ((luaL_Stream *)luaL_checkudata(L, arg, LUA_FILEHANDLE))->f;
}

size_t b_page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

/* ====== } */

/* baseline.now() */
static int l_now(lua_State *L) {
  lua_pushnumber(L, b_now());
  return 1;
}

/* baseline.terminal(): whether standard error is a terminal */
static int l_terminal(lua_State *L) {
  lua_pushboolean(L, isatty(STDERR_FILENO));
  return 1;
}

/* The result of mallinfo2, which is looked up at run time: some C libraries do not have it. */
typedef struct heap_info {
  size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
} heap_info;

/* baseline.heap(): bytes allocated by malloc, or nil */
static int l_heap(lua_State *L) {
  heap_info (*mallinfo2)(void) = NULL;
  void *symbol = dlsym(RTLD_DEFAULT, "mallinfo2");
  if (symbol == NULL) return 0;
  memcpy(&mallinfo2, &symbol, sizeof mallinfo2);
  heap_info info = mallinfo2();
  lua_pushinteger(L, (lua_Integer)(info.uordblks + info.hblkhd));
  return 1;
}

static const luaL_Reg functions[] = {
    {"heap", l_heap}, {"now", l_now}, {"terminal", l_terminal}, {NULL, NULL}};

__attribute__((visibility("default"))) int luaopen_baseline(lua_State *L);

__attribute__((visibility("default"))) int luaopen_baseline(lua_State *L) {
  luaL_newlib(L, functions);
  luaL_setfuncs(L, b_access_functions, 0);
  luaL_setfuncs(L, b_arena_functions, 0);
  luaL_setfuncs(L, b_asking_functions, 0);
  luaL_setfuncs(L, b_bytes_functions, 0);
  luaL_setfuncs(L, b_fault_functions, 0);
  luaL_setfuncs(L, b_pager_functions, 0);
  luaL_setfuncs(L, b_pages_functions, 0);
  luaL_setfuncs(L, b_paging_functions, 0);
  luaL_setfuncs(L, b_section_functions, 0);
  luaL_setfuncs(L, b_socket_functions, 0);
  return 1;
}
