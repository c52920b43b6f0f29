/* weak.h: tables in the registry that lead from C pointers to userdata, and keep none of them from being collected. */
#ifndef LUA_WEAK_H
#define LUA_WEAK_H

#include <lua.h>

/* Makes the table whose registry key is this address, unless it is there. Called by the opener. */
void l_open_weak(lua_State *L, const void *table);

/* Enters the userdata on top of the stack under a pointer; it stays there. May run out of Lua's memory. */
void l_enter_weak(lua_State *L, const void *table, const void *pointer);

/* Pushes what is under a pointer, or nil. The caller checks it: the debug library reaches the table. */
void l_push_weak(lua_State *L, const void *table, const void *pointer);

#endif
