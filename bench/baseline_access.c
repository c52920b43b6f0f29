/* baseline_access.c: reads and writes elements by calls from Lua into C, without checks. */
#define _GNU_SOURCE /* syscall */

#include <stdatomic.h>
#include <string.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "baseline.h"

/* No __index or __newindex in C can be faster than this one. */
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

/* Calls the function that is the userdata's user value `n`, with the index, and the value if there is one. */
static int call_function(lua_State *L, int n) {
  int arguments = lua_gettop(L) - 1;
  lua_getiuservalue(L, 1, n);
  lua_insert(L, 2);
  lua_call(L, arguments, 1);
  return 1;
}

static int call_read(lua_State *L) { return call_function(L, 1); }

static int call_write(lua_State *L) { return call_function(L, 2); }

/* baseline.device(read, write): a userdata whose __index and __newindex call these functions */
static int l_device(lua_State *L) {
  static const luaL_Reg meta[] = {{"__index", call_read}, {"__newindex", call_write}, {NULL, NULL}};
  lua_settop(L, 2);
  lua_newuserdatauv(L, 0, 2);
  lua_insert(L, 1);
  lua_setiuservalue(L, 1, 2);
  lua_setiuservalue(L, 1, 1);
  luaL_newlib(L, meta);
  lua_setmetatable(L, 1);
  return 1;
}

static int read_byte(lua_State *L) {
  const char *const *at = lua_touserdata(L, 1);
  lua_pushinteger(L, (*at)[lua_tointeger(L, 2) - 1]);
  return 1;
}

/* baseline.bytes(address): a userdata whose __index reads a byte and checks nothing */
static int l_bytes(lua_State *L) {
  static const luaL_Reg meta[] = {{"__index", read_byte}, {NULL, NULL}};
  const char **at = lua_newuserdatauv(L, sizeof *at, 0);
  *at = b_checkaddress(L, 1);
  luaL_newlib(L, meta);
  lua_setmetatable(L, -2);
  return 1;
}

/* baseline.get(pointer, i, j): elements i to j of u32 */
static int l_get(lua_State *L) {
  const uint32_t *from = lua_touserdata(L, 1);
  lua_Integer i = lua_tointeger(L, 2), j = lua_tointeger(L, 3);
  if (!lua_checkstack(L, (int)(j - i) + 1)) return 0;
  for (lua_Integer k = i; k <= j; k++) lua_pushinteger(L, from[k - 1]);
  return (int)(j - i) + 1;
}

/* baseline.set(pointer, i, ...): elements of u32 from i on */
static int l_set(lua_State *L) {
  uint32_t *to = (uint32_t *)lua_touserdata(L, 1) + lua_tointeger(L, 2) - 1;
  for (int arg = 3, top = lua_gettop(L); arg <= top; arg++) *to++ = (uint32_t)lua_tointeger(L, arg);
  return 0;
}

static int add(lua_State *L) {
  _Atomic uint64_t *const *at = lua_touserdata(L, 1);
  _Atomic uint64_t *element = *at + lua_tointeger(L, 2) - 1;
  lua_pushinteger(L, (lua_Integer)atomic_fetch_add(element, (uint64_t)lua_tointeger(L, 3)));
  return 1;
}

#ifdef __linux__
static int wake(lua_State *L) {
  uint32_t *const *at = lua_touserdata(L, 1);
  uint32_t *element = *at + lua_tointeger(L, 2) - 1;
  lua_pushinteger(L, syscall(SYS_futex, element, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0));
  return 1;
}
#endif

/* baseline.atomics(address): a userdata with the methods add (of u64) and wake (of u32), which check nothing */
static int l_atomics(lua_State *L) {
  static const luaL_Reg methods[] = {{"add", add},
#ifdef __linux__
                                     {"wake", wake},
#endif
                                     {NULL, NULL}};
  const char **at = lua_newuserdatauv(L, sizeof *at, 0);
  *at = b_checkaddress(L, 1);
  lua_newtable(L);
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  return 1;
}

const luaL_Reg b_access_functions[] = {
    {"atomics", l_atomics}, {"bytes", l_bytes}, {"device", l_device}, {"empty", l_empty},
    {"get", l_get},         {"set", l_set},     {NULL, NULL}};
