/* states.c: states, a module for Lua: other Lua states in the same process. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>

/* run(code): in a state of its own, which is closed then. */
static int run(lua_State *L) {
  const char *code = luaL_checkstring(L, 1);
  char problem[500] = "";
  lua_State *other = luaL_newstate();
  if (other == NULL) return luaL_error(L, "no memory for another state");
  luaL_openlibs(other);
  if (luaL_dostring(other, code))
    snprintf(problem, sizeof problem, "%s", luaL_tolstring(other, -1, NULL));
  lua_close(other);
  return problem[0] == '\0' ? 0 : luaL_error(L, "%s", problem);
}

int luaopen_states(lua_State *L);

int luaopen_states(lua_State *L) {
  static const luaL_Reg functions[] = {{"run", run}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
