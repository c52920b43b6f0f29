/* error.c: errors that name the script's line; luaL_error and its family would name a line of vmem's own
** Lua. */
#include <stdarg.h>
#include <string.h>

#include "lua/base.h"
#include "lua/classes.h"

enum { PLACES = 8 }; /* stack slots that an error needs */

/* Whether Lua itself would name a line: not if C called the function, except that __index (C) calls the
** functions of fields. */
static bool has_line(lua_State *L) {
  lua_Debug caller;
  bool found = lua_getstack(L, 1, &caller) && lua_getinfo(L, "nl", &caller);
  if (found && caller.currentline <= 0 && strcmp(caller.namewhat, "metamethod") == 0)
    found = lua_getstack(L, 2, &caller) && lua_getinfo(L, "l", &caller);
  return found && caller.currentline > 0;
}

/* Raises the string on top of the stack. Puts the script's line in front if `with_line` and it is known. */
static _Noreturn void raise_message(lua_State *L, bool with_line) {
  lua_Debug frame;
  if (with_line && l_running_line(L, &frame)) {
    lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  lua_error(L);
}

const char *l_pushed(lua_State *L, const char *text) {
  if (text != NULL) return text;
  lua_pushliteral(L, "not enough memory"); /* takes none: Lua has this string */
  lua_error(L);
}

int l_error(lua_State *L, const char *format, ...) {
  va_list arguments;
  luaL_checkstack(L, PLACES, "error");
  va_start(arguments, format);
  const char *problem = lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  l_pushed(L, problem);
  raise_message(L, has_line(L));
}

int l_argerror(lua_State *L, int arg, const char *format, ...) {
  lua_Debug called = {0};
  va_list arguments;
  luaL_checkstack(L, PLACES, "error");
  va_start(arguments, format);
  const char *problem = lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  l_pushed(L, problem);
  if (lua_getstack(L, 0, &called)) lua_getinfo(L, "n", &called);
  if (called.name == NULL) luaL_argerror(L, arg, problem); /* it may find a global name */
  if (strcmp(called.namewhat, "method") == 0) arg--;       /* a method's first argument is self */
  if (arg > 0)
    lua_pushfstring(L, "bad argument #%d to '%s' (%s)", arg, called.name, problem);
  else
    lua_pushfstring(L, "calling '%s' on bad self (%s)", called.name, problem);
  raise_message(L, has_line(L));
}

int l_typeerror(lua_State *L, int arg, const char *expected) {
  luaL_checkstack(L, PLACES, "error");
  bool has_name = luaL_getmetafield(L, arg, "__name") == LUA_TSTRING;
  l_argerror(L, arg, "%s expected, got %s", expected,
             has_name ? lua_tostring(L, -1) : luaL_typename(L, arg));
}

int l_raise_at_script(lua_State *L) {
  lua_settop(L, 1);
  raise_message(L, lua_type(L, 1) == LUA_TSTRING);
}
