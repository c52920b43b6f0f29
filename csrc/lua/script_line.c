/* script_line.c: finds the script's line, which faults, recordings and errors name. */
#include <string.h>

#include "lua/base.h"
#include "lua/classes.h"
#include "lua/whole.h"

static const char own_folders = 0; /* its address is a registry key: a list of strings */

static bool is_separator(char c) { return c == '/' || c == '\\'; }

/* Pushes the list. False if the registry entry was replaced (debug library). */
static bool push_folders(lua_State *L) {
  return lua_rawgetp(L, LUA_REGISTRYINDEX, &own_folders) == LUA_TTABLE;
}

int l_add_own_folder(lua_State *L) {
  lua_Debug caller;
  lua_settop(L, 0);
  if (!lua_getstack(L, 1, &caller) || !lua_getinfo(L, "S", &caller)) return 0;
  size_t length = caller.srclen;
  while (length > 0 && !is_separator(caller.source[length - 1])) length--;
  if (*caller.source != '@' || length < 2) return 0; /* the caller is not from a file */
  lua_pushlstring(L, caller.source, length - 1);
  if (!push_folders(L)) {
    lua_createtable(L, 1, 0);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &own_folders);
    lua_replace(L, 2);
  }
  lua_Integer i = 1;
  while (lua_rawgeti(L, 2, i) != LUA_TNIL && !lua_rawequal(L, 1, -1)) {
    lua_pop(L, 1);
    i++;
  }
  lua_pushvalue(L, 1);
  lua_rawseti(L, 2, i);
  return 0;
}

/* Whether the function is from a file below the folder. The folder "examples" in it does not count:
** examples are installed among vmem's files, but are scripts. */
static bool is_below(const lua_Debug *frame, const char *folder, size_t length) {
  static const char examples[] = "examples";
  const size_t size = sizeof examples - 1;
  if (frame->srclen <= length || memcmp(frame->source, folder, length) != 0) return false;
  const char *rest = frame->source + length; /* ends with a zero byte */
  return is_separator(*rest) &&
         (strncmp(rest + 1, examples, size) != 0 || !is_separator(rest[1 + size]));
}

/* Whether the function is from one of vmem's own files. The list of folders is on top of the stack. */
static bool is_own(lua_State *L, const lua_Debug *frame) {
  bool own = false;
  for (lua_Integer i = 1; !own && lua_rawgeti(L, -1, i) == LUA_TSTRING; i++) {
    size_t length;
    const char *folder = lua_tolstring(L, -1, &length);
    own = is_below(frame, folder, length);
    lua_pop(L, 1);
  }
  if (!own) lua_pop(L, 1);
  return own;
}

/* Goes up from the running function to the first that is not vmem's own: a reader looks for a line of
** the script, not for a line of vmem. */
bool l_running_line(lua_State *L, lua_Debug *frame) {
  bool own = true, known = push_folders(L);
  for (lua_State *at = L; own && at != NULL; at = own ? l_caller_of(at) : NULL) {
    for (int level = 0; own && lua_getstack(at, level, frame); level++) {
      lua_getinfo(at, "l", frame);
      if (frame->currentline <= 0) continue;
      lua_getinfo(at, "S", frame);
      own = known && is_own(L, frame);
    }
  }
  lua_pop(L, 1);
  return !own;
}
