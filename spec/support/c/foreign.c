/* foreign.c: makes userdata as other C modules do, with the size and contents that the script chooses, and
** Lua states as hosts do. */
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

int luaopen_foreign(lua_State *L);

/* (bytes [, user values]): a full userdata with these contents. */
static int new (lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  int values = (int)luaL_optinteger(L, 2, 0);
  memcpy(lua_newuserdatauv(L, size, values), bytes, size);
  return 1;
}

/* The memory of the full userdata at 1, of any class. */
static char *check_memory(lua_State *L) {
  luaL_checktype(L, 1, LUA_TUSERDATA);
  return lua_touserdata(L, 1);
}

static int get(lua_State *L) {
  const char *memory = check_memory(L);
  lua_pushlstring(L, memory, lua_rawlen(L, 1));
  return 1;
}

/* (userdata, bytes): overwrites the start of its contents with these. */
static int set(lua_State *L) {
  size_t size;
  char *memory = check_memory(L);
  const char *bytes = luaL_checklstring(L, 2, &size);
  memcpy(memory, bytes, size < lua_rawlen(L, 1) ? size : lua_rawlen(L, 1));
  return 0;
}

static int light(lua_State *L) {
  size_t place = (size_t)luaL_checkinteger(L, 1);
  lua_pushlightuserdata(L, (void *)place); /* NOLINT(performance-no-int-to-ptr) */
  return 1;
}

static int is_light(lua_State *L) {
  lua_pushboolean(L, lua_islightuserdata(L, 1));
  return 1;
}

/* (code): runs it in a new state, which it closes. Returns true, or nil and the error. */
static int run(lua_State *L) {
  const char *code = luaL_checkstring(L, 1);
  lua_State *other = luaL_newstate();
  if (other == NULL) return luaL_error(L, "not enough memory");
  luaL_openlibs(other);
  int status = luaL_dostring(other, code);
  lua_pushboolean(L, status == LUA_OK);
  const char *message = status != LUA_OK ? lua_tostring(other, -1) : NULL;
  lua_pushstring(L, message);
  lua_close(other);
  return 2;
}

static const luaL_Reg functions[] = {
    {"get", get}, {"is_light", is_light}, {"light", light}, {"new", new},
    {"run", run}, {"set", set},           {NULL, NULL},
};

int luaopen_foreign(lua_State *L) {
  luaL_newlib(L, functions);
  return 1;
}
