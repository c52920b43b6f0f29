/* host.c: Lua and vmem as one program of WebAssembly, whose files are those that the page has put into it. */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

int luaopen_vmem_core(lua_State *L);

/* Runs playground/run.lua, which runs the script. */
int main(int count, char **arguments) {
  lua_State *L = luaL_newstate();
  if (L == NULL || count < 2) return 2;
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_vmem_core);
  lua_setfield(L, -2, "vmem.core");
  lua_pop(L, 1);
  if (luaL_loadfile(L, arguments[1]) == LUA_OK) {
    for (int i = 2; i < count; i++) lua_pushstring(L, arguments[i]);
    if (lua_pcall(L, count - 2, 1, 0) == LUA_OK) {
      int code = (int)lua_tointeger(L, -1);
      lua_close(L);
      return code;
    }
  }
  fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  return 2;
}
