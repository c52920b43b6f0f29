/* lua_where.c: the line of a script that faults and recordings name. */
#include <string.h>

#include "lua_vmem.h"

static const char own_files = 0; /* its address is a registry key: where vmem's Lua lies */

/* Pushes the file that require would load for the module vmem, or what there is else. */
static void push_main_file(lua_State *L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, "package") != LUA_TTABLE) return;
  lua_getfield(L, -1, "searchpath");
  lua_pushliteral(L, "vmem");
  lua_getfield(L, -3, "path");
  lua_pcall(L, 2, 1, 0); /* a sandbox may have neither: then nothing is known */
}

void l_find_own_files(lua_State *L) {
  int top = lua_gettop(L);
  push_main_file(L);
  size_t length = 0;
  const char *file = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
  while (length > 0 && strchr("/\\", file[length - 1]) == NULL) length--;
  if (length > 1 && strcmp(file + length, "init.lua") == 0) {
    lua_pushlstring(L, file, length - 1);
    lua_pushfstring(L, "@%s", lua_tostring(L, -1));
    lua_rawsetp(L, LUA_REGISTRYINDEX, &own_files);
  }
  lua_settop(L, top);
}

static bool is_own(const char *source, const char *folder, size_t length) {
  return length > 0 && strncmp(source, folder, length) == 0 &&
         (source[length] == '/' || source[length] == '\\');
}

/* A reader looks for a line of the script, not for one of vmem that it has called. */
bool l_running_line(lua_State *L, lua_Debug *frame) {
  bool found = false;
  size_t length = 0;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &own_files);
  const char *folder = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
  lua_Debug walk;
  for (int level = 0; lua_getstack(L, level, &walk); level++) {
    lua_getinfo(L, "l", &walk);
    if (walk.currentline <= 0) continue;
    lua_getinfo(L, "S", &walk);
    bool own = is_own(walk.source, folder, length);
    if (!own || !found) *frame = walk;
    found = true;
    if (!own) break;
  }
  lua_pop(L, 1);
  return found;
}

int l_blame(lua_State *L) {
  lua_settop(L, 1);
  lua_Debug frame;
  if (lua_type(L, 1) == LUA_TSTRING && l_running_line(L, &frame)) {
    lua_pushfstring(L, "%s:%d: ", frame.short_src, frame.currentline);
    lua_insert(L, 1);
    lua_concat(L, 2);
  }
  return lua_error(L);
}
