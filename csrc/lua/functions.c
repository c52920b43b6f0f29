/* functions.c: the functions that a script has given to a region, in a table that is its user value. */
#include "lua/functions.h"

#include "lua/live_regions.h"

void l_push_function(lua_State *L, vm_region *region, lua_Integer index) {
  int top = lua_gettop(L) + 1;
  l_pushregion(L, region);
  bool found = lua_type(L, top) == LUA_TUSERDATA && lua_getiuservalue(L, top, 1) == LUA_TTABLE &&
               lua_rawgeti(L, -1, index) == LUA_TFUNCTION;
  if (!found) lua_pushnil(L); /* the debug library may have put anything there */
  lua_replace(L, top);
  lua_settop(L, top);
}

void l_push_functions(lua_State *L) {
  l_checkregion(L, 1);
  while (lua_getiuservalue(L, 1, 1) != LUA_TTABLE) {
    lua_createtable(L, 1, 0);
    l_checkregion(L, 1); /* a finalizer may have changed anything */
    lua_setiuservalue(L, 1, 1);
    lua_pop(L, 1);
  }
}
