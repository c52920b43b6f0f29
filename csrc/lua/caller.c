/* caller.c: what vmem's Lua files give to scripts, as functions that leave the caller's line on the stack.
**
** Lua lets a function of Lua take its caller's place when the caller ends with `return f()`, as each line does that is
** typed at the prompt. An error in f could not name that line any more. Functions of C take nobody's place. */
#include "lua/base.h"
#include "lua/classes.h"

/* What the function has given, also one that has yielded meanwhile. */
static int results(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L);
}

/* Calls the function that is the first upvalue. */
static int call(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, results);
  return lua_gettop(L);
}

int l_keep_caller(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  if (!lua_iscfunction(L, 1)) lua_pushcclosure(L, call, 1);
  return 1;
}

/* {====== Methods ====== */

enum { CLASS = 2, NAME };

/* Pushes the name of a class, or nil. Finalizers may run. */
static const char *push_name(lua_State *L, int class) {
  lua_pushliteral(L, "__name");
  if (lua_istable(L, class))
    lua_rawget(L, class);
  else
    lua_pushnil(L);
  return lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an object";
}

/* Whether argument 1 has the class as its metatable, or one of the same name, as closed objects have. */
static bool is_of_class(lua_State *L) {
  if (!lua_getmetatable(L, 1)) return false;
  int meta = lua_gettop(L);
  bool is_same = lua_rawequal(L, meta, lua_upvalueindex(CLASS));
  if (!is_same) {
    push_name(L, meta);
    push_name(L, lua_upvalueindex(CLASS));
    is_same = lua_rawequal(L, -1, -2) && !lua_isnil(L, -1);
  }
  lua_settop(L, meta - 1);
  return is_same;
}

static int call_method(lua_State *L) {
  if (lua_gettop(L) == 0) lua_pushnil(L);
  if (is_of_class(L)) return call(L);
  const char *class = push_name(L, lua_upvalueindex(CLASS));
  lua_pushvalue(L,
                lua_upvalueindex(NAME)); /* last: finalizers can change it, by the debug library */
  const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "a method";
  lua_pushfstring(L, "calling '%s' on bad self (%s expected, got %s)", name, class,
                  luaL_typename(L, 1));
  lua_replace(L, 1);
  return l_raise_at_script(L);
}

int l_make_method(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstring(L, 2);
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_rawget(L, 1);
  luaL_checktype(L, 3, LUA_TFUNCTION);
  lua_insert(L, 1);
  lua_pushcclosure(L, call_method, NAME);
  return 1;
}

/* ====== } */
