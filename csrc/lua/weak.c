/* weak.c: tables in the registry that lead from C pointers to userdata, and keep none of them from being collected. */
#include "lua/weak.h"

void l_open_weak(lua_State *L, const void *table) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, table) == LUA_TNIL) { /* else loaded before */
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "v");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, table);
  }
  lua_pop(L, 1);
}

void l_enter_weak(lua_State *L, const void *table, const void *pointer) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, table) == LUA_TTABLE) {
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, pointer);
  }
  lua_pop(L, 1);
}

void l_push_weak(lua_State *L, const void *table, const void *pointer) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, table) == LUA_TTABLE)
    lua_rawgetp(L, -1, pointer);
  else
    lua_pushnil(L); /* the registry entry was replaced (debug library) */
  lua_remove(L, -2);
}
