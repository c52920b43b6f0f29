/* told.c: the metatables of what is no object of vmem, and of which print says what it is. */
#include "lua/told.h"

static const char all = 0; /* its address is a registry key: name -> metatable */

void l_push_told(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &all) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &all);
}

void l_newtold(lua_State *L, const char *name, const void *key) {
  l_push_told(L);
  lua_createtable(L, 0, 3);
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name);
  lua_remove(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void l_settold(lua_State *L, const void *key) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) /* else a script changed it */
    lua_setmetatable(L, -2);
  else
    lua_pop(L, 1);
}
