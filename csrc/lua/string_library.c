/* string_library.c: Lua's own string.pack and string.unpack, whatever a script does to the table string. */
#include "lua/string_library.h"

#include <lualib.h>

#include "lua/classes.h"

static const char keys[2] = {0}; /* their addresses are registry keys */

int l_call_string(lua_State *L, l_string_function function, int args) {
  int below = lua_gettop(L) - args;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &keys[function]);
  lua_insert(L, below + 1);
  if (lua_pcall(L, args, LUA_MULTRET, 0) == LUA_OK) return lua_gettop(L) - below;
  luaL_tolstring(L, -1, NULL);
  return -1;
}

void l_open_pack(lua_State *L) {
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
  lua_getfield(L, -1, "pack");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &keys[L_STRING_PACK]);
  lua_getfield(L, -1, "unpack");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &keys[L_STRING_UNPACK]);
  lua_pop(L, 1);
}
